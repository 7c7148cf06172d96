"""What people do with a broadcast, and what makes it wait for them."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import current_app
from sqlalchemy import text, update

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotAllowed, NotFound
from app.line.gateway import outcomes
from app.line.models import Account, AccountState
from app.messages.broadcasts import delivery, loading, marks, reasons
from app.messages.broadcasts.models import Broadcast, BroadcastChunk, BroadcastState, LatePolicy, LedgerMark
from app.messages.broadcasts.operations import confirming, control, drafts
from app.messages.broadcasts.operations.control import LateChoice, UnknownChoice
from app.messages.broadcasts.operations.rules import BroadcastSettings, change_rules
from app.messages.broadcasts.quota import units_of
from app.messages.broadcasts.verify import verify
from app.team.actors import SYSTEM, Actor
from tests.factories import team
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import Stage, counted, staged, stored, work
from tests.support.sandbox import SandboxServer

FEW = 12


@pytest.fixture
def stage(line: SandboxServer, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A few friends, in chunks of three."""
    monkeypatch.setattr("app.messages.broadcasts.freezing.CHUNK", {"multicast": 3, "push": 3})
    return staged(line, connect, FEW)


def after_calls(monkeypatch: pytest.MonkeyPatch, calls: int, act: Callable[[], object]) -> None:
    """Let a member do something in a request of their own once LINE has been called so often."""
    monkeypatch.setitem(delivery.CONNECTIONS, "multicast", 1)
    settle, made, app = delivery.Delivery._settle, [0], current_app._get_current_object()  # type: ignore[attr-defined]

    def acted() -> None:
        with app.app_context():
            act()
            db.session.commit()

    async def settled(self: delivery.Delivery, *args: Any) -> None:
        await settle(self, *args)
        made[0] += 1
        if made[0] == calls:
            await asyncio.to_thread(acted)
            self._until = 0
            while not self._is_closing:
                await asyncio.sleep(0.01)

    monkeypatch.setattr(delivery.Delivery, "_settle", settled)


