"""What programs send of a broadcast: read strictly, and refused with the place of each fault."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping
from datetime import datetime
from typing import Annotated, Any, TypeVar

from flask import request
from pydantic import BaseModel, ConfigDict, Field, ValidationError
from werkzeug.exceptions import UnsupportedMediaType

from app.core import i18n, secrets
from app.core.errors import InvalidInput
from app.core.i18n import Text, _l
from app.core.lenient_json import storable
from app.core.values.errors import WrongValue
from app.core.values.moments import FIRST_YEAR, LAST_YEAR, WRONG_YEAR, Doubled, read_moment
from app.messages.broadcasts.models import AudienceKind, LatePolicy, TrackingKind
from app.messages.broadcasts.operations.confirming import Start
from app.messages.broadcasts.operations.drafts import BroadcastPlan
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.content.message_set import MessageSet, UnreadableSet, read, write
from app.messages.content.proof import built_for
from app.team import time_zones

NOW = "now"
NO_MOMENT = _l("Write it as 2026-12-24T18:00:00+09:00, or without the offset and with a time_zone.")
TWICE = _l("Clocks are set back then, so this time comes twice. Write it with its offset.")
NO_SUCH_FIELD = _l("There is no such field.")
NO_TEXT = _l("This text holds a character that no text can hold, such as U+0000.")
NO_NUMBER = _l("This number is too large.")
SURPLUS = {
    AudienceKind.ALL: _l("A broadcast to all friends names no segment. Leave it out, or choose another kind."),
    AudienceKind.SEGMENT: _l("A broadcast to one segment leaves no other out. Leave it out, or choose another kind."),
}
NEEDS_B = _l("This is part of an A/B test, which needs content_b.")
Body = TypeVar("Body", bound="ApiBody")
TOO_LARGE = 2**63
RowId = Annotated[int, Field(ge=1, lt=TOO_LARGE)]


class ApiBody(BaseModel):
    """A JSON object of which every field is known."""

    model_config = ConfigDict(extra="forbid", strict=True)


class AudienceBody(ApiBody):
    """Who it is for."""

    kind: AudienceKind = AudienceKind.ALL
    segment_id: RowId | None = None
    without_id: RowId | None = None

    @property
    def choice(self) -> AudienceChoice:
        """Return the audience; raises InvalidInput for a segment that its kind has no use for."""
        unused = {AudienceKind.ALL: ("segment_id", "without_id"), AudienceKind.SEGMENT: ("without_id",)}
        surplus = [name for name in unused.get(self.kind, ()) if getattr(self, name) is not None]
        if surplus:
            raise InvalidInput({f"audience.{name}": SURPLUS[self.kind] for name in surplus})
        return AudienceChoice(self.kind, self.segment_id, self.without_id)


class BroadcastBody(ApiBody):
    """A draft; names and defaults are those of the console's form."""

    name: str
    reference: Annotated[str, Field(min_length=1, max_length=191)] | None = None
    audience: AudienceBody = AudienceBody()
    content: dict[str, Any]
    tracking: TrackingKind = TrackingKind.PERSON
    scheduled_at: str | None = None
    time_zone: str | None = None
    late_policy: LatePolicy = LatePolicy.ASK
    late_hours: int = 3
    spread_minutes: int = 0
    content_b: dict[str, Any] | None = None
    test_share: int | None = None
    winner_after_hours: int | None = None

    @property
    def digest(self) -> str:
        """What tells this request from others with the same reference."""
        return secrets.digest(json.dumps(self.model_dump(mode="json"), sort_keys=True))

    def plan(self, account_id: int) -> BroadcastPlan:
        """Return it as operations take it; raises InvalidInput for messages that cannot be sent as they are."""
        start = _start(self.scheduled_at, self.time_zone)
        if self.content_b is None:
            unused = [name for name in ("test_share", "winner_after_hours") if getattr(self, name) is not None]
            if unused:
                raise InvalidInput(dict.fromkeys(unused, NEEDS_B))
        return BroadcastPlan(
            name=self.name,
            audience=self.audience.choice,
            content=_messages(account_id, "content", self.content),
            tracking=self.tracking,
            scheduled_at=start.at,
            time_zone=start.time_zone,
            late_policy=self.late_policy,
            late_hours=self.late_hours,
            spread_minutes=self.spread_minutes,
            content_b=None if self.content_b is None else _messages(account_id, "content_b", self.content_b),
            test_share=self.test_share,
            winner_after_hours=self.winner_after_hours,
        )


