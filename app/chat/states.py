"""What became of a message that went out, in the words of its bubble, and what a member can do about it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from app.chat.queries.downloads import downloads_of
from app.core import error_messages
from app.core.i18n import Text, _, _l, ngettext
from app.messages.conversations.models import ConversationMessage, MessageState
from app.messages.sending.by_hand import CANCELLED, REPEATED, may_cancel
from app.messages.sending.causes import CauseKind
from app.messages.sending.models import MessageSend, Via
from app.messages.tracking.queries import clicks_of

WORDS: Mapping[str, Text] = {
    MessageState.WAITING: _l("Sending …"),
    MessageState.SENT: _l("Sent"),
    MessageState.REFUSED: _l("Not sent"),
    MessageState.UNKNOWN: _l("Not known whether it was sent"),
}
COLOURS = {MessageState.REFUSED: "red", MessageState.UNKNOWN: "yellow"}
# What can be done with a message, by the name of its route.
AGAIN, SENT, CANCEL, REVOKE = "again", "sent", "cancel", "revoke"


@dataclass(frozen=True)
class Became:
    """The state in words, why, a hint what to do, and the acts that are offered."""

    words: str
    colour: str = "secondary"
    reason: str = ""
    hint: Text = ""
    acts: tuple[str, ...] = ()


NOTHING = Became("")


def became_of(message: ConversationMessage, send: MessageSend | None) -> Became:
    """Return what became of a message; cost and acts are those of its send, and stand at the last of its messages."""
    state = MessageState(message.state)
    if send is None or not _is_last(message, send):
        return Became(str(WORDS.get(state, "")), COLOURS.get(state, "secondary"))
    reason = error_messages.sentence(send.reason, send.reason_values)
    if state == MessageState.SENT:
        return _with_links(message, send, Became(_with_clicks(send, _sent(send)), reason=reason))
    if send.reason == CANCELLED:
        return Became(_("Cancelled"), reason=reason)
    acts, hint = _acts(message, send, state)
    return Became(str(WORDS.get(state, "")), COLOURS.get(state, "secondary"), reason, hint, acts)


def _with_links(message: ConversationMessage, send: MessageSend, became: Became) -> Became:
    """Offer to revoke the links of files that went out, or say that they are; only cards hold such links."""
    if message.cause_kind != CauseKind.CHAT or not any(one.get("type") == "flex" for one in send.messages):
        return became
    files = downloads_of([send.id]).get(send.id, [])
    if not files:
        return became
    if all(one.public_key is None for one in files):
        return replace(became, hint=_l("The link of the file was revoked."))
    return replace(became, acts=(REVOKE,))


def _is_last(message: ConversationMessage, send: MessageSend) -> bool:
    return message.position is None or message.position >= len(send.messages) - 1


def _sent(send: MessageSend) -> str:
    """Return what it took: nothing for a reply, one message of the month for each person of a push."""
    if send.via == Via.REPLY:
        return _("%(state)s, free of charge", state=WORDS[MessageState.SENT])
    if not send.units:
        return str(WORDS[MessageState.SENT])
    return ngettext("Sent, 1 message of this month's limit", "Sent, %(num)s messages of this month's limit", send.units)


def _with_clicks(send: MessageSend, words: str) -> str:
    """Add how often the links of an answer were opened, where that is counted."""
    if send.cause_kind != CauseKind.CHAT or send.tracked_send_id is None:
        return words
    clicks = clicks_of([send.tracked_send_id]).get(send.tracked_send_id)
    if clicks is None:
        return words
    opened = ngettext("link opened once", "links opened %(num)s times", clicks) if clicks else _("link not opened yet")
    return f"{words} · {opened}"


def _acts(message: ConversationMessage, send: MessageSend, state: MessageState) -> tuple[tuple[str, ...], Text]:
    if message.cause_kind != CauseKind.CHAT or send.reason in REPEATED:
        return (), ""
    if state == MessageState.UNKNOWN:
        return (SENT, AGAIN), _l("Check the phone, then send again or mark as sent.")
    if state == MessageState.REFUSED:
        return (AGAIN,), ""
    return ((CANCEL,), _l("It is tried again by itself.")) if may_cancel(send) and send.attempts else ((), "")
