"""A portal at HubSpot's stand-in for benchmarks, and a sync of all its contacts as a worker does it."""

from __future__ import annotations

import gc
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from time import perf_counter
from typing import Any

from sqlalchemy import text

from app.core.config import Config
from app.core.db import db
from app.core.runs import operations as runs
from app.core.runs.models import Run
from app.core.secrets import new_token
from app.factory import create_app
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.sync import run as sync_run
from app.integrations.hubspot.sync.reader import SyncReader
from app.integrations.shared.models import FieldMapping, Integration, IntegrationAccount, IntegrationState
from app.line.models import Account, TokenKind
from bench.harness import peak_rss_mb
from tests.sandbox.hubspot.portals import Portal
from tests.support.sandbox import SandboxServer

MAPPED = (
    ("contact", "firstname", "first_name", "string"),
    ("contact", "lastname", "last_name", "string"),
    ("contact", "email", "email", "string"),
    ("contact", "phone", "phone", "string"),
    ("company", "name", "company", "string"),
)
# Every fifth contact is that of a friend.
SHARE = 5
_FRIENDS = text("""
    INSERT INTO friends (account_id, line_user_id, origin, display_name, email)
    SELECT :account_id, 'U' || lpad(to_hex(number), 32, '0'), 'webhook', 'Friend ' || number,
           'person' || number * :share || '@people.example'
    FROM generate_series(1, CAST(:friends AS int)) AS number
""")


@dataclass
class FixedAccess:
    """A grant that never ends."""

    portal_id: str
    access_token: str
    per_ten_seconds: int
    time_zone: str = "Asia/Tokyo"

    def token(self) -> str:
        return self.access_token

    def renew(self, refused: str) -> str:
        raise RuntimeError(f"The token was refused: {refused[:4]}…")

    def lost(self, code: str) -> None:
        raise RuntimeError(code)


def open_portal(server: SandboxServer, contacts: int, *, limited: bool, latency_ms: float = 50.0) -> FixedAccess:
    """Open a portal with so many contacts, of whom many work for the same companies."""
    switches = {"latency_ms": latency_ms, "enforce_limits": limited}
    population = {"contacts": contacts, "companies": contacts // 20, "per_stamp": 1}
    portal = Portal.open(server, population=population, switches=switches)
    return FixedAccess(portal.portal_id, portal.token, 110 if limited else 10_000_000)


def apart(task: Any, *args: Any) -> Any:
    """Call it in a process of its own, so that its memory can be told."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(task, *args).result()


def sync_all(env: dict[str, str], address: str, access: FixedAccess, contacts: int) -> tuple[float, float]:
    """Run the first sync to its end; returns seconds and peak memory in MB."""
    app = create_app(Config.from_env(env))
    urls.use(f"{address}/hubspot", f"{address}/hubspot")
    sync_run.reader_of = lambda _integration: SyncReader(access)  # type: ignore[attr-defined]
    gc.collect()
    gc.freeze()
    with app.app_context():
        integration = store_integration(access.portal_id, contacts // SHARE)
        run, _is_new = runs.start(sync_run.SYNC.name, integration.id)
        db.session.commit()
        run_id, begin = run.id, perf_counter()
        while (run := db.session.get_one(Run, run_id, populate_existing=True)).is_active:
            db.session.rollback()
            runs.advance(run_id)
        seconds = perf_counter() - begin
        if run.counts.get("contacts") != contacts or run.counts.get("changed") != contacts // SHARE:
            raise RuntimeError(f"Contacts are missing: {run.state} {run.reason} {run.counts}")
    return seconds, peak_rss_mb()


def store_integration(portal_id: str, friends: int) -> Integration:
    """Store a connected integration with five mapped properties, and its account with so many friends."""
    account = Account(
        webhook_key=new_token(),
        bot_user_id="U" + portal_id.zfill(32),
        basic_id=f"@{portal_id}",
        name="Benchmark",
        channel_id=portal_id,
        channel_secret="none",
        token_kind=TokenKind.PASTED,
        access_token="none",
    )
    made = Integration(service="hubspot", remote_id=portal_id, name="Benchmark", state=IntegrationState.CONNECTED)
    db.session.add_all([account, made])
    db.session.flush()
    db.session.add(IntegrationAccount(integration_id=made.id, account_id=account.id, service="hubspot", number=1))
    for kind, name, field, wire in MAPPED:
        about = {"record_kind": kind, "remote_name": name, "remote_label": name, "remote_type": wire, "field": field}
        db.session.add(FieldMapping(integration_id=made.id, **about))
    db.session.execute(_FRIENDS, {"account_id": account.id, "friends": friends, "share": SHARE})
    db.session.commit()
    return made
