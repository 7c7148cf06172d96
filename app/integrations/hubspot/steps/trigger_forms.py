"""Forms of the triggers of HubSpot."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.integrations.hubspot.steps.list_trigger import ADDED, LIST_CHANGED, WAYS
from app.integrations.hubspot.steps.property_forms import (
    chosen_property,
    pickers_of,
    property_pickers,
    read_by_portal,
)
from app.integrations.hubspot.steps.property_plans import PROPERTIES
from app.integrations.hubspot.steps.property_values import PropertyKind, choices_of, kind_of
from app.integrations.hubspot.steps.value_trigger import AFTER, ANY, BEFORE, CERTAIN, SIDES, VALUE_CHANGED
from app.integrations.shared.lists import WATCHED, count_lists, lists_like
from app.integrations.shared.properties import OFFERED, mapped
from app.workflows.forms.reading import one_of, text
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register


def _read_value(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    settings: dict[str, Any] = {PROPERTIES: read_by_portal(form, editing, PROPERTIES)}
    about = chosen_property(editing)
    labels = {value: str(label) for value, label in choices_of(about)} if about else {}
    for side in (BEFORE, AFTER):
        settings[side] = one_of(form, side, SIDES, ANY)
        if settings[side] == CERTAIN:
            value = text(form, f"{side}_value")
            settings[f"{side}_value"] = value
            settings |= {f"{side}_label": labels[value]} if value in labels else {}
    return settings


def _offer_value(editing: NodeEditing) -> Mapping[str, Any]:
    about = chosen_property(editing)
    return {
        "pickers": property_pickers(editing, mapped()),
        "about": about,
        "value_kind": kind_of(about) if about else PropertyKind.TEXT,
        "value_choices": choices_of(about) if about else (),
        "sides": SIDES,
    }


def _read_list(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    return {"change": one_of(form, "change", WAYS, ADDED), WATCHED: read_by_portal(form, editing, WATCHED)}


def _offer_list(editing: NodeEditing) -> Mapping[str, Any]:
    def find(integration_id: int, typed: str, keep: list[int]) -> tuple[Any, bool]:
        return lists_like(integration_id, typed, keep), count_lists(integration_id) > OFFERED

    return {"ways": WAYS, "pickers": pickers_of(editing, WATCHED, find)}


register(
    NodeForm(
        kind=VALUE_CHANGED,
        template="integrations/hubspot/nodes/_value_changed.html",
        read=_read_value,
        context=_offer_value,
        blank={BEFORE: ANY, AFTER: ANY},
    )
)
register(
    NodeForm(
        kind=LIST_CHANGED,
        template="integrations/hubspot/nodes/_list_changed.html",
        read=_read_list,
        context=_offer_list,
        blank={"change": ADDED},
    )
)
