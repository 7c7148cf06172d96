"""What the confirmation of a broadcast leads to, in a sentence."""

from __future__ import annotations

from app.core.i18n import Text, _, ngettext
from app.messages.broadcasts.queries.review import BroadcastReview
from app.messages.broadcasts.words import moment_words


def start_words(review: BroadcastReview) -> Text:
    """Return to how many people it is sent, and when; one that takes its time only begins then."""
    broadcast, people = review.broadcast, review.recipients
    takes_time = bool(broadcast.spread_minutes or broadcast.content_b)
    if broadcast.scheduled_at is None:
        if takes_time:
            return ngettext("It begins at once, for %(num)s person.", "It begins at once, for %(num)s people.", people)
        return ngettext("It is sent to %(num)s person at once.", "It is sent to %(num)s people at once.", people)
    when = moment_words(broadcast.scheduled_at, broadcast.time_zone)
    moment = _("%(time)s (%(zone)s)", time=when, zone=broadcast.time_zone or "UTC")
    if takes_time:
        return ngettext(
            "It begins at %(moment)s, for %(num)s person.",
            "It begins at %(moment)s, for %(num)s people.",
            people,
            moment=moment,
        )
    return ngettext(
        "It is sent to %(num)s person at %(moment)s.",
        "It is sent to %(num)s people at %(moment)s.",
        people,
        moment=moment,
    )
