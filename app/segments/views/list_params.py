"""Query parameters of the list of segments: search, order and folder."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from flask import request

from app.core.errors import InvalidInput
from app.core.i18n import _l
from app.core.identifiers import form_row_number
from app.core.pages import FIRST_PAGE, Order, PagePosition
from app.segments.models import Folder
from app.segments.queries.segments import ORDERS, ROOT, get_folder

UPDATED = "updated"
LONGEST_SEARCH = 100


@dataclass(frozen=True)
class SegmentListParams:
    """Search, order and folder from an address; `folder_id` None: everywhere, ROOT: in no folder."""

    account_id: int
    search: str
    order: Order
    folder_id: int | None
    folder: Folder | None
    place: PagePosition = FIRST_PAGE

    @property
    def is_whole(self) -> bool:
        """Return whether all segments of the account are listed."""
        return not self.search and self.folder_id is None

    @property
    def args(self) -> dict[str, Any]:
        """Return query parameters for the first page of this list."""
        return self.in_folder(self.folder_id)

    def in_folder(self, folder_id: int | None) -> dict[str, Any]:
        """Return query parameters for the same search and order in another folder."""
        values: dict[str, Any] = {"search": self.search, "folder": folder_id, "size": self.place.size}
        if self.order.name != UPDATED:
            values["sort"] = self.order.name
        return {
            "account_id": self.account_id,
            **{name: value for name, value in values.items() if value not in ("", None)},
        }


def parse_list_params(account_id: int) -> SegmentListParams:
    """Read the query parameters; raises NotFound for a folder that is gone, InvalidInput for an invented one."""
    given = request.args
    search = " ".join(given.get("search", "").replace("\x00", " ").split())[:LONGEST_SEARCH]
    folder_id = _folder_id(given.get("folder", ""))
    folder = get_folder(account_id, folder_id) if folder_id else None
    order = ORDERS.get(given.get("sort", ""), ORDERS[UPDATED])
    return SegmentListParams(account_id, search, order, folder_id, folder, PagePosition.asked_by(given))


def _folder_id(typed: str) -> int | None:
    if not typed:
        return None
    try:
        return form_row_number(typed) or ROOT
    except ValueError as error:
        raise InvalidInput(folder=_l("This page address is not valid. Start again from the whole list.")) from error
