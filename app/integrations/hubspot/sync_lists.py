"""What the screen Sync Data shows of HubSpot's lists: their names, and the state of their members."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core import error_messages
from app.core.i18n import Text, _, _l
from app.integrations.hubspot.gateway.scopes import LISTS_READ
from app.integrations.hubspot.sync.lists import PROCESSING, PROPERTY
from app.integrations.hubspot.sync_data import State, closed_because
from app.integrations.shared.lists import count_lists, lists_like, used_lists
from app.integrations.shared.models import Integration, RemoteList

TYPES: dict[bool, Text] = {True: _l("Active list"), False: _l("Static list")}


@dataclass(frozen=True)
class ListRow:
    """A list; `is_used`: a segment or a workflow asks for it, so that its members are read in any case."""

    list: RemoteList
    type_label: Text
    is_used: bool
    state: State


@dataclass(frozen=True)
class ListTable:
    """Lists by name, those whose members are read first; `total` is how many there are in all."""

    rows: Sequence[ListRow]
    total: int
    typed: str
    # HubSpot does not let us read lists.
    is_closed: bool


def list_table(connection: Integration, typed: str) -> ListTable:
    """Return the lists whose name contains what was typed; as many as fit on a page."""
    wanted = used_lists(connection.id, PROPERTY)
    used = {one.id for one in wanted if not one.is_switched_on}
    first = [one.id for one in wanted] if not typed.strip() else []
    rows = [
        _row(connection, one, {found.id for found in wanted}, used) for one in lists_like(connection.id, typed, first)
    ]
    return ListTable(rows, count_lists(connection.id), typed, LISTS_READ not in connection.scopes)


def _row(connection: Integration, one: RemoteList, wanted: set[int], used: set[int]) -> ListRow:
    return ListRow(one, TYPES[one.is_active], one.id in used, _state(connection, one, is_wanted=one.id in wanted))


def _state(connection: Integration, one: RemoteList, *, is_wanted: bool) -> State:
    if not is_wanted:
        return State(_("Name only"), "secondary")
    if not connection.is_connected:
        return State(_("Not syncing"), "secondary")
    if closed := closed_because(connection, "lists"):
        return State(_("Not read"), "yellow", closed)
    about = error_messages.sentence(one.problem, one.problem_values)
    if one.problem:
        return State(_("Being filled") if one.problem == PROCESSING else _("Not read"), "yellow", about)
    return State(_("Synced"), "green") if one.synced_at else State(_("Waiting for the next sync"), "blue")
