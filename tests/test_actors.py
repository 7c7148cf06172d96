"""Dramatiq delivers a message at least once: every actor, given the same message twice, leaves the same rows."""

from __future__ import annotations

import importlib
import inspect
from datetime import datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
from sqlalchemy import select, update

from app.chat.later.models import PlannedAnswer
from app.chat.models import ChatMember
from app.core.clock import now
from app.core.db import db
from app.core.mail.operations import send_mail
from app.core.queue import broker
from app.core.runs import operations as runs
from app.core.runs.models import Run
from app.friends.list_models import KeptChange
from app.friends.models import Friend, FriendTag, Tag
from app.imports.friends.models import FriendImportRepeat
from app.imports.id_links.models import IdLinkFault, IdLinkUpload
from app.imports.id_links.queries import IMPORT
from app.integrations.hubspot.models import HubSpotExecution
from app.integrations.shared.models import FieldConflict, Integration, IntegrationEvent
from app.integrations.shared.step_models import RemoteChange
from app.line.events import MessageReceived
from app.line.models import Account, EventState, Group, GroupMember, WebhookEvent
from app.media.models import MediaBlob, MediaFile
from app.messages.broadcasts.models import Broadcast, BroadcastState, KeptFigures
from app.messages.composer.models import MessageDraft
from app.messages.conversations.contents.models import MessageContent
from app.messages.conversations.incoming import record_received
from app.messages.conversations.models import ChatSettings, Conversation, ConversationTimer
from app.messages.rich_menus.models import RichMenu
from app.messages.sending.causes import CauseKind
from app.messages.sending.models import MessageSend, ReplyToken
from app.messages.tracking.models import FetchState, LinkFetch, LinkVisitor, TrackedLink, TrackedSend, UnitStatistics
from app.segments.models import SegmentCount
from app.team.models import AuditEntry, ResetRequest
from app.workflows.definition.graph import Graph, Node
from app.workflows.hooks.models import WorkflowHook, WorkflowHookCall
from app.workflows.models import (
    Workflow,
    WorkflowFormerAccount,
    WorkflowRun,
    WorkflowSecret,
    WorkflowStatus,
    WorkflowTrigger,
    WorkflowVersion,
)
from app.workflows.qr_codes.models import QrCode, QrVisit
from tests.conventions.source import ROOT
from tests.conventions.test_jobs import JOBS
from tests.factories import friends, integrations, media, segments, team
from tests.factories.hubspot_inbox import add_inbox_rows
from tests.integrations.hubspot.conftest import hubspot, hubspot_app, portal
from tests.line.conftest import Channel, Connect, channel, connect
from tests.sandbox.hubspot.portals import Portal
from tests.support.mailbox import Mailbox
from tests.support.sandbox import SandboxServer

OLD = timedelta(days=4_000)
__all__ = ["channel", "connect", "hubspot", "hubspot_app", "portal"]
# These only look for what is due and wake its workers, or change something at another service alone.
WAKE_ONLY = {"core.due.sweep", "line.check_accounts", "line.refresh_accounts", "integrations.hubspot.register"}
# Shows the friend an animation, and stores nothing.
WAKE_ONLY |= {"chat.timing.show_loading"}


def names() -> list[str]:
    """Names of all actors of the program."""
    for path in JOBS:
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    return sorted(name for name in broker.get_declared_actors() if not name.startswith("test"))


