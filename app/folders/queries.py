"""Reads of folders, and of pages of what is kept in them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from sqlalchemy import ColumnElement, Select, Text, collate, func, select
from sqlalchemy.orm import InstrumentedAttribute

from app.core.db import db
from app.core.errors import NotFound
from app.core.pages import Order, Page, page_by_key
from app.folders.kinds import FolderKind
from app.folders.models import FiledRow, FolderRow

PAGE_SIZE = 50
# No folder at all, where a folder can be asked for.
ROOT = 0
Row = TypeVar("Row", bound=FiledRow)


@dataclass(frozen=True)
class FolderScope:
    """Which things of a kind are listed.

    `folder_id` None: of all folders, ROOT: of none. `is_archived`: the archived ones instead of the others.
    """

    account_id: int
    search: str = ""
    folder_id: int | None = None
    is_archived: bool = False

    @property
    def is_whole(self) -> bool:
        """Return whether all that are not archived are listed."""
        return self == FolderScope(self.account_id)


@dataclass(frozen=True)
class FolderLine:
    """A folder and how many things are in it, without the archived ones."""

    folder: FolderRow
    things: int


def get_folder(account_id: int, kind: FolderKind, folder_id: int) -> FolderRow:
    """Return the account's folder; raises NotFound."""
    folder = db.session.get(kind.folder, folder_id)
    if folder is None or folder.account_id != account_id:
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


def folders_of(account_id: int, kind: FolderKind) -> Sequence[FolderLine]:
    """Return the account's folders of a kind by name."""
    folder = kind.folder
    inside = select(func.count()).select_from(kind.model).where(kind.model.folder_id == folder.id, *_present(kind))
    query = select(folder, inside.correlate(folder).scalar_subquery()).where(folder.account_id == account_id)
    rows = db.session.execute(query.order_by(func.search_fold(folder.name), folder.id))
    return [FolderLine(one, int(things)) for one, things in rows]


def count_filed(account_id: int, kind: FolderKind, *, is_archived: bool = False) -> int:
    """Count the account's things of a kind, without the archived ones or only those."""
    mine = kind.model.account_id == account_id
    return db.session.scalars(
        select(func.count()).select_from(kind.model).where(mine, *_present(kind, is_archived))
    ).one()


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
    conditions: list[ColumnElement[bool]] = [model.account_id == scope.account_id, *_present(kind, scope.is_archived)]
    if scope.search.strip():
        conditions.append(func.strpos(func.search_fold(model.name), func.search_fold(scope.search.strip())) > 0)
    if scope.folder_id is not None:
        conditions.append(model.folder_id.is_(None) if scope.folder_id == ROOT else model.folder_id == scope.folder_id)
    return conditions


def _present(kind: FolderKind, is_archived: bool = False) -> list[ColumnElement[bool]]:
    if not kind.has_archive:
        return []
    archived_at: InstrumentedAttribute[Any] = kind.model.archived_at  # type: ignore[attr-defined]
    return [archived_at.is_not(None) if is_archived else archived_at.is_(None)]


def _sortable(kind: FolderKind, scope: FolderScope, columns: Sequence[ColumnElement[Any]]) -> Select[*tuple[Any, ...]]:
    own: list[ColumnElement[Any]] = [
        kind.model.id.expression,
        kind.model.updated_at.expression,
        name_key(kind.model.name).label("name_key"),
    ]
    return select(*own, *columns).where(*in_folders(kind, scope))
