"""Fields of forms about HubSpot's properties: a picker for each HubSpot account, and values by the property's type."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement

from app.core.i18n import Text, listed
from app.integrations.hubspot.steps.connected import integrations_by_account
from app.integrations.hubspot.steps.property_checks import chosen_properties
from app.integrations.hubspot.steps.property_plans import PROPERTIES, VALUE
from app.integrations.hubspot.steps.property_values import ANSWER, CHANGES, SET, PropertyKind, choices_of, kind_of
from app.integrations.shared.connecting import label_of
from app.integrations.shared.models import Integration
from app.integrations.shared.properties import properties_at, properties_like, writable
from app.integrations.shared.step_models import RemoteProperty
from app.line.models import Account
from app.messages.content.personal_values import personal_values
from app.workflows.definition.answers import answers_of
from app.workflows.forms.reading import id_by_account, one_of, text
from app.workflows.forms.registry import NodeEditing, NodeForm, Posted, register
from app.workflows.texts import own_types


@dataclass(frozen=True)
class PortalPicker:
    """What may be chosen of one HubSpot account; the first LINE account that it covers names the fields."""

    place: int
    label: str
    accounts: str
    offered: Sequence[Any]
    chosen: int | None
    typed: str
    has_search: bool


def portals_of(accounts: Sequence[Account]) -> list[tuple[Integration, list[Account]]]:
    """Return the connected HubSpot accounts behind LINE accounts, each with those that it covers."""
    found: dict[int, tuple[Integration, list[Account]]] = {}
    by_account = integrations_by_account([one.id for one in accounts])
    for account in accounts:
        portal = by_account.get(account.id)
        if portal is not None and portal.is_connected:
            found.setdefault(portal.id, (portal, []))[1].append(account)
    return list(found.values())


def read_by_portal(form: Posted, editing: NodeEditing, setting: str) -> dict[str, int]:
    """Return what was chosen for each HubSpot account, for every LINE account that it covers."""
    chosen = id_by_account(form, setting, editing.accounts)
    found: dict[str, int] = {}
    for _portal, accounts in portals_of(editing.accounts):
        if (one := chosen.get(str(accounts[0].id))) is not None:
            found |= {str(account.id): one for account in accounts}
    return found


# Finds what may be chosen of a HubSpot account, by what was typed and what is chosen; and whether there is more.
Finding = Callable[[int, str, list[int]], tuple[Sequence[Any], bool]]


def pickers_of(editing: NodeEditing, setting: str, find: Finding) -> list[PortalPicker]:
    """Return the pickers of a setting, one for each HubSpot account behind the workflow."""
    kept, found = editing.node.settings.get(setting) or {}, []
    for portal, accounts in portals_of(editing.accounts):
        place = accounts[0].id
        typed, chosen = editing.posted.get(f"search-{place}", ""), kept.get(str(place))
        offered, has_more = find(portal.id, typed, [chosen] if chosen else [])
        names = listed([account.name for account in accounts])
        has_search = bool(typed.strip()) or has_more
        found.append(PortalPicker(place, label_of(portal), names, offered, chosen, typed, has_search))
    return found


def property_pickers(editing: NodeEditing, *where: ColumnElement[bool]) -> list[PortalPicker]:
    """Return the pickers of properties that meet these conditions."""
    return pickers_of(
        editing,
        PROPERTIES,
        lambda portal_id, typed, keep: properties_like(properties_at(portal_id, *where), typed, keep),
    )


def chosen_property(editing: NodeEditing) -> RemoteProperty | None:
    """Return the property that decides which fields the form has; that of the first account."""
    return next(iter(chosen_properties(editing.node, editing.account_ids).values()), None)


def _read(form: Posted, editing: NodeEditing) -> dict[str, Any]:
    settings: dict[str, Any] = {PROPERTIES: read_by_portal(form, editing, PROPERTIES)}
    changes = {name: words for of_kind in CHANGES.values() for name, words in of_kind.items()}
    settings["change"] = one_of(form, "change", changes, SET)
    if settings["change"] == ANSWER:
        return {**settings, "answer": text(form, "answer")}
    chosen = [one for one in form.getlist(VALUE) if one]
    return {**settings, VALUE: chosen if "several" in form else text(form, VALUE)}


def _offer(editing: NodeEditing) -> Mapping[str, Any]:
    about = chosen_property(editing)
    kind = kind_of(about) if about else PropertyKind.TEXT
    found = {name: one for account_id in editing.account_ids for name, one in personal_values(account_id).items()}
    choices: Sequence[tuple[str, Text]] = choices_of(about) if about else ()
    return {
        "pickers": property_pickers(editing, writable()),
        "about": about,
        "value_kind": kind,
        "changes": CHANGES[kind],
        "value_choices": choices,
        "answers": [(one, one) for one in answers_of(editing.graph)],
        "takes_values": True,
        "composer_values": [*found.values(), *own_types(editing.graph).values()],
    }


register(
    NodeForm(
        kind="hubspot_property",
        template="integrations/hubspot/nodes/_property.html",
        read=_read,
        context=_offer,
        blank={"change": SET},
    )
)
