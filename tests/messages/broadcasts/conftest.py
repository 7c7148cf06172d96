"""What tests of broadcasts share: a channel whose many friends are stored here, and a worker that does what is due."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import insert, select, text

from app.core.db import db
from app.core.runs import operations as runs
from app.core.runs.models import ACTIVE, Run
from app.friends.models import FollowStatus, Friend
from app.line.models import Account
from app.messages.broadcasts import delivery, schedule
from app.messages.broadcasts.ledger import count_people
from app.messages.broadcasts.models import Broadcast, TrackingKind
from app.messages.broadcasts.operations.confirming import confirm
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.content import message_set
from app.messages.content.message_set import MessageSet
from app.team.actors import SYSTEM
from tests.line.conftest import Connect, connect
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

__all__ = ["connect"]
PEOPLE = 600
LINKED = "Look: https://shop.example.com/tea"


def texts(*words: str) -> MessageSet:
    """Return a set of texts."""
    return message_set.read({"messages": [{"kind": "text", "text": one} for one in words]})


def opened(browser: CheckingClient, url: str) -> tuple[str, str]:
    """Open a page in English; returns where its window is led, and what is shown there."""
    shown = browser.get(url, headers={"Accept-Language": "en"})
    url = shown.headers.get("Location", url)
    return url, browser.get(url, headers={"Accept-Language": "en"}).text


@dataclass
class Stage:
    """A channel at the sandbox, and its account here with all of its friends."""

    line: SandboxServer
    id: str
    account: Account
    people: list[str]

    def plan(self, *words: str, **values: Any) -> BroadcastPlan:
        values = {"name": "Spring", "audience": AudienceChoice(), "tracking": TrackingKind.LINK, **values}
        return BroadcastPlan(content=texts(*(words or ("こんにちは 🍵",))), **values)

    def draft(self, *words: str, **values: Any) -> Broadcast:
        made = create_draft(self.account.id, self.plan(*words, **values), actor=SYSTEM)
        db.session.commit()
        return made

    def confirmed(self, *words: str, **values: Any) -> int:
        """Store and confirm a broadcast; returns its id."""
        draft = self.draft(*words, **values)
        confirm(self.account.id, draft.id, seen=draft.version, actor=SYSTEM)
        db.session.commit()
        return draft.id

    def sent(self, *words: str, **values: Any) -> Broadcast:
        """Confirm a broadcast and work until nothing is left to do."""
        broadcast_id = self.confirmed(*words, **values)
        work()
        return stored(broadcast_id)

    def reached(self) -> list[str]:
        """Return everyone whom LINE delivered a message to, once for each time."""
        log = self.line.api("GET", f"/channels/{self.id}/messages?limit=100000")["messages"]
        return sorted(to["id"] for entry in log for to in entry["to"] if to["delivered"])

    def fault(self, kind: str, path: str, times: int | None = 1, **fields: Any) -> None:
        wish = {"kind": kind, "channel_id": self.id, "method": "POST", "path": f"/v2/bot/message/{path}"}
        self.line.api("POST", "/faults", {**wish, "times": times, **fields})

    def set(self, **values: Any) -> None:
        self.line.api("PATCH", f"/channels/{self.id}", values)


def stored(broadcast_id: int) -> Broadcast:
    """Return the broadcast as it is stored now."""
    db.session.rollback()
    return db.session.get_one(Broadcast, broadcast_id, populate_existing=True)


def counted(broadcast_id: int) -> dict[str, int]:
    """Return the counts that are not zero, counted from the rows."""
    return {state: people for state, people in count_people(broadcast_id).items() if people}


def work(most: int = 60) -> None:
    """Do as a worker does until nothing is due; waits of trouble are over at once."""
    for _ in range(most):
        schedule.start_due()
        db.session.execute(text("UPDATE runs SET due_at = now() WHERE state IN ('queued', 'running')"))
        db.session.commit()
        run_id = db.session.scalar(select(Run.id).where(Run.state.in_(ACTIVE)).order_by(Run.id).limit(1))
        db.session.rollback()
        if run_id is None:
            return
        runs.advance(run_id)
        db.session.rollback()
    raise AssertionError("There is still something to do.")


@pytest.fixture(autouse=True)
def _impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    """Trouble counts as lasting at once, so that tests do not wait for it to be."""
    monkeypatch.setattr(delivery, "TROUBLE_SECONDS", 0.3)


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A verified channel with PEOPLE friends, all of whom are stored."""
    return staged(line, connect, PEOPLE)


def staged(line: SandboxServer, connect: Connect, people: int, **settings: Any) -> Stage:
    channel = line.create_channel(kind="verified", population={"followers": people}, **settings)
    account = connect(channel)
    ids, cursor = list[str](), 0
    while len(ids) < people:
        path = f"/channels/{channel['channel_id']}/friends?limit=500&state=friend&cursor={cursor}"
        page = line.api("GET", path)
        ids += [one["user_id"] for one in page["friends"]]
        cursor = page["next"]
    store_friends(account, ids)
    return Stage(line, channel["channel_id"], account, sorted(ids))


def store_friends(account: Account, ids: list[str], **values: Any) -> None:
    rows = [
        {"account_id": account.id, "line_user_id": one, "origin": "import", "follow_status": FollowStatus.FOLLOWING}
        | {"display_name": f"Friend {number}"}
        | values
        for number, one in enumerate(ids)
    ]
    db.session.execute(insert(Friend), rows)
    db.session.commit()
