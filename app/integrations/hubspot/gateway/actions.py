"""Workflow actions of the app: definitions, by the developer's client, and answers to runs that wait, by a portal's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

from app.core import lenient_json
from app.integrations.hubspot.gateway import paths
from app.integrations.hubspot.gateway.objects import after_of
from app.integrations.hubspot.gateway.requests import HubSpotRequest, nothing

MOST = 100
STATE = "hs_execution_state"


class ActionDefinition(NamedTuple):
    """A registered action; `body` is the whole definition as HubSpot keeps it."""

    id: str
    action_url: str
    is_published: bool
    body: Mapping[str, Any]


class ActionPage(NamedTuple):
    """A page of definitions; without `after` it is the last."""

    definitions: list[ActionDefinition]
    after: str | None


def list_definitions(app_id: str, after: str | None = None) -> HubSpotRequest[ActionPage]:
    query = {"limit": MOST, **({"after": after} if after else {})}
    return HubSpotRequest("GET", paths.actions(app_id), _read_page, query)


def create_definition(app_id: str, definition: Mapping[str, Any]) -> HubSpotRequest[ActionDefinition]:
    """Register an action. Must not be done twice: look at the list first."""
    path, body = paths.actions(app_id), dict(definition)
    return HubSpotRequest("POST", path, read_definition, body=body, is_repeatable=False)


def update_definition(
    app_id: str, definition_id: str, definition: Mapping[str, Any]
) -> HubSpotRequest[ActionDefinition]:
    """Change an action; workflows of customers that use it change with it."""
    return HubSpotRequest("PATCH", paths.actions(app_id, definition_id), read_definition, body=dict(definition))


def archive_definition(app_id: str, definition_id: str) -> HubSpotRequest[None]:
    return HubSpotRequest("DELETE", paths.actions(app_id, definition_id), nothing)


def complete(callback_id: str, state: str, outputs: Mapping[str, str]) -> HubSpotRequest[None]:
    """Let a run that waits go on; `state` is SUCCESS or FAIL_CONTINUE. One that no longer waits is not found."""
    body = {"outputFields": {**outputs, STATE: state}, "typedOutputs": {}}
    return HubSpotRequest("POST", paths.callback(callback_id), nothing, body=body)


def read_definition(body: Any) -> ActionDefinition:
    """Read a definition of an answer."""
    return ActionDefinition(
        id=lenient_json.text(body, "id") or "",
        action_url=lenient_json.text(body, "actionUrl") or "",
        is_published=lenient_json.flag(body, "published"),
        body=body if isinstance(body, dict) else {},
    )


def _read_page(body: Any) -> ActionPage:
    return ActionPage([read_definition(one) for one in lenient_json.items(body, "results")], after_of(body))
