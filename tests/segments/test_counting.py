"""Counting as a worker does it: an order is a row, taken by one, found again when its taker dies, and never lost."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.core.db.time_budget import OutOfTime
from app.core.due.sweep import sweep_kind
from app.friends.operations.tags import delete_tag
from app.line.models import Account
from app.segments.models import Segment, SegmentCount
from app.segments.operations import counting
from app.segments.operations.segments import change_segment, create_segment
from app.team.actors import Actor
from tests.factories.friends import friend, tag
from tests.factories.segments import FOLLOWING, condition, definition, segment

BLOCKED = definition([condition("line.follow_status", "any_of", "blocked")])


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Segments whose count someone was woken for."""
    found: list[int] = []
    monkeypatch.setattr(counting.queue, "wake", lambda name, segment_id, **options: found.append(segment_id))
    return found


@pytest.fixture
def during_count(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], Any]], None]:
    """Let something happen while friends are being counted, once they are."""
    count_members = counting.count_members

    def arrange(happens: Callable[[], Any]) -> None:
        def counted(compiled: Any) -> Any:
            numbers = count_members(compiled)
            happens()
            return numbers

        monkeypatch.setattr(counting, "count_members", counted)

    return arrange


def due(place: Account, **values: Any) -> Segment:
    return segment(place, **{"count_due_at": now() - timedelta(seconds=1), **values})


def ordered(moment: datetime) -> dict[str, Any]:
    """An order that came at this moment."""
    return {**counting.COUNTS.ordered(), "count_due_at": moment}


def elsewhere(statement: Any) -> None:
    """Done by someone else, in a transaction of their own."""
    with db.engine.begin() as connection:
        connection.execute(statement)


def test_an_order_is_carried_out_once(place: Account) -> None:
    friend(place), friend(place, follow_status="blocked")
    one = due(place, definition=definition([condition("line.display_name", "known")]))
    counting.count_due(one.id)
    assert (one.friends, one.reachable, one.blocked, one.count_due_at) == (2, 1, 1, None)

    friend(place)
    counting.count_due(one.id)
    assert one.friends == 2


def test_an_order_that_someone_carries_out_is_left_to_them(place: Account) -> None:
    one = due(place, count_due_at=now() + timedelta(minutes=4))
    counting.count_due(one.id)
    assert one.friends is None and one.count_due_at is not None
    counting.count_due(one.id + 1)


def test_while_it_counts_no_one_else_takes_the_order(place: Account, during_count: Any, woken: list[int]) -> None:
    one = due(place)
    seen = []

    def look() -> None:
        with db.engine.connect() as connection:
            seen.append(connection.scalar(select(Segment.count_leased_until).where(Segment.id == one.id)))

    during_count(look)
    counting.count_due(one.id)
    assert seen[0] > now() + timedelta(minutes=4)


class Killed(BaseException):
    """The worker's process is gone."""


def die(compiled: Any) -> None:
    raise Killed


def test_the_order_of_a_worker_that_died_comes_due_again(
    place: Account, monkeypatch: pytest.MonkeyPatch, woken: list[int]
) -> None:
    friend(place)
    one = due(place)
    with monkeypatch.context() as death:
        death.setattr(counting, "count_members", die)
        with pytest.raises(Killed):
            counting.count_due(one.id)
    db.session.rollback()
    assert one.friends is None and one.count_due_at is not None
    sweep_kind(counting.COUNTS)
    assert woken == []

    db.session.execute(update(Segment).values(count_leased_until=now() - timedelta(seconds=1)))
    db.session.commit()
    sweep_kind(counting.COUNTS)
    assert woken == [one.id]
    counting.count_due(one.id)
    assert one.friends == 1


def test_the_sweep_finds_what_is_due_and_nothing_else(place: Account, woken: list[int]) -> None:
    late, later = due(place), due(place, count_due_at=now() - timedelta(hours=1))
    segment(place), due(place, count_due_at=now() + timedelta(hours=1))
    sweep_kind(counting.COUNTS)
    assert woken == [later.id, late.id]


