"""Tags: names, races, who has them, and their end."""

from __future__ import annotations

from threading import Barrier, Thread
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.core.runs.models import Run, RunState
from app.core.runs.operations import advance
from app.friends.events import TagAdded, TagDeleted, TagRemoved
from app.friends.models import Activity, FriendTag, Tag
from app.friends.operations import deletion_runs
from app.friends.operations.tagging import add_tags, remove_tags
from app.friends.operations.tags import create_tag, delete_tag, rename_tag, tag_friend, untag_friend
from app.friends.queries.tags import ORDERS, friend_counts, tags_by_id, tags_named_like, tags_on, tags_page
from app.line.models import Account
from app.team.actors import SYSTEM, Actor
from app.team.models import AuditEntry
from tests.factories.friends import friend, tag
from tests.factories.line import account


def on_friends() -> set[tuple[int, int]]:
    return {(row.tag_id, row.friend_id) for row in db.session.execute(select(FriendTag.tag_id, FriendTag.friend_id))}


def lines() -> list[tuple[str, str, int | None]]:
    rows = db.session.scalars(select(Activity).order_by(Activity.id))
    return [(row.kind, row.data["name"], row.member_id) for row in rows]


def test_a_name_is_trimmed(place: Account, people: SimpleNamespace) -> None:
    assert create_tag(place.id, "  VIP \t  gold\n", actor=Actor.of_member(people.alice)).name == "VIP gold"


@pytest.mark.parametrize(
    ("name", "says"),
    [
        *((name, "Enter a name.") for name in ("", "   ", "\u3000", "\u200b", "\u202e \u3164", "\ufe0f\u2800")),
        ("x" * 61, "At most 60 characters."),
        ("x" * 10_000, "At most 60 characters."),
        *((name, "cannot be read or stored") for name in ("VIP\x00", "\ud83dVIP", "VIP\ufffd")),
    ],
)
def test_a_name_that_is_none_is_refused(place: Account, people: SimpleNamespace, name: str, says: str) -> None:
    with pytest.raises(InvalidInput) as refusal:
        create_tag(place.id, name, actor=Actor.of_member(people.alice))
    assert says in str(refusal.value.fields["name"])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("コーヒー", "コ－ヒ―"),
        ("カフェ", "力フェ"),
        ("メンバー〜2", "メンバー～2"),
        ("Bob's", "Bob’s"),
        ("cafe\u0301", "café"),
        ("V\u200bIP", "VIP"),
        ("VIP", "VІР"),
        ("へび", "ヘび"),
        ("❤\ufe0f", "❤"),
        ("葛\U000e0100城", "葛城"),
    ],
)
def test_a_tag_that_looks_like_another_is_refused(
    place: Account, people: SimpleNamespace, one: str, other: str
) -> None:
    create_tag(place.id, one, actor=Actor.of_member(people.alice))

    with pytest.raises(InvalidInput) as refusal:
        create_tag(place.id, other, actor=Actor.of_member(people.alice))

    assert "looks the same" in str(refusal.value.fields["name"])
    assert tag_friend(place.id, friend(place).id, other, actor=Actor.of_member(people.alice)).name == one


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("A1", "AI"),
        ("ねこ", "ネコ"),
        ("ヤ", "ャ"),
        ("🏴", "🏴\U000e0067\U000e0062\U000e007f"),
        ("5μm", "5mm"),
        ("が", "か"),
    ],
)
def test_tags_that_can_be_told_apart_are_two(place: Account, people: SimpleNamespace, one: str, other: str) -> None:
    for name in (one, other):
        create_tag(place.id, name, actor=Actor.of_member(people.alice))
    assert db.session.scalar(select(func.count()).select_from(Tag)) == 2


@pytest.mark.parametrize("name", ["VIP", "vip", " Vip ", "ＶＩＰ", "VIP\u200b", "\u202aVIP\u202c"])
def test_a_name_is_unique_within_an_account(place: Account, people: SimpleNamespace, name: str) -> None:
    create_tag(place.id, "VIP", actor=Actor.of_member(people.alice))
    with pytest.raises(InvalidInput):
        create_tag(place.id, name, actor=Actor.of_member(people.alice))

    create_tag(account().id, name, actor=Actor.of_member(people.alice))
    assert db.session.scalar(select(func.count()).select_from(Tag)) == 2


