"""Query parameters of the list of Auto Send Messages: search, order, folder, and whether it is the archive."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any

from flask import request

from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.core.identifiers import form_row_number
from app.core.pages import FIRST_PAGE, Order, PagePosition
from app.messages.auto.models import AutoMessageFolder
from app.messages.auto.queries.auto_messages import ORDERS, ROOT, Scope, get_folder

UPDATED = "updated"
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class AutoMessageListParams:
    """What is listed, and in which order."""

    scope: Scope
    order: Order
    folder: AutoMessageFolder | None
    place: PagePosition = FIRST_PAGE

    @property
    def is_whole(self) -> bool:
        """Return whether all that are not archived are listed."""
        return self.scope == Scope(self.scope.account_id)

    @property
    def args(self) -> dict[str, Any]:
        """Return query parameters for the first page of this list."""
        values = {
            "search": self.scope.search,
            "folder": self.scope.folder_id,
            "archived": "1" if self.scope.is_archived else "",
            "sort": self.order.name if self.order.name != UPDATED else "",
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


def parse_list_params(account_id: int) -> AutoMessageListParams:
    """Read the query parameters; raises NotFound for a folder that is gone, InvalidInput for an invented one."""
    given = request.args
    search = " ".join(given.get("search", "").replace("\x00", " ").split())[:LONGEST_SEARCH]
    is_archived = given.get("archived") == "1"
    folder_id = None if is_archived else _folder_id(given.get("folder", ""))
    folder = get_folder(account_id, folder_id) if folder_id else None
    order = ORDERS.get(given.get("sort", ""), ORDERS[UPDATED])
    scope = Scope(account_id, search, folder_id, is_archived)
    return AutoMessageListParams(scope, order, folder, PagePosition.asked_by(given))


def _folder_id(typed: str) -> int | None:
    if not typed:
        return None
    try:
        return form_row_number(typed) or ROOT
    except ValueError as error:
        raise InvalidInput(folder=_l("This page address is not valid. Start again from the whole list.")) from error