class ScheduleBody(ApiBody):
    """When it is sent: "now" or a moment, and the version that the program has seen.

    A cancel raises the version, so a request that is repeated after it does not undo it.
    """

    scheduled_at: str
    time_zone: str | None = None
    version: int

    @property
    def start(self) -> Start:
        """Return when it starts; raises InvalidInput."""
        return _start(None if self.scheduled_at == NOW else self.scheduled_at, self.time_zone)


def posted(kind: type[Body]) -> Body:
    """Read the request's body; raises InvalidInput with a sentence for each place."""
    if not request.is_json:
        raise UnsupportedMediaType
    try:
        body = kind.model_validate_json(request.get_data(cache=False))
    except ValidationError as error:
        raise InvalidInput({_place(one["loc"]): _words(one) for one in error.errors()}) from error
    if wrong := dict(_impossible(body.model_dump(exclude_unset=True))):
        raise InvalidInput(wrong)
    return body


def _impossible(value: Any, *steps: int | str) -> Iterator[tuple[str, Text]]:
    """Yield the places of what the database cannot hold."""
    if isinstance(value, Mapping):
        for name, one in value.items():
            yield from [] if storable(name) == name else [(_place((*steps, storable(name))), NO_SUCH_FIELD)]
            yield from _impossible(one, *steps, storable(name))
    elif isinstance(value, list):
        for number, one in enumerate(value):
            yield from _impossible(one, *steps, number)
    elif isinstance(value, str) and storable(value) != value:
        yield _place(steps), NO_TEXT
    elif isinstance(value, int | float) and not (math.isfinite(value) and abs(value) < TOO_LARGE):
        yield _place(steps), NO_NUMBER


def _place(steps: tuple[int | str, ...]) -> str:
    return ".".join(map(str, steps))


def _words(error: Mapping[str, Any]) -> Text:
    return NO_SUCH_FIELD if error["type"] == "extra_forbidden" else f"{error['msg']}."


def _start(typed: str | None, zone: str | None) -> Start:
    """Return the moment and the zone in which it is shown: the named one, else the workspace's.

    A zone is checked without a moment, too.
    """
    name = time_zones.find(i18n.time_zone() if zone is None else zone)
    if name is None:
        raise InvalidInput(time_zone=_l("Write the name of an IANA time zone, such as Asia/Tokyo."))
    if typed is None:
        return Start()
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError:
        raise InvalidInput(scheduled_at=NO_MOMENT) from None
    if not FIRST_YEAR <= moment.year <= LAST_YEAR:
        raise InvalidInput(scheduled_at=WRONG_YEAR)
    return Start(moment if moment.tzinfo else _on_clocks(typed, name if zone else None), name)


def _on_clocks(typed: str, zone: str | None) -> datetime:
    """Return the moment of a time on the clocks of a zone that the program names."""
    if zone is None:
        raise InvalidInput(scheduled_at=NO_MOMENT)
    try:
        return read_moment(typed, zone)
    except WrongValue as wrong:
        raise InvalidInput(scheduled_at=TWICE if isinstance(wrong, Doubled) else wrong.message) from wrong


def _messages(account_id: int, name: str, given: Mapping[str, Any]) -> MessageSet:
    """Return a message set that our own rules let pass; LINE is asked when the broadcast is scheduled."""
    try:
        content = read(given)
    except UnreadableSet as error:
        place = f"{name}.{error.path}" if error.path else name
        raise InvalidInput({place: _l("This is missing, or not of the right type.")}) from error
    unknown = {f"{name}.{place}": NO_SUCH_FIELD for place in _unknown(given, write(content))}
    problems = built_for(account_id, content).problems
    wrong = unknown | {f"{name}.{one.path}": one.message for one in reversed(problems)}
    if wrong:
        raise InvalidInput(wrong)
    return content


def _unknown(given: Any, known: Any, place: str = "") -> Iterator[str]:
    """Yield the places of names that no message has."""
    if isinstance(given, Mapping) and isinstance(known, Mapping):
        for name, value in given.items():
            here = f"{place}.{name}" if place else str(name)
            yield from _unknown(value, known[name], here) if name in known else [here]
    elif isinstance(given, list) and isinstance(known, list):
        for number, (value, one) in enumerate(zip(given, known, strict=False)):
            yield from _unknown(value, one, f"{place}.{number}")
