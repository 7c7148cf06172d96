"""What is said of sends: that LINE took them, or why it did not."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from app.core import error_messages
from app.core.i18n import Text, _l
from app.messages.sending.models import MessageSend, SendState

STATES: Mapping[str, Text] = {
    SendState.SENT: _l("LINE took the test message."),
    SendState.WAITING: _l("LINE could not take it yet. It is tried again."),
    SendState.REFUSED: _l("Not sent."),
    SendState.UNKNOWN: _l("LINE did not say whether it took the message."),
}


def told_of_tests(sends: Sequence[MessageSend]) -> dict[int, Text]:
    """Return a sentence for each friend of test messages."""
    return {
        one.friend_id: error_messages.sentence(one.reason, one.reason_values) or STATES[one.state]
        for one in sends
        if one.friend_id is not None
    }
