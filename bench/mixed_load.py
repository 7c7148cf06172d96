"""Webhooks while eight imports and a profile fetch are busy: seconds from stored to processed, against one second.

Everything runs as in production: web, scheduler and the workers of all classes, each a process, at a stand-in for LINE.
`mixed_load.unloaded` is the same without the imports. `BENCH_SECONDS` sets how long each side is measured.
"""

from __future__ import annotations

import json
import os
import urllib.request
from typing import Any

from sqlalchemy import func, insert, select

from app.core import queue
from app.core.clock import now
from app.core.db import db
from app.core.runs.models import ACTIVE, Run, RunState
from app.friends.models import FollowStatus, Friend
from app.imports.friends.operations import start_friend_import
from app.line.models import Account
from app.team.actors import SYSTEM
from bench._lag import all_classes_are_served, lag_of
from bench._processes import memory_mb, wait_until, web, workers
from bench._webhooks import connect_account
from bench.friend_import import open_channel, store_account
from bench.harness import Result, installation
from tests.support.sandbox import SandboxServer

SECONDS = int(os.environ.get("BENCH_SECONDS", "30"))
RATE = 50
IMPORTS = 8
# So many that neither the imports nor the profiles are done before the measurement is.
FRIENDS_EACH = 500 * SECONDS
TARGET_SECONDS = 1.0


def run() -> list[Result]:
    """Measure the 99th percentile under load and without, both against the target."""
    with SandboxServer() as line, installation("mixed_load") as here:
        here.env |= {"LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
        with here.app.app_context(), web(here.env, "wsgi:app") as server, workers(here.env) as pids:
            wait_until(all_classes_are_served, "every worker class is served")
            here.port, here.path = server.port, f"/webhooks/line/{connect_account()}"
            lag_of(here, RATE, RATE)
            unloaded = lag_of(here, RATE * SECONDS, RATE)
            _make_busy(line)
            loaded = lag_of(here, RATE * SECONDS, RATE)
            _is_still_busy()
            shared = {"n": RATE * SECONDS, "rss_mb": max(map(memory_mb, pids))}
    return [
        Result("mixed_load", loaded, "s", TARGET_SECONDS, "lower", **shared),
        Result("mixed_load.unloaded", unloaded, "s", TARGET_SECONDS, "lower", **shared),
    ]


def _make_busy(line: SandboxServer) -> None:
    """Start the imports, and let one account's friends all be without a profile; return when both are under way."""
    for _ in range(IMPORTS):
        start_friend_import(store_account(open_channel(line, FRIENDS_EACH)), actor=SYSTEM)
    db.session.commit()
    channel = open_channel(line, FRIENDS_EACH)
    _store_without_profile(store_account(channel), followers_of(line, channel))
    wait_until(lambda: _count(Run, Run.state == RunState.RUNNING, Run.done > 0) > 1, "imports are under way")
    wait_until(lambda: _count(Friend, Friend.profile_fetched_at.is_not(None)) > 0, "profiles are fetched")


def _store_without_profile(account: Account, user_ids: list[str]) -> None:
    """Store friends whose profiles are due, as after they added the account by the thousand."""
    shared = {"account_id": account.id, "follow_status": FollowStatus.FOLLOWING, "origin": "webhook"}
    moment = now()
    rows = [{**shared, "line_user_id": one, "status_changed_at": moment, "profile_due_at": moment} for one in user_ids]
    db.session.execute(insert(Friend), rows)
    queue.after_commit(db.session, "friends.fetch_profiles", account.id)
    db.session.commit()


def followers_of(line: SandboxServer, channel: dict[str, Any]) -> list[str]:
    """Ask for the user ids of all friends of a channel."""
    found: list[str] = []
    query = "limit=1000"
    while query:
        address = f"{line.url}/v2/bot/followers/ids?{query}"
        asked = urllib.request.Request(address, headers={"Authorization": f"Bearer {channel['token']}"})
        with urllib.request.urlopen(asked) as answer:
            page = json.load(answer)
        found += page["userIds"]
        query = f"limit=1000&start={page['next']}" if "next" in page else ""
    return sorted(set(found))


def _is_still_busy() -> None:
    """Raise unless the load still runs: the measurement counts only if the load outlasted it."""
    runs, profiles = _count(Run, Run.state.in_(ACTIVE)), _count(Friend, Friend.profile_due_at.is_not(None))
    if runs < IMPORTS or not profiles:
        raise RuntimeError(f"The load ended too early: {runs} imports and {profiles} profiles were left.")


def _count(model: type[Run] | type[Friend], *where: Any) -> int:
    number = db.session.scalar(select(func.count()).select_from(model).where(*where))
    db.session.rollback()
    return number or 0
