"""Sets of friends that only a higher package knows, such as those in a segment or those who opened a broadcast.

Lists, bulk changes and exports of friends can be narrowed to them. A set has a key, which fits into an address and into
a run: the name of its kind, a hyphen, and what the kind itself makes of it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Protocol

from sqlalchemy import ColumnElement, FromClause, Select, exists, false, select

from app.core.i18n import Text
from app.core.registry import Registry
from app.friends.filters import FriendFilter
from app.friends.models import Friend
from app.team.permissions import Permission

FRIEND_ID: ColumnElement[int] = Friend.__table__.c.id
Test = ColumnElement[bool]


class Members(Protocol):
    """A set as SQL: `tests` look at single rows, `indexed` may use every index of the table of friends."""

    @property
    def columns(self) -> Sequence[ColumnElement[Any]]:
        """Return the columns of friends that the tests read."""

    def tests(self, rows: FromClause) -> list[Test]:
        """Return conditions on a few rows that have these columns."""

    def indexed(self) -> list[Test]:
        """Return conditions on the table of friends."""


@dataclass(frozen=True)
class Listed:
    """The set of friends whose ids a SELECT has as `friend_id`."""

    ids: Select[Any]

    columns = (FRIEND_ID,)

    def tests(self, rows: FromClause) -> list[Test]:
        """Return the condition that looks up one row in the set, however large the set is."""
        friend_id: ColumnElement[int] = self.ids.selected_columns[0]
        # The offset keeps PostgreSQL from collecting the whole set for a few rows.
        return [exists(self.ids.where(friend_id == rows.c.id).correlate(rows).offset(0))]

    def indexed(self) -> list[Test]:
        """Return the condition that collects the set once."""
        return [FRIEND_ID.in_(self.ids)]


NONE = Listed(select(FRIEND_ID.label("friend_id")).where(false()))


@dataclass(frozen=True)
class FriendSet:
    """Friends of an account: what they are called, and who they are.

    A member may ask for them who was granted one of the permissions `readers`.
    """

    label: Text
    members: Members
    readers: tuple[Permission, ...]
    # The conditions, as segments store them, that say the same; None where none do.
    definition: Mapping[str, Any] | None = None
    # The key under which the set stays what it is now, where its own key follows later changes.
    lasting_key: str = ""


# Returns the account's set for the part of the key behind the kind's name; None where there is none.
Finder = Callable[[int, str], FriendSet | None]
# Returns what became of a set that the account had, in a sentence; None where it never had one.
Teller = Callable[[int, str], Text | None]
KINDS: Registry[tuple[Finder, Teller | None]] = Registry("kind of friend set")


def register(kind: str, find: Finder, tell: Teller | None = None) -> None:
    """Let friends be narrowed to sets of this kind; `tell` says what became of one that is gone."""
    KINDS.add(kind, (find, tell))


def find_set(account_id: int, key: str) -> FriendSet | None:
    """Return the account's set of this key, if there is one."""
    kind, _hyphen, rest = key.partition("-")
    find, _tell = KINDS.get(kind, (None, None))
    return find(account_id, rest) if find else None


def what_became_of(account_id: int, key: str) -> Text | None:
    """Return in a sentence what became of the account's set of this key; None where it never had one."""
    kind, _hyphen, rest = key.partition("-")
    _find, tell = KINDS.get(kind, (None, None))
    return tell(account_id, rest) if tell else None


Found = Mapping[str, FriendSet]


def members_of(account_id: int, key: str, known: Found | None = None) -> Members:
    """Return who belongs to the account's set of this key: no friend where there is no such set.

    A set that is `known` is not looked for again.
    """
    found = known.get(key) if known else None
    found = found or find_set(account_id, key)
    return found.members if found else NONE


def lasting(account_id: int, wanted: FriendFilter) -> FriendFilter:
    """Return the filter for a run: with sets that stay what they are now, whatever is changed later."""
    found = {key: find_set(account_id, key) for key in wanted.among}
    keys = (one.lasting_key if one and one.lasting_key else key for key, one in found.items())
    return replace(wanted, among=tuple(keys))
