"""Pages that ask LINE hold no transaction while they wait, so that a slow answer blocks no other request."""

from __future__ import annotations

import time
from collections.abc import Iterator
from typing import Any

import pytest
import urllib3
from flask import Flask
from sqlalchemy import Connection, create_engine, text

from app.core.db import db
from app.line.gateway.urls import urls
from tests.factories.friends import friend
from tests.line.conftest import Channel, Connect
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

OPEN = text(
    "SELECT count(*) FROM pg_stat_activity"
    " WHERE datname = current_database() AND state LIKE 'idle in transaction%' AND pid <> pg_backend_pid()"
)


@pytest.fixture
def open_transactions(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[int]]:
    """How many transactions were open at each request to LINE."""
    found: list[int] = []
    send = urllib3.PoolManager.urlopen
    observer = create_engine(db.engine.url, isolation_level="AUTOCOMMIT")

    def watched(self: urllib3.PoolManager, method: str, url: str, **more: Any) -> Any:
        if url.startswith((urls.api, urls.data)):
            with observer.connect() as connection:
                found.append(_still_open(connection))
        return send(self, method, url, **more)

    monkeypatch.setattr(urllib3.PoolManager, "urlopen", watched)
    yield found
    observer.dispose()


def _still_open(connection: Connection) -> int:
    """Return how many are open. That of the page itself stays, while those of the intake beside it end."""
    until = time.monotonic() + 5
    while (number := connection.scalar(OPEN) or 0) and time.monotonic() < until:
        time.sleep(0.01)
    return int(number)


@pytest.mark.parametrize(
    "page", ["settings/checks", "settings/followers", "settings/webhook", "friends/{friend}/profile"]
)
def test_no_transaction_is_open_while_a_page_asks_line(
    page: str,
    as_alice: CheckingClient,
    line: SandboxServer,
    channel: Channel,
    connect: Connect,
    public: str,
    open_transactions: list[int],
) -> None:
    account = connect(channel)
    person = line.api("GET", f"/channels/{channel['channel_id']}/friends?limit=1")["friends"][0]["user_id"]
    row = friend(account, line_user_id=person)
    answer = as_alice.fragment(f"/accounts/{account.id}/{page.format(friend=row.id)}", "POST")
    assert answer.status_code < 400
    assert open_transactions, "LINE was not asked."
    assert set(open_transactions) == {0}


def test_no_transaction_is_open_while_an_account_is_being_connected(
    as_alice: CheckingClient, channel: Channel, public: str, open_transactions: list[int]
) -> None:
    data = {"way": "channel", "channel_id": channel["channel_id"], "channel_secret": channel["secret"]}
    assert as_alice.post("/accounts", data=data).status_code == 303
    assert open_transactions
    assert set(open_transactions) == {0}
