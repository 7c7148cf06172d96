"""What can be chosen in the settings of an account's chat."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from app.core.i18n import Text, _l
from app.messages.conversations.models import ConversationStatus


class AlertTo(StrEnum):
    """Who is told by e-mail that a friend waits for longer than promised; members who follow the conversation are."""

    NONE = "none"
    IN_CHARGE = "charge"
    ALL = "all"


class MarksRead(StrEnum):
    """When LINE is told that messages are read."""

    HAND = "hand"
    OPEN = "open"
    ANSWER = "answer"


STATUSES: Mapping[str, Text] = {
    ConversationStatus.TO_DO: _l("To Do"),
    ConversationStatus.NONE: _l("No status"),
    ConversationStatus.DONE: _l("Leave it as Done"),
}
ALERTS: Mapping[str, Text] = {
    AlertTo.NONE: _l("No one"),
    AlertTo.IN_CHARGE: _l("The assignee; without one, everyone who may answer"),
    AlertTo.ALL: _l("Everyone who may answer"),
}
MARKS_READ: Mapping[str, Text] = {
    MarksRead.HAND: _l("By hand"),
    MarksRead.OPEN: _l("When a member opens the conversation"),
    MarksRead.ANSWER: _l("When a member answers"),
}
# LINE shows its animation for 5 to 60 seconds, in fives; 0: not at all.
LOADING_SECONDS = tuple(range(0, 61, 5))
MOST_MINUTES, MOST_HOURS = 7 * 24 * 60, 30 * 24
