"""Places in texts: what they name, what stands there for whom, and what is refused where."""

from __future__ import annotations

import pytest
from flask import Flask

from app.messages.content.counting import Count, graphemes, utf16_units
from app.messages.content.filling import Escape, Fillable, TooLong, in_address, in_braces, unchanged
from app.messages.content.personal_text import LineEmoji, Mention, PersonalValue, Piece, WrongPlace, parse

NAME = PersonalValue("first_name", "you")


@pytest.mark.parametrize(
    ("text", "pieces"),
    [
        ("", ()),
        ("plain { text }", ("plain { text }",)),
        ("Hi {{first_name|you}}!", ("Hi ", NAME, "!")),
        ("{{ first_name | you }}", (NAME,)),
        ("{{first_name}}", (PersonalValue("first_name", None),)),
        ("{{first_name|}}", (PersonalValue("first_name", ""),)),
        ("{{attributes.Size|M}}", (PersonalValue("attributes.Size", "M"),)),
        ("{{emoji:5ac1bfd5040ab15980c9b435/001}}", (LineEmoji("5ac1bfd5040ab15980c9b435", "001"),)),
        ("{{mention:all}}", (Mention("all"),)),
        (r"\{{first_name}}", ("{{first_name}}",)),
    ],
)
def test_pieces(text: str, pieces: tuple[Piece, ...]) -> None:
    assert parse(text) == pieces


@pytest.mark.parametrize(
    ("text", "position"), [("a {{first_name", 2), ("{{}}", 0), ("Hi {{First Name|x}}", 3), ("{{emoji:x}}", 0)]
)
def test_wrong_places(app: Flask, text: str, position: int) -> None:
    with pytest.raises(WrongPlace) as refusal:
        parse(text)
    assert refusal.value.position == position


@pytest.mark.parametrize(
    ("value", "limit", "count", "escape", "filled"),
    [
        ("Hana", 100, utf16_units, unchanged, "Hi Hana!"),
        (None, 100, utf16_units, unchanged, "Hi you!"),
        ("", 100, utf16_units, unchanged, "Hi you!"),
        ("Hanako", 7, utf16_units, unchanged, "Hi Han!"),
        ("H😀😀", 7, utf16_units, unchanged, "Hi H😀!"),
        ("😀😀😀", 6, graphemes, unchanged, "Hi 😀😀!"),
        ("a{b}", 100, utf16_units, in_braces, "Hi a{{b}}!"),
        ("a{b}", 6, utf16_units, in_braces, "Hi a!"),
        ("é&", 100, utf16_units, in_address, "Hi %C3%A9%26!"),
    ],
)
def test_filling(value: str | None, limit: int, count: Count, escape: Escape, filled: str) -> None:
    text = Fillable(("Hi ", NAME, "!"), limit, count, escape)
    assert text.fill({"first_name": value}) == filled


def test_the_values_that_come_first_keep_their_room() -> None:
    text = Fillable((NAME, " ", PersonalValue("last_name", "")), 8, utf16_units)
    assert text.fill({"first_name": "Hanako", "last_name": "Yamada"}) == "Hanako Y"


def test_an_address_is_never_cut() -> None:
    text = Fillable(("https://a.example/", NAME), 20, utf16_units, in_address, may_cut=False)
    assert text.fill({"first_name": "me"}) == "https://a.example/me"
    with pytest.raises(TooLong):
        text.fill({"first_name": "Hanako"})
