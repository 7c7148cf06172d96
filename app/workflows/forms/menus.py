"""The form of the step that changes a friend's rich menu."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from app.core.i18n import _, _l
from app.line.models import Account
from app.messages.rich_menus.queries import menus_of
from app.workflows.actions.rich_menus import REMOVE, SET
from app.workflows.forms.reading import id_by_account, one_of
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register

CHANGES = {SET: _l("Show a rich menu"), REMOVE: _l("Show the default rich menu again")}


def _read(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    change = one_of(form, "change", CHANGES, SET)
    menus = {"menus": id_by_account(form, "menus", editing.accounts)} if change == SET else {}
    return {"change": change, **menus}


def _offer(_editing: NodeEditing) -> Mapping[str, Any]:
    return {"changes": CHANGES, "menus_of": _choices}


def _choices(account: Account) -> Sequence[Mapping[str, Any]]:
    """Return the account's menus; of those that are not at LINE the name says so."""
    return [
        {"id": one.id, "name": one.name if one.is_published else _("%(name)s (not at LINE)", name=one.name)}
        for one in menus_of(account.id)
    ]


register(
    NodeForm(
        kind="rich_menu", template="workflows/nodes/_rich_menu.html", read=_read, context=_offer, blank={"change": SET}
    )
)
