"""Triggers that follow the clock: members of a segment at a time, and dates of friends; none missed, none twice."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select, text

from app.core import clock
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.friends.models import AttributeDefinition, AttributeKind, FollowStatus, Friend
from app.line.models import Account
from app.team.actors import SYSTEM
from app.workflows.engine import clocks
from app.workflows.engine.clocks import follow_clocks
from app.workflows.models import Workflow, WorkflowAdmission, WorkflowTrigger
from app.workflows.operations.clocks import LateDecision, decide_late
from app.workflows.operations.life import pause, save_version, start
from tests.factories import friends as factory
from tests.factories import line, segments
from tests.factories.workflows import active, chain, says, step
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop, runs, said, settle

NOON = datetime(2027, 11, 27, 3, tzinfo=UTC)
STOP = step("stop")


@pytest.fixture
def account(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Account:
    """An account with a date attribute; it is noon in Tokyo."""
    found = line.account()
    db.session.add(AttributeDefinition(account_id=found.id, key="birthday", label="Birthday", kind=AttributeKind.DATE))
    db.session.commit()
    turn(monkeypatch, NOON)
    return found


def turn(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Set the clock; for triggers, that of the database too."""
    monkeypatch.setattr(clock, "now", lambda: moment)
    monkeypatch.setattr("app.workflows.engine.listening.now", lambda: moment)
    monkeypatch.setattr("app.workflows.operations.clocks.now", lambda: moment)
    monkeypatch.setattr("app.workflows.triggers.clocks.now", lambda: moment)


def fire(monkeypatch: pytest.MonkeyPatch, moment: datetime) -> None:
    """Set the clock and let the triggers fire that are due by then."""
    turn(monkeypatch, moment)
    while True:
        values = {"moment": moment}
        db.session.execute(
            text("UPDATE workflow_triggers SET due_at = now() - interval '1 s' WHERE due_at <= :moment"), values
        )
        db.session.commit()
        if not follow_clocks():
            break
    db.session.commit()


def everyone(account: Account, **settings: Any) -> dict[str, Any]:
    return {"segments": {str(account.id): "all"}, "every": "day", "time": "18:00", **settings}


def entered() -> list[int]:
    return [run.friend_id for run in runs()]


def trigger() -> WorkflowTrigger:
    db.session.rollback()
    return db.session.scalars(select(WorkflowTrigger).execution_options(populate_existing=True)).one()


