"""Query parameters of a list with folders: search, order, folder, and whether it is the archive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import request

from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.core.identifiers import form_row_number
from app.core.pages import FIRST_PAGE, Order, PagePosition, searched
from app.folders.kinds import FolderKind
from app.folders.models import FolderRow
from app.folders.queries import ROOT, FolderScope, get_folder
from app.team.permissions import current_actor


@dataclass(frozen=True)
class FolderListParams:
    """What is listed, and in which order."""

    kind: FolderKind
    scope: FolderScope
    order: Order
    folder: FolderRow | None
    place: PagePosition = FIRST_PAGE

    @property
    def args(self) -> dict[str, Any]:
        """Return query parameters for the first page of this list."""
        values = {
            "search": self.scope.search,
            "folder": self.scope.folder_id,
            "archived": "1" if self.scope.is_archived else "",
            "sort": "" if self.order == self.kind.usual_order else self.order.name,
            "size": self.place.size,
        }
        given = {name: value for name, value in values.items() if value not in ("", None)}
        return {"account_id": self.scope.account_id, **given}

    def in_folder(self, folder_id: int | None) -> dict[str, Any]:
        """Return query parameters for the same search and order in another folder."""
        return replace(self, scope=replace(self.scope, folder_id=folder_id, is_archived=False)).args

    def in_archive(self) -> dict[str, Any]:
        """Return query parameters for the same search and order in the archive."""
        return replace(self, scope=replace(self.scope, folder_id=None, is_archived=True)).args


def parse_list_params(account_id: int | None, kind: FolderKind) -> FolderListParams:
    """Read the query parameters; raises NotFound for a folder that is gone, InvalidInput for an invented one."""
    given = request.args
    is_archived = kind.has_archive and given.get("archived") == "1"
    folder_id = None if is_archived else _folder_id(given.get("folder", ""))
    folder = get_folder(account_id, kind, folder_id) if folder_id else None
    order = kind.orders.get(given.get("sort", ""), kind.usual_order)
    seen = kind.seen_by(current_actor())
    scope = FolderScope(account_id, searched(given.get("search", "")), folder_id, is_archived, seen)
    return FolderListParams(kind, scope, order, folder, PagePosition.asked_by(given))


def _folder_id(typed: str) -> int | None:
    if not typed:
        return None
    try:
        return form_row_number(typed) or ROOT
    except ValueError as error:
        raise InvalidInput(folder=_l("This page address is not valid. Start again from the whole list.")) from error
