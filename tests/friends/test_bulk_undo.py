"""Undoing changes of many friends: exactly what the change did, and only where nothing has changed since."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import func, select, update

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.runs.lease import claim
from app.core.runs.models import Run, RunState
from app.core.runs.operations import advance
from app.friends.events import TagAdded, TagRemoved
from app.friends.filters import FriendFilter
from app.friends.list_models import KeptChange, KeptChangeSlice
from app.friends.models import FriendTag, Tag
from app.friends.operations import bulk, bulk_undo
from app.friends.operations.bulk import cancel_change, change_tags_of_all, change_tags_of_chosen
from app.friends.operations.bulk_undo import close_change, undo_change
from app.friends.operations.tagging import add_tags, remove_tags
from app.friends.queries.bulk import recent_bulk_changes
from app.friends.queries.timeline import timeline_page
from app.line.models import Account
from app.team.actors import Actor
from app.team.models import AuditEntry
from tests.factories.friends import friend, tag
from tests.factories.line import account


@pytest.fixture
def alice(people: SimpleNamespace) -> Actor:
    """The member who does it all."""
    return Actor.of_member(people.alice)


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five are many, and a batch is three."""
    monkeypatch.setattr(bulk, "AT_ONCE", 4)
    monkeypatch.setattr(bulk, "BATCH", 3)


def tagged(vip: Tag) -> set[int]:
    return set(db.session.scalars(select(FriendTag.friend_id).where(FriendTag.tag_id == vip.id)))


def only_change() -> KeptChange:
    return db.session.scalars(select(KeptChange)).one()


def undo(change: KeptChange, actor: Actor) -> Run:
    run = undo_change(change.account_id, change.id, actor=actor)
    db.session.commit()
    advance(run.id)
    db.session.refresh(run)
    db.session.refresh(change)
    return run


def by_hand(act: Any, place: Account, friend_ids: Sequence[int], vip: Tag, actor: Actor) -> None:
    act(place.id, friend_ids, [vip.id], source="member", actor=actor)
    db.session.commit()


def test_undoing_takes_off_what_the_change_put_on_and_nothing_else(
    place: Account, alice: Actor, many: None, heard: list[Any]
) -> None:
    vip = tag(place, "VIP")
    had = friend(place, (vip,)).id
    first, second, again, off, *rest = [friend(place).id for _ in range(7)]
    run = change_tags_of_all(place.id, FriendFilter(), "add", [vip.id], actor=alice).run
    db.session.commit()
    assert run is not None
    advance(run.id)
    by_hand(remove_tags, place, [again, off], vip, alice)
    by_hand(add_tags, place, [again], vip, alice)
    heard.clear()

    change = only_change()
    assert undo(change, alice).state == RunState.COMPLETED

    assert tagged(vip) == {had, again}
    assert (change.changed, change.pairs, change.undone) == (7, 7, 5)
    assert {event.source for event in heard} == {"undo"}
    assert {one for event in heard if isinstance(event, TagRemoved) for one in event.friend_ids} == {
        first,
        second,
        *rest,
    }
    said = [timeline_page(friend_id).rows[0] for friend_id in (first, again)]
    assert [(one.line.title, one.line.detail, one.source) for one in said] == [
        ("Tag removed", "VIP", "undone_tags"),
        ("Tag added", "VIP", "activities"),
    ]
    assert said[0].member_id == alice.id
    assert "tag.bulk_undone" in set(db.session.scalars(select(AuditEntry.action)))


