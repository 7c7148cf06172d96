"""Paths of HubSpot's API, all of one version by date. A version is served for 18 months."""

from __future__ import annotations

from urllib.parse import quote

VERSION = "2026-03"
# Inboxes and who writes in them can be read in this version alone, which is a beta.
INBOX_VERSION = "2026-09-beta"

TOKEN = f"/oauth/{VERSION}/token"
ACCOUNT = f"/account-info/{VERSION}/details"
UNINSTALL = f"/appinstalls/{VERSION}/external-install"
CUSTOM_PROPERTY_LIMITS = f"/crm/limits/{VERSION}/custom-properties"


def objects(object_type: str, *parts: str) -> str:
    """Return the path of records: `objects("contacts", "batch", "read")`."""
    return _joined(f"/crm/objects/{VERSION}", object_type, *parts)


def properties(object_type: str, *parts: str) -> str:
    return _joined(f"/crm/properties/{VERSION}", object_type, *parts)


def lists(*parts: str) -> str:
    return _joined(f"/crm/lists/{VERSION}", *parts)


def associations(from_type: str, to_type: str, *parts: str) -> str:
    return _joined(f"/crm/associations/{VERSION}", from_type, to_type, *parts)


def actions(app_id: str, *parts: str) -> str:
    """Return the path of an app's workflow actions."""
    return _joined(f"/automation/actions/{VERSION}", app_id, *parts)


def callback(callback_id: str) -> str:
    """Return the path that completes a blocked workflow action."""
    return _joined(f"/automation/actions/callbacks/{VERSION}", callback_id, "complete")


def webhooks(app_id: str, *parts: str) -> str:
    return _joined(f"/webhooks/{VERSION}", app_id, *parts)


def channels(*parts: str) -> str:
    """Return the path of the app's custom channels: `channels("12", "messages")`."""
    return _joined(f"/conversations/custom-channels/{VERSION}", *parts)


def inboxes(*parts: str) -> str:
    """Return the path of what can be read of a portal's inboxes: `inboxes("actors", "A-1")`."""
    return _joined(f"/conversations/conversations/{INBOX_VERSION}", *parts)


def journal(*parts: str) -> str:
    """Return a path of the app's journal: `journal("journal", "latest")`."""
    return _joined(f"/webhooks-journal/{parts[0]}/{VERSION}", *parts[1:])


def files(*parts: str) -> str:
    return _joined(f"/files/{VERSION}/files", *parts)


def _joined(root: str, *parts: str) -> str:
    return "/".join([root, *(quote(part, safe="") for part in parts)])
