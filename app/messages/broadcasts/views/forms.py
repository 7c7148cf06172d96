"""The form of a broadcast's draft, and what it makes of what was typed."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from wtforms import Field, IntegerField, SelectField, StringField
from wtforms.validators import InputRequired, Optional

from app.core import i18n
from app.core.errors import InvalidInput
from app.core.forms import ChosenField, choices, trimmed
from app.core.i18n import _, _l
from app.core.identifiers import form_row_number
from app.core.values.errors import WrongValue
from app.core.values.moments import TURNS, Doubled, read_moment, turn_of, written
from app.core.values.numbers import read_number
from app.messages.broadcasts.models import AudienceKind, Broadcast, LatePolicy, TrackingKind
from app.messages.broadcasts.operations.drafts import MOST_LATE_HOURS, MOST_WINNER_HOURS, WHOLE, BroadcastPlan
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.composer.forms import ComposedForm
from app.messages.content.message_set import MessageSet
from app.segments.queries.segments import all_segments
from app.team import time_zones

AUDIENCES = (
    (AudienceKind.ALL.value, _l("All friends")),
    (AudienceKind.SEGMENT.value, _l("A segment")),
    (AudienceKind.DIFFERENCE.value, _l("A segment without the friends of another one")),
)
TRACKINGS = ((TrackingKind.PERSON.value, _l("Per person")), (TrackingKind.LINK.value, _l("Per link")))
NOW, LATER = "now", "later"
WHENS = ((NOW, _l("As soon as it is confirmed")), (LATER, _l("At a time")))
LATE_POLICIES = (
    (LatePolicy.ASK.value, _l("Ask before sending")),
    (LatePolicy.SEND.value, _l("Send when Tomoru is back")),
    (LatePolicy.SKIP.value, _l("Send when Tomoru is back, unless it is too late")),
)
# Of a new A/B test.
USUAL_SHARE, USUAL_HOURS = 20, 4
USUAL_LATE_HOURS = 3
# Made for each page.
NOT_OWN = ("version", "csrf_token")
NUMBER = _l("Enter a whole number.")


# The fields that name segments, and for which recipients they are shown.
SEGMENTS = {"segment": (AudienceKind.SEGMENT, AudienceKind.DIFFERENCE), "without": (AudienceKind.DIFFERENCE,)}


class WholeNumberField(IntegerField):  # type: ignore[misc]
    """A whole number that can be written and stored, with a sentence of ours for anything else."""

    def process_formdata(self, valuelist: list[str]) -> None:
        """Read what was typed."""
        try:
            super().process_formdata([str(read_number(one)) for one in valuelist])
        except (ValueError, WrongValue):
            self.process_data(None)
            raise ValueError(str(NUMBER)) from None


class BroadcastForm(ComposedForm):
    """What is saved besides the messages; `version` is the one that was opened."""

    name = StringField(_l("Name"), render_kw={"required": True, "autocomplete": "off"})
    audience = ChosenField(_l("Recipients"), choices=choices(AUDIENCES), default=AudienceKind.ALL.value)
    segment = SelectField(_l("Segment"), coerce=form_row_number, default=0)
    without = SelectField(_l("Without the friends of"), coerce=form_row_number, default=0)
    tracking = ChosenField(_l("Link tracking"), choices=choices(TRACKINGS), default=TrackingKind.PERSON.value)
    starts = ChosenField(_l("When"), choices=choices(WHENS), default=NOW)
    scheduled_at = StringField(_l("Date and time"), filters=[trimmed])
    time_zone = StringField(_l("Time zone"), filters=[trimmed])
    turn = SelectField(_l("Which of the two times"), default="")
    late_policy = ChosenField(
        _l("If Tomoru is not running at that time"), choices=choices(LATE_POLICIES), default=LatePolicy.ASK.value
    )
    late_hours = WholeNumberField(_l("Hours"), [InputRequired(NUMBER)], default=USUAL_LATE_HOURS)
    spread_minutes = WholeNumberField(_l("Spread over minutes"), [Optional()], default=0)
    test_share = WholeNumberField(_l("Share of the people in the test, in percent"), default=USUAL_SHARE)
    winner_after_hours = WholeNumberField(_l("Hours until the winner is sent"), default=USUAL_HOURS)
    version = IntegerField(default=0)

    def offer(self, account_id: int) -> None:
        """Fill the selects."""
        names = [(0, _("Choose a segment")), *((one.id, one.name) for one in all_segments(account_id))]
        self.segment.choices = self.without.choices = choices(names)
        self.turn.choices = choices(TURNS)

    def validate(self, *args: Any, **kwargs: Any) -> bool:
        """Check what was typed, except in fields that other choices hide, where no complaint could be seen."""
        is_hours = not self.late_hours.process_errors and self.late_hours.data in range(1, MOST_LATE_HOURS + 1)
        if self.late_policy.data != LatePolicy.SKIP.value and not is_hours:
            _reset(self.late_hours)
        for field, kinds in SEGMENTS.items():
            if self.audience.data not in kinds and self[field].data not in [one.value for one in self[field].choices]:
                _reset(self[field])
        return bool(super().validate(*args, **kwargs))

    def choice(self) -> AudienceChoice:
        """Return the audience that was chosen."""
        kind = AudienceKind(self.audience.data)
        wanted = (self.segment.data or None) if kind is not AudienceKind.ALL else None
        return AudienceChoice(kind, wanted, (self.without.data or None) if kind is AudienceKind.DIFFERENCE else None)

    def plan(
        self, content: MessageSet, content_b: MessageSet | None = None, stored: Broadcast | None = None
    ) -> BroadcastPlan:
        """Return everything that was typed, with `content_b` for an A/B test; raises InvalidInput for no real time."""
        scheduled_at = self._moment(stored)
        return BroadcastPlan(
            name=self.name.data or "",
            audience=self.choice(),
            content=content,
            tracking=TrackingKind(self.tracking.data),
            scheduled_at=scheduled_at,
            time_zone=self._zone() if scheduled_at else None,
            late_policy=LatePolicy(self.late_policy.data),
            late_hours=self.late_hours.data,
            spread_minutes=self.spread_minutes.data or 0,
            content_b=content_b,
            test_share=_posted(self.test_share),
            winner_after_hours=_posted(self.winner_after_hours),
        )

    @property
    def has_share(self) -> bool:
        """Return whether the share of a test can be used."""
        return self.test_share.data is not None and 1 <= self.test_share.data <= WHOLE

    @property
    def has_hours(self) -> bool:
        """Return whether the hours until the winner is sent can be used."""
        hours = self.winner_after_hours.data
        return hours is not None and 1 <= hours <= MOST_WINNER_HOURS

    @property
    def has_rest(self) -> bool:
        """Return whether people are left for the winner of the test."""
        return bool(self.test_share.data != WHOLE)

    @property
    def own(self) -> dict[str, str]:
        """Return what its fields hold, as browsers send it, for the drafts of the messages to keep."""
        values = {field.name: field.data for field in self if field.name not in NOT_OWN}
        return {name: "" if value is None else str(value) for name, value in values.items()}

    def _moment(self, stored: Broadcast | None) -> datetime | None:
        """Return the moment; a stored one stays as it is, to the second, when its fields were left alone."""
        if self.starts.data == NOW:
            return None
        if stored is not None and stored.scheduled_at is not None and self._shows(stored):
            return stored.scheduled_at
        if not self.scheduled_at.data:
            raise InvalidInput(scheduled_at=_l("Enter a date and a time."))
        zone = self._zone()
        if time_zones.find(zone) is None:
            raise InvalidInput(time_zone=_l("Choose a time zone from the list."))
        try:
            return read_moment(self.scheduled_at.data, zone, self.turn.data or "")
        except WrongValue as wrong:
            raise InvalidInput({"turn" if isinstance(wrong, Doubled) else "scheduled_at": wrong.message}) from wrong

    def _zone(self) -> str:
        """Return the zone's own spelling where there is such a zone."""
        typed = self.time_zone.data or i18n.time_zone()
        return time_zones.find(typed) or typed

    def _shows(self, stored: Broadcast) -> bool:
        shown = (
            written(stored.scheduled_at, stored.time_zone),
            stored.time_zone,
            turn_of(stored.scheduled_at, stored.time_zone),
        )
        return shown == (self.scheduled_at.data or "", self.time_zone.data, self.turn.data or "")


def _reset(field: Field) -> None:
    """Take the default instead of what was posted."""
    field.process(None)
    field.raw_data = [str(field.data)]


def _posted(number: WholeNumberField) -> int | None:
    """Return what was typed; the default is what a new form shows, and stands for no number."""
    typed: int | None = number.data if number.raw_data else None
    return typed


def shown_values(stored: Broadcast) -> dict[str, Any]:
    """Return what the form shows of a stored draft."""
    choice = AudienceChoice.read(stored.audience)
    return {
        "name": stored.name,
        "audience": choice.kind.value,
        "segment": choice.segment_id or 0,
        "without": choice.without_id or 0,
        "tracking": stored.tracking,
        "starts": LATER if stored.scheduled_at else NOW,
        "scheduled_at": written(stored.scheduled_at, stored.time_zone),
        "time_zone": stored.time_zone or i18n.time_zone(),
        "turn": turn_of(stored.scheduled_at, stored.time_zone),
        "late_policy": stored.late_policy,
        "late_hours": stored.late_hours,
        "spread_minutes": stored.spread_minutes,
        "test_share": stored.test_share or USUAL_SHARE,
        "winner_after_hours": stored.winner_after_hours or USUAL_HOURS,
        "version": stored.version,
    }
