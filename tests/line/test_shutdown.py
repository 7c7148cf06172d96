"""A worker that is told to end breaks off between two steps, and what it leaves another one does at once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import shutdown
from app.core.clock import now
from app.core.db import db
from app.line.gateway.client import LineClient
from app.line.models import Account, CheckResult, EventState, Group, WebhookEvent
from app.line.operations import event_claims, groups, processing, refresh, webhook_events
from app.line.setup_checks import operations, probe
from tests.line.test_processing import say

Woken = list[tuple[object, ...]]


@pytest.fixture(autouse=True)
def forgetting() -> Iterator[None]:
    """The next test is not told to end."""
    yield
    shutdown.reset()


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> Woken:
    """What was enqueued: names of actors with their arguments."""
    found: Woken = []
    monkeypatch.setattr("app.core.queue.wake", lambda *what, **how: found.append(what) or True)
    return found


def ask_during(monkeypatch: pytest.MonkeyPatch, place: Any, name: str, answer: Any = None) -> list[Any]:
    """Tell the worker to end while this is done the first time; returns the calls."""
    calls: list[Any] = []

    def act(*given: Any, **named: Any) -> Any:
        calls.append(given)
        shutdown.request()
        return answer

    monkeypatch.setattr(place, name, act)
    return calls


def test_events_that_are_left_are_processed_by_another_worker(
    account: Account, woken: Woken, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(event_claims, "EVENTS_OF_SOURCE", 1)
    first, second = say(account, "a"), say(account, "b")
    shutdown.request()
    assert processing.process_due() == 1
    states = [db.session.get_one(WebhookEvent, row.id, populate_existing=True).state for row in (first, second)]
    assert states == [EventState.PROCESSED, EventState.PENDING]
    assert ("line.process_events",) in woken


def test_groups_that_were_not_asked_for_are_due_again(
    account: Account, woken: Woken, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(3):
        db.session.add(
            Group(
                account_id=account.id,
                line_group_id=f"C{number}",
                kind="group",
                is_joined=True,
                membership_changed_at=now(),
                summary_due_at=now() - timedelta(minutes=3 - number),
            )
        )
    db.session.commit()
    asked = ask_during(monkeypatch, LineClient, "group_summary")
    assert groups.fetch_due_summaries() == len(asked) == 1
    rows = db.session.scalars(select(Group).execution_options(populate_existing=True)).all()
    # Which one is asked for first is the database's choice.
    rest = [row for row in rows if row.summary_due_at is not None]
    assert len(rest) == 2
    assert all(row.summary_due_at <= now() and row.summary_leased_until is None for row in rest)
    assert ("line.fetch_groups",) in woken


@pytest.mark.parametrize(
    ("job", "actor"), [(operations.check, "line.check_account"), (operations.set_up_if_new, "line.set_up_account")]
)
def test_a_look_that_was_broken_off_is_taken_again(
    account: Account, woken: Woken, monkeypatch: pytest.MonkeyPatch, job: Callable[[int], None], actor: str
) -> None:
    asked = ask_during(monkeypatch, probe, "_try_secret", True)
    job(account.id)
    assert len(asked) == 1
    assert woken == [(actor, account.id)]
    assert db.session.scalars(select(CheckResult)).all() == []
    assert db.session.get_one(Account, account.id, populate_existing=True).webhook_checked_at is None


def test_a_refresh_that_was_broken_off_is_done_again(
    account: Account, woken: Woken, monkeypatch: pytest.MonkeyPatch
) -> None:
    ask_during(monkeypatch, LineClient, "info")
    refresh.refresh(account.id)
    assert woken == [("line.refresh_account", account.id)]


def test_removing_old_events_goes_on_another_time(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(webhook_events, "BATCH", 1)
    for row in (say(account, "a"), say(account, "b")):
        row.state, row.received_at = EventState.PROCESSED, now() - timedelta(days=40)
    db.session.commit()
    shutdown.request()
    assert webhook_events.prune(30) == 1
    shutdown.reset()
    assert webhook_events.prune(30) == 1
