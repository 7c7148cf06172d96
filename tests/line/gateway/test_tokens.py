"""Tokens: issued once for many, renewed early, kept encrypted, and never held in a transaction."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway import tokens
from app.line.models import Account, AccountState
from tests.line.conftest import Channel
from tests.support.sandbox import SandboxServer

ISSUE = "/oauth2/v3/token"


def issued(line: SandboxServer, channel: Channel) -> int:
    rows = line.api("GET", f"/counters?channel_id={channel['channel_id']}")["counters"]
    return sum(row["total"] for row in rows if row["path"] == ISSUE)


def expire(account: Account, left: timedelta) -> None:
    db.session.refresh(account)
    account.token_expires_at = now() + left
    db.session.commit()


def test_a_token_is_issued_once_and_kept_encrypted(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    token = tokens.current(account.id)
    assert tokens.current(account.id) == token
    assert issued(line, channel) == 1
    stored = db.session.execute(text("SELECT access_token FROM accounts")).scalar_one()
    assert token.value.encode() not in bytes(stored)


def test_it_is_renewed_when_little_time_is_left(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    first = tokens.current(account.id)
    expire(account, timedelta(minutes=4))
    assert tokens.current(account.id).value == first.value
    expire(account, timedelta(minutes=2))
    assert tokens.current(account.id).value != first.value


def test_many_threads_share_one_renewal(
    app: Flask, line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    line.api("POST", "/faults", {"kind": "latency", "fixed_ms": 150, "path": ISSUE})
    got: list[str] = []
    account_id = account.id

    def ask() -> None:
        with app.app_context():
            got.append(tokens.current(account_id).value)

    threads = [threading.Thread(target=ask) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(got) == 8
    assert len(set(got)) == 1
    assert issued(line, channel) == 1


def test_while_one_renews_the_others_use_the_old_token_as_long_as_it_lasts(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    first = tokens.current(account.id)
    expire(account, timedelta(minutes=2))
    account.token_claimed_until = now() + timedelta(seconds=30)
    db.session.commit()
    assert tokens.current(account.id).value == first.value


def test_a_claim_of_a_dead_process_runs_out(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel, token_claimed_until=now() - timedelta(seconds=1))
    assert tokens.current(account.id).value


def test_who_waits_too_long_for_another_is_told_to_come_later(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tokens, "PATIENCE_SECONDS", 0.2)
    account = connect(channel, token_claimed_until=now() + timedelta(minutes=1))
    with pytest.raises(RetryLater) as failure:
        tokens.current(account.id)
    assert failure.value.code == "line.token_busy"


def test_no_transaction_is_open_while_line_is_asked(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    seen: list[int] = []
    open_ones = (
        "SELECT count(*) FROM pg_stat_activity WHERE state = 'idle in transaction' AND datname = current_database()"
    )
    line.api("POST", "/faults", {"kind": "latency", "fixed_ms": 300, "path": ISSUE})
    account_id, engine = account.id, db.engine
    db.session.commit()

    def watch() -> None:
        threading.Event().wait(0.15)
        with engine.connect() as connection:
            seen.append(connection.exec_driver_sql(open_ones).scalar_one())

    watcher = threading.Thread(target=watch)
    watcher.start()
    tokens.current(account_id)
    watcher.join()
    assert seen == [0]


def test_line_having_trouble_is_bridged_by_the_old_token(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    first = tokens.current(account.id)
    expire(account, timedelta(minutes=2))
    line.api("POST", "/faults", {"kind": "status", "status": 500, "path": ISSUE})
    assert tokens.current(account.id).value == first.value
    expire(account, timedelta(seconds=5))
    with pytest.raises(RetryLater):
        tokens.current(account.id)
    db.session.refresh(account)
    assert account.token_claimed_until is None
    assert account.state == AccountState.CONNECTED


def test_credentials_that_line_refuses_break_the_account(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel, channel_secret="0" * 32)
    with pytest.raises(PermanentFailure) as failure:
        tokens.current(account.id)
    assert failure.value.code == "line.credentials_refused"
    db.session.refresh(account)
    assert (account.state, account.token_claimed_until) == (AccountState.BROKEN, None)


def test_someone_elses_renewal_after_the_same_refusal_is_used(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    first = tokens.current(account.id)
    second = tokens.renew(account.id, refused=first.value)
    assert second.value != first.value
    assert tokens.renew(account.id, refused=first.value).value == second.value
    assert issued(line, channel) == 2