def test_two_who_create_the_same_name_at_once_are_one(app: Flask, place: Account, people: SimpleNamespace) -> None:
    account_id, alice_id, refused, gate = place.id, people.alice.id, [], Barrier(2)
    db.session.commit()

    def create() -> None:
        with app.app_context():
            alice = db.session.get(type(people.alice), alice_id)
            gate.wait(10)
            try:
                create_tag(account_id, "VIP", actor=Actor.of_member(alice))
                db.session.commit()
            except InvalidInput as error:
                refused.append(error)

    threads = [Thread(target=create) for _ in range(2)]
    [thread.start() for thread in threads], [thread.join(20) for thread in threads]

    assert len(refused) == 1
    assert db.session.scalar(select(func.count()).select_from(Tag)) == 1


def test_renaming(place: Account, people: SimpleNamespace) -> None:
    vip, other = tag(place, "VIP"), tag(place, "Other")

    assert rename_tag(place.id, vip.id, " Vip ", actor=Actor.of_member(people.alice)).name == "Vip"
    with pytest.raises(InvalidInput):
        rename_tag(place.id, vip.id, "OTHER", actor=Actor.of_member(people.alice))
    assert vip.name == "Vip"
    with pytest.raises(NotFound):
        rename_tag(account().id, other.id, "Mine", actor=Actor.of_member(people.alice))
    entry = db.session.scalars(select(AuditEntry)).one()
    assert (entry.action, entry.details["before"], entry.target_name) == ("tag.renamed", "VIP", "Vip")


def test_adding_and_removing_says_how_many_changed(place: Account, heard: list[Any], people: SimpleNamespace) -> None:
    vip, shop = tag(place, "VIP"), tag(place, "Shop")
    has_one, has_none = friend(place, (vip,)), friend(place)
    ids, alice = [has_one.id, has_none.id], Actor.of_member(people.alice)

    assert add_tags(place.id, ids, [vip.id], source="member", actor=alice) == 1
    assert add_tags(place.id, ids, [vip.id, shop.id], source="member", actor=alice) == 2
    assert add_tags(place.id, ids, [vip.id, shop.id], source="member", actor=alice) == 0
    assert remove_tags(place.id, [has_one.id], [vip.id, shop.id], source="member", actor=alice) == 1
    assert remove_tags(place.id, [has_one.id], [vip.id], source="member", actor=alice) == 0

    assert on_friends() == {(vip.id, has_none.id), (shop.id, has_none.id)}
    told = {"account_id": place.id, "source": "member", "member_id": alice.id}
    assert heard == [
        TagAdded(tag_id=vip.id, friend_ids=(has_none.id,), **told),
        TagAdded(tag_id=shop.id, friend_ids=(has_one.id, has_none.id), **told),
        TagRemoved(tag_id=vip.id, friend_ids=(has_one.id,), **told),
        TagRemoved(tag_id=shop.id, friend_ids=(has_one.id,), **told),
    ]
    assert sorted(lines()) == [
        ("tag_added", "Shop", alice.id),
        ("tag_added", "Shop", alice.id),
        ("tag_added", "VIP", alice.id),
        ("tag_removed", "Shop", alice.id),
        ("tag_removed", "VIP", alice.id),
    ]


def test_other_accounts_and_tags_on_their_way_out_are_left_alone(place: Account, heard: list[Any]) -> None:
    elsewhere = account()
    mine, theirs, gone = tag(place), tag(elsewhere), tag(place)
    gone.deleted_at = db.func.now()
    my_friend, their_friend = friend(place), friend(elsewhere, (theirs,))
    ids = [my_friend.id, their_friend.id]

    assert add_tags(place.id, ids, [mine.id, theirs.id, gone.id], source="x", actor=SYSTEM) == 1
    assert remove_tags(place.id, ids, [theirs.id], source="x", actor=SYSTEM) == 0
    assert on_friends() == {(mine.id, my_friend.id), (theirs.id, their_friend.id)}