def test_undoing_puts_back_with_the_dates_and_sources_of_before(place: Account, alice: Actor, heard: list[Any]) -> None:
    vip = tag(place, "VIP")
    plain, with_source, touched = friend(place, (vip,)).id, friend(place).id, friend(place, (vip,)).id
    never = friend(place).id
    by_hand(add_tags, place, [with_source], vip, alice)
    long_ago = now() - timedelta(days=400)
    db.session.execute(update(FriendTag).where(FriendTag.friend_id == plain).values(added_at=long_ago))
    before = db.session.execute(select(FriendTag.friend_id, FriendTag.added_at, FriendTag.source_id)).all()
    change_tags_of_chosen(place.id, [plain, with_source, touched, never], "remove", [vip.id], actor=alice)
    db.session.commit()
    by_hand(add_tags, place, [touched], vip, alice)
    by_hand(remove_tags, place, [touched], vip, alice)
    heard.clear()

    change = only_change()
    undo(change, alice)

    after = db.session.execute(select(FriendTag.friend_id, FriendTag.added_at, FriendTag.source_id)).all()
    assert {tuple(row) for row in after} == {tuple(row) for row in before if row.friend_id != touched}
    assert (change.pairs, change.undone) == (3, 2)
    assert [event.friend_ids for event in heard if isinstance(event, TagAdded)] == [(plain, with_source)]


def test_changes_are_undone_one_after_the_other_back_to_the_first(place: Account, alice: Actor) -> None:
    """A tag that was taken off and put on again by mistake is there with its old date, except where it was touched."""
    vip = tag(place, "VIP")
    plain, touched = friend(place, (vip,)).id, friend(place, (vip,)).id
    dates = dict(db.session.execute(select(FriendTag.friend_id, FriendTag.added_at)).all())
    for action in ("remove", "add", "remove"):
        change_tags_of_chosen(place.id, [plain, touched], action, [vip.id], actor=alice)
        db.session.commit()
    by_hand(add_tags, place, [touched], vip, alice)
    by_hand(remove_tags, place, [touched], vip, alice)
    off, on, off_again = db.session.scalars(select(KeptChange).order_by(KeptChange.id))

    undone = [undo(change, alice) and change.undone for change in (off_again, on, off)]

    assert undone == [1, 1, 1]
    assert dict(db.session.execute(select(FriendTag.friend_id, FriendTag.added_at)).all()) == {plain: dates[plain]}


def test_what_was_put_on_since_and_undone_alone_keeps_a_removal_from_being_undone(place: Account, alice: Actor) -> None:
    vip = tag(place, "VIP")
    one = friend(place, (vip,)).id
    change_tags_of_chosen(place.id, [one], "remove", [vip.id], actor=alice)
    change_tags_of_chosen(place.id, [one], "add", [vip.id], actor=alice)
    db.session.commit()
    off, on = db.session.scalars(select(KeptChange).order_by(KeptChange.id))
    undo(on, alice)
    by_hand(add_tags, place, [one], vip, alice)
    by_hand(remove_tags, place, [one], vip, alice)
    undo(off, alice)
    assert (tagged(vip), off.undone) == (set(), 0)


def test_a_killed_undoing_goes_on_and_one_that_is_over_cannot_be_repeated(
    place: Account, alice: Actor, many: None
) -> None:
    vip = tag(place)
    ids = [friend(place).id for _ in range(7)]
    run = change_tags_of_all(place.id, FriendFilter(), "add", [vip.id], actor=alice).run
    db.session.commit()
    assert run is not None
    with pytest.raises(Conflict):
        undo_change(place.id, only_change().id, actor=alice)
    advance(run.id)
    change = only_change()
    undoing = undo_change(place.id, change.id, actor=alice)
    assert undo_change(place.id, change.id, actor=alice).id == undoing.id
    db.session.commit()
    lease = claim(undoing.id)
    assert lease is not None
    bulk_undo.advance(lease), bulk_undo.advance(lease)
    assert len(tagged(vip)) == 4
    by_hand(add_tags, place, ids[:1], vip, alice)
    # The place that was saved is lost, so that the first slice comes again.
    db.session.execute(update(Run).where(Run.id == undoing.id).values(leased_until=None, cursor={}))
    db.session.commit()

    advance(undoing.id)

    db.session.refresh(change)
    assert tagged(vip) == set(ids[:1])
    assert change.undone == 7
    with pytest.raises(Conflict):
        undo_change(place.id, change.id, actor=alice)