def test_a_number_for_what_has_changed_in_the_meantime_is_not_stored(
    place: Account, people: SimpleNamespace, during_count: Any
) -> None:
    friend(place)
    one = due(place)
    change = update(Segment).where(Segment.id == one.id)
    moment = now()
    during_count(lambda: elsewhere(change.values(version=2, definition=BLOCKED, **ordered(moment))))
    counting.count_due(one.id)
    assert (one.friends, one.version, one.count_due_at) == (None, 2, moment)


def test_an_older_number_does_not_overwrite_a_newer_one(place: Account, during_count: Any) -> None:
    friend(place)
    one = due(place)
    newer = update(Segment).where(Segment.id == one.id)
    during_count(lambda: elsewhere(newer.values(friends=7, counted_at=now() + timedelta(seconds=5))))
    counting.count_due(one.id)
    assert one.friends == 7


def test_an_order_that_comes_while_it_is_counted_stays(
    place: Account, during_count: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    friend(place)
    one, moment = due(place), now()
    order = update(Segment).where(Segment.id == one.id).values(**ordered(moment))
    during_count(lambda: elsewhere(order))
    counting.count_due(one.id)
    assert (one.friends, one.count_due_at) == (1, moment)

    def too_long(compiled: Any) -> Any:
        elsewhere(order)
        raise OutOfTime

    monkeypatch.setattr(counting, "count_members", too_long)
    counting.count_due(one.id)
    assert one.count_due_at == moment


def test_a_count_that_takes_too_long_is_given_up(place: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "MOST_SECONDS", 0)
    one = due(place, friends=3, counted_at=now() - timedelta(days=1))
    counting.count_due(one.id)
    assert (one.friends, one.count_due_at) == (3, None)
    with pytest.raises(OutOfTime):
        counting.count(one)


def given_up(place: Account, monkeypatch: pytest.MonkeyPatch, **values: Any) -> Segment:
    """A segment that takes longer to count than anybody waits."""
    one = due(place, **values)
    with monkeypatch.context() as hurry:
        hurry.setattr(counting, "MOST_SECONDS", 0)
        counting.count_due(one.id)
    return one


def test_what_was_given_up_is_not_tried_again_for_a_while(place: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    one = given_up(place, monkeypatch)
    assert one.count_given_up_at is not None
    counting.count_stale_later([one])
    assert one.count_due_at is None
    one.count_given_up_at = now() - counting.REST - timedelta(seconds=1)
    counting.count_stale_later([one])
    assert one.count_due_at is not None


def test_what_was_given_up_is_counted_when_someone_wishes(place: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    friend(place)
    one = given_up(place, monkeypatch)
    counting.count_later([one])
    db.session.commit()
    counting.count_due(one.id)
    assert (one.friends, one.count_given_up_at, one.count_due_at) == (1, None, None)


def test_other_conditions_are_counted_though_those_before_were_given_up(
    place: Account, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = given_up(place, monkeypatch)
    change_segment(place.id, one.id, "Blocked", BLOCKED, seen=1, actor=Actor.of_member(people.alice))
    db.session.commit()
    db.session.refresh(one)
    assert one.count_given_up_at is None and one.count_due_at is not None


def test_what_has_changed_while_it_was_counted_is_not_given_up(place: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    one, moment = due(place), now()

    def too_long(compiled: Any) -> Any:
        elsewhere(update(Segment).where(Segment.id == one.id).values(version=2, **ordered(moment)))
        raise OutOfTime

    monkeypatch.setattr(counting, "count_members", too_long)
    counting.count_due(one.id)
    db.session.refresh(one)
    assert (one.count_given_up_at, one.count_due_at) == (None, moment)


def test_saving_forgets_the_number_and_orders_another(place: Account, people: SimpleNamespace) -> None:
    friend(place)
    one = create_segment(place.id, "VIP", FOLLOWING, actor=Actor.of_member(people.alice))
    db.session.commit()
    assert one.friends is None and one.count_due_at is not None
    counting.try_to_count(one)
    db.session.commit()
    assert (one.friends, one.count_due_at) == (1, None)

    change_segment(place.id, one.id, "VIP", BLOCKED, seen=1, actor=Actor.of_member(people.alice))
    db.session.commit()
    assert one.friends is None and one.counted_at is None and one.count_due_at is not None
    counting.count_due(one.id)
    assert one.friends == 0


def test_deleting_a_tag_orders_a_count_of_what_looks_at_it(place: Account, people: SimpleNamespace) -> None:
    vip, other = tag(place, "VIP"), tag(place, "Other")
    friend(place, (vip,))
    on_vip, on_other = (
        segment(place, definition=definition([condition("tag", "contains_any", one.id)]), friends=1, counted_at=now())
        for one in (vip, other)
    )
    delete_tag(place.id, vip.id, actor=Actor.of_member(people.alice))
    db.session.commit()
    assert (on_vip.count_due_at is not None, on_other.count_due_at) == (True, None)
    counting.count_due(on_vip.id)
    assert on_vip.friends == 0


def test_only_old_and_missing_numbers_are_ordered(place: Account) -> None:
    fresh = segment(place, counted_at=now())
    old, missing = segment(place, counted_at=now() - counting.FRESH - timedelta(seconds=1)), segment(place)
    put_off = now() + timedelta(minutes=3)
    taken = segment(place, count_due_at=put_off)
    counting.count_stale_later([fresh, old, missing, taken])
    assert [one.count_due_at is not None for one in (fresh, old, missing)] == [False, True, True]
    assert taken.count_due_at == put_off


def kept(one: Segment) -> list[tuple[date, int, int, int]]:
    query = select(SegmentCount).where(SegmentCount.segment_id == one.id).order_by(SegmentCount.day)
    return [(row.day, row.version, row.friends, row.reachable) for row in db.session.scalars(query)]


def test_the_last_number_of_each_day_is_kept(place: Account) -> None:
    friend(place)
    with time_machine.travel("2026-04-23T12:00:00+09:00", tick=False) as clock:
        one = due(place)
        counting.count(one)
        clock.shift(60)
        friend(place)
        counting.count(one)
        clock.move_to("2026-04-24T00:30:00+09:00")
        friend(place)
        counting.count(one)
    assert kept(one) == [(date(2026, 4, 23), 1, 2, 2), (date(2026, 4, 24), 1, 3, 3)]


def test_a_number_that_is_not_stored_is_not_kept_either(place: Account, during_count: Any) -> None:
    one = due(place)
    during_count(lambda: elsewhere(update(Segment).where(Segment.id == one.id).values(version=2)))
    counting.count_due(one.id)
    assert kept(one) == []


def test_once_a_day_each_segment_is_counted(place: Account, woken: list[int]) -> None:
    with time_machine.travel("2026-04-24T00:30:00+09:00", tick=False):
        begin = now() - timedelta(minutes=30)
        old = segment(place, counted_at=begin - timedelta(seconds=1))
        never, fresh = segment(place), segment(place, counted_at=begin)
        resting = segment(place, count_given_up_at=begin)
        given_up = segment(place, count_given_up_at=begin - timedelta(seconds=1))
        days = (date(2026, 4, 24) - timedelta(days=400), date(2026, 4, 24) - timedelta(days=401))
        db.session.add_all(SegmentCount(segment_id=old.id, day=day, version=1, friends=1, reachable=1) for day in days)
        db.session.commit()
        counting.count_daily()
        db.session.expire_all()
        ordered_now = {one.id for one in (old, never, fresh, resting, given_up) if one.count_due_at}
    assert ordered_now == {old.id, never.id, given_up.id}
    assert [day for day, *_rest in kept(old)] == [days[0]]