def test_a_friend_gets_a_tag_by_name_and_a_new_name_makes_one(place: Account, people: SimpleNamespace) -> None:
    vip, row = tag(place, "VIP"), friend(place)

    assert tag_friend(place.id, row.id, " ｖip", actor=Actor.of_member(people.alice)).id == vip.id
    new = tag_friend(place.id, row.id, "Osaka", actor=Actor.of_member(people.alice))
    assert [each.name for each in tags_on(row.id)] == ["Osaka", "VIP"]

    untag_friend(place.id, row.id, vip.id, actor=Actor.of_member(people.alice))
    assert [each.id for each in tags_on(row.id)] == [new.id]
    actions = list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))
    assert actions == ["tag.added", "tag.created", "tag.added", "tag.removed"]


def test_a_deleted_tag_is_gone_at_once_and_from_friends_soon(
    place: Account, people: SimpleNamespace, heard: list[Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deletion_runs, "BATCH", 2)
    vip, shop = tag(place, "VIP"), tag(place, "Shop")
    for _ in range(5):
        friend(place, (vip, shop))
    vip_id, shop_id = vip.id, shop.id

    delete_tag(place.id, vip_id, actor=Actor.of_member(people.alice))
    db.session.commit()
    assert [line.tag.name for line in tags_page(place.id, "", ORDERS["name"]).rows] == ["Shop"]
    assert tags_by_id(place.id, [vip_id]) == []
    assert create_tag(place.id, "VIP", actor=Actor.of_member(people.alice)).id != vip_id
    with pytest.raises(NotFound):
        delete_tag(place.id, vip_id, actor=Actor.of_member(people.alice))
    db.session.commit()

    run = db.session.scalars(select(Run)).one()
    advance(run.id), advance(run.id)
    db.session.refresh(run)
    assert (run.state, run.done, run.member_id) == (RunState.COMPLETED, 5, people.alice.id)
    assert {tag_id for tag_id, _ in on_friends()} == {shop_id}
    assert db.session.get(Tag, vip_id) is None
    assert heard == [TagDeleted(account_id=place.id, tag_id=vip_id)]


@pytest.fixture
def shelf(place: Account) -> list[Tag]:
    names = ["b", "Ａ", "c", "サクラ", "さくらんぼ"]
    tags = [tag(place, name) for name in names]
    for number in range(4):
        friend(place, tuple(tags[:number]))
    return tags


def test_tags_are_listed_with_their_friends(place: Account, shelf: list[Tag]) -> None:
    def listed(order: str, search: str = "") -> list[tuple[str, int]]:
        return [(line.tag.name, line.friends) for line in tags_page(place.id, search, ORDERS[order]).rows]

    assert listed("name") == [("Ａ", 2), ("b", 3), ("c", 1), ("サクラ", 0), ("さくらんぼ", 0)]
    assert listed("friends") == [("b", 3), ("Ａ", 2), ("c", 1), ("さくらんぼ", 0), ("サクラ", 0)]
    assert [name for name, _ in listed("updated")] == ["さくらんぼ", "サクラ", "c", "Ａ", "b"]
    assert listed("name", "さくら") == [("サクラ", 0), ("さくらんぼ", 0)]
    assert listed("name", "%") == []
    assert friend_counts([]) == {}


@pytest.mark.parametrize("order", list(ORDERS))
def test_tags_page_forth_and_back(place: Account, shelf: list[Tag], order: str) -> None:
    whole = [line.tag.id for line in tags_page(place.id, "", ORDERS[order]).rows]
    first = tags_page(place.id, "", ORDERS[order], size=2)
    second = tags_page(place.id, "", ORDERS[order], after=first.next, size=2)
    third = tags_page(place.id, "", ORDERS[order], after=second.next, size=2)
    back = tags_page(place.id, "", ORDERS[order], before=third.previous, size=2)

    assert [line.tag.id for page in (first, second, third) for line in page.rows] == whole
    assert (first.previous, third.next, back.rows) == (None, None, second.rows)


def test_choices_keep_what_is_chosen(place: Account, shelf: list[Tag]) -> None:
    kept = shelf[2]

    assert [one.name for one in tags_named_like(place.id, "さく", keep=[kept.id])] == ["c", "サクラ", "さくらんぼ"]
    assert [one.name for one in tags_named_like(place.id, "", limit=2)] == ["Ａ", "b"]