@pytest.fixture
def world(line: SandboxServer, channel: Channel, connect: Connect, mailbox: Mailbox, portal: Portal) -> dict[str, int]:
    """Something due and something old for every actor; its arguments by the names of their parameters."""
    account = connect(channel)
    person = line.api("GET", f"/channels/{channel['channel_id']}/friends?limit=1")["friends"][0]["user_id"]
    friend = friends.friend(account, line_user_id=person, display_name=None, profile_due_at=now())
    mail, old_mail = (send_mail("dora@example.com", "Hello", "Text") for _ in range(2))
    segment = segments.segment(account, count_due_at=now())
    db.session.add(SegmentCount(segment_id=segment.id, day=(now() - OLD).date(), version=1, friends=2, reachable=1))
    file, unused = media.media_file(account.id), media.media_file(account.id)
    db.session.execute(update(MediaFile).where(MediaFile.id == file.id).values(orphaned_at=None))
    db.session.execute(update(MediaFile).where(MediaFile.id == unused.id).values(orphaned_at=now() - OLD))
    db.session.flush()
    old_mail.created_at, old_mail.state = now() - OLD, "sent"
    run, _ = runs.start("tag_deletion", deleted_tag(account, friend).id, account_id=account.id)
    db.session.add_all(
        [
            a_group(account),
            FriendImportRepeat(account_id=account.id, due_at=now()),
            ResetRequest(email="dora@example.com", language="en", due_at=now()),
            AuditEntry(actor_name="Dora", action="member.joined", at=now() - OLD),
            a_send(friend),
            RichMenu(account_id=account.id, name="Spring", content={}, mark="m1", ends_at=now(), period_due_at=now()),
            a_name(account),
            Broadcast(account_id=account.id, name="Spring", audience={"kind": "all"}, content={}, start_due_at=now()),
            old_draft(account),
            KeptChange(account_id=account.id, action="add", tags=[], settled_at=now() - OLD, expires_at=now() - OLD),
            ChatMember(member_id=team.member(email="reader@example.com").id),
            ReplyToken(account_id=account.id, chat_id=person, token="old", given_at=now() - OLD),
            IdLinkUpload(account_id=account.id, by="Dora", file_name="links.csv", heard_at=now() - OLD),
            old_run("tag_deletion"),
            MediaBlob(key="abandoned", storage="disk", size=1, remove_at=now() - OLD),
            event(account, person, "message", message={"type": "text", "id": "1", "text": "Hi"}),
            event(account, person, "message", state=EventState.PROCESSED, received_at=now() - OLD),
        ]
    )
    db.session.add_all([a_fetch(friend), figures_to_count(account)])
    link_id = db.session.scalars(select(TrackedLink.id)).one()
    shared = LinkFetch(link_id=link_id, fetched_at=now() - OLD, state=FetchState.IGNORED, due_at=None)
    tapped = LinkFetch(link_id=link_id, fetched_at=now(), state=FetchState.COUNTED, due_at=None)
    db.session.add_all([shared, tapped])
    db.session.flush()
    db.session.add(LinkVisitor(fetch_id=tapped.id, token="a.b.c", due_at=now()))
    db.session.add_all([*qr_visits(account), *workflow_rows(friend), old_hook_call(account)])
    content = a_content(account, friend)
    imported = old_run(IMPORT)
    db.session.add(imported)
    db.session.flush()
    db.session.add(IdLinkFault(run_id=imported.id, line=2, code="empty", value=""))
    db.session.commit()
    return {
        "account_id": account.id,
        "mail_id": mail.id,
        "segment_id": segment.id,
        "file_id": file.id,
        "content_id": content.id,
        "run_id": run.id,
        "conversation_id": idle_conversation(friend).id,
        "integration_id": connected_hubspot(account, friend, portal),
    }


def idle_conversation(friend: Friend) -> Conversation:
    """A conversation whose person has been silent for long, and is to be given back."""
    values = {"chat_id": friend.line_user_id, "kind": "friend", "friend_id": friend.id}
    owned = {"owner": "person", "owned_since": now() - OLD, "last_message_at": now() - OLD}
    conversation = Conversation(account_id=friend.account_id, **values, **owned)
    db.session.add_all([conversation, ChatSettings(account_id=friend.account_id, release_after=1, keep_months=12)])
    db.session.flush()
    db.session.add(ConversationTimer(conversation_id=conversation.id, kind="release", due_at=now()))
    # The member who planned it is gone.
    planned = {"content": {}, "author": "Carol", "send_at": now(), "due_at": now()}
    db.session.add(PlannedAnswer(account_id=friend.account_id, conversation_id=conversation.id, **planned))
    db.session.commit()
    return conversation


def changes_of(connected: Integration, friend: Friend) -> list[RemoteChange]:
    """A change that is due, and one that ended long ago."""
    about = {"integration_id": connected.id, "friend_id": friend.id, "change": "set", "value": "Barista"}
    return [
        RemoteChange(key="1:1", name="jobtitle", due_at=now(), **about),
        RemoteChange(key="1:0", name="jobtitle", ended_at=now() - OLD, **about),
    ]


