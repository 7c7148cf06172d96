"""What tests of sending share: a channel at the sandbox whose webhook leads here, and a friend who wrote."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.friends.models import Friend
from app.line.models import Account, Group
from app.line.operations import processing
from app.messages.content import message_set
from app.messages.content.message_set import MessageSet
from app.messages.conversations.models import ConversationMessage, Direction
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.models import MessageSend
from app.messages.sending.operations.sends import send
from app.messages.sending.recipients import Recipient
from app.team.actors import SYSTEM
from tests.line.conftest import Channel, Connect, channel, connect, public
from tests.support.sandbox import SandboxServer

__all__ = ["channel", "connect", "public"]
CHAT = Cause(CauseKind.CHAT, "7")


def texts(*words: str) -> MessageSet:
    """Return a set of texts."""
    return message_set.read({"messages": [{"kind": "text", "text": one} for one in words]})


class Killed(BaseException):
    """The worker ends here, as by SIGKILL: nothing after this is done."""


@dataclass
class Shop:
    """A channel, its account, and what happens between it and its friends."""

    line: SandboxServer
    id: str
    account: Account

    def person(self) -> str:
        made = self.line.api("POST", f"/channels/{self.id}/friends", {"display_name": "Hana"})
        user_id = str(made["user_id"])
        self.act(user_id, "add")
        return user_id

    def act(self, user_id: str, act: str, **fields: Any) -> dict[str, Any]:
        return dict(self.line.act(self.id, user_id, act, **fields))

    def say(self, user_id: str, text: str, **fields: Any) -> str:
        """Let a person write, have it processed, and return the id of the message."""
        message = {"type": "text", "text": text, **fields}
        said = self.act(user_id, "message", message=message)["events"][0]["message"]["id"]
        processing.process_due()
        return str(said)

    def friend(self, user_id: str) -> Friend:
        processing.process_due()
        return db.session.scalars(select(Friend).where(Friend.line_user_id == user_id)).one()

    def group(self, group_id: str) -> Group:
        return db.session.scalars(select(Group).where(Group.line_group_id == group_id)).one()

    def send(self, user_id: str, *words: str, cause: Cause = CHAT) -> MessageSend:
        recipient = Recipient.of_friend(self.friend(user_id))
        return send(self.account, recipient, texts(*words), cause=cause, actor=SYSTEM)

    def log(self) -> list[dict[str, Any]]:
        """Return what LINE accepted."""
        return list(self.line.api("GET", f"/channels/{self.id}/messages")["messages"])

    def fault(self, kind: str, path: str, times: int | None = 1, **fields: Any) -> None:
        wish = {
            "kind": kind,
            "channel_id": self.id,
            "method": "POST",
            "path": f"/v2/bot/message/{path}",
            "times": times,
        }
        self.line.api("POST", "/faults", {**wish, **fields})

    def logged_ids(self) -> list[str]:
        """Return the ids of all messages that LINE accepted, sorted."""
        return sorted(one for entry in self.log() for one in entry["message_ids"])


def outgoing() -> list[ConversationMessage]:
    """Return the rows of what went out, in order."""
    db.session.rollback()
    query = select(ConversationMessage).where(ConversationMessage.direction == Direction.OUT)
    return list(db.session.scalars(query.order_by(ConversationMessage.send_id, ConversationMessage.position)))


def incoming() -> list[ConversationMessage]:
    """Return the rows of what came in, in order."""
    db.session.rollback()
    query = select(ConversationMessage).where(ConversationMessage.direction == Direction.IN)
    return list(db.session.scalars(query.order_by(ConversationMessage.occurred_at, ConversationMessage.id)))


@pytest.fixture
def shop(line: SandboxServer, channel: Channel, connect: Connect, public: str) -> Shop:
    """A channel whose webhook leads here."""
    account = connect(channel)
    webhook = {"endpoint": f"{public}/webhooks/line/{account.webhook_key}"}
    line.api("PATCH", f"/channels/{channel['channel_id']}", {"webhook": webhook})
    return Shop(line, channel["channel_id"], account)


@pytest.fixture
def hana(shop: Shop) -> str:
    """A friend of whom no reply token is left."""
    user_id = shop.person()
    shop.friend(user_id)
    db.session.execute(db.text("DELETE FROM reply_tokens"))
    db.session.commit()
    return user_id
