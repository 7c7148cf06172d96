"""Broadcasts as lists show them: to whom, how many, when, what came of them, and who changed them last."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from app.core.i18n import Text, time_zone
from app.messages.broadcasts.models import Broadcast, KeptFigures, RecipientState
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.broadcasts.queries.listing import kept_figures
from app.messages.broadcasts.queries.rules import rules_of
from app.messages.broadcasts.reviewed import expected
from app.messages.broadcasts.words import AWAITS_SECOND, STATE_COLOURS, STATES, audience_words, moment_words
from app.segments.models import Segment
from app.segments.queries.segments import segments_by_id
from app.team.queries import names_of


@dataclass(frozen=True)
class BroadcastLine:
    """A broadcast with what a list says of it; None for numbers that are not known yet.

    `estimate` is what the freezing or the review found, for a draft the segment's own number. `figures` are as they
    were counted last. `awaits_second` is set on a draft that a second member has to confirm.
    """

    broadcast: Broadcast
    audience: str
    estimate: int | None
    sent: int | None
    changed_by: str | None
    figures: KeptFigures | None
    awaits_second: bool = False

    @property
    def units(self) -> int | None:
        """Return the messages that LINE took, as of the same moment as the other figures."""
        return self.figures.sent if self.figures is not None else self.sent

    @property
    def cost(self) -> int | None:
        """Return what these messages cost, in whole yen; None where that is not known."""
        return self.broadcast.cost_of(self.units) if self.units is not None else None

    @property
    def state_words(self) -> Text:
        """Return the state in words."""
        return AWAITS_SECOND if self.awaits_second else STATES[self.broadcast.state]

    @property
    def state_colour(self) -> str:
        """Return the colour of the state's badge."""
        return "yellow" if self.awaits_second else STATE_COLOURS[self.broadcast.state]

    @property
    def planned(self) -> datetime | None:
        """Return when it began or is to begin."""
        return self.broadcast.started_at or self.broadcast.scheduled_at

    @property
    def planned_words(self) -> str:
        """Return that moment on the clocks of the broadcast's own zone; a dash for none."""
        return moment_words(self.planned, self.broadcast.time_zone or time_zone()) if self.planned else "–"

    @property
    def other_zone(self) -> str:
        """Return the broadcast's zone where that is not the workspace's."""
        zone = self.broadcast.time_zone
        return zone if zone and zone != time_zone() else ""


def lines_of(account_id: int, broadcasts: Sequence[Broadcast]) -> list[BroadcastLine]:
    """Return a line for each of these broadcasts of an account, in the reader's language."""
    segments = named_segments(account_id, broadcasts)
    members = names_of([one.updated_by for one in broadcasts])
    figures = kept_figures([one.id for one in broadcasts if one.is_frozen])
    needs_second = rules_of(account_id).needs_second
    return [_line(one, segments, members, figures.get(one.id), needs_second) for one in broadcasts]


def named_segments(account_id: int, broadcasts: Iterable[Broadcast]) -> dict[int, Segment]:
    """Return the segments of these broadcasts' audiences by id, without those that are gone."""
    ids = {number for one in broadcasts for number in AudienceChoice.read(one.audience).segment_ids}
    return {one.id: one for one in segments_by_id(account_id, ids)} if ids else {}


def _line(
    one: Broadcast,
    segments: Mapping[int, Segment],
    members: Mapping[int, str],
    figures: KeptFigures | None,
    needs_second: bool,
) -> BroadcastLine:
    choice = AudienceChoice.read(one.audience)
    names = {segment_id: segment.name for segment_id, segment in segments.items()}
    only = segments.get(choice.segment_id or 0) if choice.without_id is None else None
    counted = one.frozen["reachable"] if one.frozen else expected(one.reviewed) if one.reviewed else None
    estimate = only.reachable if counted is None and only is not None else counted
    sent = one.counts.get(RecipientState.SENT.value, 0) if one.is_frozen else None
    changed_by = members.get(one.updated_by) if one.updated_by else None
    awaits_second = needs_second and one.is_draft and one.confirmed_at is not None
    return BroadcastLine(one, audience_words(choice, names), estimate, sent, changed_by, figures, awaits_second)
