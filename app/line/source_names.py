"""Names of those from whom events came: groups by themselves, people from upper layers that register who they are."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from sqlalchemy import select

from app.core.db import db
from app.core.registry import Registry
from app.line.models import Group
from app.team.permissions import Permission


@dataclass(frozen=True)
class SourceName:
    """A name, and the endpoint of a page about its owner with the values in its address, if there is one."""

    text: str
    endpoint: str = ""
    values: Mapping[str, int] = field(default_factory=dict)


# Returns names by LINE ID, of those that are known; takes the account and LINE IDs.
Names = Callable[[int, Collection[str]], Mapping[str, SourceName]]


@dataclass(frozen=True)
class NameBook:
    """Names that members with this permission may see."""

    permission: Permission
    names: Names


BOOKS: Registry[NameBook] = Registry("name book")


def source_names(account_id: int, ids: Collection[str], may: Callable[[str], bool]) -> dict[str, SourceName]:
    """Return the known names of people and groups, as far as a member who `may` do this sees them."""
    known = dict(_groups(account_id, ids))
    for book in BOOKS.values():
        if may(book.permission):
            known |= book.names(account_id, ids)
    return known


def _groups(account_id: int, ids: Collection[str]) -> Mapping[str, SourceName]:
    query = select(Group.line_group_id, Group.name).where(Group.account_id == account_id, Group.line_group_id.in_(ids))
    return {line_id: SourceName(name) for line_id, name in db.session.execute(query) if name}
