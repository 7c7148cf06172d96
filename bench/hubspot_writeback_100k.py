"""100,000 friends whom a broadcast reached, written back to HubSpot at 50 ms a call, against a bare loop of batches.

Both write two properties of the same contacts, a hundred a call. The bare loop makes one call after the other and
reads, compares and stores nothing; ours makes those of a claim side by side. Afterwards everything is looked at again,
and nothing may be written.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from dataclasses import dataclass
from time import perf_counter
from typing import Any

import aiohttp
from sqlalchemy import text

from app.core.clock import now
from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.properties import make_line_properties
from app.integrations.hubspot.writing.run import write_due
from app.integrations.shared.marking_runs import mark_all_later, mark_audience_later
from app.integrations.shared.models import Integration
from bench.harness import Result, alternate, installation, peak_rss_mb
from tests.factories import integrations, line
from tests.sandbox.hubspot.portals import Portal
from tests.support.sandbox import SandboxServer

FRIENDS, ROUNDS = 100_000, 2
LATENCY_MS, PER_CALL = 50, 100
CALLS = FRIENDS // PER_CALL
_FRIENDS = text("""
    INSERT INTO friends (account_id, line_user_id, display_name, origin, followed_at)
    SELECT :account_id, 'U' || lpad(to_hex(number), 32, '0'), 'Friend ' || number, 'webhook', now()
    FROM generate_series(1, :friends) AS number
""")
_LINKS = text("""
    INSERT INTO remote_links (integration_id, account_id, friend_id, remote_id, found_by, due_at)
    SELECT :integration_id, account_id, id, CAST(:first + row_number() OVER (ORDER BY id) - 1 AS text), 'email', now()
    FROM friends WHERE account_id = :account_id
""")
_BROADCAST = text("""
    INSERT INTO broadcasts (account_id, name, state, audience, content, started_at, finished_at)
    VALUES (:account_id, :name, 'sent', '{}', '{}', now(), now()) RETURNING id
""")
_CHUNK = text("""
    INSERT INTO broadcast_chunks (broadcast_id, number, first, last, retry_key, state, settled_at)
    VALUES (:broadcast_id, 1, 1, :friends, gen_random_uuid(), 'sent', now())
""")
_RECIPIENTS = text("""
    INSERT INTO broadcast_recipients (broadcast_id, position, chunk, friend_id, line_user_id)
    SELECT :broadcast_id, row_number() OVER (ORDER BY id), 1, id, line_user_id
    FROM friends WHERE account_id = :account_id
""")


@dataclass
class Granted:
    """The portal's grant; with so high a limit no call waits for its turn."""

    portal: Portal
    per_ten_seconds: int = 1_000_000
    time_zone: str = "Asia/Tokyo"

    @property
    def portal_id(self) -> str:
        return self.portal.portal_id

    def token(self) -> str:
        return self.portal.token

    def renew(self, refused: str) -> str:
        self.portal.connect()
        return self.portal.token

    def lost(self, code: str) -> None:
        raise RuntimeError(code)


def run() -> list[Result]:
    """Measure batches a second, and what is written when nothing has changed."""
    with SandboxServer() as server, installation("hubspot_writeback") as place, place.app.app_context():
        urls.use(f"{server.url}/hubspot", f"{server.url}/hubspot")
        switches = {"latency_ms": LATENCY_MS, "access_token_seconds": 86_400}
        portal = Portal.open(server, population={"contacts": FRIENDS}, switches=switches)
        access, first = Granted(portal), _first_id(portal)
        connection = _prepare(access, first)
        _write_all(connection, access)

        def ours() -> float:
            _send_broadcast(connection)
            begin = perf_counter()
            _write_all(connection, access)
            return CALLS / (perf_counter() - begin)

        def bare() -> float:
            begin = perf_counter()
            asyncio.run(_write_bare(server.url, portal.token, first))
            return CALLS / (perf_counter() - begin)

        value, reference = alternate(ours, bare, rounds=ROUNDS)
        useless = _useless(connection, access, portal)
    return [
        Result("hubspot_writeback_100k", value, "batches/s", reference, "higher", FRIENDS),
        Result("hubspot_writeback_100k.unchanged", useless, "batches", CALLS, "lower", FRIENDS),
        Result("hubspot_writeback_100k.memory", peak_rss_mb(), "MB", 400, "lower", FRIENDS),
    ]


def _first_id(portal: Portal) -> int:
    answer = portal.get(paths.objects("contacts"), params={"limit": 1}).json()
    return int(answer["results"][0]["id"])


def _prepare(access: Granted, first: int) -> Integration:
    account = line.account()
    connection = integrations.integration(account, remote_id=access.portal_id)
    make_line_properties(connection, access)
    db.session.execute(_FRIENDS, {"account_id": account.id, "friends": FRIENDS})
    db.session.execute(_LINKS, {"integration_id": connection.id, "account_id": account.id, "first": first})
    db.session.commit()
    for table in ("friends", "remote_links"):
        db.session.execute(text(f"ANALYZE {table}"))
    db.session.commit()
    return connection


def _send_broadcast(connection: Integration) -> None:
    """Let everyone have received a broadcast, which makes their links due."""
    account_id = db.session.scalar(text("SELECT account_id FROM integration_accounts"))
    about: dict[str, Any] = {"account_id": account_id, "friends": FRIENDS, "name": f"Sale of {now().isoformat()}"}
    about["broadcast_id"] = db.session.scalar(_BROADCAST, about)
    db.session.execute(_CHUNK, about)
    db.session.execute(_RECIPIENTS, about)
    db.session.execute(text("ANALYZE broadcast_recipients"))
    mark_audience_later(about["broadcast_id"])
    db.session.commit()
    _finish_runs()


def _finish_runs() -> None:
    for run_id in db.session.scalars(text("SELECT id FROM runs WHERE state IN ('queued', 'running')")).all():
        db.session.rollback()
        while db.session.get_one(Run, run_id, populate_existing=True).is_active:
            db.session.rollback()
            advance(run_id)
    db.session.rollback()


def _write_all(connection: Integration, access: Granted) -> None:
    while write_due(connection.id, lambda _connection: (access, "1")):
        pass
    db.session.rollback()


def _useless(connection: Integration, access: Granted, portal: Portal) -> int:
    """Look at everything again; returns how many batches were written."""
    before = _written(portal)
    mark_all_later(connection.id)
    db.session.commit()
    _finish_runs()
    _write_all(connection, access)
    return _written(portal) - before


def _written(portal: Portal) -> int:
    return sum(one["path"].endswith("/batch/update") for one in portal.requests())


async def _write_bare(url: str, token: str, first: int) -> None:
    headers = {"Authorization": f"Bearer {token}"}
    moment = now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
    values = {"line_last_broadcast_name": f"Sale of {moment}", "line_last_broadcast_at": moment}
    path = f"{url}/hubspot{paths.objects('contacts', 'batch', 'update')}"
    async with aiohttp.ClientSession(headers=headers) as session:
        for ids in _parts(first):
            inputs = [{"id": one, "properties": values, "objectWriteTraceId": one} for one in ids]
            async with session.post(path, json={"inputs": inputs}) as answer:
                await answer.json()
                answer.raise_for_status()


def _parts(first: int) -> Iterator[list[str]]:
    for at in range(first, first + FRIENDS, PER_CALL):
        yield [str(one) for one in range(at, at + PER_CALL)]
