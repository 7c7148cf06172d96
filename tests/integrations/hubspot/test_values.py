"""Values between HubSpot and friends: both ways, in one spelling, and what a side cannot hold."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.core import error_messages
from app.friends.models import AttributeDefinition
from app.friends.values import Field, fields
from app.integrations.hubspot.values import CannotHold, Converter, kinds_for

STAGES = (("lead", "Lead"), ("customer", "お客様"))
INTERESTS = (("coffee", "Coffee"), ("bread", "Bread"), ("events", "Events"))


def field(kind: str) -> Field:
    """A field of this kind: a standard one, or a custom attribute."""
    standard = {"email": "email", "tel": "phone", "last_name": "last_name"}
    known = fields([AttributeDefinition(key="one", label="One", kind="text" if kind in standard else kind)])
    return known[standard.get(kind, "attributes.one")]


def converter(kind: str, remote: str, field_type: str = "", options: tuple[tuple[str, str], ...] = ()) -> Converter:
    return Converter(field(kind), remote, field_type, options)


@pytest.mark.parametrize(
    ("one", "remote", "held", "written"),
    [
        (("last_name", "string"), " 山田 ", "山田", "山田"),
        (("text", "string"), "two\nlines", "two lines", "two lines"),
        (("number", "number"), "12.50", 12.5, "12.5"),
        (("number", "number"), "1.0E7", 10_000_000, "10000000"),
        (("text", "number"), "300", "300", "300"),
        (("number", "string"), "1,200", 1200, "1200"),
        (("date", "date"), "2026-04-01", "2026-04-01", "2026-04-01"),
        (("date", "date"), "1775001600000", "2026-04-01", "2026-04-01"),
        (("text", "date"), "2026-04-01", "2026-04-01", "2026-04-01"),
        # Tokyo is nine hours ahead: the evening in UTC is the next day there.
        (("date", "datetime"), "2026-03-31T15:00:00.000Z", "2026-04-01", "2026-03-31T15:00:00.000Z"),
        (("date", "datetime"), "2026-03-31T14:59:59Z", "2026-03-31", "2026-03-30T15:00:00.000Z"),
        (("text", "datetime"), "2026-04-01T00:30:00Z", "2026-04-01 09:30", "2026-04-01T00:30:00.000Z"),
        (("text", "datetime"), "2026-04-01T00:30:05Z", "2026-04-01 09:30:05", "2026-04-01T00:30:05.000Z"),
        (("yes_no", "bool", "", (("true", "Yes"), ("false", "No"))), "false", False, "false"),
        (("yes_no", "bool"), "true", True, "true"),
        (("text", "bool", "", (("true", "Yes"), ("false", "No"))), "true", "Yes", "true"),
        (("text", "enumeration", "radio", STAGES), "customer", "お客様", "customer"),
        (("text", "enumeration", "checkbox", INTERESTS), "events;coffee", "Coffee; Events", "coffee;events"),
        (("email", "string"), "Taro@Example.JP", "Taro@example.jp", "Taro@example.jp"),
        (("tel", "string", "phonenumber"), "+81 90 1234 5678", "+81 90 1234 5678", "+81 90 1234 5678"),
    ],
)
def test_what_is_held_and_written(app: Flask, one: tuple[Any, ...], remote: str, held: Any, written: str) -> None:
    convert = converter(*one)

    assert convert.read(remote) == held
    assert convert.write(held) == written
    assert convert.spelled(remote) == convert.ours(held)


@pytest.mark.parametrize("remote", ["", None])
def test_nothing_is_nothing_on_both_sides(app: Flask, remote: str | None) -> None:
    convert = converter("number", "number")

    assert (convert.read(remote), convert.write(None), convert.spelled(remote)) == (None, "", "")


@pytest.mark.parametrize(
    ("one", "ours", "theirs"),
    [
        (("tel", "string"), "090-1234-5678", "+81 90 1234 5678"),
        (("email", "string"), "Taro@Example.jp", "taro@example.jp"),
        (("number", "number"), 12.5, "12.50"),
        (("date", "datetime"), "2026-04-01", "2026-04-01T03:00:00Z"),
        (("text", "enumeration", "checkbox", INTERESTS), "events; bread", "events;bread"),
    ],
)
def test_equal_values_have_one_spelling(app: Flask, one: tuple[Any, ...], ours: Any, theirs: str) -> None:
    convert = converter(*one)

    assert convert.ours(ours) == convert.spelled(theirs)


@pytest.mark.parametrize(
    ("one", "remote", "words"),
    [
        (
            ("number", "string"),
            "many",
            "“many” is not a number that Tomoru can hold: at most 15 digits, without words.",
        ),
        (("date", "string"), "2026-02-30", "“2026-02-30” is not a day of the calendar."),
        (("email", "string"), "taro@", "“taro@” is not an e-mail address."),
        (("tel", "string"), "none", "“none” cannot be a phone number."),
        (("yes_no", "string"), "maybe", "“maybe” is neither yes nor no."),
    ],
)
def test_what_tomoru_cannot_hold(app: Flask, one: tuple[Any, ...], remote: str, words: str) -> None:
    convert = converter(*one)

    with pytest.raises(CannotHold) as caught:
        convert.read(remote)

    assert error_messages.sentence(caught.value.code, caught.value.values) == words
    assert convert.spelled(remote) == remote


@pytest.mark.parametrize(
    ("one", "value", "code"),
    [
        (("text", "number"), "three", "hubspot.remote_number"),
        (("text", "date"), "spring", "hubspot.remote_date"),
        (("text", "datetime"), "2026-04-01 25:00", "hubspot.remote_moment"),
        (("text", "enumeration", "radio", STAGES), "VIP", "hubspot.remote_choice"),
        (("text", "enumeration", "checkbox", INTERESTS), "Coffee; Tea", "hubspot.remote_choice"),
    ],
)
def test_what_hubspot_cannot_hold(app: Flask, one: tuple[Any, ...], value: Any, code: str) -> None:
    with pytest.raises(CannotHold) as caught:
        converter(*one).write(value)

    assert caught.value.code == code
    assert error_messages.sentence(code, caught.value.values) != code


def test_labels_that_look_alike_are_not_used(app: Flask) -> None:
    convert = converter("text", "enumeration", "select", (("a", "Same"), ("b", "Same")))

    assert (convert.read("b"), convert.write("b")) == ("b", "b")


def test_a_choice_that_is_gone_at_hubspot_stays_readable(app: Flask) -> None:
    assert converter("text", "enumeration", "checkbox", INTERESTS).read("tea;coffee") == "Coffee; tea"


def test_text_holds_everything_and_other_fields_their_own_types() -> None:
    assert kinds_for("datetime", "date") == {"text", "date"}
    assert kinds_for("enumeration", "booleancheckbox") == {"text", "yes_no"}
    assert kinds_for("enumeration", "radio") == kinds_for("json", "text") == {"text"}
    assert "email" in kinds_for("string", "text")
