"""Tags on many friends: at once, by a run, cancelled, killed and repeated."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.runs.lease import claim
from app.core.runs.models import Run, RunState
from app.core.runs.operations import advance, request_cancel
from app.friends.events import TagAdded
from app.friends.filters import FriendFilter
from app.friends.models import Activity, FriendTag
from app.friends.operations import bulk
from app.friends.operations.bulk import change_tags_of_all, change_tags_of_chosen
from app.friends.queries.bulk import recent_bulk_changes
from app.line.models import Account
from app.team.actors import Actor
from app.team.models import AuditEntry
from tests.factories.friends import friend, tag
from tests.factories.line import account


@pytest.fixture
def many(monkeypatch: pytest.MonkeyPatch) -> None:
    """Five are many, and a batch is three."""
    monkeypatch.setattr(bulk, "AT_ONCE", 4)
    monkeypatch.setattr(bulk, "BATCH", 3)


def tagged(tag_id: int) -> set[int]:
    return set(db.session.scalars(select(FriendTag.friend_id).where(FriendTag.tag_id == tag_id)))


def test_chosen_friends_change_at_once(place: Account, people: SimpleNamespace) -> None:
    vip = tag(place)
    had, new, stranger = friend(place, (vip,)), friend(place), friend(account())

    changed = change_tags_of_chosen(
        place.id, [had.id, new.id, stranger.id], "add", [vip.id], actor=Actor.of_member(people.alice)
    )

    assert (changed.matched, changed.changed, changed.run) == (2, 1, None)
    assert tagged(vip.id) == {had.id, new.id}
    assert db.session.scalars(select(AuditEntry.action)).one() == "tag.added_in_bulk"
    assert (
        change_tags_of_chosen(place.id, [had.id], "remove", [vip.id], actor=Actor.of_member(people.alice)).changed == 1
    )
    assert tagged(vip.id) == {new.id}


@pytest.mark.parametrize(("friends", "tags", "field"), [(True, False, "chosen"), (False, True, "friend")])
def test_nothing_chosen_is_refused(
    place: Account, people: SimpleNamespace, friends: bool, tags: bool, field: str
) -> None:
    ids, tag_ids = [friend(place).id] if friends else [], [tag(place).id] if tags else [tag(account()).id]
    with pytest.raises(InvalidInput) as refusal:
        change_tags_of_chosen(place.id, ids, "add", tag_ids, actor=Actor.of_member(people.alice))
    assert list(refusal.value.fields) == [field]


def test_a_small_result_changes_at_once(place: Account, people: SimpleNamespace, many: None) -> None:
    vip = tag(place)
    ids = {friend(place, display_name=f"Ana {number}").id for number in range(4)}
    friend(place, display_name="Ben")

    changed = change_tags_of_all(
        place.id, FriendFilter(search="ana"), "add", [vip.id], actor=Actor.of_member(people.alice)
    )
    assert (changed.matched, changed.run) == (4, None)
    assert tagged(vip.id) == ids


def test_a_large_result_is_a_run(place: Account, people: SimpleNamespace, many: None, heard: list[Any]) -> None:
    vip, shop = tag(place, "VIP"), tag(place, "Shop")
    had = [friend(place, (vip, shop), display_name="Ana").id for _ in range(2)]
    new = [friend(place, (shop,), display_name="Ana").id for _ in range(5)]
    others = [friend(place, display_name="Ben").id for _ in range(4)]
    wanted = FriendFilter(search="ana", tag_ids=(shop.id,))

    run = change_tags_of_all(place.id, wanted, "add", [vip.id], actor=Actor.of_member(people.alice)).run
    assert run is not None
    db.session.commit()
    late = friend(place, (shop,), display_name="Ana")
    advance(run.id)

    db.session.refresh(run)
    assert (run.state, run.total, run.done, run.counts) == (RunState.COMPLETED, 7, 7, {"matched": 7, "changed": 5})
    assert tagged(vip.id) == {*had, *new}
    assert late.id not in tagged(vip.id) and not tagged(vip.id) & set(others)
    assert [event.source for event in heard if isinstance(event, TagAdded)] == ["bulk"] * 3
    assert set(db.session.scalars(select(Activity.member_id))) == {people.alice.id}
    assert [line.run for line in recent_bulk_changes(place.id, people.alice.id)] == [run]


def test_removing_the_tag_that_is_filtered_by_misses_no_one(
    place: Account, people: SimpleNamespace, many: None
) -> None:
    vip = tag(place)
    for _ in range(9):
        friend(place, (vip,))

    run = change_tags_of_all(
        place.id, FriendFilter(tag_ids=(vip.id,)), "remove", [vip.id], actor=Actor.of_member(people.alice)
    ).run
    assert run is not None
    db.session.commit()
    advance(run.id)

    assert tagged(vip.id) == set()
    db.session.refresh(run)
    assert run.counts == {"matched": 9, "changed": 9}


def test_a_worker_killed_between_slices_changes_no_one_twice(
    place: Account, people: SimpleNamespace, many: None
) -> None:
    vip = tag(place)
    for _ in range(8):
        friend(place)
    run = change_tags_of_all(place.id, FriendFilter(), "add", [vip.id], actor=Actor.of_member(people.alice)).run
    assert run is not None
    db.session.commit()

    lease = claim(run.id)
    assert lease is not None
    for _ in range(3):
        bulk.advance(lease)
    db.session.execute(Run.__table__.update().values(leased_until=None))
    db.session.commit()
    advance(run.id)

    db.session.refresh(run)
    assert (run.state, run.counts) == (RunState.COMPLETED, {"matched": 8, "changed": 8})
    assert len(tagged(vip.id)) == len(db.session.scalars(select(Activity)).all()) == 8


def test_of_two_changes_the_one_that_was_started_last_has_the_last_word(
    place: Account, people: SimpleNamespace, many: None
) -> None:
    vip, actor = tag(place), Actor.of_member(people.alice)
    for _ in range(8):
        friend(place)
    runs = [change_tags_of_all(place.id, FriendFilter(), verb, [vip.id], actor=actor).run for verb in ("add", "remove")]
    db.session.commit()
    first, second = (run for run in runs if run is not None)

    advance(second.id)
    db.session.refresh(second)
    assert (second.state, second.total, second.waits_for) == (RunState.RUNNING, None, first.id)
    advance(first.id)
    assert len(tagged(vip.id)) == 8
    advance(second.id)
    db.session.refresh(second)
    assert (second.state, second.counts) == (RunState.COMPLETED, {"matched": 8, "changed": 8})
    assert not tagged(vip.id)


def test_a_cancelled_run_keeps_what_is_done_and_may_be_started_again(
    place: Account, people: SimpleNamespace, many: None
) -> None:
    vip = tag(place)
    for _ in range(8):
        friend(place)

    def start() -> Run:
        run = change_tags_of_all(place.id, FriendFilter(), "add", [vip.id], actor=Actor.of_member(people.alice)).run
        assert run is not None
        db.session.commit()
        return run

    first = start()
    lease = claim(first.id)
    assert lease is not None
    bulk.advance(lease), bulk.advance(lease)
    request_cancel(first)
    db.session.execute(Run.__table__.update().values(leased_until=None))
    db.session.commit()
    advance(first.id)
    db.session.refresh(first)
    assert (first.state, first.counts["changed"]) == (RunState.CANCELLED, 3)

    second = start()
    advance(second.id)
    db.session.refresh(second)
    assert second.counts == {"matched": 8, "changed": 5}


def test_tags_that_vanish_in_the_meantime_end_the_run_with_a_reason(
    place: Account, people: SimpleNamespace, many: None
) -> None:
    vip = tag(place)
    for _ in range(5):
        friend(place)
    run = change_tags_of_all(place.id, FriendFilter(), "add", [vip.id], actor=Actor.of_member(people.alice)).run
    assert run is not None
    vip.deleted_at = db.func.now()
    db.session.commit()
    advance(run.id)

    db.session.refresh(run)
    assert (run.state, run.reason) == (RunState.FAILED, "friends.tags_gone")
