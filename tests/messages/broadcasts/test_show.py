"""The page of one broadcast: what it says in each state, and what its buttons do."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text, update

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.line.models import Account
from app.messages.broadcasts import reasons
from app.messages.broadcasts.models import Broadcast, BroadcastChunk, BroadcastState, LatePolicy
from app.messages.broadcasts.operations import control
from app.messages.tracking.models import UnitStatistics
from app.messages.tracking.operations.units import fetch_units
from app.team.actors import SYSTEM
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import Stage, counted, staged, stored, texts, work
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

PEOPLE = 6
IN_PART = {"HX-Request": "true", "Accept-Language": "en"}


@pytest.fixture
def stage(line: SandboxServer, connect: Connect, monkeypatch: pytest.MonkeyPatch) -> Stage:
    """A few friends, in chunks of three."""
    monkeypatch.setattr("app.messages.broadcasts.freezing.CHUNK", {"multicast": 3, "push": 3})
    return staged(line, connect, PEOPLE)


class BroadcastPage:
    """Alice's browser at one broadcast."""

    def __init__(self, browser: CheckingClient, account: Account, broadcast_id: int) -> None:
        self.browser, self.url = browser, f"/accounts/{account.id}/broadcasts/{broadcast_id}"

    def shown(self, part: str = "") -> str:
        return self.browser.get(self.url + part, headers={"Accept-Language": "en"}).text

    def press(self, button: str, status: int = 200, **fields: str) -> str:
        answer = self.browser.post(f"{self.url}/{button}", data=fields, headers=IN_PART)
        assert answer.status_code == status
        db.session.rollback()
        return answer.text


def halted(stage: Stage) -> int:
    """Send until LINE says, after the first three people, that the quota is used up; returns the broadcast's id."""
    stage.fault("status", "multicast", 1, skip=1, status=429, message="You have reached your monthly limit.")
    return stage.sent().id


def test_a_scheduled_broadcast_says_when_and_is_cancelled_into_its_draft(
    stage: Stage, as_alice: CheckingClient
) -> None:
    broadcast_id = stage.confirmed(scheduled_at=now() + timedelta(days=1), time_zone="Asia/Tokyo")
    page = BroadcastPage(as_alice, stage.account, broadcast_id)
    words = page.shown()
    assert "(Asia/Tokyo)" in words and f"{PEOPLE} people at review" in words and "Cancel Scheduled Broadcast" in words
    page.press("cancellation", 204)
    assert stored(broadcast_id).is_draft
    assert as_alice.get(page.url).status_code == 303


def test_a_paused_broadcast_is_resumed_and_ends(stage: Stage, as_alice: CheckingClient) -> None:
    broadcast_id = halted(stage)
    page = BroadcastPage(as_alice, stage.account, broadcast_id)
    words = page.shown()
    assert "3 of 6 people" in words and 'id="resume-broadcast"' in words and 'hx-trigger="every' not in words
    assert "It is being sent" in page.press("resumption")
    assert "every 1s" in page.shown("/progress")
    work()
    words = page.shown()
    assert "It was sent" in words and "every 1s" not in words and 'id="resume-broadcast"' not in words
    assert stage.reached() == stage.people


def test_a_button_of_an_old_page_answers_with_a_sentence(stage: Stage, as_alice: CheckingClient) -> None:
    page = BroadcastPage(as_alice, stage.account, stage.sent().id)
    for button in ("pause", "resumption", "stop", "rest", "winner", "restored-decision"):
        words = page.press(button, 409, variant="a")
        assert 'role="alert"' in words and "It was sent" in words
    for button in ("winner", "late-decision", "unknown-decision"):
        page.press(button, 422)


