"""Requests that send messages: built here for the asynchronous and the synchronous calls alike."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from app.line.gateway.outcomes import RetryKey

MAX_RECIPIENTS = 500
MAX_MESSAGES = 5

Message = dict[str, Any]


@dataclass(frozen=True)
class Send:
    """One request: push, multicast or reply, with its body and, unless it is a reply, its retry key."""

    kind: str
    body: dict[str, Any]
    key: RetryKey | None
    # The body as it is sent, where it was made in one piece.
    raw: bytes | None = None

    @property
    def path(self) -> str:
        return f"/v2/bot/message/{self.kind}"

    @property
    def headers(self) -> dict[str, str]:
        key = {"X-Line-Retry-Key": str(self.key.value)} if self.key else {}
        return {"Content-Type": "application/json", **key}

    @property
    def data(self) -> bytes:
        return self.raw or json.dumps(self.body, ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")


def push(to: str, messages: Sequence[Message], key: RetryKey, *, quiet: bool = False, unit: str | None = None) -> Send:
    """Send to one person, group or room. `quiet` rings no phone; `unit` names the sending in LINE's statistics."""
    return Send("push", {"to": to, **_body(messages, quiet, unit)}, key)


def multicast(
    to: Sequence[str], messages: Sequence[Message], key: RetryKey, *, quiet: bool = False, unit: str | None = None
) -> Send:
    """Send to up to 500 people at once; one id that LINE does not know fails the whole request."""
    if not 1 <= len(to) <= MAX_RECIPIENTS:
        raise ValueError(f"multicast takes 1 to {MAX_RECIPIENTS} recipients, not {len(to)}")
    return Send("multicast", {"to": list(to), **_body(messages, quiet, unit)}, key)


def reply(reply_token: str, messages: Sequence[Message], *, quiet: bool = False) -> Send:
    """Answer an event within a minute, once and free of charge. LINE takes no retry key for it."""
    return Send("reply", {"replyToken": reply_token, **_body(messages, quiet, None)}, None)


def check(messages: Sequence[Message]) -> Send:
    """Have LINE look at messages without sending them; `push` stands for all ways of sending."""
    return Send("validate/push", {"messages": list(messages)}, None)


def _body(messages: Sequence[Message], quiet: bool, unit: str | None) -> dict[str, Any]:
    if not 1 <= len(messages) <= MAX_MESSAGES:
        raise ValueError(f"LINE takes 1 to {MAX_MESSAGES} messages, not {len(messages)}")
    body: dict[str, Any] = {"messages": list(messages), "notificationDisabled": quiet}
    return {**body, "customAggregationUnits": [unit]} if unit else body
