"""What the tests of imports share: an account at the sandbox, and a worker that does what is due at once."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, update

from app.core.db import db
from app.core.runs.models import Run
from app.core.runs.operations import advance
from app.friends.models import Friend
from app.imports.friends.operations import start_friend_import
from app.line.models import Account, TokenKind
from app.team.actors import SYSTEM
from tests.factories import line as factory
from tests.support.sandbox import SandboxServer

FOLLOWERS = "/v2/bot/followers/ids"
PROFILE = "/v2/bot/profile/{userId}"


@dataclass
class Connected:
    """An account, its channel at LINE, and short ways to what tests look at."""

    line: SandboxServer
    channel: dict[str, Any]
    account: Account

    @property
    def path(self) -> str:
        return f"/channels/{self.channel['channel_id']}"

    def follower_ids(self) -> list[str]:
        """Whom LINE lists now, with no page cut short."""
        before = self.line.api("GET", self.path)["paging"]
        self.line.api("PATCH", self.path, {"paging": {"short": 0, "empty": 0, "repeat": 0}})
        token = self.line.api("POST", f"{self.path}/tokens", {"kind": "long-lived", "value": "for-tests"})["value"]
        ids, start = [], ""
        while True:
            page = self.line.line("GET", f"{FOLLOWERS}?limit=1000{start}", token)
            ids += page["userIds"]
            if "next" not in page:
                break
            start = f"&start={page['next']}"
        self.line.api("PATCH", self.path, {"paging": before})
        return ids

    def fault(self, kind: str, path: str | None = None, **settings: Any) -> dict[str, Any]:
        """Trouble at LINE for this channel."""
        rule = {"kind": kind, "channel_id": self.channel["channel_id"], "path": path, **settings}
        made: dict[str, Any] = self.line.api("POST", "/faults", rule)
        return made

    def requests(self, path: str) -> int:
        """How often LINE was asked there."""
        return sum(row["total"] for row in self._counters() if row["path"] == path)

    def is_pace_clean(self) -> bool:
        return not any(row["ever_exceeded"] or row["too_many"] for row in self._counters())

    def _counters(self) -> list[dict[str, Any]]:
        counters: list[dict[str, Any]] = self.line.api("GET", f"/counters?channel_id={self.channel['channel_id']}")[
            "counters"
        ]
        return counters


@pytest.fixture
def connected(app: Flask, line: SandboxServer) -> Callable[..., Connected]:
    """Open a channel with these settings and store the account that is connected to it."""

    def connect(followers: int = 30, account: dict[str, Any] | None = None, **settings: Any) -> Connected:
        population = {"followers": followers, **settings.pop("population", {})}
        channel = line.create_channel(**{"kind": "verified", "population": population, **settings})
        row = factory.account(
            **{
                "bot_user_id": channel["bot_user_id"],
                "channel_id": channel["channel_id"],
                "channel_secret": channel["secret"],
                "token_kind": TokenKind.ISSUED,
                "access_token": None,
                **(account or {}),
            }
        )
        return Connected(line, channel, row)

    return connect


def start(account: Account) -> Run:
    """A committed import."""
    run, _ = start_friend_import(account, actor=SYSTEM)
    db.session.commit()
    return run


def work(run: Run, sittings: int = 1) -> Run:
    """A worker comes by, at the time at which the run is due, and so on."""
    for _ in range(sittings):
        db.session.rollback()
        db.session.execute(update(Run).where(Run.id == run.id).values(due_at=func.now()))
        db.session.commit()
        advance(run.id)
        db.session.refresh(run)
        if not run.is_active:
            break
    return run


def finish(account: Account) -> Run:
    """Start an import and work until it is over."""
    return work(start(account), sittings=30)


def friends_of(account: Account) -> dict[str, Friend]:
    """Stored friends by LINE user id."""
    db.session.rollback()
    rows = db.session.query(Friend).filter_by(account_id=account.id).populate_existing()
    return {friend.line_user_id: friend for friend in rows}
