"""Sending: push, multicast and reply. A retry key makes a repeated try harmless, so a lost answer is asked again.

409 with the id of an accepted request is success: an earlier try with this key was the one that counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from app.core import lenient_json
from app.core.errors import PermanentFailure
from app.line.gateway.client import LineClient
from app.line.gateway.rate_limit import wait_once
from app.line.gateway.transport import Answer
from app.line.gateway.types import Sent

# LINE allows 200 multicast requests a second and 2,000 of the others.
MULTICAST_RATE = 190.0
MAX_RECIPIENTS = 500

Message = dict[str, Any]


def push(
    account_id: int,
    to: str,
    messages: Sequence[Message],
    retry_key: UUID,
    *,
    quiet: bool = False,
    unit: str | None = None,
) -> Sent:
    """Send to one person, group or room. `quiet` rings no phone; `unit` names the sending in LINE's statistics.

    Store the key before the call and use it again after RetryLater, with the same recipient and messages.
    """
    body = {"to": to, **_body(messages, quiet, unit)}
    return _send(account_id, "push", body, retry_key)


def multicast(
    account_id: int,
    to: Sequence[str],
    messages: Sequence[Message],
    retry_key: UUID,
    *,
    quiet: bool = False,
    unit: str | None = None,
) -> Sent:
    """Send to up to 500 people at once; one id that LINE does not know fails the whole call and nobody gets it."""
    if not 1 <= len(to) <= MAX_RECIPIENTS:
        raise ValueError(f"multicast takes 1 to {MAX_RECIPIENTS} recipients, not {len(to)}")
    body = {"to": list(to), **_body(messages, quiet, unit)}
    return _send(account_id, "multicast", body, retry_key, MULTICAST_RATE)


def reply(account_id: int, reply_token: str, messages: Sequence[Message], *, quiet: bool = False) -> Sent:
    """Answer an event within a minute, once and free of charge. LINE takes no retry key here: never repeat it."""
    wait_once(account_id, "reply")
    body = {"replyToken": reply_token, **_body(messages, quiet, None)}
    return _read(LineClient(account_id).post("/v2/bot/message/reply", body, {}))


def _body(messages: Sequence[Message], quiet: bool, unit: str | None) -> dict[str, Any]:
    body: dict[str, Any] = {"messages": list(messages), "notificationDisabled": quiet}
    return {**body, "customAggregationUnits": [unit]} if unit else body


def _send(account_id: int, kind: str, body: dict[str, Any], retry_key: UUID, rate: float | None = None) -> Sent:
    wait_once(account_id, kind, **({"rate": rate} if rate else {}))
    headers = {"X-Line-Retry-Key": str(retry_key)}
    return _read(LineClient(account_id).post(f"/v2/bot/message/{kind}", body, headers, also=(409,)))


def _read(answer: Answer) -> Sent:
    messages = [item for item in lenient_json.items(answer.body, "sentMessages") if isinstance(item, dict)]
    if answer.status != 409:
        return Sent(answer.headers.get("x-line-request-id"), False, messages)
    accepted = answer.headers.get("x-line-accepted-request-id")
    if not accepted:
        raise PermanentFailure("line.refused", message=lenient_json.text(answer.body, "message") or "HTTP 409")
    return Sent(accepted, True, messages)
