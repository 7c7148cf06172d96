"""Received events: the list with its filters and pages, one event in full, replay, and removal after a while."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import count
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.clock import now
from app.core.db import db
from app.core.queue import broker
from app.line import queries
from app.line.models import Account, AccountState, EventState, Group, WebhookEvent
from app.line.operations import webhook_events
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.factories import friends
from tests.factories import line as factory
from tests.support.client import CheckingClient, without_tokens

USER = "U" + "a" * 32
_numbers = count(1)


@pytest.fixture
def account(app: Flask) -> Account:
    return factory.account(name="Kissa Hoshi")


def event(account: Account, **values: Any) -> WebhookEvent:
    number = next(_numbers)
    row = WebhookEvent(
        **{
            "account_id": account.id,
            "event_id": f"E{number}",
            "type": "follow",
            "source_id": USER,
            "occurred_at": now(),
            "received_at": now(),
            "payload": {"type": "follow", "note": "<b>ねこ</b>"},
            "state": EventState.PROCESSED,
            **values,
        }
    )
    db.session.add(row)
    db.session.commit()
    return row


def shown(text: str) -> list[int]:
    """The numbers of the events on the page, in order."""
    return [int(part.split('"')[0]) for part in text.split('id="row-webhookevent-')[1:]]


def test_the_newest_come_first_and_the_fragment_is_the_pages_part(as_alice: CheckingClient, account: Account) -> None:
    rows = [event(account, received_at=now() - timedelta(minutes=minutes)) for minutes in (3, 2, 1)]
    path = f"/accounts/{account.id}/webhook-events"
    page, fragment = as_alice.get(path).text, as_alice.fragment(path).text
    assert shown(page) == shown(fragment) == [row.id for row in reversed(rows)]
    assert without_tokens(fragment.strip()) in without_tokens(page)


@pytest.mark.parametrize(
    ("query", "expected"),
    [
        ("type=message", ["message"]),
        ("state=failed", ["failed"]),
        (f"source=+{'U' + 'b' * 32}+", ["other"]),
        ("since=2026-05-02", ["message", "failed", "other"]),
        ("until=2026-05-01", ["old"]),
        ("since=2026-05-01&until=2026-05-01&type=follow", ["old"]),
        ("since=nonsense&until=99999-01-01", ["message", "failed", "other", "old"]),
    ],
)
def test_filters(as_alice: CheckingClient, account: Account, query: str, expected: list[Any]) -> None:
    # Days are the workspace's: half past midnight in Tokyo is still the day before in UTC.
    midnight = datetime(2026, 5, 1, 15, 30, tzinfo=UTC)
    rows = {
        "old": event(account, received_at=midnight - timedelta(hours=1)),
        "other": event(account, source_id="U" + "b" * 32, received_at=midnight),
        "failed": event(account, state=EventState.FAILED, error="ValueError: no", received_at=midnight),
        "message": event(account, type="message", received_at=midnight),
    }
    text = as_alice.fragment(f"/accounts/{account.id}/webhook-events?{query}").text
    assert shown(text) == [rows[name].id for name in expected]


def test_pages_are_walked_by_key(as_alice: CheckingClient, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE_SIZE", 2)
    same = now()
    ids = [event(account, received_at=same).id for _ in range(5)][::-1]
    path = f"/accounts/{account.id}/webhook-events?type=follow"
    seen = []
    while path:
        text = as_alice.get(path).text
        seen.append(shown(text))
        path = link_to(text, "after")
    assert seen == [ids[:2], ids[2:4], ids[4:]]
    assert shown(as_alice.get(link_to(text, "before")).text) == ids[2:4]


def link_to(text: str, key: str) -> str:
    for part in text.split('class="btn" href="')[1:]:
        address = part.split('"')[0].replace("&amp;", "&")
        if f"{key}=" in address:
            assert "type=follow" in address
            return address
    return ""


def test_only_the_newest_page_refreshes_itself(as_alice: CheckingClient, account: Account) -> None:
    event(account)
    path = f"/accounts/{account.id}/webhook-events"
    assert 'hx-trigger="every 10s"' in as_alice.get(path).text
    key = "WyIyMDI2LTA1LTAxVDAwOjAwOjAwKzAwOjAwIiwgMV0"
    assert 'hx-trigger="every 10s"' not in as_alice.get(f"{path}?before={key}").text
    assert as_alice.get(f"{path}?after=made-up").status_code == 422


def test_empty_lists_say_what_to_do(as_alice: CheckingClient, account: Account) -> None:
    path = f"/accounts/{account.id}/webhook-events"
    assert "Nothing received yet" in as_alice.get(path).text
    event(account)
    assert "Nothing found" in as_alice.get(f"{path}?state=failed").text


def test_an_event_in_full(as_alice: CheckingClient, account: Account) -> None:
    row = event(account, error="ValueError: <i>", state=EventState.FAILED, attempts=5, duplicates=2)
    path = f"/accounts/{account.id}/webhook-events/{row.id}"
    page, fragment = as_alice.get(path).text, as_alice.fragment(path).text
    assert without_tokens(fragment.strip()) in without_tokens(page)
    assert "&lt;b&gt;ねこ&lt;/b&gt;" in page
    assert "ValueError: &lt;i&gt;" in page
    assert "every 2s" not in page


def test_replay_makes_it_wait_again_and_wakes_a_worker(as_alice: CheckingClient, account: Account) -> None:
    row = event(account, state=EventState.FAILED, error="ValueError", attempts=5)
    path = f"/accounts/{account.id}/webhook-events/{row.id}"
    assert as_alice.post(f"{path}/replay").status_code == 303
    db.session.refresh(row)
    assert (row.state, row.attempts, row.error) == (EventState.PENDING, 0, None)
    assert broker.client.hlen("dramatiq:webhooks.msgs") == 1
    assert "every 2s" in as_alice.get(path).text
    assert as_alice.post(f"{path}/replay").status_code == 409
    assert db.session.scalars(select(AuditEntry.action)).all() == ["webhook_event.replayed"]


def test_all_failed_events_can_be_replayed(as_alice: CheckingClient, account: Account) -> None:
    failed = [event(account, state=EventState.FAILED, error="x") for _ in range(3)]
    fine, foreign = event(account), event(factory.account(), state=EventState.FAILED)
    path = f"/accounts/{account.id}/webhook-events"
    assert "3 events have failed." in as_alice.get(path).text
    assert as_alice.post(f"{path}/replay").status_code == 303
    db.session.expire_all()
    assert [row.state for row in (*failed, fine, foreign)] == ["pending"] * 3 + ["processed", "failed"]
    assert "have failed" not in as_alice.get(path).text


def test_nothing_is_replayed_for_a_disconnected_account(as_alice: CheckingClient, account: Account) -> None:
    row = event(account, state=EventState.FAILED)
    account.state, account.disconnected_at = AccountState.DISCONNECTED, now()
    db.session.commit()
    path = f"/accounts/{account.id}/webhook-events"
    assert as_alice.post(f"{path}/{row.id}/replay").status_code == 409
    assert as_alice.post(f"{path}/replay").status_code == 409
    db.session.refresh(row)
    assert row.state == EventState.FAILED


def test_who_may_see(
    as_bob: CheckingClient, as_charlie: CheckingClient, account: Account, as_alice: CheckingClient
) -> None:
    row = event(account)
    path = f"/accounts/{account.id}/webhook-events"
    for client, status in ((as_bob, 403), (as_charlie, 404)):
        assert [client.get(one).status_code for one in (path, f"{path}/{row.id}")] == [status] * 2
        assert [client.post(one).status_code for one in (f"{path}/replay", f"{path}/{row.id}/replay")] == [status] * 2
    other = factory.account()
    assert as_alice.get(f"/accounts/{other.id}/webhook-events/{row.id}").status_code == 404


def test_old_events_are_removed_in_batches_and_waiting_ones_stay(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(webhook_events, "BATCH", 2)
    old = now() - timedelta(days=31)
    for state in (EventState.PROCESSED, EventState.IGNORED, EventState.FAILED, EventState.PROCESSED):
        event(account, received_at=old, state=state)
    event(factory.account(), received_at=old)
    waiting, young = event(account, received_at=old, state=EventState.PENDING), event(account)
    assert webhook_events.prune(30) == 5
    assert set(db.session.scalars(select(WebhookEvent.id))) == {waiting.id, young.id}
    assert webhook_events.prune(30) == 0
    assert db.session.scalar(select(func.count(WebhookEvent.id))) == 2


def test_names_stand_beside_lines_ids_for_those_who_may_see_friends(
    as_alice: CheckingClient, as_bob: CheckingClient, people: SimpleNamespace, account: Account
) -> None:
    hana = friends.friend(account, line_user_id=USER, display_name="Hana")
    group = "C" + "c" * 32
    moment = {"is_joined": True, "membership_changed_at": now()}
    db.session.add(Group(account_id=account.id, line_group_id=group, kind="group", name="Kissa <club>", **moment))
    rows = [event(account), event(account, source_id=group), event(account, source_id="U" + "d" * 32)]
    people.bob.permissions = [Permission.SETTINGS]
    db.session.commit()
    path = f"/accounts/{account.id}/webhook-events"
    page = as_alice.get(path).text
    assert f'<a href="/accounts/{account.id}/friends/{hana.id}"><bdi>Hana</bdi></a>' in page
    assert "<bdi>Kissa &lt;club&gt;</bdi>" in page
    assert all(line_id in page for line_id in (USER, group, "U" + "d" * 32))
    assert "Hana" in as_alice.get(f"{path}/{rows[0].id}").text
    limited = as_bob.get(path).text
    assert "Hana" not in limited
    assert "Kissa" in limited
