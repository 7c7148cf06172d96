"""Auto Send Messages of an account: one, a page of the list, and their folders."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, Text, collate, func, select

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import _l
from app.core.pages import Order, Page, by_name, by_time, page_by_key
from app.messages.auto.models import AutoMessage, AutoMessageFolder

PAGE_SIZE = 50
ORDERS = {
    order.name: order
    for order in (
        Order("updated", _l("Last changed first"), "updated_at", "updated_at", by_time, descending=True),
        Order("earliest", _l("Last changed last"), "updated_at", "updated_at", by_time),
        Order("name", _l("By name"), "name_key", "name_key", by_name),
        Order("name_down", _l("By name, backwards"), "name_key", "name_key", by_name, descending=True),
    )
}
# No folder at all, where a folder can be asked for.
ROOT = 0


@dataclass(frozen=True)
class Scope:
    """Which Auto Send Messages of an account are listed.

    `folder_id` None: of all folders, ROOT: of none. `is_archived`: the archived ones instead of the others.
    """

    account_id: int
    search: str = ""
    folder_id: int | None = None
    is_archived: bool = False


def get_auto_message(account_id: int, auto_message_id: int) -> AutoMessage:
    """Return the account's Auto Send Message; raises NotFound."""
    found = db.session.get(AutoMessage, auto_message_id)
    if found is None or found.account_id != account_id:
        raise NotFound
    return found


def get_folder(account_id: int, folder_id: int) -> AutoMessageFolder:
    """Return the account's folder; raises NotFound."""
    folder = db.session.get(AutoMessageFolder, folder_id)
    if folder is None or folder.account_id != account_id:
        raise NotFound
    return folder


def auto_messages_page(
    scope: Scope, order: Order, *, after: str | None = None, before: str | None = None, size: int | None = None
) -> Page[AutoMessage]:
    """Return a page of these Auto Send Messages in this order; raises InvalidInput for an invented key."""
    listed = _sortable(scope).subquery("auto_messages")

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Any]:
        query = select(listed.c.id, listed.c[order.column]).where(*beyond)
        return db.session.execute(query.order_by(*order.sorting(backwards)).limit(limit)).all()

    page = page_by_key(fetch, order, after, before, size or PAGE_SIZE)
    ids = [row.id for row in page.rows]
    by_id = {one.id: one for one in db.session.scalars(select(AutoMessage).where(AutoMessage.id.in_(ids)))}
    return Page([by_id[one] for one in ids], page.next, page.previous)


def count_auto_messages(account_id: int, *, is_archived: bool = False) -> int:
    """Count the account's Auto Send Messages, without the archived ones or only those."""
    query = select(func.count()).select_from(AutoMessage).where(*_of(account_id, is_archived))
    return db.session.scalars(query).one()


@dataclass(frozen=True)
class AutoMessageFolderLine:
    """A folder and how many Auto Send Messages are in it, without the archived ones."""

    folder: AutoMessageFolder
    messages: int


def folders(account_id: int) -> Sequence[AutoMessageFolderLine]:
    """Return the account's folders by name."""
    inside = (AutoMessage.folder_id == AutoMessageFolder.id, AutoMessage.archived_at.is_(None))
    number = select(func.count()).where(*inside).correlate(AutoMessageFolder).scalar_subquery()
    query = select(AutoMessageFolder, number).where(AutoMessageFolder.account_id == account_id)
    rows = db.session.execute(query.order_by(func.search_fold(AutoMessageFolder.name), AutoMessageFolder.id))
    return [AutoMessageFolderLine(folder, int(messages)) for folder, messages in rows]


def _of(account_id: int, is_archived: bool) -> tuple[ColumnElement[bool], ...]:
    is_there = AutoMessage.archived_at.is_not(None) if is_archived else AutoMessage.archived_at.is_(None)
    return AutoMessage.account_id == account_id, is_there


def _sortable(scope: Scope) -> Select[*tuple[Any, ...]]:
    columns: list[ColumnElement[Any]] = [
        AutoMessage.id.expression,
        AutoMessage.updated_at.expression,
        collate(func.search_fold(AutoMessage.name, type_=Text), "C").label("name_key"),
    ]
    query = select(*columns).where(*_of(scope.account_id, scope.is_archived))
    if scope.search.strip():
        found = func.strpos(func.search_fold(AutoMessage.name), func.search_fold(scope.search.strip()))
        query = query.where(found > 0)
    if scope.folder_id is None:
        return query
    is_root = scope.folder_id == ROOT
    return query.where(AutoMessage.folder_id.is_(None) if is_root else AutoMessage.folder_id == scope.folder_id)
