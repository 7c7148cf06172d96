"""Registry of what upper layers know of each friend, shown with the profile and in exports.

Nothing of it is stored on friends: it is read from the tables of the layer that knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, DateTime, Select

from app.core.db import db
from app.core.i18n import Text
from app.core.registry import Registry
from app.friends.linked_pages import LinkedPage


@dataclass(frozen=True)
class FriendFacts:
    """Facts of one kind: texts and times.

    `rows(account_id, friend_ids)` selects `friend_id` and the facts of each of these friends of whom there are any, in
    one row; `labels` names its columns after the first, and `missing` stands where there is no value. Columns without
    a label are for `place`, which returns the page that a row's texts lead to.
    """

    name: str
    labels: Sequence[Text]
    missing: Text
    rows: Callable[[int, Collection[int]], Select[Any]]
    place: Callable[[Mapping[str, Any]], LinkedPage] | None = None

    @property
    def columns(self) -> list[tuple[str, Text]]:
        """Return name and label of each fact."""
        return list(zip(self.rows(0, ()).selected_columns.keys()[1:], self.labels, strict=False))

    def is_moment(self, name: str) -> bool:
        """Return whether the fact of this name is a time."""
        return isinstance(self.rows(0, ()).selected_columns[name].type, DateTime)


FACTS: Registry[FriendFacts] = Registry("facts of friends")


def register(facts: FriendFacts) -> None:
    """Add facts, shown below those registered before; raises ValueError for a taken name."""
    FACTS.add(facts.name, facts)


@dataclass(frozen=True)
class Fact:
    """A fact of one friend: a moment, or else a text, which may be what stands for a missing value."""

    label: Text
    text: Text = ""
    moment: datetime | None = None
    place: LinkedPage | None = None


def facts_of(account_id: int, friend_id: int) -> list[Fact]:
    """Return what is known of a friend, and of what is missing its words."""
    known = known_of(db.session.connection(), account_id, [friend_id])[friend_id]
    return [_fact(facts, label, known, known[name]) for facts in FACTS.values() for name, label in facts.columns]


def known_of(connection: Connection, account_id: int, friend_ids: Collection[int]) -> dict[int, Mapping[str, Any]]:
    """Return the facts of each of these friends by name, None for what is missing.

    There is one query for each kind of facts; for more than some thousand friends, ask several times.
    """
    blank = {name: None for facts in FACTS.values() for name, _label in facts.columns}
    found: dict[int, Mapping[str, Any]] = dict.fromkeys(friend_ids, blank)
    for facts in FACTS.values():
        for row in connection.execute(facts.rows(account_id, friend_ids)).mappings():
            found[row["friend_id"]] = {**found[row["friend_id"]], **row}
    return found


def _fact(facts: FriendFacts, label: Text, known: Mapping[str, Any], value: Any) -> Fact:
    if isinstance(value, datetime):
        return Fact(label, moment=value)
    if value is None:
        return Fact(label, facts.missing)
    return Fact(label, value, place=facts.place(known) if facts.place else None)
