"""Properties for the numbers of results that consist of people: received, opened or clicked a broadcast, and more."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import and_

from app.core.i18n import Text, _, _l, day
from app.messages.broadcasts.conditions.among import CATEGORY, PREFIX, is_among, is_not_among
from app.messages.broadcasts.models import Broadcast
from app.messages.broadcasts.queries.begun import begun_broadcasts, begun_by_id, begun_by_name, ids_begun
from app.messages.broadcasts.queries.people import Ids, PeopleOf, people
from app.segments.conditions.operators import AMONG, Operator, Takes, ValueType
from app.segments.conditions.properties import Choice, Clause, Property, SqlContext, register

WITHIN = _l("Within 72 hours after they got the message.")
# What each property is called, and what people should know of it.
LABELS: Mapping[PeopleOf, tuple[Text, Text]] = {
    PeopleOf.SENT: (_l("Received broadcast"), _l("LINE took the message for these friends.")),
    PeopleOf.OPENED: (
        _l("Opened broadcast"),
        _l(
            "Known of friends whose phone loaded a picture of the message, or who tapped a link in it. Of a message"
            " without pictures that phones load from Tomoru, only the taps are known."
        ),
    ),
    PeopleOf.CLICKED: (
        _l("Clicked broadcast"),
        _l("Known where each friend has links of their own, and elsewhere where LIFF is set up."),
    ),
    PeopleOf.REPLIED: (_l("Replied to broadcast"), WITHIN),
    PeopleOf.BLOCKED: (_l("Blocked the account after broadcast"), WITHIN),
    PeopleOf.DELIVERED: (
        _l("Broadcast delivered"),
        _l("As received, without friends of whom it was known that they had blocked the account by then."),
    ),
    PeopleOf.BLOCKED_BEFORE: (
        _l("Blocked the account before broadcast"),
        _l("LINE took the message for these friends and delivered it to no one of them."),
    ),
    PeopleOf.RECIPIENTS: (
        _l("In the audience of broadcast"),
        _l("To whom the broadcast was to be sent when it began, whatever became of it."),
    ),
    PeopleOf.WAITING: (
        _l("Waiting for broadcast"),
        _l("Until it is sent to them, LINE refuses it, or the broadcast ends."),
    ),
    PeopleOf.REFUSED: (_l("Refused by LINE in broadcast"), _l("LINE does not know these people on this account.")),
    PeopleOf.UNKNOWN: (
        _l("Unknown whether broadcast arrived"),
        _l("LINE did not say whether it took the message for these friends."),
    ),
    PeopleOf.NOT_SENT: (
        _l("Broadcast ended before it was sent"),
        _l("It was stopped, or failed, before it was these friends’ turn."),
    ),
}
OPERATORS: Mapping[str, Operator] = {
    one.name: one
    for one in (
        *AMONG,
        Operator("ever", _l("At least one"), Takes.NOTHING, _l("%(property)s: at least one")),
        Operator("never", _l("Never"), Takes.NOTHING, _l("%(property)s: never")),
    )
}


def condition_of(kind: PeopleOf, broadcast_id: int) -> dict[str, Any]:
    """Return the condition, as it is stored, that the people behind a number of a broadcast's results fit."""
    return {"property": PREFIX + kind, "operator": "contains_any", "values": [broadcast_id]}


def _where(kind: PeopleOf, operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    if operator == "contains_all":
        return Clause(and_(*(is_among(people(kind, [one]), scope) for one in values)))
    ids: Ids = list(values) or ids_begun(scope.account_id)
    among = is_not_among if operator in {"contains_none", "never"} else is_among
    return Clause(among(people(kind, ids), scope))


def dated(broadcast: Broadcast) -> str:
    """Return the name with the day, since several broadcasts may have one name."""
    return _("%(name)s (%(day)s)", name=broadcast.name, day=day(broadcast.started_at))


def _choices(broadcasts: Sequence[Broadcast]) -> list[Choice]:
    return [Choice(one.id, dated(one), one.name) for one in broadcasts]


def _find(account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    return _choices(begun_broadcasts(account_id, typed, keep=keep))


def _named(account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    return _choices(begun_by_id(account_id, values))


def _by_key(account_id: int, keys: Collection[str]) -> Mapping[str, int | str]:
    """A broadcast belongs to one account; in another one its name stands for the newest of that name there."""
    return {name: one.id for name, one in begun_by_name(account_id, keys).items()}


def _property(kind: PeopleOf) -> Property:
    label, note = LABELS[kind]
    return Property(
        PREFIX + kind,
        CATEGORY,
        label,
        ValueType.SET,
        partial(_where, kind),
        find=_find,
        named=_named,
        by_key=_by_key,
        choices_are_numbers=True,
        operators=OPERATORS,
        note=note,
    )


PROPERTIES = tuple(map(_property, LABELS))


@register
def broadcast_properties(account_id: int) -> Iterator[Property]:
    """Return the properties, which are the same for every account."""
    del account_id
    yield from PROPERTIES