def connected_hubspot(account: Account, friend: Friend, portal: Portal) -> int:
    """A portal with a sync, a contact to apply, a link to write, and runs of its action to be told and forgotten."""
    portal.connect()
    tokens = {"access_token": portal.token, "refresh_token": portal.refresh_token}
    watermarks = {"contact": now().isoformat()}
    connected = integrations.integration(
        account, remote_id=portal.portal_id, next_sync_at=now(), watermarks=watermarks, **tokens
    )
    contact = portal.contact(firstname="Hana")
    integrations.record(connected, contact, firstname="Hana").is_pending = True
    integrations.link(connected, friend, contact, due_at=now())
    mapping = integrations.mapping(connected, "lastname", "last_name")
    sides = {"mapping_id": mapping.id, "friend_id": friend.id, "remote_id": contact, "winner": "local"}
    of_action = {"integration_id": connected.id, "remote_id": contact, "inputs": {}, "result": "refused"}
    db.session.add_all(
        [
            FieldConflict(decided_at=now() - OLD, **sides),
            IntegrationEvent(integration_id=connected.id, key=f"contact:{contact}", payload={}, due_at=now()),
            IntegrationEvent(integration_id=connected.id, key="contact:7", payload={}, received_at=now() - OLD),
            *changes_of(connected, friend),
            HubSpotExecution(callback_id="new", state="settled", due_at=now(), **of_action),
            HubSpotExecution(callback_id="old", state="done", done_at=now() - OLD, **of_action),
        ]
    )
    add_inbox_rows(connected, account, now() - OLD)
    db.session.commit()
    return connected.id


def event(account: Account, user_id: str, type: str, state: str = EventState.PENDING, **more: Any) -> WebhookEvent:
    """A stored webhook event of this person."""
    columns = {name: more.pop(name) for name in ("received_at",) if name in more}
    moment, event_id = now(), f"E{state}"
    source = {"type": "user", "userId": user_id}
    payload = {"type": type, "timestamp": int(moment.timestamp() * 1000), "source": source, "mode": "active", **more}
    return WebhookEvent(
        account_id=account.id,
        event_id=event_id,
        type=type,
        source_id=user_id,
        state=state,
        occurred_at=moment,
        payload=payload,
        **columns,
    )


def a_send(friend: Friend) -> MessageSend:
    """A send that waits for a worker."""
    return MessageSend(
        account_id=friend.account_id,
        chat_id=friend.line_user_id,
        friend_id=friend.id,
        cause_kind=CauseKind.CHAT,
        cause_id="1",
        actor={},
        messages=[{"type": "text", "text": "Hello"}],
        retry_key=uuid4(),
        due_at=now(),
    )


def old_draft(account: Account) -> MessageDraft:
    """A draft that was left alone."""
    values = {"account_id": account.id, "member_id": team.member().id, "owner_kind": "auto_message"}
    return MessageDraft(**values, content={}, base={}, changed_at=now() - OLD)


def figures_to_count(account: Account) -> KeptFigures:
    """Figures of a broadcast that was sent long ago, to be counted a last time."""
    moments = {"started_at": now() - OLD, "finished_at": now() - OLD}
    broadcast = Broadcast(
        account_id=account.id, name="Autumn", audience={"kind": "all"}, content={}, state=BroadcastState.SENT, **moments
    )
    db.session.add(broadcast)
    db.session.flush()
    return KeptFigures(broadcast_id=broadcast.id, due_at=now())


def qr_visits(account: Account) -> list[QrVisit]:
    """A visit of which LINE is to be asked, and an old one."""
    code = QrCode(account_id=account.id, name="Counter", code="counter")
    db.session.add(code)
    db.session.flush()
    old = QrVisit(qr_code_id=code.id, token_digest="old", visited_at=now() - OLD)
    return [QrVisit(qr_code_id=code.id, token_digest="new", token="a.b.c", visited_at=now(), due_at=now()), old]


def workflow_rows(friend: Friend) -> list[Any]:
    """A run at its last step, one that ended long ago, a schedule whose time has come, and an unused secret."""
    workflow = Workflow(name="Welcome", status=WorkflowStatus.ACTIVE, latest_version=1, active_version=1)
    db.session.add(workflow)
    db.session.flush()
    daily = {"segments": "all", "every": "day", "time": "09:00"}
    nodes = Node("t", "schedule", daily, {"next": "s"}), Node("s", "stop")
    version = WorkflowVersion(workflow_id=workflow.id, number=1, graph=Graph((friend.account_id,), nodes).as_json())
    db.session.add(version)
    db.session.flush()
    of_workflow = {"workflow_id": workflow.id, "version_id": version.id, "account_id": friend.account_id}
    of_run = {**of_workflow, "friend_id": friend.id, "trigger_node": "t"}
    of_trigger = {**of_workflow, "node_id": "t", "kind": "schedule", "settings": daily}
    return [
        WorkflowRun(node_id="s", due_at=now(), event_key="e", **of_run),
        WorkflowRun(state="succeeded", event_key="old", ended_at=now() - OLD, **of_run),
        WorkflowTrigger(occurrence=now() - timedelta(minutes=1), due_at=now(), **of_trigger),
        WorkflowSecret(secret="whsec_old", created_at=now() - OLD),
        former_account(friend.account_id),
    ]


