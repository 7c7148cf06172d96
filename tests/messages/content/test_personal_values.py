"""What texts may name of a friend, in the workspace's language, and the two recipients that prove a set."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask
from sqlalchemy import event

from app.core.clock import now
from app.core.db import db
from app.friends.models import AttributeDefinition, Friend, IdLink
from app.line.models import Account
from app.messages.content.personal_values import longest_and_emptiest, personal_values, values_for
from tests.factories import line
from tests.factories.friends import friend

KINDS = {"plan": "text", "points": "number", "birthday": "date", "member": "yes_no"}


@pytest.fixture
def hanako(place: Account) -> Friend:
    """A friend of whom much is known."""
    for position, (key, kind) in enumerate(KINDS.items()):
        label = key.title()
        db.session.add(AttributeDefinition(account_id=place.id, key=key, label=label, kind=kind, position=position))
    known = {"plan": "Gold", "points": 12500, "birthday": "1990-04-01", "member": True}
    made = friend(place, display_name="はな", first_name="花子", last_name="山田", attributes=known)
    db.session.add(IdLink(account_id=place.id, line_user_id=made.line_user_id, user_id="A-17"))
    db.session.commit()
    return made


def test_the_picker_offers_what_the_account_has(place: Account, hanako: Friend) -> None:
    db.session.add(AttributeDefinition(account_id=place.id, key="gone", label="Gone", deleted_at=now()))
    db.session.flush()
    offered = personal_values(place.id)
    names = ["display_name", "first_name", "full_name", "attributes.plan", "attributes.member", "external_user_id"]
    assert [name for name in offered if name in names] == names
    assert "attributes.gone" not in offered
    assert "attributes.plan" not in personal_values(line.account().id)


def test_values_are_spelled_for_the_reader_of_the_message(place: Account, hanako: Friend) -> None:
    blank = friend(place, display_name=None)
    stranger = friend(line.account())
    found = values_for(place.id, [hanako.id, blank.id, stranger.id], [*personal_values(place.id), "attributes.unknown"])
    assert found[hanako.id] == {
        "display_name": "はな",
        "first_name": "花子",
        "last_name": "山田",
        "full_name": "山田 花子",
        "attributes.plan": "Gold",
        "attributes.points": "12,500",
        "attributes.birthday": "Apr 1, 1990",
        "attributes.member": "Yes",
        "external_user_id": "A-17",
    }
    assert (found[blank.id], found[stranger.id]) == ({}, {})


def test_a_preview_in_another_language_shows_what_the_friend_gets(app: Flask, place: Account, hanako: Friend) -> None:
    with app.test_request_context(headers={"Accept-Language": "ja"}):
        found = values_for(place.id, [hanako.id], ["attributes.member", "attributes.birthday"])
    assert found[hanako.id] == {"attributes.member": "Yes", "attributes.birthday": "Apr 1, 1990"}


def test_values_of_another_type_are_spelled_as_they_are(place: Account, hanako: Friend) -> None:
    odd = friend(place, attributes={"points": "many", "birthday": "soon", "member": "perhaps", "plan": 3})
    found = values_for(place.id, [odd.id], [f"attributes.{key}" for key in KINDS])
    assert found[odd.id] == {
        "attributes.plan": "3",
        "attributes.points": "many",
        "attributes.birthday": "soon",
        "attributes.member": "perhaps",
    }


def test_the_longest_recipient_has_the_longest_of_each(place: Account, hanako: Friend) -> None:
    friend(place, display_name="A very long name", attributes={"plan": "Silver", "points": 7})
    friend(line.account(), display_name="Even longer, but on another account")
    names = ["display_name", "attributes.plan", "attributes.points", "attributes.member", "external_user_id", "email"]
    longest, emptiest = longest_and_emptiest(place.id, names)
    assert longest == {
        "display_name": "A very long name",
        "attributes.plan": "Silver",
        "attributes.points": "12,500",
        "attributes.member": "Yes",
        "external_user_id": "A-17",
        "email": "",
    }
    assert emptiest == {}


def test_a_name_that_no_friend_has_yet_is_as_long_as_line_allows(place: Account) -> None:
    longest, _emptiest = longest_and_emptiest(place.id, ["display_name"])
    assert len(longest["display_name"] or "") == 20


def test_many_friends_cost_as_many_queries_as_one(place: Account, hanako: Friend) -> None:
    everyone = [hanako.id, *(friend(place).id for _number in range(5))]
    account_id, seen = place.id, list[str]()
    names = list(personal_values(account_id))

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        seen.append(statement)

    counts = []
    event.listen(db.engine, "before_cursor_execute", note)
    for ids in (everyone[:1], everyone[:1], everyone):
        seen.clear()
        values_for(account_id, ids, names)
        counts.append(len(seen))
    event.remove(db.engine, "before_cursor_execute", note)
    # The first time also reads what the session has forgotten.
    assert counts[1] == counts[2] > 0