def test_a_pause_keeps_the_rest_and_a_resume_sends_it(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    broadcast_id, account_id = stage.confirmed(), stage.account.id
    after_calls(monkeypatch, 2, lambda: control.pause(account_id, broadcast_id, actor=SYSTEM))
    work()
    assert stored(broadcast_id).state == BroadcastState.PAUSED
    assert counted(broadcast_id) == {"sent": 6, "waiting": 6}
    with pytest.raises(Conflict):
        drafts.delete_draft(stage.account.id, broadcast_id, actor=SYSTEM)
    control.resume(stage.account.id, broadcast_id, actor=SYSTEM)
    db.session.commit()
    work()
    assert stored(broadcast_id).state == BroadcastState.SENT
    assert stage.reached() == stage.people


def test_a_stop_leaves_the_rest_out_until_they_are_sent_to(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    broadcast_id, account_id = stage.confirmed(), stage.account.id
    after_calls(monkeypatch, 2, lambda: control.stop(account_id, broadcast_id, actor=SYSTEM))
    work()
    assert stored(broadcast_id).state == BroadcastState.STOPPED
    assert counted(broadcast_id) == {"sent": 6, "not_sent": 6}
    assert verify(broadcast_id).problems == []
    control.send_to_remaining(stage.account.id, broadcast_id, actor=SYSTEM)
    db.session.commit()
    work()
    assert stage.reached() == stage.people


def test_a_used_up_quota_pauses_and_the_rest_follows(stage: Stage) -> None:
    stage.fault("status", "multicast", 1, skip=2, status=429, message="You have reached your monthly limit.")
    broadcast = stage.sent()
    assert (broadcast.state, broadcast.reason) == (BroadcastState.PAUSED, "line.monthly_limit")
    control.resume(stage.account.id, broadcast.id, actor=SYSTEM)
    db.session.commit()
    work()
    assert stored(broadcast.id).state == BroadcastState.SENT
    assert stage.reached() == stage.people


def test_a_disconnected_account_pauses_and_says_so(stage: Stage) -> None:
    broadcast_id = stage.confirmed()
    db.session.execute(update(Account).values(state=AccountState.DISCONNECTED))
    db.session.commit()
    work()
    assert (stored(broadcast_id).state, stored(broadcast_id).reason) == (BroadcastState.PAUSED, "line.disconnected")
    assert stage.reached() == []
    db.session.execute(update(Account).values(state=AccountState.CONNECTED))
    control.resume(stage.account.id, broadcast_id, actor=SYSTEM)
    db.session.commit()
    work()
    assert stage.reached() == stage.people


def test_what_line_may_have_taken_over_a_day_ago_is_asked_about(stage: Stage) -> None:
    stage.fault("lost", "multicast", None, skip=3)
    broadcast_id = stage.confirmed()
    with pytest.raises(AssertionError):
        work(3)
    db.session.execute(text("UPDATE broadcast_chunks SET key_used_at = key_used_at - interval '25 hours'"))
    db.session.commit()
    stage.line.api("DELETE", "/faults")
    work()
    broadcast = stored(broadcast_id)
    assert (broadcast.state, broadcast.reason) == (BroadcastState.DECISION, reasons.UNKNOWN)
    assert counted(broadcast_id) == {"sent": 9, "unknown": 3} and broadcast.reason_values == {"people": 3}
    assert stage.reached() == stage.people
    control.decide_unknown(stage.account.id, broadcast_id, UnknownChoice.LEAVE, actor=SYSTEM)
    assert stored_state(broadcast_id) == BroadcastState.SENT


def stored_state(broadcast_id: int) -> str:
    db.session.commit()
    return stored(broadcast_id).state


def test_unknown_people_are_sent_to_again_only_when_a_member_says_so(stage: Stage) -> None:
    broadcast = stage.sent()
    unknown = {"state": "unknown", "key_used_at": now() - timedelta(days=2)}
    db.session.execute(update(BroadcastChunk).where(BroadcastChunk.number == 0).values(**unknown))
    broadcast.state, broadcast.reason = BroadcastState.DECISION, reasons.UNKNOWN
    db.session.commit()
    control.decide_unknown(stage.account.id, broadcast.id, UnknownChoice.SEND_AGAIN, actor=SYSTEM)
    db.session.commit()
    work()
    assert stored(broadcast.id).state == BroadcastState.SENT
    assert stage.reached() == sorted([*stage.people, *_people_of_chunk(broadcast.id, 0)])


def _people_of_chunk(broadcast_id: int, number: int) -> list[str]:
    query = text("SELECT line_user_id FROM broadcast_recipients WHERE broadcast_id = :id AND chunk = :number")
    return list(db.session.scalars(query, {"id": broadcast_id, "number": number}))


def test_a_restored_backup_stops_everything_and_asks(stage: Stage) -> None:
    broadcast_id = stage.confirmed()
    stage.fault("status", "multicast", None, skip=2, status=429, message="You have reached your monthly limit.")
    work()
    # Yesterday's database: it knows of nothing that was sent.
    db.session.execute(text("UPDATE broadcast_chunks SET state = 'waiting', key_used_at = NULL"))
    db.session.execute(update(LedgerMark).values(number=0))
    stage.line.api("DELETE", "/faults")
    control.resume(stage.account.id, broadcast_id, actor=SYSTEM)
    db.session.commit()
    before = stage.reached()
    work()
    broadcast = stored(broadcast_id)
    assert (broadcast.state, broadcast.reason) == (BroadcastState.DECISION, reasons.RESTORED)
    assert stage.reached() == before
    control.decide_restored(stage.account.id, broadcast_id, actor=SYSTEM)
    db.session.commit()
    work()
    assert stored(broadcast_id).state == BroadcastState.SENT


@pytest.mark.parametrize("lost", ["redis", "disk"])
def test_one_of_the_two_counters_outside_suffices(stage: Stage, lost: str) -> None:
    stage.sent()
    installation = db.session.scalars(db.select(LedgerMark.installation)).one()
    if lost == "redis":
        marks.broker.client.delete(f"{marks.KEY}{installation}")
    else:
        (marks.marks.folder / str(installation)).unlink()
    assert not marks.is_behind()
    db.session.execute(update(LedgerMark).values(number=0))
    assert marks.is_behind()


def test_a_worker_that_comes_later_does_not_lower_the_counters_outside(stage: Stage) -> None:
    stage.sent()
    mark = db.session.scalars(db.select(LedgerMark)).one()
    marks.marks.publish(mark.installation, mark.number + 7)
    marks.marks.publish(mark.installation, mark.number)
    assert (marks.marks.folder / str(mark.installation)).read_text() == str(mark.number + 7)
    assert int(marks.broker.client.get(f"{marks.KEY}{mark.installation}")) == mark.number + 7


@pytest.mark.parametrize(
    ("policy", "hours", "state"),
    [
        (LatePolicy.SEND, 5, BroadcastState.SENT),
        (LatePolicy.SKIP, 2, BroadcastState.SENT),
        (LatePolicy.SKIP, 5, BroadcastState.FAILED),
        (LatePolicy.ASK, 5, BroadcastState.DECISION),
    ],
)
def test_a_late_broadcast_follows_its_policy(stage: Stage, policy: LatePolicy, hours: int, state: str) -> None:
    at = now() + timedelta(hours=1)
    values = {"scheduled_at": at, "time_zone": "Asia/Tokyo", "late_policy": policy, "late_hours": 3}
    broadcast_id = stage.confirmed(**values)
    work()
    assert stored(broadcast_id).state == BroadcastState.SCHEDULED and stage.reached() == []
    _let_pass(timedelta(hours=hours + 1))
    work()
    assert stored(broadcast_id).state == state
    assert stage.reached() == (stage.people if state == BroadcastState.SENT else [])


def _let_pass(time: timedelta) -> None:
    """Move everything that is stored of the time back, as if so much of it had passed."""
    words = "scheduled_at = scheduled_at - :t, confirmed_at = confirmed_at - :t, start_due_at = start_due_at - :t"
    db.session.execute(text(f"UPDATE broadcasts SET {words}, created_at = created_at - :t"), {"t": time})
    db.session.commit()


def test_a_member_decides_about_a_late_one(stage: Stage) -> None:
    broadcast_id = stage.confirmed()
    _let_pass(timedelta(hours=1))
    work()
    assert stored(broadcast_id).reason == reasons.LATE
    control.decide_late(stage.account.id, broadcast_id, LateChoice.SEND, actor=SYSTEM)
    db.session.commit()
    work()
    assert stage.reached() == stage.people


def test_units_belong_to_the_month_in_which_they_are_spent(stage: Stage) -> None:
    db.session.execute(update(Account).values(quota_limit=1000, quota_used=5, quota_checked_at=now()))
    db.session.commit()
    later = now() + timedelta(days=40)
    stage.confirmed(scheduled_at=later, time_zone="Asia/Tokyo")
    stage.sent()
    this_month, that_month = units_of(stage.account, now()), units_of(stage.account, later)
    assert (this_month.used, this_month.reserved, this_month.others) == (5 + FEW, 0, 0)
    assert (that_month.used, that_month.reserved, that_month.others) == (0, FEW, 1)


def test_two_broadcasts_cannot_reserve_the_same_units(stage: Stage) -> None:
    db.session.execute(update(Account).values(quota_limit=FEW + 3, quota_used=0, quota_checked_at=now()))
    first, second = stage.draft(), stage.draft()
    confirming.confirm(stage.account.id, first.id, seen=1, actor=SYSTEM)
    with pytest.raises(Conflict):
        confirming.confirm(stage.account.id, second.id, seen=1, actor=SYSTEM)
    confirming.cancel_scheduled(stage.account.id, first.id, actor=SYSTEM)
    confirming.confirm(stage.account.id, second.id, seen=1, actor=SYSTEM)
    assert db.session.get_one(type(second), second.id).reserved_units == FEW


def test_units_are_kept_for_those_who_are_frozen(stage: Stage) -> None:
    """An audience that grew since the review is not sent to with units that others keep."""
    db.session.execute(update(Account).values(quota_limit=FEW + 1, quota_used=0, quota_checked_at=now()))
    grown = stage.confirmed()
    db.session.execute(update(Broadcast).values(reserved_units=2))
    stage.account.quota_limit = FEW - 1
    db.session.commit()
    work()
    paused = stored(grown)
    assert (paused.state, paused.reason, paused.is_frozen) == (BroadcastState.PAUSED, reasons.UNITS, False)
    assert paused.reason_values == {"wanted": FEW, "left": FEW - 1}
    assert not stage.reached()
    db.session.execute(update(Account).values(quota_limit=FEW))
    control.resume(stage.account.id, grown, actor=SYSTEM)
    db.session.commit()
    work()
    assert stored(grown).state == BroadcastState.SENT
    assert len(stage.reached()) == FEW


def test_units_follow_the_people_of_a_broadcast_that_is_being_sent(stage: Stage) -> None:
    db.session.execute(update(Account).values(quota_limit=1000, quota_used=0, quota_checked_at=now()))
    grown = stage.confirmed(spread_minutes=60)
    db.session.execute(update(Broadcast).values(reserved_units=2))
    db.session.commit()
    work()
    assert stored(grown).reserved_units == FEW
    assert units_of(stage.account, now()).reserved == FEW


def test_people_of_whom_line_did_not_say_count_until_line_is_asked(stage: Stage) -> None:
    db.session.execute(update(Account).values(quota_limit=1000, quota_used=5, quota_checked_at=now()))
    broadcast = stage.draft()
    broadcast.state, broadcast.finished_at = BroadcastState.DECISION, now()
    broadcast.counts = {"sent": 3, "unknown": 2}
    db.session.commit()
    assert units_of(stage.account, now()).used == 10


def test_a_second_person_confirms_where_the_rules_say_so(stage: Stage) -> None:
    change_rules(stage.account.id, BroadcastSettings(needs_second=True), actor=SYSTEM)
    people = [Actor.of_member(team.member(permissions=["confirm_broadcasts"])) for _ in range(2)]
    draft = stage.draft()
    assert confirming.confirm(stage.account.id, draft.id, seen=1, actor=people[0]).state == BroadcastState.DRAFT
    with pytest.raises(NotAllowed):
        confirming.confirm(stage.account.id, draft.id, seen=1, actor=people[0])
    assert confirming.confirm(stage.account.id, draft.id, seen=1, actor=people[1]).state == BroadcastState.SCHEDULED


def test_one_person_is_enough_again_once_the_rule_is_gone(stage: Stage) -> None:
    change_rules(stage.account.id, BroadcastSettings(needs_second=True), actor=SYSTEM)
    person = Actor.of_member(team.member(permissions=["confirm_broadcasts"]))
    draft = stage.draft()
    confirming.confirm(stage.account.id, draft.id, seen=1, actor=person)
    change_rules(stage.account.id, BroadcastSettings(needs_second=False), actor=SYSTEM)
    confirmed = confirming.confirm(stage.account.id, draft.id, seen=1, actor=person)
    assert (confirmed.state, confirmed.seconded_by) == (BroadcastState.SCHEDULED, None)


def test_a_draft_that_is_deleted_while_line_is_asked_is_not_found(
    stage: Stage, monkeypatch: pytest.MonkeyPatch
) -> None:
    draft = stage.draft("Green tea", content_b=stage.plan("Black tea").content, test_share=50, winner_after_hours=1)
    broadcast_id, prove = draft.id, confirming.prove

    def prove_after_deletion(*args: Any) -> Any:
        db.session.execute(text("DELETE FROM broadcasts WHERE id = :id"), {"id": broadcast_id})
        db.session.commit()
        return prove(*args)

    monkeypatch.setattr(confirming, "prove", prove_after_deletion)
    with pytest.raises(NotFound):
        confirming.confirm(stage.account.id, broadcast_id, seen=1, actor=SYSTEM)


def test_a_moment_that_is_over_is_refused(stage: Stage) -> None:
    with pytest.raises(InvalidInput) as refusal:
        stage.draft(scheduled_at=now() - timedelta(seconds=1), time_zone="Asia/Tokyo")
    assert set(refusal.value.fields) == {"scheduled_at"}


def test_a_spread_broadcast_sends_to_each_in_turn(stage: Stage) -> None:
    broadcast_id = stage.confirmed(spread_minutes=60)
    work()
    assert counted(broadcast_id) == {"sent": 1, "waiting": FEW - 1}
    broadcast = stored(broadcast_id)
    assert broadcast.state == BroadcastState.SENDING and broadcast.start_due_at is not None
    assert broadcast.start_due_at > now() + timedelta(minutes=5)
    for minutes, sent in ((30, 6), (40, FEW)):
        passed = f"UPDATE broadcasts SET started_at = started_at - interval '{minutes} minutes', start_due_at = now()"
        db.session.execute(text(passed))
        db.session.commit()
        work()
        assert counted(broadcast_id)["sent"] == sent
    assert stored(broadcast_id).state == BroadcastState.SENT
    assert stage.reached() == stage.people


@pytest.mark.parametrize("used", [timedelta(hours=-25), timedelta(days=2)])
def test_a_key_of_which_the_time_cannot_be_trusted_is_not_used(stage: Stage, used: timedelta) -> None:
    broadcast_id = stage.confirmed()
    stage.fault("status", "multicast", None, status=429, message="You have reached your monthly limit.")
    work()
    db.session.execute(update(BroadcastChunk).where(BroadcastChunk.number == 0).values(key_used_at=now() + used))
    stage.line.api("DELETE", "/faults")
    control.resume(stage.account.id, broadcast_id, actor=SYSTEM)
    db.session.commit()
    work()
    assert counted(broadcast_id) == {"sent": FEW - 3, "unknown": 3}
    assert stored(broadcast_id).reason == reasons.UNKNOWN


def test_a_worker_whose_clock_is_wrong_gives_up_no_chunk(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    broadcast_id = stage.confirmed()
    stage.fault("status", "multicast", None, status=429, message="You have reached your monthly limit.")
    work()
    stage.line.api("DELETE", "/faults")
    db.session.execute(update(BroadcastChunk).where(BroadcastChunk.number == 0).values(key_used_at=now()))
    control.resume(stage.account.id, broadcast_id, actor=SYSTEM)
    db.session.commit()
    for module in (outcomes, loading):
        monkeypatch.setattr(module, "now", lambda: now() + timedelta(days=2))
    work()
    assert counted(broadcast_id) == {"sent": FEW}
