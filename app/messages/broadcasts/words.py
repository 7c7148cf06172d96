"""What states and audiences of broadcasts are called on pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from zoneinfo import ZoneInfo

from babel.dates import format_skeleton, format_time

from app.core.i18n import Text, _, _l, language
from app.core.i18n import zone as workspace_zone
from app.messages.broadcasts.models import AudienceKind, BroadcastState, LatePolicy, TrackingKind, Way
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.broadcasts.quota import JAPAN

STATES: Mapping[str, Text] = {
    BroadcastState.DRAFT: _l("Draft"),
    BroadcastState.SCHEDULED: _l("Scheduled"),
    BroadcastState.SENDING: _l("Sending"),
    BroadcastState.PAUSED: _l("Paused"),
    BroadcastState.DECISION: _l("Needs a decision"),
    BroadcastState.SENT: _l("Sent"),
    BroadcastState.FAILED: _l("Failed"),
    BroadcastState.STOPPED: _l("Stopped"),
}
# Of a draft that one member has confirmed and another one has to.
AWAITS_SECOND = _l("Waiting for second confirmation")
# As `components/badge.html` takes them.
STATE_COLOURS: Mapping[str, str] = {
    BroadcastState.DRAFT: "secondary",
    BroadcastState.SCHEDULED: "blue",
    BroadcastState.SENDING: "blue",
    BroadcastState.PAUSED: "yellow",
    BroadcastState.DECISION: "orange",
    BroadcastState.SENT: "green",
    BroadcastState.FAILED: "red",
    BroadcastState.STOPPED: "secondary",
}
TRACKING: Mapping[str, Text] = {
    TrackingKind.PERSON: _l("Per person"),
    TrackingKind.LINK: _l("Per link"),
}
WAYS: Mapping[str, Text] = {
    Way.MULTICAST: _l("To 500 people at once"),
    Way.PUSH: _l("One by one"),
}
LATE_POLICIES: Mapping[str, Text] = {
    LatePolicy.SEND: _l("Send when Tomoru is back"),
    LatePolicy.SKIP: _l("Send when Tomoru is back, unless it is too late"),
    LatePolicy.ASK: _l("Ask before sending"),
}


def audience_words(choice: AudienceChoice, names: Mapping[int, str]) -> str:
    """Return the audience in words; `names` are those of segments by id, without the ones that are gone."""
    if choice.kind is AudienceKind.ALL:
        return _("All friends")
    gone = _("(deleted segment)")
    wanted = names.get(choice.segment_id or 0, gone)
    if choice.kind is AudienceKind.SEGMENT:
        return wanted
    return _("%(segment)s without %(other)s", segment=wanted, other=names.get(choice.without_id or 0, gone))


def moment_words(moment: datetime, zone: str | None) -> str:
    """Return day of the week, date and time on the clocks of a zone, in the reader's language."""
    local = moment.astimezone(ZoneInfo(zone or "UTC"))
    day = format_skeleton("yMMMEd", local, locale=language())
    return f"{day} {format_time(local, 'short', tzinfo=local.tzinfo, locale=language())}"


def month_words(moment: datetime) -> str:
    """Return the month whose message units are spent at a moment, by name."""
    return format_skeleton("yMMMM", moment.astimezone(JAPAN).date(), locale=language())


def clock_words(moment: datetime) -> str:
    """Return the time of the day in the workspace's zone."""
    return format_time(moment, "short", tzinfo=workspace_zone(), locale=language())
