"""The webhook intake in /metrics."""

from __future__ import annotations

import re
from datetime import timedelta

from app.core.clock import now
from app.core.db import db
from app.line.models import AccountState, EventState, WebhookEvent
from tests.factories import line
from tests.support.client import CheckingClient


def figure(browser: CheckingClient, name: str) -> float | None:
    found = re.search(rf"^{re.escape(name)} (.+)$", browser.get("/metrics").get_data(as_text=True), re.MULTILINE)
    return float(found.group(1)) if found else None


def test_what_waits_and_for_how_long(browser: CheckingClient) -> None:
    account = line.account()
    for name, minutes, state in (
        ("a", 5, EventState.PENDING),
        ("b", 1, EventState.PENDING),
        ("c", 9, EventState.FAILED),
    ):
        at = now() - timedelta(minutes=minutes)
        values = {"type": "follow", "source_id": "U", "payload": {}, "state": state}
        db.session.add(WebhookEvent(account_id=account.id, event_id=name, occurred_at=at, received_at=at, **values))
    assert figure(browser, "tomoru_webhook_events_pending") == 2
    assert 300 <= (figure(browser, "tomoru_webhook_event_oldest_seconds") or 0) < 400


def test_nothing_waiting_is_no_age(browser: CheckingClient) -> None:
    assert figure(browser, "tomoru_webhook_event_oldest_seconds") == 0


def test_accounts_by_state_and_their_last_webhook(browser: CheckingClient) -> None:
    heard = line.account(last_webhook_at=now() - timedelta(hours=1))
    silent = line.account()
    line.account(state=AccountState.BROKEN, last_webhook_at=now())
    assert figure(browser, 'tomoru_accounts{state="connected"}') == 2
    assert figure(browser, 'tomoru_accounts{state="broken"}') == 1
    age = figure(browser, f'tomoru_last_webhook_seconds{{account="{heard.id}"}}')
    assert age is not None and 3600 <= age < 3700
    assert figure(browser, f'tomoru_last_webhook_seconds{{account="{silent.id}"}}') is None
