"""What uses a thing: upper layers tell, so that a member who deletes a tag or a segment sees what relies on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from app.core.i18n import Text, _
from app.core.readers import Reader
from app.core.registry import Registry


@dataclass(frozen=True)
class Usage:
    """One thing that uses another: what it is ("Segment"), its name, and the page where it can be changed.

    `permission` is needed to open that page; members without it only read the name, as all do where `endpoint` is
    empty. `holds`: the used thing cannot be deleted, as a segment that a scheduled broadcast will send to.
    `account_ids`: only those who may see all of these accounts learn its name.
    """

    kind: Text
    name: str
    endpoint: str
    args: dict[str, Any] = field(default_factory=dict)
    permission: str = ""
    holds: bool = False
    account_ids: Sequence[int] = ()


Finder = Callable[[int], Iterable[Usage]]
# By "used kind/name of the user", as in "tag/segments".
FINDERS: Registry[Finder] = Registry("usage")


def register(kind: str, user: str, find: Finder) -> None:
    """Add a function that returns what of `user` ("segments") uses the thing of a kind ("tag", "segment") and id."""
    FINDERS.add(f"{kind}/{user}", find)


def usages_of(kind: str, thing_id: int, reader: Reader) -> Sequence[Usage]:
    """Everything that uses a thing, in the order of registration, with the names that the reader may know."""
    finders = [find for name, find in FINDERS.items() if name.partition("/")[0] == kind]
    return [_told_to(reader, usage) for find in finders for usage in find(thing_id)]


def _told_to(reader: Reader, usage: Usage) -> Usage:
    if all(map(reader.may_see_account, usage.account_ids)):
        return usage
    return replace(usage, name=_("one of accounts that you do not see"), endpoint="", args={})
