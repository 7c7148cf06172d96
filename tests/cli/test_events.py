"""`flask events`: replaying what LINE sent, and who listens."""

from __future__ import annotations

import pytest

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.queue import Queue
from app.line.models import Account, AccountState, EventState, WebhookEvent
from tests.cli.conftest import Flasks
from tests.factories import line


def event(account: Account, name: str, state: EventState = EventState.FAILED) -> WebhookEvent:
    row = WebhookEvent(
        account_id=account.id, event_id=name, type="follow", source_id="U", occurred_at=now(), payload={}, state=state
    )
    db.session.add(row)
    db.session.commit()
    return row


def test_one_event_is_processed_again(flask: Flasks) -> None:
    failed = event(line.account(), "one")
    result = flask("events", "replay", str(failed.id))
    assert (result.exit_code, result.stdout) == (0, "1 to be processed again.\n")
    assert failed.state == EventState.PENDING
    assert queue.waiting(Queue.WEBHOOKS)[0] == 1


def test_an_event_that_waits_already_is_refused(flask: Flasks) -> None:
    waiting = event(line.account(), "one", EventState.PENDING)
    result = flask("events", "replay", str(waiting.id))
    assert result.exit_code == 1
    assert "waiting to be processed already" in result.output


def test_an_unknown_event_is_named(flask: Flasks) -> None:
    result = flask("events", "replay", "4711")
    assert (result.exit_code, result.output) == (1, "Error: There is no webhook event 4711.\n")


def test_all_failed_events_of_connected_accounts_are_processed_again(flask: Flasks) -> None:
    one, other = line.account(), line.account()
    gone = line.account(state=AccountState.DISCONNECTED, disconnected_at=now())
    failed = [event(one, "a"), event(one, "b"), event(other, "c")]
    kept = [event(one, "d", EventState.PROCESSED), event(gone, "e")]
    assert flask("events", "replay", "--failed").stdout == "3 to be processed again.\n"
    assert {row.state for row in failed} == {EventState.PENDING}
    assert [row.state for row in kept] == [EventState.PROCESSED, EventState.FAILED]


def test_failed_events_of_one_account(flask: Flasks) -> None:
    one, other = line.account(basic_id="@one"), line.account()
    mine, theirs = event(one, "a"), event(other, "b")
    assert flask("events", "replay", "--failed", "--account", "@one").stdout == "1 to be processed again.\n"
    assert (mine.state, theirs.state) == (EventState.PENDING, EventState.FAILED)


def test_nothing_to_do_is_said(flask: Flasks) -> None:
    assert flask("events", "replay", "--failed").stdout == "There is nothing to process again.\n"


@pytest.mark.parametrize("words", [(), ("1", "--failed"), ("--account", "@one"), ("1", "--account", "@one")])
def test_what_is_meant_must_be_clear(flask: Flasks, words: tuple[str, ...]) -> None:
    assert flask("events", "replay", *words).exit_code == 2


def test_listeners_are_listed(flask: Flasks) -> None:
    lines = flask("events", "listeners").stdout.splitlines()
    assert any(line.startswith("UserFollowed") and "app.friends.handlers." in line for line in lines)