def former_account(account_id: int) -> WorkflowFormerAccount:
    """An account for which a workflow does nothing any more."""
    workflow = Workflow(name="Moved")
    db.session.add(workflow)
    db.session.flush()
    return WorkflowFormerAccount(workflow_id=workflow.id, account_id=account_id)


def old_hook_call(account: Account) -> WorkflowHookCall:
    """A call of a workflow's address, long ago."""
    workflow = Workflow(name="Orders")
    db.session.add(workflow)
    db.session.flush()
    hook = WorkflowHook(workflow_id=workflow.id, account_id=account.id, node_id="h", code="c", secret="s")
    db.session.add(hook)
    db.session.flush()
    values = {"status": 202, "reason": "accepted", "repeat_key": "k", "bytes": 2}
    return WorkflowHookCall(hook_id=hook.id, at=now() - OLD, **values)


def a_fetch(friend: Friend) -> LinkFetch:
    """A tap on a tracked link of which nothing is said yet."""
    send = TrackedSend(account_id=friend.account_id, cause_kind="chat", cause_id="1", accepted_at=now() - OLD)
    db.session.add(send)
    db.session.flush()
    link = TrackedLink(code="c1", send_id=send.id, place="messages[0].text", target="https://example.com/")
    db.session.add(link)
    db.session.flush()
    return LinkFetch(link_id=link.id, friend_id=friend.id, fetched_at=now(), client="c", due_at=now())


def a_name(account: Account) -> UnitStatistics:
    """A name under which messages were sent, and of which LINE is to be asked."""
    moments = {"first_sent_at": now(), "last_sent_at": now(), "due_at": now()}
    return UnitStatistics(account_id=account.id, month=now().strftime("%Y-%m"), name="spring", **moments)


def a_group(account: Account) -> Group:
    """A group whose name LINE has not been asked for."""
    values = {"is_joined": True, "membership_changed_at": now(), "summary_due_at": now()}
    return Group(account_id=account.id, line_group_id="C" + "1" * 32, kind="group", **values)


def a_content(account: Account, friend: Friend) -> MessageContent:
    """A picture to fetch, one that is older than it is kept, and a writer in a group who is not known by name."""
    group = db.session.scalars(select(Group)).one()
    writer = {"line_user_id": friend.line_user_id, "is_present": True, "changed_at": now()}
    db.session.add(GroupMember(group_id=group.id, profile_due_at=now(), **writer))
    record_received([MessageReceived(account.id, now(), 1, "U" + "7" * 32, {"type": "image", "id": "7"})])
    found = db.session.scalars(select(MessageContent)).one()
    old = MessageReceived(account.id, now(), 2, "U" + "7" * 32, {"type": "image", "id": "8"})
    record_received([old])
    values = {"state": "stored", "due_at": None, "occurred_at": now() - OLD}
    db.session.execute(update(MessageContent).where(MessageContent.id != found.id).values(values))
    return found


def old_run(kind: str) -> Run:
    """A run that ended long ago."""
    return Run(kind=kind, subject_id=1, state="completed", finished_at=now() - OLD, due_at=now() - OLD)


def deleted_tag(account: Account, friend: Friend) -> Tag:
    """A tag that is to be taken off the friend by a run."""
    tag = friends.tag(account)
    db.session.add(FriendTag(tag_id=tag.id, friend_id=friend.id))
    tag.deleted_at = now()
    db.session.commit()
    return tag


def rows() -> dict[str, list[str]]:
    """All rows by table, without the times that say when someone looked last."""
    db.session.rollback()
    return {
        table.name: sorted(map(timeless, db.session.execute(table.select()))) for table in db.metadata.sorted_tables
    }


def timeless(row: Any) -> str:
    return repr(["set" if isinstance(value, datetime) else value for value in row])


@pytest.mark.parametrize("name", names())
def test_the_same_message_twice_leaves_the_same_rows(name: str, world: dict[str, int]) -> None:
    actor = broker.get_actor(name)
    given = [world[parameter] for parameter in inspect.signature(actor.fn).parameters]
    before = rows()
    actor(*given)
    once = rows()
    actor(*given)
    assert rows() == once
    assert (once == before) == (name in WAKE_ONLY), "The first message has an effect, or this test proves nothing."
