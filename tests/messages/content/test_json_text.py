"""Typed JSON: what is wrong with it and where, and the line of each property."""

from __future__ import annotations

import json

import pytest
from flask import Flask

from app.messages.content.json_text import WrongJson, line_and_column, places_of, read_object


@pytest.mark.parametrize(
    ("typed", "place", "words"),
    [
        ("", (1, 1), "A value is missing"),
        ("{", (1, 2), "property name"),
        ('{\n  "a": oops\n}', (2, 8), "A value is missing"),
        ('{\n  "a" 1\n}', (2, 7), "A colon is missing"),
        ('{\n  "a": 1\n  "b": 2\n}', (3, 3), "A comma is missing"),
        ('{"a": "open', (1, 7), "not closed"),
        ('{"a": "one\ntwo"}', (1, 11), "line break"),
        ('{"a": "\\x"}', (1, 8), "backslash"),
        ('{"a": 1} more', (1, 10), "ends before"),
        ('{\n "a": NaN}', (2, 7), "number"),
        ('{\n "a": 1e999}', (2, 7), "number"),
        ('{"a": 1,\n "b": "\\u0000"}', (2, 8), "cannot be stored"),
        ('{"a": "\\ud800"}', (1, 1), "cannot be stored"),
        ("[1]", (1, 1), "begins with {"),
        ("[" * 100_000, (1, 1), "nested deeper"),
        ('{"a":' * 200 + "1" + "}" * 200, (1, 501), "nested deeper"),
        ('{"a": ' + "[" * 700 + "]" * 700 + "}", (1, 106), "nested deeper"),
        ('{\n "a": ' + "9" * 5_000 + "}", (2, 7), "number"),
        ('{"a": 1' + "0" * 400 + "}", (1, 7), "number"),
    ],
    ids=range(19),
)
def test_what_is_wrong_is_said_with_its_place(app: Flask, typed: str, place: tuple[int, int], words: str) -> None:
    with pytest.raises(WrongJson) as refusal:
        read_object(typed)
    assert ((refusal.value.line, refusal.value.column), words in str(refusal.value.why)) == (place, True)


def test_each_property_has_its_line() -> None:
    head = '{ "type": "bubble",\n"body": {\n  "contents": [\n{"text": "a\\"],{:"},\n  {"size":\n"xl"}, []\n ] },'
    typed = head + '\n"a.b": {}}'
    assert json.loads(typed)["body"]["contents"][1] == {"size": "xl"}
    places = places_of(typed)
    lines = {
        "": 1,
        "type": 1,
        "body": 2,
        "body/contents": 3,
        "body/contents/0": 4,
        "body/contents/0/text": 4,
        "body/contents/1/size": 5,
        "body/contents/2": 6,
        "body/contents/7/size": 3,
        "body/contents/1/missing": 5,
        "nothing/at/all": 1,
        "a.b": 8,
    }
    found = {path: places.nearest(path.split("/") if path else []) for path in lines}
    assert {path: line_and_column(typed, offset)[0] for path, offset in found.items()} == lines
    assert line_and_column(typed, found["body/contents/1/size"]) == (5, 4)


def test_a_name_that_stands_twice_is_noticed() -> None:
    typed = '{"a": 1,\n"b": [{"c": 1}, {"c": 2}],\n"a": 3}'
    assert places_of(typed).repeated == {("a",): typed.rindex('"a"')}
