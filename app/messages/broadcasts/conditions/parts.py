"""Properties for numbers of a part of a broadcast: people by message set or part of an A/B test, and by link.

Sets and links are named by their own ids, also in definitions for several accounts: in another account than that of
the broadcast, such a condition fits no friend.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import partial
from typing import Any

from sqlalchemy import and_, or_, select

from app.core.db import db
from app.core.i18n import Text, _, _l
from app.core.text_folding import fold_all
from app.messages.broadcasts.conditions.among import CATEGORY, PREFIX, is_among, is_not_among
from app.messages.broadcasts.conditions.numbers import LABELS, OPERATORS, dated
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.models import Broadcast, PartOfTest
from app.messages.broadcasts.people_words import set_words
from app.messages.broadcasts.queries.begun import MOST_OFFERED, begun_broadcasts, begun_by_id, ids_begun
from app.messages.broadcasts.queries.parts import BroadcastSend, places_of, sends_by_id, sends_of_broadcasts
from app.messages.broadcasts.queries.people import PeopleOf, clickers_of_link, fetchers_of_sends
from app.messages.broadcasts.queries.variants import parts_of, people_of_part
from app.messages.tracking.models import TargetKind
from app.segments.conditions.operators import ValueType
from app.segments.conditions.properties import Choice, Clause, Property, SqlContext, Test, register

LINK, PART = PREFIX + "clicked_link", PREFIX + "part_of_test"
SETS: Mapping[PeopleOf, Text] = {
    PeopleOf.OPENED: _l("Opened message set of A/B test"),
    PeopleOf.CLICKED: _l("Clicked message set of A/B test"),
}
OF_PARTS = {name: OPERATORS[name] for name in ("contains_any", "contains_all", "contains_none")}
_PART_VALUE = re.compile(r"([0-9]{1,18})/(a|b|rest)")
_LINK_VALUE = re.compile(r"([0-9]{1,18})/(.+)", re.DOTALL)


def condition_of_set(kind: PeopleOf, send_id: int) -> dict[str, Any]:
    """Return the condition, as it is stored, for who opened or clicked one message set of an A/B test."""
    return {"property": f"{PREFIX}{kind}_set", "operator": "contains_any", "values": [send_id]}


def condition_of_link(send_id: int, place: str) -> dict[str, Any]:
    """Return the condition, as it is stored, for who clicked the link at a place of a send's messages."""
    return {"property": LINK, "operator": "contains_any", "values": [f"{send_id}/{place}"]}


def condition_of_part(broadcast_id: int, part: PartOfTest, *, is_of: bool = True) -> dict[str, Any]:
    """Return the condition, as it is stored, for who belongs to a part of an A/B test, or does not."""
    operator = "contains_any" if is_of else "contains_none"
    return {"property": PART, "operator": operator, "values": [f"{broadcast_id}/{part}"]}


