"""What a control request is about, by the names in its path."""

from __future__ import annotations

from sandbox.control.plumbing import API, Control, ControlError
from sandbox.hubspot.crm import Crm
from sandbox.hubspot.drawing import record_id
from sandbox.hubspot.hubspot import HubSpot
from sandbox.hubspot.state import TYPE_NAMES, HubSpotApp, Install, Portal, Record, Source

ROOT = f"{API}/hubspot"
PORTAL = f"{ROOT}/portals/{{portal_id}}"
APP = f"{ROOT}/apps/{{app_id}}"
# Who acts at HubSpot's screens.
USER = Source("CRM_UI", "userId:1", 1)


def hubspot(control: Control) -> HubSpot:
    return control.world.hubspot


def portal(control: Control) -> Portal:
    found = hubspot(control).portals.get(control.request.match_info["portal_id"])
    if found is None:
        raise ControlError(404, "There is no such portal.")
    return found


def hubspot_app(control: Control) -> HubSpotApp:
    found = hubspot(control).apps.get(control.request.match_info["app_id"])
    if found is None:
        raise ControlError(404, "There is no such app.")
    return found


def install(control: Control) -> Install:
    """Return the installation of the app in the path in the portal in the path."""
    found = hubspot(control).grants.install(hubspot_app(control).app_id, portal(control).portal_id)
    if found is None:
        raise ControlError(404, "The app is not installed in this portal.")
    return found


def crm(control: Control) -> Crm:
    """Return the records of the type in the path."""
    kind = TYPE_NAMES.get(control.request.match_info["object_type"])
    if kind is None:
        raise ControlError(404, "There is no such type of record.")
    return hubspot(control).crm(portal(control), kind)


def record(control: Control) -> Record:
    """Return the record in the path, whatever became of it."""
    found = crm(control).book.get(record_id(control.request.match_info["record_id"]))
    if found is None:
        raise ControlError(404, "There is no such record.")
    return found
