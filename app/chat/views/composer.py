"""What the composer's templates receive."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime, time, timedelta
from typing import Any

from app.chat.costs import cost_of
from app.chat.later.queries import planned_of
from app.chat.lines import summary
from app.chat.queries.composer_state import ComposerState, composer_state
from app.chat.queries.conversations import settings_of
from app.chat.queries.drafts import AnswerDraft, draft_in, quoted_in
from app.chat.recipients import recipient_of
from app.chat.tray import tray_of
from app.core.db import db
from app.core.error_messages import sentence
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import Text, _l, sentences, time_zone, today, zone
from app.core.values.moments import written
from app.line.models import Account
from app.messages.composer.blanks import KIND_NAMES
from app.messages.composer.pickers import EMOJI_PICTURE, EMOJI_TEXT, STICKER_PICTURE, picker_sets
from app.messages.content.kinds.plain import LONGEST_TEXT
from app.messages.content.personal_values import known_values
from app.messages.conversations.models import Conversation, ConversationMessage
from app.messages.sending.recipients import Obstacles
from app.messages.sending.trial import new_press
from app.team.permissions import current_actor, me

# Why a field is closed into which nothing was written; what was refused has sentences of its own.
CLOSED: Mapping[str, Text] = {
    "messages.blocked": _l("The person has blocked the account. You can answer again when they unblock it."),
    "messages.stranger": _l(
        "The person has not added the account, and LINE delivers to them only within seven days after they wrote."
        " You can answer when they write again or add the account."
    ),
    "messages.left_group": _l("The account is no longer in this group, so nothing can be written here."),
    "messages.standby": _l("Another service is holding this chat at the moment. You can answer when it gives it back."),
}


def shown(
    conversation: Conversation,
    *,
    words: str | None = None,
    problem: str = "",
    newest: ConversationMessage | None = None,
    draft: AnswerDraft | None = None,
    state: ComposerState | None = None,
) -> dict[str, Any]:
    """Return the composer as the member left it; `words` are what was typed last, `problem` why it was not sent.

    `newest` is the answer of another member that came in between; `draft` is the member's, and `state` what an answer
    meets, where they are read already.
    """
    state = state or composer_state(conversation)
    draft = draft or draft_in(conversation, current_actor())
    quoted = quoted_in(conversation, draft.quote_id)
    return {
        "conversation": conversation,
        "draft": draft,
        "tray": tray_of(conversation.account_id, draft.messages),
        "quoted": summary(quoted) if quoted else "",
        "is_quote_gone": draft.is_quote_lost or (draft.quote_id is not None and quoted is None),
        "words": draft.text if words is None else words,
        "problem": problem,
        "newest": newest,
        "press": new_press(),
        "seen": state.newest_id,
        "enter_sends": settings_of(me().id).enter_sends,
        "longest": LONGEST_TEXT,
        **live(conversation, state),
    }


def whole(
    conversation: Conversation, draft: AnswerDraft | None = None, state: ComposerState | None = None
) -> dict[str, Any]:
    """Return what the composer and its dialogs receive; `draft` and `state` are as for `shown`."""
    return {**shown(conversation, draft=draft, state=state), **dialogs_shown()}


def cost_shown(conversation: Conversation, state: ComposerState | None = None) -> dict[str, Any]:
    """Return what an answer costs, and why none can be sent now."""
    free_for = (state or composer_state(conversation)).free_for
    account = db.session.get_one(Account, conversation.account_id)
    return {
        "conversation": conversation,
        "cost": cost_of(conversation, free_for),
        "obstacle": obstacle_of(conversation),
        # Then nothing is sent to anyone until a member connects it again.
        "is_connected": account.is_connected,
    }


def planned_shown(conversation: Conversation, state: ComposerState | None = None) -> dict[str, Any]:
    """Return the answers that go out later."""
    planned = planned_of(conversation) if state is None or state.has_planned else ()
    return {
        "conversation": conversation,
        "planned": planned,
        # A key of the list, by which an open page is sent it again only when it changed.
        "planned_state": ".".join(f"{one.id}-{one.send_at.timestamp():.0f}-{bool(one.problem):d}" for one in planned),
        "planned_words": {one.id: _in_words(one.content["messages"]) for one in planned},
        "planned_times": {one.id: written(one.send_at, time_zone()) for one in planned},
        "refused": "",
    }


def _in_words(messages: Sequence[Mapping[str, Any]]) -> str:
    """Return what the messages are, in a few words."""
    said = [str(one.get("text") or KIND_NAMES[one["kind"]][0]) for one in messages]
    return " ".join(" · ".join(said).split())[:160]


def live(conversation: Conversation, state: ComposerState | None = None) -> dict[str, Any]:
    """Return the parts beside the words that follow what happens."""
    state = state or composer_state(conversation)
    return {**cost_shown(conversation, state), **planned_shown(conversation, state)}


def dialogs_shown() -> dict[str, Any]:
    """Return what the composer's dialogs offer."""
    return {
        "composer_sets": picker_sets(),
        "composer_pictures": {"sticker": STICKER_PICTURE, "emoji": EMOJI_PICTURE, "emoji_text": EMOJI_TEXT},
        "zone_words": time_zone(),
        "later_default": written(_tomorrow(), time_zone()),
    }


def _tomorrow() -> datetime:
    """Return nine o'clock tomorrow, which Send later offers first."""
    return datetime.combine(today() + timedelta(days=1), time(9), zone())


def obstacle_of(conversation: Conversation) -> str:
    """Return in a sentence why nothing can be sent now; empty when it can."""
    if conversation.friend_id is None and conversation.group_id is None:
        return str(CLOSED["messages.left_group"])
    recipient = recipient_of(conversation)
    code = Obstacles([recipient]).refusal(recipient, is_reply=False)
    return str(CLOSED[code]) if code and code in CLOSED else sentence(code)


def sentence_of(refusal: InvalidInput | Conflict) -> str:
    """Return in words why something was refused."""
    if isinstance(refusal, Conflict):
        return str(refusal.message)
    return sentences(refusal.fields.values()) or sentence("unexpected")


def own_values(conversation: Conversation) -> Sequence[Mapping[str, Any]]:
    """Return what is known of the friend, to be put into the words as it is; nothing of groups."""
    if conversation.friend_id is None:
        return []
    known = known_values(conversation.account_id, conversation.friend_id)
    return [{"label": one.label, "text": text} for one, text in known]