def test_a_stopped_broadcast_is_sent_to_the_rest_with_units_that_suffice(
    stage: Stage, as_alice: CheckingClient
) -> None:
    broadcast_id = halted(stage)
    page = BroadcastPage(as_alice, stage.account, broadcast_id)
    page.press("stop")
    work()
    assert "Send to those not yet accepted" in page.shown() and counted(broadcast_id) == {"sent": 3, "not_sent": 3}
    db.session.execute(update(Account).values(quota_limit=5, quota_used=3, quota_checked_at=now()))
    db.session.commit()
    assert "Needed: 3. Left: 2." in page.press("rest", 409)
    assert stored(broadcast_id).state == BroadcastState.STOPPED and counted(broadcast_id)["not_sent"] == 3
    db.session.execute(update(Account).values(quota_limit=6))
    db.session.commit()
    assert "3 of 6 people" in page.press("rest")
    assert stored(broadcast_id).reserved_units == 3
    assert counted(broadcast_id) == {"sent": 3, "waiting": 3}
    with pytest.raises(Conflict):
        control.send_to_remaining(stage.account.id, broadcast_id, actor=SYSTEM)
    db.session.rollback()
    work()
    assert stage.reached() == stage.people


def test_a_late_broadcast_is_decided_about(stage: Stage, as_alice: CheckingClient) -> None:
    ids = [stage.confirmed(late_policy=LatePolicy.ASK) for _ in range(2)]
    words = "confirmed_at = confirmed_at - :t, start_due_at = start_due_at - :t, created_at = created_at - :t"
    db.session.execute(text(f"UPDATE broadcasts SET {words}"), {"t": timedelta(hours=1)})
    db.session.commit()
    work()
    first, second = (BroadcastPage(as_alice, stage.account, one) for one in ids)
    assert "Tomoru was not running" in first.shown() and 'id="late-skip"' in first.shown()
    first.press("late-decision", 204, choice="skip")
    assert stored(ids[0]).is_draft
    assert "It begins within a moment" in second.press("late-decision", choice="send")
    work()
    assert stage.reached() == stage.people


def unknown(stage: Stage) -> Broadcast:
    """Send a broadcast of which LINE did not say whether it took the first chunk."""
    broadcast = stage.sent()
    values = {"state": "unknown", "key_used_at": now() - timedelta(days=2)}
    db.session.execute(update(BroadcastChunk).where(BroadcastChunk.number == 0).values(**values))
    broadcast.state, broadcast.reason, broadcast.reason_values = BroadcastState.DECISION, reasons.UNKNOWN, {"people": 3}
    broadcast.counts = {"sent": 3, "unknown": 3}
    db.session.commit()
    return broadcast


def test_lines_statistics_are_asked_for_before_one_decides(stage: Stage, as_alice: CheckingClient) -> None:
    broadcast = unknown(stage)
    page = BroadcastPage(as_alice, stage.account, broadcast.id)
    assert "LINE has not told anything yet" in page.shown()
    assert "LINE is being asked" in page.press("line-statistics") and "every 1s" in page.shown()
    fetch_units(stage.account.id)
    db.session.commit()
    words = page.shown()
    assert "fewer than 20 people" in words and "every 1s" not in words
    db.session.execute(update(UnitStatistics).values(figures={"overview": {"uniqueImpression": 21}}))
    db.session.commit()
    words = page.shown()
    assert "21 people have seen the message" in words and "&lt;" not in words
    page.press("unknown-decision", choice="leave")
    assert stored(broadcast.id).state == BroadcastState.SENT and counted(broadcast.id)["unknown"] == 3


def test_results_and_proof_come_to_a_page_that_was_opened_before_it_began(
    stage: Stage, as_alice: CheckingClient
) -> None:
    broadcast_id = stage.confirmed()
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast_id}/progress"
    before = as_alice.get(url, headers=IN_PART)
    assert "HX-Trigger" not in before.headers and "Prove the ledger" not in before.text
    work()
    after = as_alice.get(url, headers=IN_PART)
    assert "broadcast-rests" in after.headers["HX-Trigger"] and "Prove the ledger" in after.text


def test_a_spread_broadcast_says_its_pace_and_the_time_left(stage: Stage, as_alice: CheckingClient) -> None:
    broadcast_id = stage.confirmed(spread_minutes=60)
    work()
    page = BroadcastPage(as_alice, stage.account, broadcast_id)
    words = page.shown()
    assert "6 per hour · about 1 hour left" in words and "every 10s" in words
    passed = "UPDATE broadcasts SET started_at = started_at - interval '20 minutes'"
    db.session.execute(text(passed))
    db.session.commit()
    assert "about 40 minutes left" in page.shown()


