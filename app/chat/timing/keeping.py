"""Do what is due for conversations, one after the other."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from app.chat.timing.alerts import alert
from app.chat.timing.closed import say_closed
from app.chat.timing.reading import tell_line
from app.chat.timing.release import release_idle
from app.core.due.claims import Claim
from app.core.due.process import process
from app.messages.conversations.models import TimerKind
from app.messages.conversations.timers import TIMERS

_DO: Mapping[str, Callable[[Claim, int], None]] = {
    TimerKind.ANSWER: alert,
    TimerKind.CLOSED: say_closed,
    TimerKind.RELEASE: release_idle,
    TimerKind.READ: tell_line,
}


def keep_time() -> int:
    """Do what is due; returns how many timers were looked at."""
    return process(TIMERS, _look, again=TIMERS.wake)


def _look(claim: Claim) -> None:
    (row,) = claim.rows
    _DO[row.kind](claim, row.conversation_id)
