"""What happens to friends, as workflows see it: it may start runs, and runs may wait for it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple
from uuid import uuid4

from app.workflows.definition.state import NOTHING

# An answer that a question has taken; told by the action, listened to by a trigger.
QUESTION_ANSWERED = "question_answered"
# A call of another program; told by the address, listened to by a trigger.
WEBHOOK_RECEIVED = "webhook_received"
# A scan of a code; told by the code, listened to by a trigger.
QR_CODE_SCANNED = "qr_code"


def key_of_event(webhook_event_id: int | None) -> str:
    """Return the key of what happens because of one event of LINE, whatever kinds it counts as."""
    return f"event:{webhook_event_id or uuid4()}"


class Happening(NamedTuple):
    """One event of one friend. `kind` is that of the triggers which listen to it, `data` is what triggers look at and
    what a run may use. `key` is the same when the event is told twice, or once for each of several kinds: a workflow
    starts once for it.

    `word` is what a waiting run names, such as "answer" or "tag_added:12"; None where no run can wait for it.
    `may_send` is False for what is told while another channel holds the chat.
    """

    account_id: int
    friend_id: int
    kind: str
    key: str
    data: Mapping[str, Any] = NOTHING
    word: str | None = None
    may_send: bool = True
