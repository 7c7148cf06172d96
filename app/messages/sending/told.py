"""What is said of sends: that LINE took them, or why it did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core import error_messages
from app.core.i18n import Text, _l, sentences
from app.messages.sending.models import MessageSend, SendState

STATES: Mapping[str, Text] = {
    SendState.SENT: _l("LINE took the test message."),
    SendState.WAITING: _l("LINE could not take it yet. It is tried again."),
    SendState.REFUSED: _l("Not sent."),
    SendState.UNKNOWN: _l("LINE did not say whether it took the message."),
}


def told_of_tests(sends: Sequence[MessageSend]) -> dict[int, Text]:
    """Return for each friend of test messages what became of theirs, and why."""
    return {one.friend_id: _outcome(one) for one in sends if one.friend_id is not None}


def _outcome(send: MessageSend) -> Text:
    reason = error_messages.sentence(send.reason, send.reason_values)
    if send.state == SendState.REFUSED:
        return reason or STATES[send.state]
    # What waits or is unknown may reach the friend yet; its reason alone would sound as if it were lost.
    return sentences([STATES[send.state], reason] if reason else [STATES[send.state]])
