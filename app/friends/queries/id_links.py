"""Reads of ID links: which friend has which user ID."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Select, select, text

from app.core.db import db
from app.friends.models import IdLink

# So many links are looked at for a search, in some ten milliseconds; where more begin so, friends are asked one by one.
FEW = 20_000
ROWS_AT_ONCE = 5_000
SHOWN = 8

_LINKED = text("""
    SELECT friends.id
    FROM (
        SELECT line_user_id FROM id_links
        WHERE account_id = :account_id AND user_id LIKE :pattern
        LIMIT :limit
    ) AS link
    LEFT JOIN friends ON friends.account_id = :account_id AND friends.line_user_id = link.line_user_id
""")


@dataclass(frozen=True)
class Linked:
    """The friends whose user ID begins with a word, unless they are too many to be named."""

    beginning: str
    friend_ids: Sequence[int] = ()
    are_many: bool = False


def linked_friends(account_id: int, beginning: str) -> Linked:
    """Return friends whose user ID is or begins with this word; the plan must be made for the word itself."""
    values = {"account_id": account_id, "pattern": f"{_literal(beginning)}%", "limit": FEW + 1}
    found = db.session.scalars(_LINKED, values).all()
    if len(found) > FEW:
        return Linked(beginning, are_many=True)
    return Linked(beginning, tuple(friend_id for friend_id in found if friend_id is not None))


def user_id_of(friends: FromClause) -> ColumnElement[str]:
    """Select the user ID of a row of `friends`, looked up row by row; null for friends without a link."""
    mine = select(IdLink.user_id).where(
        IdLink.account_id == friends.c.account_id, IdLink.line_user_id == friends.c.line_user_id
    )
    return mine.correlate(friends).scalar_subquery()


def id_link(account_id: int, line_user_id: str) -> IdLink | None:
    """Return the link of one LINE user."""
    return db.session.get(IdLink, (account_id, line_user_id), populate_existing=True)


def find_id_links(account_id: int, word: str = "", limit: int = SHOWN) -> Sequence[IdLink]:
    """Return links whose user ID or LINE user ID begins with the word, by user ID; without a word the first links."""
    by_user_id = select(IdLink).where(IdLink.account_id == account_id).order_by(IdLink.user_id).limit(limit)
    if not word:
        return db.session.scalars(by_user_id).all()
    found = list(db.session.scalars(by_user_id.where(IdLink.user_id.startswith(word, autoescape=True))))
    same_person = id_link(account_id, word)
    return [same_person, *found] if same_person and same_person not in found else found


def has_id_links(account_id: int) -> bool:
    """Return whether the account has any link."""
    return bool(find_id_links(account_id, limit=1))


def links_to_export(account_id: int) -> Select[str, str]:
    """Select (line_user_id, user_id) of every link by LINE user ID."""
    query = select(IdLink.line_user_id, IdLink.user_id).where(IdLink.account_id == account_id)
    return query.order_by(IdLink.line_user_id)


def _literal(word: str) -> str:
    """Escape LIKE's wildcards in the word."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
