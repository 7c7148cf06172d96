"""Cache of what the intake needs of an account to admit a request, kept for seconds in each process.

A thousand requests a second must not cost a thousand look-ups and decryptions; a changed channel secret must count
at once all the same. So a signature that does not fit makes the process look again, a few times a second at most.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass

from sqlalchemy import Engine, select

from app.line.models import Account, AccountState

KEEP_SECONDS = 3.0
LOOK_AGAIN_SECONDS = 0.2
MAX_KEPT = 10_000
KEY = re.compile(r"[A-Za-z0-9_-]{43}")


@dataclass(frozen=True)
class Endpoint:
    """One account's webhook endpoint: account, channel secret, and whether events are still stored."""

    account_id: int
    secret: bytes
    bot_user_id: str
    accepts_events: bool
    looked_at: float

    def __repr__(self) -> str:
        """Return a representation without the secret."""
        return f"Endpoint(account_id={self.account_id})"


_endpoints: dict[str, Endpoint] = {}


def find_endpoint(engine: Engine, key: str) -> Endpoint | None:
    """Return the endpoint of this webhook key; None when there is none."""
    known = _endpoints.get(key)
    if known is not None and time.monotonic() - known.looked_at < KEEP_SECONDS:
        return known
    return _look(engine, key)


def refresh_endpoint(engine: Engine, known: Endpoint, key: str) -> Endpoint | None:
    """Return the endpoint, read again unless that was done a moment ago."""
    return known if time.monotonic() - known.looked_at < LOOK_AGAIN_SECONDS else _look(engine, key)


def forget() -> None:
    """Empty the cache."""
    _endpoints.clear()


def _look(engine: Engine, key: str) -> Endpoint | None:
    if not KEY.fullmatch(key):
        return None
    query = select(Account.id, Account.channel_secret, Account.bot_user_id, Account.state)
    with engine.connect() as connection:
        row = connection.execute(query.where(Account.webhook_key == key)).one_or_none()
    if row is None or not row.channel_secret:
        _endpoints.pop(key, None)
        return None
    if len(_endpoints) >= MAX_KEPT:
        _endpoints.clear()
    accepts_events = row.state != AccountState.DISCONNECTED
    found = Endpoint(row.id, row.channel_secret.encode(), row.bot_user_id, accepts_events, time.monotonic())
    _endpoints[key] = found
    return found
