"""Sets of friends that only a higher package knows, such as those who opened a broadcast.

Lists, bulk changes and exports of friends can be narrowed to one of them. A set has a key, which fits into an address
and into a run: the name of its kind, a hyphen, and what the kind itself makes of it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Select

from app.core.i18n import Text
from app.core.registry import Registry
from app.team.permissions import Permission

LONGEST_KEY = 400


@dataclass(frozen=True)
class FriendSet:
    """Friends of an account: what they are called, and their ids as `friend_id`.

    A member may ask for them who was granted one of the permissions `readers`.
    """

    label: Text
    ids: Select[Any]
    readers: tuple[Permission, ...]


# Returns the account's set for the part of the key behind the kind's name; None where there is none.
Finder = Callable[[int, str], FriendSet | None]
KINDS: Registry[Finder] = Registry("kind of friend set")


def register(kind: str, find: Finder) -> None:
    """Let friends be narrowed to sets of this kind."""
    KINDS.add(kind, find)


def find_set(account_id: int, key: str) -> FriendSet | None:
    """Return the account's set of this key, if there is one."""
    kind, _hyphen, rest = key.partition("-")
    find = KINDS.get(kind)
    return find(account_id, rest) if find and len(key) <= LONGEST_KEY else None
