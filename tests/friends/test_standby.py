"""What friends do while another channel holds the chat says so, on the timeline and to upper layers."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.events import announce
from app.friends import events
from app.friends.models import Activity
from app.line import event_parser
from app.line.models import Account, WebhookEvent
from tests.factories.friends import friend

ANA = "U" + "a" * 32
SAID: dict[str, tuple[dict[str, Any], type]] = {
    "follow": ({"follow": {"isUnblocked": False}}, events.FriendAdded),
    "unfollow": ({}, events.FriendBlocked),
    "message": ({"message": {"id": "1", "type": "text", "text": "Hello"}}, events.FriendMessageReceived),
    "postback": ({"postback": {"data": "buy"}}, events.FriendPostbackReceived),
    "videoPlayComplete": ({"videoPlayComplete": {"trackingId": "film"}}, events.FriendVideoWatched),
    "accountLink": ({"link": {"result": "ok", "nonce": "n"}}, events.FriendAccountLinked),
}


def say(place: Account, kind: str, mode: str, body: dict[str, Any]) -> None:
    payload = {"type": kind, "mode": mode, "source": {"type": "user", "userId": ANA}, "replyToken": "r", **body}
    stored = WebhookEvent(id=1, account_id=place.id, type=kind, occurred_at=now(), payload=payload)
    announce(event_parser.domain_event(stored))
    db.session.commit()


@pytest.mark.parametrize("mode", ["active", "standby"])
@pytest.mark.parametrize("kind", SAID)
def test_standby_reaches_the_timeline_and_upper_layers(place: Account, heard: list[Any], kind: str, mode: str) -> None:
    friend(place, line_user_id=ANA)
    body, announced = SAID[kind]
    say(place, kind, mode, body)

    (event,) = heard
    assert (type(event), event.is_standby) == (announced, mode == "standby")
    assert db.session.scalars(select(Activity)).one().data.get("is_standby", False) == (mode == "standby")


@pytest.mark.parametrize("mode", ["active", "standby"])
def test_a_message_taken_back_in_standby_says_so(place: Account, heard: list[Any], mode: str) -> None:
    say(place, "message", "active", SAID["message"][0])
    say(place, "unsend", mode, {"unsend": {"messageId": "1"}})

    assert isinstance(heard[-1], events.FriendMessageUnsent)
    assert heard[-1].is_standby == (mode == "standby")