def test_a_test_that_waits_for_its_winner_is_looked_at_now_and_then(stage: Stage, as_alice: CheckingClient) -> None:
    values = {"content_b": texts("B"), "test_share": 50, "winner_after_hours": 3}
    broadcast_id = stage.confirmed("A", **values)
    page = BroadcastPage(as_alice, stage.account, broadcast_id)
    work()
    words = page.shown()
    assert "(in 3 hours)" in words and "about 3 hours left" in words
    assert "every 10s" in words and "every 1s" not in words
    db.session.execute(text("UPDATE broadcast_chunks SET settled_at = settled_at - interval '179 minutes 30 seconds'"))
    db.session.commit()
    assert "every 1s" in page.shown()


def test_no_winner_is_chosen_unless_it_is_named(stage: Stage, as_alice: CheckingClient) -> None:
    broadcast_id = stage.confirmed("A", content_b=texts("B"), test_share=50, winner_after_hours=3)
    work()
    page = BroadcastPage(as_alice, stage.account, broadcast_id)
    for fields in ({}, {"variant": "c"}):
        page.press("winner", 422, **fields)
    assert stored(broadcast_id).winner is None
    page.press("winner", variant="b")
    assert stored(broadcast_id).winner == "b"


def test_results_are_asked_for_at_once_when_a_member_changes_something(stage: Stage, as_alice: CheckingClient) -> None:
    broadcast_id = stage.confirmed(spread_minutes=60)
    work()
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast_id}"
    assert 'hx-trigger="every 10s, broadcast-rests from:body"' in as_alice.get(f"{url}/results", headers=IN_PART).text
    assert "broadcast-moves" in as_alice.get(f"{url}/progress", headers=IN_PART).headers["HX-Trigger"]
    for button in ("pause", "resumption"):
        assert "broadcast-rests" in as_alice.post(f"{url}/{button}", headers=IN_PART).headers["HX-Trigger"]


def test_an_audience_that_stayed_the_same_is_said_once(stage: Stage, as_alice: CheckingClient) -> None:
    words = BroadcastPage(as_alice, stage.account, stage.sent().id).shown()
    assert f"{PEOPLE} people, at review and when it began" in words


def test_the_difference_to_the_review_is_explained(stage: Stage, as_alice: CheckingClient) -> None:
    broadcast_id = stage.confirmed()
    db.session.execute(text("UPDATE friends SET follow_status = 'blocked' WHERE id = (SELECT min(id) FROM friends)"))
    db.session.commit()
    work()
    words = BroadcastPage(as_alice, stage.account, broadcast_id).shown()
    assert "6 at review, 5 when it began: 1 more is blocked" in words


def test_refused_people_are_counted_by_why(stage: Stage, as_alice: CheckingClient) -> None:
    broadcast_id = stage.sent().id
    values = {"state": "refused", "reason": "line.bad_recipient"}
    db.session.execute(update(BroadcastChunk).where(BroadcastChunk.number == 0).values(**values))
    one = "UPDATE broadcast_recipients SET state = 'refused', reason = 'line.bad_recipient' WHERE position = "
    for position in (1, 4):
        db.session.execute(text(f"{one} {position}"))
    db.session.execute(update(Broadcast).values(counts={"sent": 2, "refused": 4}))
    db.session.commit()
    assert "4 people refused:" in BroadcastPage(as_alice, stage.account, broadcast_id).shown()


def test_an_administrator_proves_the_ledger(stage: Stage, as_alice: CheckingClient, as_bob: CheckingClient) -> None:
    page = BroadcastPage(as_alice, stage.account, stage.sent().id)
    assert 'id="prove-ledger"' in page.shown() and "6 people were looked at" in page.press("proof")
    db.session.execute(text("DELETE FROM broadcast_recipients WHERE position = 2"))
    db.session.commit()
    assert "Stored people: 5. Frozen people: 6." in page.press("proof")
    assert as_bob.post(f"{page.url}/proof").status_code == 403