def _where_part(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    return Clause(_combined(operator, [people_of_part(*part) for part in _read_parts(values)], scope))


def _read_parts(values: Iterable[Any]) -> list[tuple[int, PartOfTest]]:
    return [(int(found[1]), PartOfTest(found[2])) for value in values if (found := _PART_VALUE.fullmatch(value))]


def _where_link(operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    links = [(int(found[1]), found[2]) for value in values if (found := _LINK_VALUE.fullmatch(value))]
    return Clause(_combined(operator, [clickers_of_link(*link) for link in links], scope))


def _where_set(kind: PeopleOf, operator: str, values: Sequence[Any], scope: SqlContext) -> Clause:
    kinds = [TargetKind.LINK] if kind is PeopleOf.CLICKED else list(TargetKind)
    return Clause(_combined(operator, [fetchers_of_sends([value], kinds) for value in values], scope))


def _combined(operator: str, parts: Iterable[Any], scope: SqlContext) -> Test:
    if operator == "contains_none":
        return and_(*(is_not_among(part, scope) for part in parts))
    tests = [is_among(part, scope) for part in parts]
    return and_(*tests) if operator == "contains_all" else or_(*tests)


def _find_sets(account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    kept = _named_sets(account_id, keep)
    found = sends_of_broadcasts(account_id, begun_broadcasts(account_id, typed, are_tests=True))
    return [*kept, *_as_choices(one for one in found if one.id not in keep)]


def _named_sets(account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    return _as_choices(sends_by_id(account_id, values))


def _as_choices(sends: Iterable[BroadcastSend]) -> list[Choice]:
    return [Choice(one.id, _named_send(one)) for one in sends if one.variant is not None]


def _named_send(send: BroadcastSend) -> str:
    if send.variant is None:
        return dated(send.broadcast)
    return _("%(broadcast)s, set %(set)s", broadcast=dated(send.broadcast), set=send.variant.upper())


def _find_parts(account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    kept = _named_parts(account_id, keep)
    found = _parts(begun_broadcasts(account_id, typed, are_tests=True))
    return [*kept, *(one for one in found if one.value not in keep)]


def _named_parts(account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    found = begun_by_id(account_id, {broadcast_id for broadcast_id, _part in _read_parts(values)})
    return [one for one in _parts(found) if one.value in values]


def _parts(broadcasts: Iterable[Broadcast]) -> list[Choice]:
    return [_part(one, part) for one in broadcasts if (deal := Deal.of(one)) for part in parts_of(one, deal)]


def _part(broadcast: Broadcast, part: PartOfTest) -> Choice:
    words = set_words(part, broadcast.winner or "")
    label = _("%(broadcast)s, %(part)s", broadcast=dated(broadcast), part=words)
    return Choice(f"{broadcast.id}/{part}", label)


def _find_links(account_id: int, typed: str, keep: Collection[Any]) -> Sequence[Choice]:
    """Return links of broadcasts of this name, and those of the newest ones whose address holds what was typed."""
    named = begun_broadcasts(account_id, typed, limit=MOST_OFFERED)
    newest = [one for one in begun_broadcasts(account_id) if one not in named] if typed else []
    found = [*_links(account_id, named), *_holding(typed, _links(account_id, newest))]
    return [*_named_links(account_id, keep), *[one for one in found if one.value not in keep][:MOST_OFFERED]]


def _holding(typed: str, links: Sequence[Choice]) -> list[Choice]:
    wanted, *texts = fold_all([typed, *(one.label for one in links)])
    return [one for one, text in zip(links, texts, strict=True) if wanted in text]


def _named_links(account_id: int, values: Collection[Any]) -> Sequence[Choice]:
    ids = {int(found[1]) for value in values if (found := _LINK_VALUE.fullmatch(value))}
    return [one for one in _links_of_sends(sends_by_id(account_id, ids)) if one.value in values]


def _links(account_id: int, broadcasts: Iterable[Broadcast]) -> list[Choice]:
    return _links_of_sends(sends_of_broadcasts(account_id, broadcasts))


def _links_of_sends(sends: Sequence[BroadcastSend]) -> list[Choice]:
    by_send: dict[int, list[Any]] = {}
    for link in places_of(one.id for one in sends):
        if link.kind == TargetKind.LINK:
            by_send.setdefault(link.send_id, []).append(link)
    return [_link(send, one) for send in sends for one in by_send.get(send.id, ())]


def _link(send: BroadcastSend, link: Any) -> Choice:
    label = _("%(link)s in %(broadcast)s", link=link.target, broadcast=_named_send(send))
    return Choice(f"{link.send_id}/{link.place}", label)


CLICKED_LINK = Property(
    LINK,
    CATEGORY,
    _l("Clicked link of broadcast"),
    ValueType.SET,
    _where_link,
    find=_find_links,
    named=_named_links,
    operators=OF_PARTS,
    note=LABELS[PeopleOf.CLICKED][1],
)


def _set_property(kind: PeopleOf) -> Property:
    return Property(
        f"{PREFIX}{kind}_set",
        CATEGORY,
        SETS[kind],
        ValueType.SET,
        partial(_where_set, kind),
        find=_find_sets,
        named=_named_sets,
        choices_are_numbers=True,
        operators=OF_PARTS,
        note=LABELS[kind][1],
    )


PART_OF_TEST = Property(
    PART,
    CATEGORY,
    _l("Part of A/B test"),
    ValueType.SET,
    _where_part,
    find=_find_parts,
    named=_named_parts,
    operators=OF_PARTS,
    note=_l("To whom a message set of the test was to be sent, whatever became of it."),
)
SET_PROPERTIES = (*map(_set_property, SETS), PART_OF_TEST)


@register
def part_properties(account_id: int) -> Iterator[Property]:
    """Return the property for links, and for accounts that have begun an A/B test those for message sets."""
    yield CLICKED_LINK
    if db.session.scalar(select(ids_begun(account_id, are_tests=True).exists())):
        yield from SET_PROPERTIES