def test_a_change_that_ended_half_way_is_undone_as_far_as_it_came(place: Account, alice: Actor, many: None) -> None:
    vip = tag(place)
    had, *rest = [friend(place, (vip,)).id, *(friend(place).id for _ in range(6))]
    run = change_tags_of_all(place.id, FriendFilter(), "add", [vip.id], actor=alice).run
    db.session.commit()
    assert run is not None
    lease = claim(run.id)
    assert lease is not None
    bulk.advance(lease), bulk.advance(lease)
    assert tagged(vip) == {had, *rest[:2]}
    db.session.execute(update(Run).where(Run.id == run.id).values(leased_until=None))
    cancel_change(place.id, run.id, actor=alice)
    db.session.commit()

    change = only_change()
    undo(change, alice)

    assert tagged(vip) == {had}
    assert (change.pairs, change.undone) == (2, 2)


def test_what_is_gone_since_is_left_out(place: Account, alice: Actor) -> None:
    gone, kept = tag(place, "Gone"), tag(place, "Kept")
    one = friend(place, (gone, kept)).id
    change_tags_of_chosen(place.id, [one], "remove", [gone.id, kept.id], actor=alice)
    gone.deleted_at = now()
    db.session.commit()

    (line,) = recent_bulk_changes(place.id, 0)
    assert line.may_be_undone
    undo(only_change(), alice)
    assert (tagged(gone), tagged(kept)) == (set(), {one})


def test_changes_expire_and_belong_to_their_account(place: Account, alice: Actor) -> None:
    vip, one = tag(place), friend(place).id
    change_tags_of_chosen(place.id, [one], "add", [vip.id], actor=alice)
    change = only_change()
    with pytest.raises(NotFound):
        undo_change(account().id, change.id, actor=alice)
    bulk_undo.prune()
    assert only_change().id == change.id
    change.expires_at = now() - timedelta(seconds=1)
    db.session.commit()
    with pytest.raises(Conflict, match="30 days"):
        undo_change(place.id, change.id, actor=alice)

    bulk_undo.prune()
    assert db.session.scalar(select(func.count()).select_from(KeptChangeSlice)) == 0
    assert tagged(vip) == {one}


def test_the_list_tells_of_the_last_change_and_of_the_last_own_one(
    place: Account, people: SimpleNamespace, alice: Actor
) -> None:
    vip, one = tag(place), friend(place).id
    bob = replace(Actor.of_member(people.bob), permissions=alice.permissions)
    for action, actor in (("add", alice), ("remove", alice), ("add", bob)):
        change_tags_of_chosen(place.id, [one], action, [vip.id], actor=actor)
        db.session.commit()
    first, second, third = db.session.scalars(select(KeptChange.id).order_by(KeptChange.id))

    def told(member_id: int) -> list[int]:
        return [line.change.id for line in recent_bulk_changes(place.id, member_id)]

    assert (told(people.alice.id), told(people.bob.id)) == ([third, second], [third])
    close_change(place.id, second, actor=alice)
    close_change(place.id, third, actor=alice)
    db.session.commit()
    assert told(people.alice.id) == []
    undo_change(place.id, first, actor=bob)
    db.session.commit()
    assert told(people.alice.id) == [first]


def test_a_change_of_nothing_keeps_nothing_and_a_closed_one_is_shown_to_others_only(
    place: Account, people: SimpleNamespace, alice: Actor
) -> None:
    vip, one = tag(place), friend(place).id
    change_tags_of_chosen(place.id, [one], "add", [vip.id], actor=alice)
    change_tags_of_chosen(place.id, [one], "add", [vip.id], actor=alice)
    assert len(recent_bulk_changes(place.id, people.alice.id)) == 1

    close_change(place.id, only_change().id, actor=alice)
    db.session.commit()
    assert recent_bulk_changes(place.id, people.alice.id) == []
    assert len(recent_bulk_changes(place.id, people.alice.id + 1)) == 1
