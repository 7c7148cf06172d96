"""What waits to be published, as HubSpot takes it: who wrote it when, its words, and what is attached."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import func, select

from app.chat.lines import KINDS, summary
from app.core.db import db
from app.core.i18n import _, in_language, workspace_language
from app.friends.models import Friend
from app.integrations.hubspot.credentials import settings
from app.integrations.hubspot.gateway.channels import ChannelMessage, Participant
from app.integrations.hubspot.inbox.models import HubSpotInbox, HubSpotOutgoing, HubSpotThread, OutboxState
from app.integrations.hubspot.inbox.pictures import SentPicture, picture_of
from app.integrations.hubspot.inbox.threads import thread_name
from app.integrations.shared.creating import order_records
from app.integrations.shared.models import Integration, RemoteLink
from app.line.models import Group
from app.line.texts import received, sent
from app.messages.broadcasts.models import Broadcast
from app.messages.conversations.models import Conversation, ConversationMessage, Direction, MessageState
from app.messages.sending.causes import TITLES, CauseKind
from app.messages.sending.models import MessageSend

Message = ConversationMessage
# What belongs to a message is waited for so long; then it goes with a note.
PATIENCE = timedelta(seconds=60)
# Messages of a thread that are published in one sitting.
SITTING = 20
LINE, UNSENT, SEND, BROADCAST = "line", "unsent", "send", "broadcast"


@dataclass(frozen=True)
class Ready:
    """A message to be published; with a picture, which is attached, or named in `note` where it cannot be."""

    message: ChannelMessage
    picture: SentPicture | None = None
    note: str = ""


@dataclass
class PlannedOutgoing:
    """One row of the outbox as messages, none where nothing is left of it. `is_late`: nothing is waited for."""

    outgoing_id: int
    ready: list[Ready] = field(default_factory=list)
    is_late: bool = False
    # The contact of the friend is being made, or the name is being asked for.
    waits_for_person: bool = False


@dataclass
class ThreadPlan:
    """What is to be published of one thread, in order; `has_more` behind it."""

    thread_id: int
    channel_id: str
    channel_account_id: str
    folder: str
    planned: list[PlannedOutgoing]
    has_more: bool = False


def plans_of(thread_ids: Collection[int]) -> list[ThreadPlan]:
    """Return what waits in these threads."""
    with in_language(workspace_language()):
        rows = db.session.execute(
            select(HubSpotThread, HubSpotInbox, Integration)
            .join(HubSpotInbox, HubSpotInbox.id == HubSpotThread.inbox_id)
            .join(Integration, Integration.id == HubSpotThread.integration_id)
            .where(HubSpotThread.id.in_(thread_ids))
            .execution_options(populate_existing=True)
        ).all()
        return [_Thread(*row).plan() for row in rows]


class _Thread:
    """One thread while its plan is made."""

    def __init__(self, thread: HubSpotThread, inbox: HubSpotInbox, integration: Integration) -> None:
        self.thread, self.inbox, self.integration = thread, inbox, integration
        mine = (Conversation.account_id == thread.account_id, Conversation.chat_id == thread.chat_id)
        self.conversation = db.session.scalars(select(Conversation).where(*mine)).one_or_none()
        friends = select(Friend).where(Friend.account_id == thread.account_id)
        self.friend = db.session.scalars(friends.where(Friend.line_user_id == thread.chat_id)).one_or_none()
        of_account = select(Group).where(Group.account_id == thread.account_id)
        self.group = db.session.scalars(of_account.where(Group.line_group_id == thread.chat_id)).one_or_none()

    def plan(self) -> ThreadPlan:
        """Return what waits, the oldest first."""
        waiting = HubSpotOutgoing.thread_id == self.thread.id, HubSpotOutgoing.state == OutboxState.WAITING
        late = (HubSpotOutgoing.created_at < func.statement_timestamp() - PATIENCE).label("is_late")
        query = select(HubSpotOutgoing, late).where(*waiting)
        rows = db.session.execute(
            query.order_by(HubSpotOutgoing.occurred_at, HubSpotOutgoing.id).limit(SITTING + 1)
        ).all()
        contact_id, is_being_made = self._contact() if rows else (None, False)
        planned = []
        for row, is_late in rows[:SITTING]:
            ready = [self._with_contact(one, contact_id) for one in self._ready(row)]
            waits = (is_being_made or self._is_being_named()) and not is_late
            planned.append(PlannedOutgoing(row.id, ready, is_late, waits))
        return ThreadPlan(
            self.thread.id,
            self.inbox.channel_id,
            str(self.inbox.channel_account_id or ""),
            f"/LINE/{self.thread.account_id}",
            planned,
            len(rows) > SITTING,
        )

    def _is_being_named(self) -> bool:
        """Return whether LINE is about to be asked what the friend is called."""
        return self.friend is not None and self.friend.display_name is None and self.friend.profile_due_at is not None

    def _contact(self) -> tuple[str | None, bool]:
        """Return the contact of the friend, and whether one is being made."""
        if self.friend is None:
            return None, False
        mine = RemoteLink.integration_id == self.integration.id, RemoteLink.friend_id == self.friend.id
        link = db.session.execute(select(RemoteLink.remote_id, RemoteLink.reason).where(*mine)).one_or_none()
        if link is not None and link.remote_id is not None:
            return link.remote_id, False
        if not self.integration.creates_records or not self.integration.watermarks:
            return None, False
        if link is None:
            order_records([self.friend.id], timedelta())
            db.session.flush()
            link = db.session.execute(select(RemoteLink.remote_id, RemoteLink.reason).where(*mine)).one_or_none()
        return None, link is not None and link.reason is None

    def _with_contact(self, one: Ready, contact_id: str | None) -> Ready:
        return replace(one, message=one.message._replace(contact_id=contact_id)) if contact_id else one

    def _ready(self, row: HubSpotOutgoing) -> list[Ready]:
        kind, _mark, reference = row.source.partition(":")
        if kind == LINE:
            mine = Message.account_id == self.thread.account_id, Message.line_message_id == reference
            found = db.session.scalars(select(Message).where(*mine)).one_or_none()
            return [self._incoming(found)] if found is not None and found.state != MessageState.UNSENT else []
        if kind == UNSENT:
            return [self._taken_back(row, reference)]
        if kind == SEND:
            return self._of_send(int(reference))
        return self._of_broadcast(row, int(reference))

    def _incoming(self, message: Message) -> Ready:
        sender = Participant(message.author_line_id or message.chat_id, self._name_of(message))
        text, attachments, picture = self._content(message)
        made = self._message("INCOMING", message.occurred_at, text, str(message.line_message_id), sender)
        words = _("A photo that could not be fetched from LINE:")
        note = f"{words} {self._link()}" if picture else ""
        return Ready(made._replace(attachments=attachments), picture, note)

    def _taken_back(self, row: HubSpotOutgoing, line_message_id: str) -> Ready:
        text = _("Took back a message on LINE. It stays here, since it cannot be removed from HubSpot.")
        sender = Participant(self.thread.chat_id, (self.friend.display_name if self.friend else None) or "")
        return Ready(self._message("INCOMING", row.occurred_at, text, f"unsent-{line_message_id}", sender))

    def _name_of(self, message: Message) -> str:
        if self.friend is not None:
            return self.friend.display_name or ""
        writers = select(Friend.display_name).where(Friend.account_id == self.thread.account_id)
        return db.session.scalar(writers.where(Friend.line_user_id == (message.author_line_id or ""))) or _(
            "Name not known"
        )

    def _content(self, message: Message) -> tuple[str, Sequence[Mapping[str, Any]], SentPicture | None]:
        """Return words, attachments and picture of a message that came in."""
        content = message.content
        if message.type == "text":
            return "".join(map(str, received(content))), (), None
        if message.type == "image":
            return "", (), picture_of(message)
        if message.type == "location" and {"latitude", "longitude"} <= content.keys():
            place = {"type": "LOCATION", "latitude": content["latitude"], "longitude": content["longitude"]}
            named = {"name": content.get("title"), "address": content.get("address")}
            place |= {name: value for name, value in named.items() if value}
            return str(content.get("title") or content.get("address") or KINDS["location"]), (place,), None
        return f"{self._words(message)} {self._link()}", (), None

    def _words(self, message: Message) -> str:
        kind = str(KINDS.get(message.type, summary(message)))
        name = str(message.content.get("fileName") or ", ".join(map(str, message.content.get("keywords") or ())))
        return f"{kind}: {name}" if name else kind

    def _of_send(self, send_id: int) -> list[Ready]:
        send = db.session.get(MessageSend, send_id)
        mine = select(Message).where(Message.send_id == send_id, Message.direction == Direction.OUT)
        messages = db.session.scalars(mine.order_by(Message.position)).all()
        return [self._outgoing(one, send) for one in messages] if send is not None else []

    def _outgoing(self, message: Message, send: MessageSend) -> Ready:
        words = "".join(map(str, sent(message.content))) if message.type in {"text", "textV2"} else ""
        text = words or f"{summary(message)} {self._link()}"
        title = str(TITLES.get(CauseKind(send.cause_kind), _("Automatic message")))
        label = str(send.actor.get("label") or "") if send.cause_kind == CauseKind.CHAT else title
        key = message.line_message_id or f"send-{send.id}-{message.position}"
        return Ready(self._ours(message.occurred_at, text, key, label or title))

    def _of_broadcast(self, row: HubSpotOutgoing, broadcast_id: int) -> list[Ready]:
        broadcast = db.session.get(Broadcast, broadcast_id)
        if broadcast is None:
            return []
        text = _("Broadcast: %(name)s", name=broadcast.name)
        return [Ready(self._ours(row.occurred_at, text, f"broadcast-{broadcast_id}-{self.thread.id}", _("Broadcast")))]

    def _ours(self, at: datetime, text: str, key: str, label: str) -> ChannelMessage:
        named = self._message("OUTGOING", at, text, key, Participant(self.inbox.identifier, label))
        name = (self.friend.display_name if self.friend else self.group.name if self.group else None) or ""
        return named._replace(recipient=Participant(self.thread.chat_id, name))

    def _message(self, direction: Any, at: datetime, text: str, key: str, sender: Participant) -> ChannelMessage:
        return ChannelMessage(
            str(self.inbox.channel_account_id or ""),
            direction,
            at,
            text,
            sender,
            Participant(self.inbox.identifier, self.inbox.name),
            thread_name(self.thread.account_id, self.thread.chat_id),
            key,
        )

    def _link(self) -> str:
        """Return the address of the conversation here, for what HubSpot cannot show."""
        return f"{settings.public_url}/chat/{self.conversation.id}" if self.conversation else settings.public_url
