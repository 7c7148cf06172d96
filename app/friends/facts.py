"""Registry of what upper layers know of each friend, shown with the profile and in exports.

Nothing of it is stored on friends: it is read from the tables of the layer that knows it.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import FromClause, Select, select, true

from app.core.db import db
from app.core.i18n import Text
from app.core.registry import Registry
from app.friends.queries.filter_sql import FRIENDS


@dataclass(frozen=True)
class FriendFacts:
    """Facts of one kind: texts and times.

    `rows(friends)` selects them of a row of `friends`, in at most one row; `labels` names its columns, and `missing`
    stands where there is no value.
    """

    name: str
    labels: Sequence[Text]
    missing: Text
    rows: Callable[[FromClause], Select[Any]]

    def lateral(self) -> FromClause:
        """Return the rows for a join with FRIENDS."""
        return self.rows(FRIENDS).correlate(FRIENDS).lateral(self.name)

    @property
    def columns(self) -> list[tuple[str, Text]]:
        """Return name and label of each column of `rows`."""
        return list(zip(self.rows(FRIENDS).selected_columns.keys(), self.labels, strict=True))


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


def facts_of(friend_id: int) -> list[Fact]:
    """Return what is known of a friend, and of what is missing its words."""
    return [fact for facts in FACTS.values() for fact in _of_friend(facts, friend_id)]


def _of_friend(facts: FriendFacts, friend_id: int) -> list[Fact]:
    known = facts.lateral()
    query = select(known).select_from(FRIENDS.join(known, true())).where(FRIENDS.c.id == friend_id)
    values = db.session.execute(query).one_or_none() or [None] * len(facts.labels)
    return [_fact(facts, label, value) for label, value in zip(facts.labels, values, strict=True)]


def _fact(facts: FriendFacts, label: Text, value: Any) -> Fact:
    if isinstance(value, datetime):
        return Fact(label, moment=value)
    return Fact(label, facts.missing if value is None else value)
