"""Reads of ID links: which friend has which user ID."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from sqlalchemy import ColumnElement, FromClause, Select, exists, func, literal, select, text, tuple_

from app.core.db import db
from app.core.i18n import Text, _l
from app.core.pages import FIRST_PAGE, USUAL_SIZE, Page, PagePosition, decode_key, encode_key
from app.friends.models import IdLink

# So many links are looked at for a search, in some ten milliseconds; where more begin so, friends are asked one by one.
FEW = 20_000
ROWS_AT_ONCE = 5_000
# Links of a list are counted up to here, in some ten milliseconds.
MOST_COUNTED = 100_000

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
class IdLinkOrder:
    """One of the orders of the list of ID links."""

    name: str
    label: Text
    is_descending: bool = False


ID_LINK_ORDERS = {
    one.name: one
    for one in (
        IdLinkOrder("user_id", _l("User ID, ascending")),
        IdLinkOrder("user_id_down", _l("User ID, descending"), is_descending=True),
    )
}


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


def user_ids_of(account_id: int, line_user_ids: Collection[str]) -> Mapping[str, str]:
    """Return the user IDs of these LINE users, without those who have none."""
    if not line_user_ids:
        return {}
    mine = (IdLink.account_id == account_id, IdLink.line_user_id.in_(line_user_ids))
    query = select(IdLink.line_user_id, IdLink.user_id).where(*mine)
    return {row.line_user_id: row.user_id for row in db.session.execute(query)}


def id_link(account_id: int, line_user_id: str) -> IdLink | None:
    """Return the link of one LINE user."""
    return db.session.get(IdLink, (account_id, line_user_id), populate_existing=True)


def id_links_page(
    account_id: int, word: str = "", at: PagePosition = FIRST_PAGE, *, descending: bool = False
) -> Page[IdLink]:
    """Return links by user ID whose user ID begins with the word, and first the one of which it is the LINE user ID.

    Raises InvalidInput for an invented key.
    """
    size, backwards = at.size or USUAL_SIZE, not at.after and bool(at.before)
    goes_down = backwards != descending
    place = tuple_(IdLink.user_id, IdLink.line_user_id)
    query = select(IdLink).where(IdLink.account_id == account_id, *_begins(word))
    if edge := at.after or at.before:
        key = tuple_(*(literal(str(value), IdLink.user_id.type) for value in decode_key(edge, 2)))
        query = query.where(place < key if goes_down else place > key)
    columns = (IdLink.user_id, IdLink.line_user_id)
    found = db.session.scalars(query.order_by(*(c.desc() if goes_down else c for c in columns)).limit(size + 1)).all()
    rows = found[:size][::-1] if backwards else found[:size]
    has_next, has_previous = (True, len(found) > size) if backwards else (len(found) > size, bool(at.after))
    return Page(
        rows=rows if edge else [*_same_person(account_id, word), *rows],
        next=_key(rows[-1]) if rows and has_next else None,
        previous=_key(rows[0]) if rows and has_previous else None,
        at=at,
    )


def count_id_links(account_id: int, word: str = "") -> tuple[int, bool]:
    """Count the links of all pages, up to MOST_COUNTED; returns (number, whether it is exact)."""
    some = select(IdLink.user_id).where(IdLink.account_id == account_id, *_begins(word)).limit(MOST_COUNTED + 1)
    found = db.session.scalar(select(func.count()).select_from(some.subquery())) or 0
    number = found + len(_same_person(account_id, word))
    return min(number, MOST_COUNTED), number <= MOST_COUNTED


def _begins(word: str) -> list[ColumnElement[bool]]:
    return [IdLink.user_id.startswith(word, autoescape=True)] if word else []


def _same_person(account_id: int, word: str) -> list[IdLink]:
    """Return the link of the LINE user with this ID, unless its user ID begins so too."""
    link = id_link(account_id, word) if word else None
    return [link] if link and not link.user_id.startswith(word) else []


def _key(link: IdLink) -> str:
    return encode_key(link.user_id, link.line_user_id)


def has_id_links(account_id: int) -> bool:
    """Return whether the account has any link."""
    return bool(db.session.scalar(select(exists().where(IdLink.account_id == account_id))))


def links_to_export(account_id: int) -> Select[str, str]:
    """Select (line_user_id, user_id) of every link by LINE user ID."""
    query = select(IdLink.line_user_id, IdLink.user_id).where(IdLink.account_id == account_id)
    return query.order_by(IdLink.line_user_id)


def _literal(word: str) -> str:
    """Escape LIKE's wildcards in the word."""
    return word.replace("\\", "\\\\").replace("%", "\\%").replace("_", "\\_")
