"""Reads of folders, and of pages of what is kept in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Text, collate, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db
from app.core.errors import NotFound
from app.core.pages import Order, Page, page_by_key
from app.folders.kinds import FolderKind
from app.folders.models import AccountFiledRow, FiledRow, FolderRow

PAGE_SIZE = 50
# No folder at all, where a folder can be asked for.
ROOT = 0
Row = TypeVar("Row", bound=AccountFiledRow)
Conditions = Sequence[ColumnElement[bool]]


@dataclass(frozen=True)
class FolderScope:
    """Which things of a kind are listed.

    `account_id` None: of a kind that belongs to no account. `folder_id` None: of all folders, ROOT: of none.
    `is_archived`: the archived ones instead of the others. `seen`: only those that the reader may know. `narrowed`: by
    what else the list filters.
    """

    account_id: int | None
    search: str = ""
    folder_id: int | None = None
    is_archived: bool = False
    seen: Conditions = field(default=(), compare=False)
    narrowed: Conditions = field(default=(), compare=False)

    @property
    def is_whole(self) -> bool:
        """Return whether all that are not archived are listed."""
        return self == FolderScope(self.account_id) and not self.narrowed


@dataclass(frozen=True)
class FolderLine:
    """A folder and how many things are in it, without the archived ones."""

    folder: FolderRow
    things: int


def get_folder(account_id: int | None, kind: FolderKind, folder_id: int) -> FolderRow:
    """Return the account's folder; raises NotFound."""
    folder = db.session.get(kind.folder, folder_id)
    if folder is None or getattr(folder, "account_id", None) != account_id:
        raise NotFound
    return folder


def get_filed(account_id: int, model: type[Row], row_id: int) -> Row:
    """Return the account's thing; raises NotFound."""
    found = db.session.get(model, row_id)
    if found is None or found.account_id != account_id:
        raise NotFound
    return found


def lock_filed(account_id: int, model: type[Row], row_id: int) -> Row:
    """Lock the account's thing: the second of two members who save at once waits and then sees the first one's change.

    Raises NotFound.
    """
    mine = select(model).where(model.account_id == account_id, model.id == row_id)
    fresh = mine.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(fresh).one_or_none()
    if found is None:
        raise NotFound
    return found


def of_account(row: type[FolderRow] | type[FiledRow], account_id: int | None) -> list[ColumnElement[bool]]:
    """Return the condition of rows of this account; none for a table whose rows belong to no account."""
    column = getattr(row, "account_id", None)
    return [] if column is None else [column == account_id]


def folders_of(account_id: int | None, kind: FolderKind, seen: Conditions = ()) -> Sequence[FolderLine]:
    """Return the account's folders of a kind by name, with counts of the things that are `seen`."""
    folder = kind.folder
    mine = (kind.model.folder_id == folder.id, *_present(kind), *seen)
    inside = select(func.count()).select_from(kind.model).where(*mine)
    query = select(folder, inside.correlate(folder).scalar_subquery()).where(*of_account(folder, account_id))
    rows = db.session.execute(query.order_by(func.search_fold(folder.name), folder.id))
    return [FolderLine(one, int(things)) for one, things in rows]


def count_filed(account_id: int | None, kind: FolderKind, *, is_archived: bool = False, seen: Conditions = ()) -> int:
    """Count the account's things of a kind, without the archived ones or only those."""
    mine = (*of_account(kind.model, account_id), *_present(kind, is_archived), *seen)
    return db.session.scalars(select(func.count()).select_from(kind.model).where(*mine)).one()


def filed_page(
    kind: FolderKind,
    scope: FolderScope,
    order: Order,
    *,
    columns: Sequence[ColumnElement[Any]] = (),
    after: str | None = None,
    before: str | None = None,
    size: int | None = None,
) -> Page[Any]:
    """Return a page of these things in this order; raises InvalidInput for an invented key.

    Orders may name id, `updated_at`, `name_key` and the labels of `columns`.
    """
    listed = _sortable(kind, scope, columns).subquery(kind.model.__tablename__)

    def fetch(beyond: list[ColumnElement[bool]], backwards: bool, limit: int) -> Sequence[Any]:
        query = select(listed.c.id, listed.c[order.column]).where(*beyond)
        return db.session.execute(query.order_by(*order.sorting(backwards)).limit(limit)).all()

    page = page_by_key(fetch, order, after, before, size or PAGE_SIZE)
    ids = [row.id for row in page.rows]
    by_id = {one.id: one for one in db.session.scalars(select(kind.model).where(kind.model.id.in_(ids)))}
    return Page([by_id[one] for one in ids], page.next, page.previous)


def name_key(column: InstrumentedAttribute[str]) -> ColumnElement[Any]:
    """Return what lists sort names by."""
    return collate(func.search_fold(column, type_=Text), "C")


def in_folders(kind: FolderKind, scope: FolderScope) -> list[ColumnElement[bool]]:
    """Return the conditions of a scope."""
    model = kind.model
    conditions = [*of_account(model, scope.account_id), *_present(kind, scope.is_archived)]
    conditions += [*scope.seen, *scope.narrowed]
    if scope.search.strip():
        conditions.append(func.strpos(func.search_fold(model.name), func.search_fold(scope.search.strip())) > 0)
    if scope.folder_id is not None:
        conditions.append(model.folder_id.is_(None) if scope.folder_id == ROOT else model.folder_id == scope.folder_id)
    return conditions


def _present(kind: FolderKind, is_archived: bool = False) -> list[ColumnElement[bool]]:
    if kind.archived is None:
        return []
    return [kind.archived() if is_archived else ~kind.archived()]


def _sortable(kind: FolderKind, scope: FolderScope, columns: Sequence[ColumnElement[Any]]) -> Select[*tuple[Any, ...]]:
    own: list[ColumnElement[Any]] = [
        kind.model.id.expression,
        kind.model.updated_at.expression,
        name_key(kind.model.name).label("name_key"),
    ]
    return select(*own, *columns).where(*in_folders(kind, scope))
