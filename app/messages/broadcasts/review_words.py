"""What the confirmation of a broadcast leads to, and what its times mean, in sentences."""

from __future__ import annotations

from app.core.i18n import Text, _, ngettext, time_zone
from app.messages.broadcasts.durations import in_words
from app.messages.broadcasts.queries.review import BroadcastReview, OwnPart
from app.messages.broadcasts.words import moment_words


def start_words(review: BroadcastReview) -> Text:
    """Return to how many people it is sent, and when; one that takes its time only begins then."""
    broadcast, people = review.broadcast, review.recipients
    takes_time = bool(broadcast.spread_minutes or broadcast.content_b)
    if broadcast.scheduled_at is None:
        if takes_time:
            return ngettext(
                "It begins immediately, for %(num)s person.", "It begins immediately, for %(num)s people.", people
            )
        return ngettext(
            "It is sent to %(num)s person immediately.", "It is sent to %(num)s people immediately.", people
        )
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


def delivery_words(review: BroadcastReview) -> Text:
    """Return whether it is sent one by one and why, how long that takes, and how long the other way would take."""
    durations = review.durations
    takes = {"push": in_words(durations.push), "multicast": in_words(durations.multicast)}
    match review.delivery.own_part:
        case OwnPart.VALUES:
            return _(
                "It is sent one by one, because the messages name values of the recipient: %(push)s. "
                "To 500 people at once it would take %(multicast)s.",
                **takes,
            )
        case OwnPart.ADDRESSES:
            return _(
                "It is sent one by one, because links are tracked per person: %(push)s. "
                "To 500 people at once, with links tracked per link, it would take %(multicast)s.",
                **takes,
            )
    return _("It is sent to 500 people at once: %(multicast)s. One by one it would take %(push)s.", **takes)


def winner_words(review: BroadcastReview) -> Text:
    """Return when the rest gets the winner of a test; empty where no one waits for it."""
    broadcast, winner_at = review.broadcast, review.timing.winner_at
    if winner_at is None:
        return ""
    moment = moment_words(winner_at, broadcast.time_zone or time_zone())
    if broadcast.scheduled_at is None:
        return _("If it is confirmed now, the winner is sent to the rest at about %(moment)s.", moment=moment)
    return _("The winner is sent to the rest at about %(moment)s.", moment=moment)


def quiet_warnings(review: BroadcastReview) -> list[Text]:
    """Return a warning for each part of the broadcast that falls into the account's quiet hours."""
    quiet, timing = review.quiet, review.timing
    if quiet is None:
        return []
    hours = {"start": f"{quiet.start}:00", "until": f"{quiet.until}:00", "zone": time_zone()}
    said: list[Text] = []
    if quiet.hold_at(timing.starts_at):
        said.append(_("It is sent within the quiet hours (%(start)s to %(until)s, %(zone)s).", **hours))
    if timing.winner_at is not None and quiet.hold_at(timing.winner_at):
        said.append(
            _("The winner is sent to the rest within the quiet hours (%(start)s to %(until)s, %(zone)s).", **hours)
        )
    if not quiet.hold_at(timing.rest_at) and quiet.begin_within(timing.rest_at, timing.ends_at):
        said.append(_("It is still being sent when the quiet hours begin (%(start)s to %(until)s, %(zone)s).", **hours))
    return said
