"""What LINE gets of a broadcast: its messages made ready once, with short addresses, for all people or for each."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import select

from app.core.db import db
from app.core.errors import PermanentFailure
from app.messages.broadcasts import reasons
from app.messages.broadcasts.models import Broadcast, TrackingKind, Variant, Way
from app.messages.content.filling import TooLong, Values
from app.messages.content.message_set import read
from app.messages.content.personal_values import values_for
from app.messages.content.proof import built_for
from app.messages.tracking.models import TrackedLink
from app.messages.tracking.operations.sends import SendCause, begin_send, personal_codes
from app.messages.tracking.places import TrackedSet, find_places, with_codes

CAUSE = "broadcast"


@dataclass(frozen=True)
class Rendering:
    """A broadcast's messages. `codes` are shared addresses by marker; with `is_personal` each person has their own."""

    account_id: int
    tracked: TrackedSet
    is_personal: bool
    send_id: int | None
    codes: Mapping[str, str]

    @property
    def names(self) -> frozenset[str]:
        """Return the names of all personal values, those of addresses as well."""
        return self.tracked.names

    @property
    def way(self) -> Way:
        """Return how they are sent: what is the same for all goes to 500 people at once."""
        return Way.PUSH if self.is_personal or self.tracked.ready.names else Way.MULTICAST

    def shared(self) -> str:
        """Return the messages as JSON, where they are the same for all."""
        return with_codes(self.tracked.ready.as_json({}), self.codes)

    def personal(self, friend_ids: list[int]) -> dict[int, str]:
        """Return the messages as JSON by friend, and store their addresses.

        A friend with whose values an address grows too long for LINE is left out.
        """
        found = values_for(self.account_id, friend_ids, self.names)
        texts = {
            friend_id: text for friend_id in friend_ids if (text := self.tracked.fitting(found[friend_id])) is not None
        }
        if not self.is_personal or self.send_id is None:
            return {friend_id: with_codes(text, self.codes) for friend_id, text in texts.items()}
        people: dict[int | None, Values] = {friend_id: found[friend_id] for friend_id in texts}
        codes = personal_codes(self.send_id, self.tracked.places, people)
        return {friend_id: with_codes(text, codes[friend_id]) for friend_id, text in texts.items()}


# The send that a set's addresses belong to.
SEND_OF = {Variant.A: "tracked_send_id", Variant.B: "tracked_send_b_id"}


def render_sets(broadcast: Broadcast) -> dict[Variant, Rendering]:
    """Make the only set (as A) or both sets of a test ready; see `render`."""
    return {variant: render(broadcast, variant) for variant in broadcast.contents}


def render(broadcast: Broadcast, variant: Variant = Variant.A) -> Rendering:
    """Make the messages ready; shared addresses are stored by the first call, in the caller's transaction.

    Raises PermanentFailure for messages that cannot be sent any more, as when a file or a value was removed.
    """
    content = read(broadcast.contents[variant])
    built = built_for(broadcast.account_id, content)
    if built.problems:
        raise PermanentFailure(reasons.CONTENT, problem=str(built.problems[0].message))
    is_personal = broadcast.tracking == TrackingKind.PERSON
    try:
        tracked = find_places(built.ready, is_personal=is_personal, utm=content.utm)
    except TooLong as error:
        raise PermanentFailure(reasons.CONTENT, problem=str(error)) from error
    if not tracked.places:
        return Rendering(broadcast.account_id, tracked, False, None, {})
    stored: int | None = getattr(broadcast, SEND_OF[variant])
    is_new = stored is None
    send_id = begin_send(broadcast.account_id, SendCause(CAUSE, str(broadcast.id))).id if stored is None else stored
    setattr(broadcast, SEND_OF[variant], send_id)
    codes = {} if is_personal else _shared_codes(send_id, tracked, is_new)
    return Rendering(broadcast.account_id, tracked, is_personal, send_id, codes)


def _shared_codes(send_id: int, tracked: TrackedSet, is_new: bool) -> Mapping[str, str]:
    """Return the code of each marker; markers differ each time, while places and their order stay."""
    if is_new:
        return personal_codes(send_id, tracked.places, {None: {}})[None]
    stored = select(TrackedLink.code).where(TrackedLink.send_id == send_id, TrackedLink.friend_id.is_(None))
    codes = db.session.scalars(stored.order_by(TrackedLink.id)).all()
    return {place.marker: code for place, code in zip(tracked.places, codes, strict=True)}


def body(recipients: str, messages: str, unit: str | None) -> bytes:
    """Return the body of a request; `recipients` is `to` as JSON, `messages` the array as JSON."""
    named = f',"customAggregationUnits":{json.dumps([unit])}' if unit else ""
    return f'{{"to":{recipients},"messages":{messages},"notificationDisabled":false{named}}}'.encode("utf-8", "replace")