def test_the_followers_in_a_segment_enter_at_the_time(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    tag = factory.tag(account, "VIP")
    members = [factory.friend(account, (tag,)) for _ in range(3)]
    factory.friend(account, (tag,), follow_status=FollowStatus.BLOCKED)
    factory.friend(account)
    segment = segments.segment(
        account, "VIPs", segments.definition([segments.condition("tag", "contains_any", tag.id)])
    )
    chosen = {"segments": {str(account.id): segment.id}, "every": "day", "time": "18:00"}
    active(account, step("schedule", **chosen), STOP)
    assert trigger().due_at == NOON + timedelta(hours=6)
    fire(monkeypatch, NOON + timedelta(hours=5))
    assert entered() == []
    fire(monkeypatch, NOON + timedelta(hours=6))
    assert entered() == [one.id for one in members]
    assert runs()[0].event_key == "schedule:n0:2027-11-27T09:00:00+00:00"
    assert trigger().due_at == NOON + timedelta(days=1, hours=6)
    fire(monkeypatch, NOON + timedelta(days=1, hours=6))
    assert len(entered()) == 6


def test_many_enter_in_slices_and_a_worker_that_dies_in_between_loses_none(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "SLICE", 10)
    people = [factory.friend(account).id for _ in range(25)]
    active(account, step("schedule", **everyone(account)), STOP)
    calls = 0
    real = clocks.enter

    def dies(happenings: Any) -> int:
        nonlocal calls
        calls += 1
        found = real(happenings)
        if calls == 2:
            raise KeyboardInterrupt
        return found

    monkeypatch.setattr(clocks, "enter", dies)
    with pytest.raises(KeyboardInterrupt):
        fire(monkeypatch, NOON + timedelta(hours=6))
    db.session.rollback()
    assert len(entered()) == 10
    newcomer = factory.friend(account)
    db.session.execute(text("UPDATE workflow_triggers SET leased_until = NULL"))
    fire(monkeypatch, NOON + timedelta(hours=6, minutes=3))
    assert entered() == people and newcomer.id not in entered()
    assert db.session.scalars(select(WorkflowAdmission)).all() == []
    assert trigger().occurrence == NOON + timedelta(days=1, hours=6)


def test_a_schedule_makes_up_for_the_last_moment_only(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    factory.friend(account)
    active(account, step("schedule", **everyone(account)), STOP)
    fire(monkeypatch, NOON + timedelta(days=3))
    assert [run.event_key for run in runs()] == ["schedule:n0:2027-11-29T09:00:00+00:00"]
    assert trigger().due_at == NOON + timedelta(days=3, hours=6)


def test_once_fires_once(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    factory.friend(account)
    active(account, step("schedule", **everyone(account, every="once", date="2027-12-24")), STOP)
    fire(monkeypatch, NOON + timedelta(days=30))
    assert len(entered()) == 1 and trigger().due_at is None


def test_what_is_too_late_is_skipped_or_waits_for_a_member(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    factory.friend(account)
    skips = everyone(account, late={"policy": "skip", "hours": 2})
    active(account, step("schedule", **skips), STOP, name="Skips")
    fire(monkeypatch, NOON + timedelta(hours=9))
    assert entered() == [] and trigger().due_at == NOON + timedelta(days=1, hours=6)
    fire(monkeypatch, NOON + timedelta(days=1, hours=7))
    assert len(entered()) == 1
    pause(trigger().workflow_id, actor=SYSTEM)
    db.session.commit()

    asks = active(account, step("schedule", **everyone(account, late={"policy": "ask", "hours": 2})), STOP, name="Asks")
    fire(monkeypatch, NOON + timedelta(days=4))
    assert len(entered()) == 1 and (trigger().due_at, trigger().reason) == (None, "workflows.clock_late")
    decide_late(asks.id, trigger().id, LateDecision.FIRE, actor=SYSTEM)
    fire(monkeypatch, NOON + timedelta(days=4, minutes=1))
    assert len(entered()) == 2 and runs()[1].event_key == "schedule:n0:2027-11-30T09:00:00+00:00"
    fire(monkeypatch, NOON + timedelta(days=6))
    decide_late(asks.id, trigger().id, LateDecision.SKIP, actor=SYSTEM)
    fire(monkeypatch, NOON + timedelta(days=6, minutes=1))
    assert len(entered()) == 2 and trigger().due_at == NOON + timedelta(days=6, hours=6)
    with pytest.raises(Conflict):
        decide_late(asks.id, trigger().id, LateDecision.SKIP, actor=SYSTEM)
    with pytest.raises(NotFound):
        decide_late(asks.id, 999_999, LateDecision.SKIP, actor=SYSTEM)


def born(account: Account, day: str | None) -> Friend:
    return factory.friend(account, attributes={"birthday": day} if day else {})


def test_dates_of_friends_are_reached_each_day_also_of_missed_days(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    first, second, third = (born(account, f"1990-11-{day}") for day in (28, 29, 30))
    for day in (None, "1990-12-01", "2028-11-28"):
        born(account, day)
    born(line.account(), "1990-11-28")
    settings = {"field": "attributes.birthday", "yearly": True, "time": "09:00"}
    active(account, step("date_reached", **settings), STOP)
    fire(monkeypatch, datetime(2027, 11, 28, tzinfo=UTC))
    assert entered() == [first.id]
    fire(monkeypatch, datetime(2027, 11, 30, 5, tzinfo=UTC))
    assert entered() == [first.id, second.id, third.id]
    fire(monkeypatch, datetime(2028, 11, 28, 5, tzinfo=UTC))
    assert entered().count(first.id) == 2


def test_a_date_before_and_after_and_only_of_its_year(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    wanted, older = born(account, "2027-12-01"), born(account, "1990-12-01")
    settings = {"field": "attributes.birthday", "around": "before", "days": 3, "time": "09:00"}
    active(account, step("date_reached", **settings), STOP)
    active(account, step("date_reached", **{**settings, "around": "after", "days": 2}), STOP, name="After")
    fire(monkeypatch, datetime(2027, 11, 28, tzinfo=UTC))
    assert entered() == [wanted.id] and older.id not in entered()
    fire(monkeypatch, datetime(2027, 12, 2, tzinfo=UTC))
    assert entered() == [wanted.id]
    fire(monkeypatch, datetime(2027, 12, 3, tzinfo=UTC))
    assert entered() == [wanted.id, wanted.id]


def test_another_time_of_day_lets_friends_in_once(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    born(account, "2027-11-28")
    settings = {"field": "attributes.birthday", "time": "09:00"}
    workflow = active(account, step("date_reached", **settings), STOP)
    fire(monkeypatch, datetime(2027, 11, 28, tzinfo=UTC))
    again = chain(account, step("date_reached", **{**settings, "time": "15:00"}), STOP)
    save_version(workflow.id, again, seen=workflow.revision, actor=SYSTEM)
    start(workflow.id, actor=SYSTEM)
    db.session.commit()
    assert trigger().due_at == datetime(2027, 11, 28, 6, tzinfo=UTC)
    fire(monkeypatch, datetime(2027, 11, 28, 6, tzinfo=UTC))
    assert len(entered()) == 1


def test_a_new_version_goes_on_where_the_trigger_is_and_a_pause_ends_it(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(clocks, "SLICE", 2)
    people = [factory.friend(account).id for _ in range(3)]
    workflow = active(account, step("schedule", **everyone(account)), STOP)
    turn(monkeypatch, NOON + timedelta(hours=6))
    db.session.execute(text("UPDATE workflow_triggers SET due_at = now(), entered_up_to = NULL"))
    db.session.commit()
    monkeypatch.setattr("app.core.due.process.SITTING_SECONDS", 0.0)
    for _ in range(2):
        follow_clocks()
    assert entered() == people[:2]
    again = chain(account, step("schedule", **everyone(account)), STOP, STOP)
    save_version(workflow.id, again, seen=db.session.get_one(Workflow, workflow.id).revision, actor=SYSTEM)
    start(workflow.id, actor=SYSTEM)
    db.session.commit()
    follow_clocks()
    db.session.commit()
    assert entered() == people
    pause(workflow.id, actor=SYSTEM)
    db.session.commit()
    assert db.session.scalars(select(WorkflowTrigger)).all() == []


def test_a_schedule_sends_to_line(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    active(shop.account, step("schedule", **everyone(shop.account)), step("send_message", content=says("Good evening")))
    db.session.execute(text("UPDATE workflow_triggers SET due_at = now(), occurrence = now()"))
    db.session.commit()
    follow_clocks()
    settle()
    assert said(shop) == [["Good evening"]]


@pytest.mark.parametrize(
    ("kind", "settings"),
    [
        ("schedule", {}),
        ("schedule", {"segments": "all", "every": "week", "time": "09:00"}),
        ("schedule", {"segments": "all", "every": "month", "day": 32, "time": "09:00"}),
        ("schedule", {"segments": "all", "every": "once", "date": "2027-11-26", "time": "09:00"}),
        ("schedule", {"segments": "all", "every": "day", "time": "25:00"}),
        ("schedule", {"segments": "all", "every": "day", "time": "09:00", "zone": "Mars/Base"}),
        ("schedule", {"segments": "all", "every": "day", "time": "09:00", "late": {"policy": "ask"}}),
        ("schedule", {"segments": 999_999, "every": "day", "time": "09:00"}),
        ("date_reached", {"time": "09:00"}),
        ("date_reached", {"field": "attributes.gone", "time": "09:00"}),
        ("date_reached", {"field": "attributes.birthday", "around": "after", "days": 5_000, "time": "09:00"}),
    ],
)
def test_what_is_missing_keeps_a_workflow_from_its_start(account: Account, kind: str, settings: dict[str, Any]) -> None:
    if "segments" in settings:
        settings = {**settings, "segments": {str(account.id): settings["segments"]}}
    with pytest.raises(Conflict):
        active(account, step(kind, **settings), STOP)


def test_the_page_asks_what_becomes_of_a_late_trigger(
    account: Account, monkeypatch: pytest.MonkeyPatch, as_alice: CheckingClient
) -> None:
    factory.friend(account)
    asks = active(account, step("schedule", **everyone(account, late={"policy": "ask", "hours": 2})), STOP)
    url = f"/workflows/{asks.id}/late/{trigger().id}"
    assert url not in as_alice.get(f"/workflows/{asks.id}").text
    fire(monkeypatch, NOON + timedelta(days=4))
    assert url in as_alice.get(f"/workflows/{asks.id}").text
    assert as_alice.post(url, data={"decision": "maybe"}).status_code == 422
    assert as_alice.post(url, data={"decision": "skip"}).status_code == 303
    assert trigger().reason is None and url not in as_alice.get(f"/workflows/{asks.id}").text
