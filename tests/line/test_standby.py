"""While another channel holds a chat, every event of it says that nothing may be sent because of it."""

from __future__ import annotations

from dataclasses import fields
from typing import Any

import pytest

from app.core.clock import now
from app.line import event_parser
from app.line.models import WebhookEvent

BODIES: dict[str, dict[str, Any]] = {
    "follow": {"follow": {"isUnblocked": False}},
    "unfollow": {},
    "message": {"message": {"id": "1", "type": "text", "text": "Hello"}},
    "messageEdited": {"message": {"id": "1", "type": "text", "text": "Hello again"}},
    "unsend": {"unsend": {"messageId": "1"}},
    "postback": {"postback": {"data": "buy"}},
    "videoPlayComplete": {"videoPlayComplete": {"trackingId": "film"}},
    "accountLink": {"link": {"result": "ok", "nonce": "n"}},
    "join": {},
    "leave": {},
    "memberJoined": {"joined": {"members": []}},
    "memberLeft": {"left": {"members": []}},
}


def test_every_kind_of_event_is_tried() -> None:
    assert set(BODIES) == set(event_parser.PARSERS)


@pytest.mark.parametrize("mode", ["active", "standby"])
@pytest.mark.parametrize("kind", BODIES)
def test_an_event_in_standby_says_so_and_has_no_reply_token(kind: str, mode: str) -> None:
    source = {"type": "group", "groupId": "C" + "1" * 32, "userId": "U" + "1" * 32}
    payload = {"type": kind, "mode": mode, "source": source, "replyToken": "token", **BODIES[kind]}
    said: Any = event_parser.domain_event(
        WebhookEvent(id=1, account_id=2, type=kind, occurred_at=now(), payload=payload)
    )
    assert said.is_standby == (mode == "standby")
    if "reply_token" in {field.name for field in fields(said)}:
        assert said.reply_token == (None if mode == "standby" else "token")
