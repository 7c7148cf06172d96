"""A portal whose inbox is connected with the shop's account, and short ways to talk at both ends."""

from __future__ import annotations

import base64
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.integrations.hubspot.credentials import settings
from app.integrations.hubspot.gateway import scopes
from app.integrations.hubspot.inbox.answering import answer_due
from app.integrations.hubspot.inbox.connecting import find_inbox
from app.integrations.hubspot.inbox.looking import look_due
from app.integrations.hubspot.inbox.models import HubSpotAnswer, HubSpotInbox
from app.integrations.hubspot.inbox.publishing import publish_due
from app.integrations.hubspot.registering import register_app
from app.integrations.shared.models import Integration
from app.line.operations import processing
from app.messages.conversations.contents.fetching import fetch
from app.messages.conversations.contents.models import MessageContent
from app.messages.conversations.models import Conversation
from app.messages.sending.delivery import deliver_due
from tests.conftest import signed_in
from tests.factories import integrations
from tests.factories.team import member
from tests.messages.sending.conftest import Shop, channel, connect, hana, public, shop
from tests.sandbox.hubspot.portals import App, Portal
from tests.support.client import CheckingClient
from tests.support.waiting import wait_until

__all__ = ["channel", "connect", "hana", "public", "shop"]
GRANTED = [*scopes.REQUIRED, *scopes.OPTIONAL]


