"""Sentences for why a broadcast waits, was paused, or ended."""

from __future__ import annotations

from app.core import error_messages
from app.core.i18n import _l

LATE = "broadcasts.late"
TOO_LATE = "broadcasts.too_late"
RESTORED = "broadcasts.restored"
UNKNOWN = "broadcasts.unknown"
SEGMENT_GONE = "broadcasts.segment_gone"
SEGMENT_UNUSABLE = "broadcasts.segment_unusable"
CONTENT = "broadcasts.content"
NO_RECIPIENTS = "broadcasts.no_recipients"
ALL_CAPPED = "broadcasts.all_capped"
UNITS = "broadcasts.units"
STOPPED = "broadcasts.stopped"

error_messages.register(
    {
        LATE: _l(
            "Tomoru was not running when this broadcast was to be sent. Nothing has been sent. Decide whether it is"
            " sent now."
        ),
        TOO_LATE: _l(
            "Tomoru was not running when this broadcast was to be sent, and came back too late for it. Nothing has"
            " been sent."
        ),
        RESTORED: _l(
            "The database is older than what has been sent: a backup was restored. People may have received this"
            " broadcast already. Compare with LINE's statistics, then decide whether it goes on."
        ),
        UNKNOWN: _l(
            "LINE did not say whether it took the message for some people, and it is too late to ask again safely."
            " Decide what happens with them. People without an answer: %(people)s."
        ),
        SEGMENT_GONE: _l("The segment was deleted before the broadcast began. Nothing has been sent."),
        SEGMENT_UNUSABLE: _l(
            "Nothing is sent, since it cannot be told who is to be left out: the segment “%(name)s” cannot be used."
            " %(problem)s"
        ),
        CONTENT: _l("The messages cannot be sent as they are: %(problem)s"),
        NO_RECIPIENTS: _l("There was no friend to send to when the broadcast began."),
        ALL_CAPPED: _l(
            "The frequency cap left no one to send to: everyone had been reached often enough when the broadcast began."
        ),
        UNITS: _l(
            "The messages of this month do not suffice after everything that is scheduled. Needed: %(wanted)s. Left:"
            " %(left)s. Nothing has been sent. Raise the limit at LINE or cancel another broadcast, then resume it."
        ),
        STOPPED: _l("A member stopped it."),
    }
)
