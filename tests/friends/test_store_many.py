"""Values and tags of many friends in one write: what changes, what is refused, and where each value came from."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from email_validator import EmailNotValidError, validate_email
from sqlalchemy import event, select

from app.core.clock import now
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.core.values.errors import WrongValue
from app.friends.events import AttributesChanged, TagAdded, TagRemoved
from app.friends.models import Activity, FriendTag
from app.friends.operations import store_values
from app.friends.operations.attributes import set_attributes, set_attributes_many
from app.friends.operations.definitions import create_definition, delete_definition
from app.friends.operations.tagging import add_tags, add_tags_many, remove_tags_many
from app.friends.queries.value_sources import tag_origins, value_origins
from app.friends.sources import Source
from app.friends.values import STANDARD
from app.line.models import Account
from app.team.actors import SYSTEM, Actor, ActorKind
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.factories.friends import friend, tag
from tests.factories.line import account

SHOP = Source("shop", "17", "Roastery")
NUMBER = "03-1234-5678"


@pytest.fixture
def defined(place: Account, people: SimpleNamespace) -> None:
    """One attribute of each kind."""
    for label, kind in (("Size", "text"), ("Points", "number"), ("Birthday", "date"), ("Member", "yes_no")):
        create_definition(place.id, label, kind, actor=Actor.of_member(people.alice))


def test_what_changed_what_did_not_and_what_is_missing(place: Account, heard: list[Any], defined: None) -> None:
    old = friend(place, company="Old", attributes={"points": 3, "size": "M"})
    same = friend(place, company="New")
    stranger = friend(account())
    contacts = [
        (old.id, {"company": " New ", "attributes.points": "1,200", "attributes.size": ""}),
        (same.id, {"company": "New"}),
        (stranger.id, {"company": "New"}),
        (999_999, {"company": "New"}),
    ]

    stored = set_attributes_many(place.id, contacts, source=SHOP, actor=SYSTEM)

    assert (stored.changed, stored.unchanged, stored.missing, stored.refusals) == (1, 1, 2, [])
    assert (old.company, old.attributes) == ("New", {"points": 1200})
    assert stranger.company is None
    (said,) = heard
    assert isinstance(said, AttributesChanged) and said.friend_ids == (old.id,) and said.source == "shop"
    assert set(said.names) == {"company", "attributes.points", "attributes.size"}
    line = db.session.scalars(select(Activity)).one()
    assert (line.friend_id, line.kind, line.data["source"]) == (old.id, "attributes_changed", "shop")
    assert line.data["changes"] == {
        "company": ["Old", "New"],
        "attributes.points": [3, 1200],
        "attributes.size": ["M", None],
    }
    assert line.data["labels"] == {"attributes.points": "Points", "attributes.size": "Size"}


def test_a_wrong_value_is_refused_by_itself(place: Account, defined: None) -> None:
    one, other = friend(place), friend(place)
    contacts = [
        (one.id, {"email": "no", "phone": "090-1234-5678", "attributes.points": "many", "attributes.gone": "x"}),
        (other.id, {"email": "nor this", "attributes.birthday": "2020-02-30", "company": "Kept"}),
    ]

    stored = set_attributes_many(place.id, contacts, source=SHOP, actor=SYSTEM)

    assert (stored.changed, stored.unchanged) == (2, 0)
    assert (one.phone, one.email, one.attributes, other.company) == ("090-1234-5678", None, {}, "Kept")
    assert stored.reasons == {
        ("email", "This is not an e-mail address. Write it like taro@example.jp."): 2,
        (
            "attributes.points",
            "Write the number with a point before decimals and commas only between thousands, such as 1,234.5.",
        ): 1,
        ("attributes.gone", "There is no such field."): 1,
        (
            "attributes.birthday",
            "The calendar has no such day. Write it as year, month and day: 2026-04-01.",
        ): 1,
    }
    assert {(refusal.friend_id, refusal.name) for refusal in stored.refusals} == {
        (one.id, "email"),
        (one.id, "attributes.points"),
        (one.id, "attributes.gone"),
        (other.id, "email"),
        (other.id, "attributes.birthday"),
    }


@pytest.mark.parametrize(
    ("name", "typed"),
    [
        ("attributes.size", " L "),
        ("attributes.points", "１，２００.5"),
        ("attributes.points", 7),
        ("attributes.birthday", "2026-04-01"),
        ("attributes.member", True),
        ("attributes.member", "no"),
        ("attributes.size", "x" * 1001),
        ("attributes.member", "perhaps"),
        ("phone", "+81 90-1234-5678"),
        ("phone", "call me"),
        ("email", "Ana@EXAMPLE.com"),
        ("last_name", "\x00山田"),
    ],
)
def test_single_and_many_store_and_refuse_the_same(place: Account, defined: None, name: str, typed: Any) -> None:
    one, other = friend(place), friend(place)
    try:
        set_attributes(place.id, one.id, {name: typed}, source="x", actor=SYSTEM)
        refused = ""
    except InvalidInput as error:
        refused = str(error.fields[name])

    stored = set_attributes_many(place.id, [(other.id, {name: typed})], source="x", actor=SYSTEM)

    assert [refusal.reason for refusal in stored.refusals] == ([refused] if refused else [])
    assert (one.attributes, one.email, one.phone, one.last_name) == (
        other.attributes,
        other.email,
        other.phone,
        other.last_name,
    )


@pytest.mark.parametrize(
    "typed",
    [
        "ana@example.com",
        "ana.maria+news@Example.CO.JP",
        "Ana@example.com",
        "ana@日本.jp",
        "ana@xn--wgv71a.jp",
        "ana@-bad-.com",
        "ana@local",
        "ana@example.test",
        "ana@[127.0.0.1]",
        "ana",
        "@example.com",
        "ana@@example.com",
        "ana@" + "a" * 63 + ".com",
        "ana@" + "a" * 64 + ".com",
        "ana@" + ".".join(["a" * 60] * 4) + ".com",
        "a" * 65 + "@example.com",
    ],
)
def test_ordinary_addresses_are_checked_as_the_library_checks_them(app: Any, typed: str) -> None:
    (email,) = (field for field in STANDARD if field.name == "email")
    try:
        expected = validate_email(typed, check_deliverability=False).normalized
    except EmailNotValidError:
        with pytest.raises(WrongValue):
            email.clean(typed)
    else:
        assert email.clean(typed) == expected


def test_the_normal_form_of_a_number_is_kept_with_it(place: Account) -> None:
    one, other = friend(place), friend(place, phone=NUMBER)
    set_attributes_many(place.id, [(one.id, {"phone": "０９０ー1234ー5678"})], source=SHOP, actor=SYSTEM)
    assert (one.phone, one.phone_normal, other.phone_normal) == ("090-1234-5678", "+819012345678", "+81312345678")
    set_attributes_many(place.id, [(one.id, {"company": "A"}), (other.id, {"phone": ""})], source=SHOP, actor=SYSTEM)
    assert (one.phone_normal, other.phone, other.phone_normal) == ("+819012345678", None, None)


def test_the_later_values_of_a_friend_win(place: Account) -> None:
    row = friend(place)
    set_attributes_many(
        place.id,
        [(row.id, {"company": "A", "phone": NUMBER}), (row.id, {"company": "B"})],
        source="x",
        actor=SYSTEM,
    )
    assert (row.company, row.phone) == ("B", NUMBER)


def test_the_number_of_statements_does_not_grow_with_the_friends(
    place: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    def statements(size: int) -> int:
        rows = [friend(place).id for _ in range(size)]
        seen: list[str] = []
        listener = lambda *arguments: seen.append(arguments[2])  # noqa: E731
        event.listen(db.engine, "before_cursor_execute", listener)
        set_attributes_many(place.id, [(row, {"company": "New"}) for row in rows], source="x", actor=SYSTEM)
        event.remove(db.engine, "before_cursor_execute", listener)
        return len(seen)

    statements(1)
    assert statements(12) == statements(3)
    monkeypatch.setattr(store_values, "BATCH", 5)
    assert statements(12) == statements(3) + 2


def test_who_wrote_a_value_and_when(place: Account, people: SimpleNamespace, defined: None) -> None:
    row, before = friend(place, company="Old"), now()
    set_attributes(
        place.id,
        row.id,
        {"company": "A", "phone": NUMBER},
        source="member",
        actor=Actor.of_member(people.alice),
    )
    set_attributes_many(
        place.id,
        [(row.id, {"company": "B", "phone": NUMBER, "attributes.size": "L"})],
        source=SHOP,
        actor=SYSTEM,
    )
    db.session.commit()

    found = value_origins(row.id)

    assert {name: origin.source for name, origin in found.items()} == {
        "company": SHOP,
        "attributes.size": SHOP,
        "phone": Source("member", str(people.alice.id), "Alice"),
    }
    assert all(before <= origin.set_at <= now() for origin in found.values())
    assert value_origins(friend(place).id) == {}


def test_a_source_that_changed_its_name_is_the_same_source(place: Account) -> None:
    row = friend(place)
    set_attributes_many(place.id, [(row.id, {"company": "A"})], source=SHOP, actor=SYSTEM)
    set_attributes_many(place.id, [(row.id, {"phone": NUMBER})], source=Source("shop", "17", "Café"), actor=SYSTEM)
    assert {origin.source for origin in value_origins(row.id).values()} == {Source("shop", "17", "Café")}


def test_a_deleted_attribute_leaves_no_source(place: Account, people: SimpleNamespace) -> None:
    definition = create_definition(place.id, "Size", "text", actor=Actor.of_member(people.alice))
    row = friend(place)
    set_attributes_many(place.id, [(row.id, {"attributes.size": "L", "company": "A"})], source=SHOP, actor=SYSTEM)
    delete_definition(place.id, definition.id, actor=Actor.of_member(people.alice))
    db.session.commit()
    advance(db.session.scalars(select(Run.id)).one())
    assert set(value_origins(row.id)) == {"company"}


def test_a_member_leaves_one_entry_in_the_audit_log(place: Account, people: SimpleNamespace, defined: None) -> None:
    rows = [friend(place), friend(place)]
    contacts = [(row.id, {"company": "A", "attributes.size": "L"}) for row in rows]
    set_attributes_many(place.id, contacts, source="import", actor=Actor.of_member(people.alice))
    set_attributes_many(place.id, contacts, source="import", actor=Actor.of_member(people.alice))
    entry = db.session.scalars(select(AuditEntry).where(AuditEntry.action == "friend.edited_in_bulk")).one()
    assert entry.details["friends"] == 2 and set(entry.details["fields"]) == {"company", "attributes.size"}


def test_a_workflow_is_named_at_its_values_and_not_in_the_audit_log(place: Account) -> None:
    row, workflow = friend(place), Actor(ActorKind.WORKFLOW, 5, "Welcome", frozenset({Permission.FRIENDS}))
    set_attributes(place.id, row.id, {"company": "A"}, source="workflow", actor=workflow)
    set_attributes_many(place.id, [(row.id, {"phone": NUMBER})], source="workflow", actor=workflow)

    source = Source("workflow", "workflow:5", "Welcome")
    assert {name: origin.source for name, origin in value_origins(row.id).items()} == {
        "company": source,
        "phone": source,
    }
    assert db.session.scalars(select(AuditEntry)).all() == []


def test_tags_by_pairs(place: Account, heard: list[Any]) -> None:
    vip, shop, theirs = tag(place, "VIP"), tag(place, "Shop"), tag(account())
    one, other, stranger = friend(place, (vip,)), friend(place), friend(account())
    pairs = [(one.id, vip.id), (one.id, shop.id), (other.id, vip.id), (other.id, theirs.id), (stranger.id, vip.id)]

    assert add_tags_many(place.id, [*pairs, (one.id, shop.id)], source=SHOP, actor=SYSTEM) == 2
    assert remove_tags_many(place.id, [(one.id, vip.id), (other.id, shop.id)], source=SHOP, actor=SYSTEM) == 1

    on_friends = {(row.friend_id, row.tag_id) for row in db.session.scalars(select(FriendTag))}
    assert on_friends == {(one.id, shop.id), (other.id, vip.id)}
    told = {"account_id": place.id, "source": "shop", "member_id": None}
    assert heard == [
        TagAdded(tag_id=vip.id, friend_ids=(other.id,), **told),
        TagAdded(tag_id=shop.id, friend_ids=(one.id,), **told),
        TagRemoved(tag_id=vip.id, friend_ids=(one.id,), **told),
    ]
    kinds = db.session.scalars(select(Activity.kind).order_by(Activity.id)).all()
    assert sorted(kinds) == ["tag_added", "tag_added", "tag_removed"]


def test_who_put_a_tag_on(place: Account, people: SimpleNamespace) -> None:
    vip, shop, old = tag(place, "VIP"), tag(place, "Shop"), tag(place, "Old")
    row = friend(place, (old,))
    add_tags_many(place.id, [(row.id, vip.id)], source=SHOP, actor=SYSTEM)
    add_tags(place.id, [row.id], [shop.id, vip.id], source="bulk", actor=Actor.of_member(people.alice))

    found = tag_origins(row.id)

    assert found[vip.id].source == SHOP and found[old.id].source is None
    assert found[shop.id].source == Source("bulk", str(people.alice.id), "Alice")
