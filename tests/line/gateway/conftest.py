"""What the tests of sending share: an account at the sandbox, some of its friends, and what arrived there."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, TypeVar
from uuid import uuid4

import pytest

from app.core.clock import now
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.outcomes import RetryKey
from app.line.models import Account
from tests.support.sandbox import SandboxServer

T = TypeVar("T")
HELLO = [{"type": "text", "text": "こんにちは 🍵"}]
PUSH = "/v2/bot/message/push"
MULTICAST = "/v2/bot/message/multicast"
REPLY = "/v2/bot/message/reply"


def new_key() -> RetryKey:
    """A key that is used for the first time now."""
    return RetryKey(uuid4(), now())


@dataclass
class Sender:
    """An account that is connected to a sandbox channel, and what LINE's side knows of it."""

    line: SandboxServer
    channel: dict[str, Any]
    account: Account
    people: list[str]

    def fault(self, kind: str, path: str | None = None, **settings: Any) -> None:
        """Trouble at LINE."""
        self.line.api("POST", "/faults", {"kind": kind, "path": path, **settings})

    def delivered(self) -> list[str]:
        """Everyone who got a message, once for each time."""
        log = self.line.api("GET", f"/channels/{self.channel['channel_id']}/messages")["messages"]
        return [person["id"] for entry in log for person in entry["to"] if person["delivered"]]

    def requests(self, path: str) -> int:
        """How many requests of the channel reached this endpoint."""
        counters = self.line.api("GET", "/counters")["counters"]
        return sum(row["total"] for row in counters if row["path"] == path)

    def reply_token(self) -> str:
        """The token of a message that the first friend writes now."""
        hello = {"type": "text", "text": "hi"}
        said = self.line.act(self.channel["channel_id"], self.people[0], "message", message=hello, wait=0)
        token: str = said["events"][0]["replyToken"]
        return token

    def run(self, work: Callable[[AsyncLineClient], Awaitable[T]], **options: Any) -> T:
        """Do the work with an asynchronous client of the account."""

        async def inside() -> T:
            async with AsyncLineClient(self.account.id, **options) as hot:
                return await work(hot)

        return asyncio.run(inside())


@pytest.fixture
def sender(line: SandboxServer, channel: dict[str, Any], connect: Callable[..., Account]) -> Sender:
    """A connected account with thirty friends."""
    path = f"/channels/{channel['channel_id']}/friends?limit=30&state=friend"
    people = [person["user_id"] for person in line.api("GET", path)["friends"]]
    return Sender(line, channel, connect(channel), people)
