"""Rows of HubSpot's inbox that wait for each of its jobs."""

from __future__ import annotations

from datetime import datetime

from app.core.clock import now
from app.core.db import db
from app.integrations.hubspot.inbox import models as inbox
from app.integrations.hubspot.inbox.words import LINE_LOST
from app.integrations.shared.models import Integration
from app.line.models import Account, Group
from tests.factories import line as line_factory


def add_inbox_rows(connected: Integration, account: Account, long_ago: datetime) -> None:
    """Channels to look at, of which one is back, a thread to publish, and answers to be told and forgotten."""
    ids = {"integration_id": connected.id, "account_id": account.id}
    sync = inbox.HubSpotInbox(**ids, identifier="line-1", state="connected", channel_id="7", due_at=now())
    db.session.add(sync)
    db.session.flush()
    thread = inbox.HubSpotThread(**ids, inbox_id=sync.id, chat_id="U" + "1" * 32, due_at=now())
    db.session.add(thread)
    db.session.flush()
    back = {"integration_id": connected.id, "account_id": line_factory.account().id, "problem": LINE_LOST}
    db.session.add(inbox.HubSpotInbox(**back, identifier="line-2", state="connected", channel_id="7"))
    told = {"integration_id": connected.id, "channel_id": "7", "channel_account_id": "8", "thread_name": "1:U"}
    written = {**told, "message": {}, "written_at": now()}
    moment = {"is_joined": True, "membership_changed_at": now()}
    groups = [Group(account_id=account.id, line_group_id=f"C{one * 32}", kind="group", **moment) for one in "23"]
    db.session.add_all(groups)
    db.session.flush()
    db.session.add_all(
        [
            inbox.HubSpotGroups(integration_id=connected.id, is_on=True),
            inbox.GroupCompany(integration_id=connected.id, group_id=groups[0].id, due_at=now()),
            inbox.HubSpotOutgoing(thread_id=thread.id, source="line:1", occurred_at=now()),
            inbox.HubSpotOutgoing(
                thread_id=thread.id, source="line:0", occurred_at=now(), state="left", ended_at=long_ago
            ),
            inbox.HubSpotAnswer(remote_id="1", state="settled", due_at=now(), **written),
            inbox.HubSpotAnswer(remote_id="0", state="done", done_at=long_ago, **written),
        ]
    )