@dataclass
class Desk:
    """Both ends of the inbox sync."""

    portal: Portal
    integration: Integration
    shop: Shop
    browser: CheckingClient

    def visit(self) -> dict[str, str]:
        """Begin to connect in HubSpot's inbox settings; the query with which our page is opened."""
        (channel,) = self.portal.control("GET", "/inbox")["channels"]
        body = {"channel_id": channel["id"], "inbox_id": "2"}
        location = self.portal.control("POST", "/inbox/connections", body)["location"]
        return {name: values[0] for name, values in parse_qs(urlsplit(location).query).items()}

    def choose(self, query: dict[str, str], account_id: int | None = None) -> Any:
        """Choose the LINE account on our page."""
        data = {
            "account": str(account_id or self.shop.account.id),
            "account_token": query["accountToken"],
            "channel_id": query["channelId"],
            "redirect_url": query["redirectUrl"],
        }
        return self.browser.post("/integrations/hubspot/inbox/connect", data=data)

    def connect(self) -> HubSpotInbox:
        """Go through the whole flow."""
        answered = self.choose(self.visit())
        assert answered.status_code == 200, answered.text
        return self.look()

    def look(self) -> HubSpotInbox:
        """Let seconds pass and workers look until no inbox is due, also one that a webhook has held at first."""
        db.session.execute(db.text("UPDATE hubspot_inboxes SET due_at = now() WHERE due_at > now()"))
        db.session.commit()
        due = db.select(HubSpotInbox.id).where(HubSpotInbox.due_at <= now())
        wait_until(lambda: not look_due() and not db.session.scalars(due).all(), "the look at HubSpot")
        return self.inbox()

    def inbox(self) -> HubSpotInbox:
        db.session.rollback()
        found = find_inbox(self.integration.id, self.shop.account.id)
        assert found is not None
        return found

    def section(self) -> str:
        """The section Inbox sync of the screen Settings."""
        page = self.browser.get(f"/integrations/hubspot/{self.integration.id}/settings").text
        return page.partition('<section id="hubspot-inbox"')[2].partition("</section>")[0]

    def name_everyone(self) -> None:
        """Let the profiles of all friends be known, as they are after a second."""
        named = "UPDATE friends SET display_name = coalesce(display_name, 'Hana'), profile_due_at = NULL"
        db.session.execute(db.text(named))
        db.session.commit()

    def fetch(self) -> None:
        """Let workers fetch what friends have sent."""
        db.session.rollback()
        for content_id in db.session.scalars(db.select(MessageContent.id)).all():
            fetch(content_id)
        db.session.commit()

    def publish(self) -> int:
        """Let workers publish what waits."""
        db.session.rollback()
        self.name_everyone()
        return publish_due(self.integration.id)

    def threads(self) -> list[dict[str, Any]]:
        """The threads at HubSpot with their messages, the newest first."""
        found = self.portal.control("GET", "/inbox")["threads"]
        return [self.portal.control("GET", f"/inbox/threads/{one['id']}") for one in found]

    def texts(self) -> list[tuple[str, str]]:
        """Direction and words of the messages of the only thread."""
        (thread,) = self.threads()
        return [(one["direction"], one["text"]) for one in thread["messages"]]

    def write(self, text: str = "", thread: str | None = None, **fields: Any) -> str:
        """Let a person write in the only thread, and HubSpot tell us; the message's id."""
        path = f"/inbox/threads/{thread or self.threads()[0]['id']}/messages"
        made = self.portal.control("POST", path, {"text": text, **fields})
        wait_until(lambda: self.stored(str(made["id"])), "the webhook")
        return str(made["id"])

    def stored(self, remote_id: str) -> HubSpotAnswer | None:
        db.session.rollback()
        return db.session.scalars(db.select(HubSpotAnswer).where(HubSpotAnswer.remote_id == remote_id)).one_or_none()

    def work(self) -> None:
        """Let workers bring it to LINE, and tell HubSpot."""
        db.session.rollback()
        answer_due()
        deliver_due()
        db.session.commit()
        answer_due()
        db.session.commit()

    def status(self, message_id: str) -> tuple[str, str]:
        """What HubSpot shows of a message: its state, and why it failed."""
        for thread in self.threads():
            for one in thread["messages"]:
                if one["id"] == message_id:
                    status = one.get("status") or {"statusType": ""}
                    return status["statusType"], status.get("failureDetails", {}).get("errorMessage", "")
        raise AssertionError(message_id)

    def sent(self) -> list[dict[str, Any]]:
        """The messages that LINE took."""
        return [message for entry in self.shop.log() for message in entry["messages"]]

    def club(self, *members: str) -> str:
        """A LINE group that the account joins; its id."""
        made = self.shop.line.api("POST", f"/channels/{self.shop.id}/groups", {"name": "Club", "members": members})
        self.in_group(made["group_id"], "join")
        return str(made["group_id"])

    def in_group(self, group: str, act: str, **fields: Any) -> Any:
        """Let something happen in a group, and have it processed."""
        path = f"/channels/{self.shop.id}/groups/{group}/acts"
        done = self.shop.line.api("POST", path, {"act": act, "wait": 10, **fields})
        processing.process_due()
        return done

    def say_in(self, group: str, user_id: str, text: str) -> None:
        self.in_group(group, "message", user_id=user_id, message={"type": "text", "text": text})

    def conversation(self) -> Conversation:
        db.session.rollback()
        return db.session.scalars(db.select(Conversation)).one()


def attachment(content: bytes, name: str, content_type: str) -> dict[str, str]:
    return {"name": name, "content_type": content_type, "content": base64.b64encode(content).decode()}


@pytest.fixture
def begun(
    app: Flask, hubspot_app: App, portal: Portal, shop: Shop, public: str, monkeypatch: pytest.MonkeyPatch
) -> Desk:
    """A portal that is connected for contacts, with the channel registered; its inbox is not connected yet."""
    monkeypatch.setattr(settings, "public_url", public)
    assert settings.app is not None
    monkeypatch.setattr(settings, "app", replace(settings.app, developer_key=hubspot_app.developer_key))
    portal.connect(scope=" ".join(scopes.REQUIRED), optional_scope=" ".join(scopes.OPTIONAL))
    tokens = {"access_token": portal.token, "refresh_token": portal.refresh_token}
    integration = integrations.integration(shop.account, remote_id=portal.portal_id, scopes=GRANTED, **tokens)
    assert register_app()
    db.session.commit()
    who = member(name="Ivan", email="ivan@example.com", permissions=["integrations", "chat", "settings"])
    return Desk(portal, integration, shop, signed_in(app, who))


@pytest.fixture
def desk(begun: Desk) -> Desk:
    """The same, connected."""
    assert begun.connect().state == "connected"
    return begun
