"""Plan an answer, change its time, send it at once, and take it back."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from app.chat.later.models import PlannedAnswer, PlannedState
from app.chat.later.sending import OWNER, end_planned, store_planned
from app.chat.models import ConversationMark
from app.chat.operations import drafts
from app.chat.queries.drafts import draft_in, stored_draft
from app.chat.recipients import recipient_of, set_of
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotFound
from app.core.i18n import _l
from app.media.operations.references import set_references
from app.messages.content import message_set
from app.messages.content.message_set import files_of
from app.messages.conversations import owning
from app.messages.conversations.models import Conversation
from app.messages.sending.rendering import ready
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

LONGEST = timedelta(days=366)
PAST = _l("Choose a time in the future, within a year from now.")
OVER = _l("This answer was sent or taken back already.")


@operation(Permission.CHAT)
def plan_draft(conversation: Conversation, words: str, at: datetime, *, press: str = "", actor: Actor) -> PlannedAnswer:
    """Plan these words with what the member's draft holds beside them, and forget the draft.

    Raises InvalidInput for the time and where nothing is written, and Conflict for messages that cannot be sent.
    """
    _check_time(at)
    held = owning.hold(conversation.id)
    if press and (known := _planned_by(held, press, actor)):
        return known
    draft = draft_in(conversation, actor)
    content = set_of(words, draft.messages, draft.quick_replies, draft.utm)
    if not content.messages:
        raise InvalidInput(text=_l("Write something first."))
    ready(conversation.account_id, content, is_for_group=recipient_of(conversation).is_group)
    planned = PlannedAnswer(
        account_id=conversation.account_id,
        conversation_id=conversation.id,
        member_id=actor.member_id,
        author=actor.label,
        content=message_set.write(content),
        own=draft.own,
        send_at=at,
        due_at=at,
    )
    db.session.add(planned)
    db.session.flush()
    set_references(planned.account_id, OWNER, planned.id, files_of(content))
    drafts.drop_draft(conversation, press=press, actor=actor)
    _tell(conversation)
    return planned


@operation(Permission.CHAT)
def move(conversation: Conversation, planned_id: int, at: datetime, *, actor: Actor) -> None:
    """Give it another time; one that could not be sent is tried then. Raises InvalidInput, Conflict, NotFound."""
    _check_time(at)
    planned = _open(conversation, planned_id)
    planned.state, planned.problem, planned.send_at = PlannedState.PLANNED, None, at
    planned.due_at, planned.attempts, planned.leased_until = at, 0, None
    _tell(conversation)


@operation(Permission.CHAT)
def send_now(conversation: Conversation, planned_id: int, *, actor: Actor) -> None:
    """Send it at once, in the name of the member who presses."""
    planned = _open(conversation, planned_id)
    planned.member_id, planned.author = actor.member_id, actor.label
    store_planned(planned, actor)


@operation(Permission.CHAT)
def cancel(conversation: Conversation, planned_id: int, *, actor: Actor) -> None:
    """Take it back; raises Conflict for one that was sent."""
    planned = _open(conversation, planned_id)
    end_planned(planned, PlannedState.CANCELLED)
    _tell(conversation)


@operation(Permission.CHAT)
def edit(conversation: Conversation, planned_id: int, *, actor: Actor) -> None:
    """Take it back into the composer; raises Conflict where something else is begun there."""
    planned = _open(conversation, planned_id)
    if stored_draft(conversation, actor) is not None:
        raise Conflict(_l("Send or remove what you have begun to write first."))
    messages = list(planned.content["messages"])
    has_words = bool(messages) and messages[0]["kind"] == "text"
    words = messages.pop(0)["text"] if has_words else ""
    content = {**planned.content, "messages": messages}
    drafts.fill_draft(conversation, content, {**planned.own, "text": words}, actor=actor)
    end_planned(planned, PlannedState.CANCELLED)
    _tell(conversation)


def _planned_by(conversation: Conversation, press: str, actor: Actor) -> PlannedAnswer | None:
    """Return what the member's last press planned, where this is the same one again."""
    mark = db.session.get(ConversationMark, (conversation.id, actor.member_id), populate_existing=True)
    mine = PlannedAnswer.conversation_id == conversation.id, PlannedAnswer.member_id == actor.member_id
    newest = select(PlannedAnswer).where(*mine).order_by(PlannedAnswer.id.desc()).limit(1)
    return db.session.scalar(newest) if mark is not None and mark.sent_press == press else None


def _open(conversation: Conversation, planned_id: int) -> PlannedAnswer:
    """Lock one that was neither sent nor taken back; raises NotFound, Conflict."""
    mine = PlannedAnswer.id == planned_id, PlannedAnswer.conversation_id == conversation.id
    query = select(PlannedAnswer).where(*mine).with_for_update().execution_options(populate_existing=True)
    found: PlannedAnswer | None = db.session.scalar(query)
    if found is None:
        raise NotFound
    owning.hold(conversation.id)
    if found.state not in (PlannedState.PLANNED, PlannedState.FAILED):
        raise Conflict(OVER)
    return found


def _tell(conversation: Conversation) -> None:
    owning.touch(owning.hold(conversation.id))
    db.session.flush()


def _check_time(at: datetime) -> None:
    if not now() < at < now() + LONGEST:
        raise InvalidInput(at=PAST)
