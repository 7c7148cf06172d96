"""A slice is bounded in time: it commits what it has done, looks whether it is to end, and takes the newest first."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import update

from app.core import events as bus
from app.core import shutdown
from app.core.clock import database_now, now
from app.core.db import db
from app.core.due.sweep import sweep_kind
from app.line import events as said
from app.line.models import Account, EventState, WebhookEvent
from app.line.operations import event_claims, processing
from tests.line.listening import Ear
from tests.line.test_processing import say


def people(number: int) -> list[dict[str, str]]:
    return [{"type": "user", "userId": f"U{one:032x}"} for one in range(number)]


def committed() -> int:
    """How many events are marked as processed, as another connection sees it."""
    with db.engine.connect() as other:
        query = WebhookEvent.__table__.select().where(WebhookEvent.state == EventState.PROCESSED)
        return len(other.execute(query).all())


def test_a_slice_commits_when_its_time_is_over(account: Account, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(processing, "SLICE_SECONDS", -1)
    monkeypatch.setattr(processing, "TOGETHER", 2)
    for person in people(7):
        say(account, "hello", source=person)
    assert [processing.process_slice() for _ in range(5)] == [2, 2, 2, 1, 0]
    assert committed() == 7


def test_a_worker_that_is_to_end_does_so_between_two_steps_of_a_slice(
    account: Account, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processing, "TOGETHER", 2)
    for person in people(7):
        say(account, "hello", source=person)

    def end(batch: Sequence[said.MessageReceived]) -> None:
        shutdown.request()

    monkeypatch.setitem(bus._listeners, said.MessageReceived, [ear, end])
    assert processing.process_due() == 2
    assert committed() == 2


def test_in_a_slice_that_is_done_again_every_event_is_a_step(
    account: Account, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(processing, "SLICE_SECONDS", -1)
    ear.stumbles["bad"] = 2
    for at, (text, person) in enumerate(zip(("bad", "a", "b"), people(3), strict=True)):
        say(account, text, at, source=person)
    assert processing.process_slice() == 1
    assert (committed(), ear.texts()) == (0, [])


def test_most_of_a_claim_goes_to_the_newest_when_the_work_has_fallen_behind(
    account: Account, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_claims, "SOURCES", 5)
    rows = [say(account, str(number), number, source=person) for number, person in enumerate(people(20))]
    _waiting_for(rows, seconds=100)
    processing.process_slice()
    assert sorted(map(int, ear.texts())) == [0, 16, 17, 18, 19]


def test_as_long_as_the_work_keeps_up_the_longest_waiting_come_first(
    account: Account, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_claims, "SOURCES", 5)
    rows = [say(account, str(number), number, source=person) for number, person in enumerate(people(20))]
    _waiting_for(rows, seconds=5)
    processing.process_slice()
    assert sorted(map(int, ear.texts())) == [0, 1, 2, 3, 4]


def _waiting_for(rows: Sequence[WebhookEvent], seconds: float) -> None:
    """Let the first have waited so long, and each later one a moment less."""
    for number, row in enumerate(rows):
        due_at = database_now(-seconds + number * 0.01)
        db.session.execute(update(WebhookEvent).where(WebhookEvent.id == row.id).values(due_at=due_at))
    db.session.commit()


def test_a_claim_is_bounded_and_what_it_leaves_is_the_next_ones(
    account: Account, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_claims, "EVENTS", 3)
    for at in range(5):
        say(account, str(at), at)
    assert [processing.process_slice() for _ in range(3)] == [3, 2, 0]
    assert ear.texts() == ["0", "1", "2", "3", "4"]


@pytest.mark.parametrize("skew", [-600, 600])
def test_events_are_due_by_the_databases_clock_alone(account: Account, ear: Ear, skew: int) -> None:
    with time_machine.travel(now() + timedelta(seconds=skew), tick=True):
        say(account, "hello")
        assert sweep_kind(processing.EVENTS)
        assert processing.process_due() == 1


def test_an_event_that_is_due_far_ahead_is_of_a_clock_that_was_set_back(account: Account, ear: Ear) -> None:
    row = say(account, "hello")
    row.due_at = now() + timedelta(days=1)
    db.session.commit()
    assert processing.process_due() == 0
    assert sweep_kind(processing.EVENTS)
    assert processing.process_due() == 1
