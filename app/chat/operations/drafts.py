"""What a member writes in a conversation, kept while it is typed, with files and other messages, until it is sent."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy.dialects.postgresql import insert

from app.chat.models import OWNER, ChatMember, ConversationMark
from app.chat.queries.drafts import AUTO, BLANK, GONE, QUOTE, TEXT, TRACKS, draft_in, quoted_in, stored_draft
from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput, NotAllowed
from app.core.i18n import _l
from app.messages.auto.models import AutoMessage
from app.messages.composer import operations as composer
from app.messages.composer.editing import short_enough
from app.messages.composer.models import MessageDraft
from app.messages.content import message_set
from app.messages.conversations.models import Conversation
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

FULL = _l("LINE takes five messages at once. Send these first.")


@operation(Permission.CHAT)
def keep_words(conversation: Conversation, words: str, *, press: str = "", actor: Actor) -> None:
    """Keep what is typed; what was typed before the answer with this press went out is over."""
    mark = db.session.get(ConversationMark, (conversation.id, actor.member_id))
    if press and mark is not None and mark.sent_press == press:
        return
    if not words and stored_draft(conversation, actor) is None:
        return
    _keep_own(_open(conversation, actor), {TEXT: words}, actor)


@operation(Permission.CHAT)
def add_messages(conversation: Conversation, messages: Sequence[Mapping[str, Any]], *, actor: Actor) -> None:
    """Put messages behind those of the draft; raises Conflict where they do not fit."""
    draft = _open(conversation, actor)
    has_words = bool(draft.own[TEXT].strip())
    if len(draft.content["messages"]) + len(messages) + has_words > message_set.MOST_MESSAGES:
        raise Conflict(FULL)
    for one in messages:
        composer.insert_message(draft.account_id, draft.id, _seen(draft), one, actor=actor)


@operation(Permission.CHAT)
def add_auto_message(conversation: Conversation, kept: AutoMessage, *, actor: Actor) -> None:
    """Put a copy of an Auto Send Message into the draft, with its quick replies; raises Conflict for too many."""
    draft = _open(conversation, actor)
    was_empty = not draft.content["messages"]
    add_messages(conversation, kept.content["messages"], actor=actor)
    if kept.content["quick_replies"]:
        both = {**draft.content, "quick_replies": kept.content["quick_replies"]}
        composer.replace_content(draft.account_id, draft.id, both, actor=actor)
    _keep_own(draft, {AUTO: str(kept.id) if was_empty else ""}, actor)


@operation(Permission.CHAT)
def take_out(conversation: Conversation, number: int, *, actor: Actor) -> None:
    """Take the message at this place out of the draft; quick replies go with the last one."""
    draft = _open(conversation, actor)
    if not 0 <= number < len(draft.content["messages"]):
        return
    composer.change_draft(draft.account_id, draft.id, _seen(draft), f"remove:messages.{number}", actor=actor)
    if not draft.content["messages"]:
        empty = {**draft.content, "quick_replies": []}
        composer.replace_content(draft.account_id, draft.id, empty, actor=actor)
    _keep_own(draft, {AUTO: ""}, actor)


@operation(Permission.CHAT)
def quote(conversation: Conversation, message_id: int | None, *, actor: Actor) -> None:
    """Let the answer quote a message, or none; raises InvalidInput for one that LINE lets no one quote."""
    if message_id is not None and quoted_in(conversation, message_id) is None:
        raise InvalidInput(message=_l("This message cannot be quoted."))
    _keep_own(_open(conversation, actor), {QUOTE: str(message_id or "")}, actor)


@operation(Permission.CHAT)
def drop_lost_quote(conversation: Conversation, *, actor: Actor) -> None:
    """Let the draft quote nothing where the quoted message was taken back a moment ago."""
    quote_id = draft_in(conversation, actor).quote_id
    if quote_id is not None and quoted_in(conversation, quote_id) is None:
        _keep_own(_open(conversation, actor), {QUOTE: GONE}, actor)


@operation(Permission.CHAT)
def compose(conversation: Conversation, *, actor: Actor) -> MessageDraft:
    """Return the draft for the composer of messages, in which Rich Messages and cards are made."""
    return _open(conversation, actor)


@operation(Permission.CHAT)
def track_links(conversation: Conversation, *, is_tracked: bool, actor: Actor) -> None:
    """Have the links of the answer tracked, or not."""
    _keep_own(_open(conversation, actor), {TRACKS: "1" if is_tracked else ""}, actor)


@operation(Permission.CHAT)
def fill_draft(conversation: Conversation, content: Mapping[str, Any], own: Mapping[str, str], *, actor: Actor) -> None:
    """Put messages and fields in place of all that the draft holds."""
    draft = _open(conversation, actor)
    composer.replace_content(draft.account_id, draft.id, content, actor=actor)
    _keep_own(draft, own, actor)


@operation(Permission.CHAT)
def drop_draft(conversation: Conversation, *, press: str = "", actor: Actor) -> None:
    """Forget the draft, whose words were sent by this press; late words of it are not kept again."""
    stored = stored_draft(conversation, actor)
    if stored is not None:
        composer.close(conversation.account_id, stored.id, actor=actor)
    if press:
        row = {"conversation_id": conversation.id, "member_id": _member_id(actor), "sent_press": press}
        keys = ["conversation_id", "member_id"]
        statement = insert(ConversationMark).values(row)
        db.session.execute(statement.on_conflict_do_update(index_elements=keys, set_={"sent_press": press}))


@operation(Permission.CHAT)
def choose_key(account_id: int | None, *, enter_sends: bool, actor: Actor) -> None:
    """Choose with which key the member sends: Enter, or Ctrl and Enter."""
    member = db.session.get(ChatMember, _member_id(actor))
    if member is not None:
        member.enter_sends = enter_sends


def _open(conversation: Conversation, actor: Actor) -> MessageDraft:
    return composer.open_draft(conversation.account_id, OWNER, conversation.id, own=BLANK, actor=actor)


def _seen(draft: MessageDraft) -> dict[str, str]:
    return {"draft_version": str(draft.version)}


def _keep_own(draft: MessageDraft, own: Mapping[str, str], actor: Actor) -> None:
    """Keep these fields; a draft in which nothing is left goes."""
    kept = {**BLANK, **draft.own, **{name: short_enough(value) for name, value in own.items()}}
    if not any(kept.values()) and not draft.content["messages"]:
        composer.close(draft.account_id, draft.id, actor=actor)
    elif kept != draft.own:
        draft.own, draft.changed_at = kept, now()
    db.session.flush()


def _member_id(actor: Actor) -> int:
    if actor.member_id is None:
        raise NotAllowed
    return actor.member_id
