"""The registry: other packages add properties; what cannot be used is not offered and fits no one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest
from sqlalchemy import event, true

from app.core.db import db
from app.friends.models import AttributeDefinition
from app.line.models import Account
from app.messages.broadcasts.conditions.among import PREFIX
from app.messages.broadcasts.conditions.numbers import LABELS
from app.segments.conditions.operators import INTEGRATION, ValueType
from app.segments.conditions.properties import Category, Clause, Property, catalogue, catalogue_with, register
from app.segments.conditions.sql import yes_no_where
from app.segments.queries.counting import count_alone
from app.segments.queries.segments import readings_of
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.factories.segments import condition, definition, segment
from tests.segments.conditions.asking import compiled, reading, who

SHOP = Category("Shop", 40)
WHY = "The shop is not connected."
LINKED = Property(
    "shop.linked",
    SHOP,
    "Shop",
    ValueType.YES_NO,
    yes_no_where(lambda friends: friends.c.links.has_key("shop"), lambda friends: true()),
    operators=INTEGRATION,
)


@pytest.fixture
def shop(place: Account, registry: None) -> Account:
    """A second package has added a property; only the first account has connected its service."""

    def provide(account_id: int) -> Iterator[Property]:
        yield LINKED if account_id == place.id else replace(LINKED, unavailable=WHY)

    register(provide)
    return place


def offered(place: Account) -> dict[str, list[str]]:
    return {str(category.label): [one.name for one in found] for category, found in catalogue(place.id).offered()}


def test_what_is_offered(place: Account) -> None:
    db.session.add(AttributeDefinition(account_id=place.id, key="second", label="Second", position=2))
    db.session.add(AttributeDefinition(account_id=place.id, key="first", label="First", position=1))
    db.session.commit()
    assert list(offered(place).items()) == [
        (
            "LINE",
            [
                "line.followed_at",
                "line.follow_status",
                "line.display_name",
                "line.language",
                "line.last_message_at",
                "line.last_activity_at",
            ],
        ),
        ("Opens and clicks", ["clicked_link", "last_open_at", "last_click_at"]),
        ("Tag", ["tag"]),
        ("QR Code", ["scanned_qr_code"]),
        (
            "Conversation",
            ["conversation.status", "conversation.assignee", "conversation.unanswered_since"],
        ),
        (
            "Attributes",
            [
                "last_name",
                "first_name",
                "email",
                "phone",
                "company",
                "attributes.first",
                "attributes.second",
                "external_user_id",
            ],
        ),
        ("Message broadcasts", [PREFIX + name for name in ("last_name", "last_date", *LABELS, "clicked_link")]),
        ("Workflows", ["workflow.in", "workflow.finished"]),
    ]
    assert "attributes.first" not in catalogue(account().id).properties


def test_a_property_of_another_package_is_asked_like_any_other(shop: Account) -> None:
    friend(shop, display_name="linked", links={"shop": "7"})
    friend(shop, display_name="not linked")
    assert offered(shop)["Shop"] == ["shop.linked"]
    assert who(shop, definition([condition("shop.linked", "is")])) == {"linked"}
    assert who(shop, definition([condition("shop.linked", "is_not")])) == {"not linked"}


@pytest.mark.parametrize("operator", ["is", "is_not"])
def test_without_its_service_it_is_not_offered_and_flagged_and_fits_no_one(shop: Account, operator: str) -> None:
    elsewhere = account()
    friend(elsewhere, display_name="linked", links={"shop": "7"})
    friend(elsewhere, display_name="not linked")
    raw = definition([condition("shop.linked", operator)], [condition("line.display_name", "equals", "linked")])
    alone = definition([condition("shop.linked", operator)])
    assert "Shop" not in offered(elsewhere)
    # It may be kept: a team that connects the service again finds the segment as it was.
    assert reading(elsewhere, raw).is_sound
    assert [str(one) for one in reading(elsewhere, raw).definition.problems] == [WHY]
    assert who(elsewhere, alone) == set()
    assert count_alone(compiled(elsewhere, alone)) == [[0]]
    assert who(elsewhere, raw) == {"linked"}


def test_what_is_registered_twice_stands_once(place: Account, registry: None) -> None:
    def provide(account_id: int) -> Iterator[Property]:
        yield LINKED

    register(provide)
    register(provide)
    assert offered(place)["Shop"] == ["shop.linked"]


def test_names_that_vanish_have_sentences_of_their_own(place: Account, registry: None) -> None:
    def none(account_id: int) -> Iterator[Property]:
        yield from ()

    register(none, {"hub.list.": "This list was deleted."})
    (complaint,) = reading(place, definition([condition("hub.list.7", "is")])).complaints
    assert str(complaint.message) == "This list was deleted."


def test_a_test_that_is_null_does_not_hold(place: Account, registry: None) -> None:
    """Kinds may leave NULL where nothing is known; it never lets anybody in, in no form."""

    def where(operator: str, values: Any, scope: Any) -> Clause:
        return Clause(scope.friends.c.language == "ja")

    def provide(account_id: int) -> Iterator[Property]:
        yield Property("speaks", SHOP, "Speaks", ValueType.YES_NO, where)

    register(provide)
    friend(place, display_name="unknown")
    friend(place, display_name="speaks", language="ja")
    assert who(place, definition([condition("speaks", "is")], [condition("speaks", "is")])) == {"speaks"}


def test_a_part_of_the_catalogue_holds_every_property_that_was_asked_for(place: Account) -> None:
    """The second time it is known who gives which, and less is asked."""
    db.session.add(AttributeDefinition(account_id=place.id, key="plan", label="Plan", kind="text", position=1))
    db.session.flush()
    names = {"attributes.plan", "email", "line.follow_status", "tag", "attributes.gone"}
    for _time in range(2):
        for asked in (names, names - {"attributes.plan"}, {"email"}, {"attributes.plan", "tag"}, set()):
            assert asked & catalogue_with(place.id, asked).properties.keys() == asked - {"attributes.gone"}


def test_many_definitions_look_up_what_they_choose_from_once(place: Account) -> None:
    tags = [tag(place) for _ in range(12)]
    segments = [segment(place, definition=definition([condition("tag", "contains_any", one.id)])) for one in tags]
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        readings = readings_of(place.id, segments)
    finally:
        event.remove(db.engine, "before_cursor_execute", note)
    assert all(reading.is_sound for reading in readings.values())
    assert sum("FROM tags" in statement for statement in asked) == 1
