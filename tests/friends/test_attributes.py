"""What the team knows of a friend: checked, saved field by field, never overwriting someone else unawares."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.runs.models import Run, RunState
from app.core.runs.operations import advance
from app.friends.events import AttributesChanged
from app.friends.models import Activity, AttributeDefinition, Friend
from app.friends.operations import deletion_runs
from app.friends.operations.attributes import set_attributes
from app.friends.operations.definitions import (
    create_definition,
    delete_definition,
    move_definition,
    rename_definition,
)
from app.friends.queries.attributes import attribute_definitions
from app.line.models import Account
from app.team.actors import SYSTEM, Actor
from app.team.models import AuditEntry
from tests.factories.friends import friend
from tests.factories.line import account


@pytest.fixture
def defined(place: Account, people: SimpleNamespace) -> None:
    """One attribute of each kind."""
    for label, kind in (("Size", "text"), ("Points", "number"), ("Birthday", "date"), ("Member", "yes_no")):
        create_definition(place.id, label, kind, actor=Actor.of_member(people.alice))


def save(row: Friend, seen: dict[str, str] | None = None, **values: Any) -> tuple[str, ...]:
    named = {name.replace("__", "."): value for name, value in values.items()}
    return set_attributes(row.account_id, row.id, named, source="member", seen=seen, actor=SYSTEM)


def test_fields_are_stored_and_noted(place: Account, people: SimpleNamespace, heard: list[Any], defined: None) -> None:
    row = friend(place, company="Old")
    values = {"first_name": " 美樹 ", "company": "New", "attributes.points": "1,200", "attributes.member": "yes"}

    changed = set_attributes(place.id, row.id, values, source="member", actor=Actor.of_member(people.alice))

    assert set(changed) == set(values)
    assert (row.first_name, row.company, row.attributes) == ("美樹", "New", {"points": 1200, "member": True})
    (event,) = heard
    assert isinstance(event, AttributesChanged)
    assert (event.friend_ids, set(event.names), event.source) == ((row.id,), set(values), "member")
    line = db.session.scalars(select(Activity)).one()
    assert line.data["changes"]["company"] == ["Old", "New"]
    assert line.data["labels"] == {"attributes.points": "Points", "attributes.member": "Member"}
    assert line.member_id == people.alice.id
    assert row.last_activity_at is None
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "friend.edited")).one()
    assert entry.details["fields"] == list(changed)


def test_saving_what_is_there_changes_and_announces_nothing(place: Account, heard: list[Any]) -> None:
    row = friend(place, first_name="Ana")

    assert save(row, first_name=" Ana ", last_name="") == ()
    assert (heard, db.session.scalars(select(Activity)).all()) == ([], [])


def test_an_emptied_field_is_none(place: Account, defined: None) -> None:
    row = friend(place, email="a@example.com", attributes={"size": "M", "points": 0})
    save(row, email="", attributes__size=" ")

    assert (row.email, row.attributes) == (None, {"points": 0})


@pytest.mark.parametrize(
    ("name", "typed", "stored"),
    [
        ("email", "Ana.B@Example.JP", "Ana.B@example.jp"),
        ("phone", "０９０-1234-5678", "090-1234-5678"),
        ("phone", "+81 (0)90.1234.5678", "+81 (0)90.1234.5678"),
        ("attributes.points", "１２", 12),
        ("attributes.points", "-1.50", -1.5),
        ("attributes.points", 1e-7, 1e-7),
        ("attributes.points", 3, 3),
        ("attributes.birthday", "2026-02-28", "2026-02-28"),
        ("attributes.birthday", "2026年2月28日", "2026-02-28"),
        ("attributes.member", "no", False),
        ("attributes.member", True, True),
        ("attributes.size", " L\u202e \u3000 \u200b", "L"),
        ("last_name", "山\t 田\u3164", "山 田"),
        ("company", "\u3164", None),
    ],
)
def test_how_values_are_read(place: Account, defined: None, name: str, typed: Any, stored: Any) -> None:
    row = friend(place)
    set_attributes(place.id, row.id, {name: typed}, source="x", actor=SYSTEM)

    assert (row.attributes[name.split(".")[1]] if "." in name else getattr(row, name)) == stored


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("email", "ana"),
        ("email", "ana@"),
        ("phone", "call me"),
        ("phone", "123"),
        ("first_name", "x" * 101),
        ("attributes.points", "many"),
        ("attributes.points", "NaN"),
        ("attributes.points", "1,5"),
        ("attributes.points", "1e400"),
        ("attributes.birthday", "28.2.2026"),
        ("attributes.birthday", "2026-02-30"),
        ("attributes.birthday", "2026-W09-6"),
        ("attributes.member", "perhaps"),
        ("attributes.size", "x" * 1001),
    ],
)
def test_what_is_refused(place: Account, defined: None, name: str, typed: str) -> None:
    row = friend(place)
    with pytest.raises(InvalidInput) as refusal:
        set_attributes(place.id, row.id, {name: typed, "company": "ok"}, source="x", actor=SYSTEM)
    assert list(refusal.value.fields) == [name]


def test_fields_that_no_one_defined_are_not_stored(place: Account) -> None:
    row = friend(place)
    assert save(row, attributes__shoe="42", follow_status="blocked", id="7") == ()


def test_only_edited_fields_are_saved(place: Account) -> None:
    row = friend(place, first_name="Ana", email="not an address", company="Old")
    seen = {"first_name": "Ana", "email": "not an address", "company": "Old"}
    save(row, company="Changed by Bob")

    changed = save(row, seen, first_name="Anna", email="not an address", company="Old")

    assert changed == ("first_name",)
    assert (row.first_name, row.company) == ("Anna", "Changed by Bob")


def test_a_field_that_someone_else_changed_is_not_overwritten_unawares(place: Account) -> None:
    row = friend(place, company="Old")
    save(row, company="Bob's")

    with pytest.raises(InvalidInput) as refusal:
        save(row, {"company": "Old"}, company="Alice's")
    assert "Bob's" in str(refusal.value.fields["company"])
    assert row.company == "Bob's"

    assert save(row, {"company": "Bob's"}, company="Alice's") == ("company",)


def test_two_who_type_the_same_do_not_quarrel(place: Account) -> None:
    row = friend(place, company="Old")
    save(row, company="New")

    assert save(row, {"company": "Old"}, company="New") == ()


def test_friends_of_other_accounts_are_not_found(place: Account) -> None:
    with pytest.raises(NotFound):
        set_attributes(account().id, friend(place).id, {"company": "x"}, source="x", actor=SYSTEM)


def labels(place: Account) -> list[str]:
    return [one.label for one in attribute_definitions(place.id)]


def test_definitions_are_created_renamed_and_moved(place: Account, people: SimpleNamespace) -> None:
    alice = Actor.of_member(people.alice)
    size, shop, _third = (create_definition(place.id, name, "text", actor=alice) for name in (" Size ", "店", "お店"))
    assert [one.key for one in attribute_definitions(place.id)] == ["size", "attribute", "attribute_2"]

    rename_definition(place.id, size.id, "Shirt size", actor=alice)
    assert (size.label, size.key) == ("Shirt size", "size")
    move_definition(place.id, shop.id, up=True, actor=SYSTEM)
    assert labels(place) == ["店", "Shirt size", "お店"]
    move_definition(place.id, shop.id, up=True, actor=SYSTEM)
    move_definition(place.id, size.id, up=False, actor=SYSTEM)
    assert labels(place) == ["店", "お店", "Shirt size"]


@pytest.mark.parametrize(
    ("label", "kind", "field"), [("", "text", "label"), ("ＳＩＺＥ", "text", "label"), ("New", "colour", "kind")]
)
def test_what_cannot_be_a_definition(
    place: Account, people: SimpleNamespace, label: str, kind: str, field: str
) -> None:
    create_definition(place.id, "Size", "text", actor=Actor.of_member(people.alice))
    with pytest.raises(InvalidInput) as refusal:
        create_definition(place.id, label, kind, actor=Actor.of_member(people.alice))
    assert list(refusal.value.fields) == [field]


def test_a_definition_of_another_account_is_not_found(place: Account, people: SimpleNamespace) -> None:
    mine = create_definition(place.id, "Size", "text", actor=Actor.of_member(people.alice))
    for change in (
        lambda other: rename_definition(other, mine.id, "x", actor=Actor.of_member(people.alice)),
        lambda other: move_definition(other, mine.id, up=True, actor=SYSTEM),
        lambda other: delete_definition(other, mine.id, actor=Actor.of_member(people.alice)),
    ):
        with pytest.raises(NotFound):
            change(account().id)


def test_a_deleted_definition_takes_its_values_along(
    place: Account, people: SimpleNamespace, defined: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion_runs, "BATCH", 2)
    rows = [friend(place, attributes={"size": "M", "points": 1}) for _ in range(3)] + [friend(place)]
    elsewhere = friend(account(), attributes={"size": "M"})
    size = attribute_definitions(place.id)[0]

    delete_definition(place.id, size.id, actor=Actor.of_member(people.alice))
    db.session.commit()
    assert "Size" not in labels(place)
    again = create_definition(place.id, "Size", "number", actor=Actor.of_member(people.alice))
    assert again.key != "size"
    db.session.commit()

    run = db.session.scalars(select(Run)).one()
    advance(run.id)
    db.session.refresh(run)
    assert (run.state, run.member_id) == (RunState.COMPLETED, people.alice.id)
    db.session.expire_all()
    assert [row.attributes for row in rows] == [{"points": 1}] * 3 + [{}]
    assert elsewhere.attributes == {"size": "M"}
    assert db.session.scalar(select(AttributeDefinition).where(AttributeDefinition.key == "size")) is None
