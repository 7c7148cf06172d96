"""Forms of the steps that change something in HubSpot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.integrations.hubspot.steps.lists import ADD, CHANGE_LIST, CHANGES, LISTS, static_lists
from app.workflows.forms.reading import id_by_account, one_of
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register


def _read(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    return {
        "change": one_of(form, "change", CHANGES, ADD),
        LISTS: id_by_account(form, LISTS, editing.accounts),
    }


def _offer(_editing: NodeEditing) -> Mapping[str, Any]:
    return {"changes": CHANGES, "lists_of": lambda account: static_lists(account.id)}


register(
    NodeForm(
        kind=CHANGE_LIST,
        template="integrations/hubspot/nodes/_list.html",
        read=_read,
        context=_offer,
        blank={"change": ADD},
    )
)
