"""What all screens of a portal share."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox.control.hubspot.finding import portal
from sandbox.control.plumbing import Control
from sandbox.hubspot.catalogue import MODIFIED
from sandbox.hubspot.hubspot import HubSpot
from sandbox.hubspot.state import CONTACTS, TYPE_IDS, Portal, Record
from sandbox.pages.rendering import POLICY, render

ROOT = "/hubspot"
RECORDS = f"{ROOT}/contacts/{{portal_id}}"
WORKFLOWS = f"{ROOT}/workflows/{{portal_id}}"
INBOX = f"{ROOT}/live-messages/{{portal_id}}/inbox"
INBOX_SETTINGS = f"{ROOT}/live-messages-settings/{{portal_id}}/inboxes"
SETTINGS = f"{ROOT}/settings/{{portal_id}}"
ONES = {CONTACTS: "Contacts", "companies": "Companies"}


def screen(control: Control, template: str, room: str, status: int = 200, **context: Any) -> web.Response:
    """Return a screen of the portal in the path, with its navigation."""
    found = portal(control)
    return render(
        control.request, f"hubspot/{template}.html", status, portal=found, room=room, places=places(found), **context
    )


def places(found: Portal) -> list[tuple[str, str, str]]:
    """Return name, address and words of each screen of a portal."""
    base = f"{ROOT}/contacts/{found.portal_id}"
    return [
        ("contacts", f"{base}/objects/0-1", "Contacts"),
        ("companies", f"{base}/objects/0-2", "Companies"),
        ("lists", f"{base}/lists", "Lists"),
        ("workflows", f"{ROOT}/workflows/{found.portal_id}", "Workflows"),
        ("inbox", INBOX.format(portal_id=found.portal_id), "Inbox"),
        ("inbox-settings", INBOX_SETTINGS.format(portal_id=found.portal_id), "Inbox settings"),
        ("settings", f"{ROOT}/settings/{found.portal_id}", "Connected apps"),
    ]


def back(path: str, **query: Any) -> web.Response:
    """Send the browser on after a form."""
    location = f"{path}?{urlencode(query)}" if query else path
    return web.Response(status=303, headers={"Location": location})


def record_path(found: Portal, object_type: str, number: int | str) -> str:
    return f"{ROOT}/contacts/{found.portal_id}/record/{TYPE_IDS[object_type]}/{number}"


def title(object_type: str, record: Record) -> str:
    """Return what a record is called: by its name, else by its address, else by its id."""
    values = record.properties
    if object_type == CONTACTS:
        name = " ".join(values[key] for key in ("lastname", "firstname") if values.get(key))
        return name or values.get("email") or f"#{record.id}"
    return values.get("name") or values.get("domain") or f"#{record.id}"


def card(found: Portal, object_type: str, record: Record) -> dict[str, Any]:
    """Return what a list shows of a record."""
    values = record.properties
    return {
        "id": record.id,
        "title": title(object_type, record),
        "detail": values.get("email" if object_type == CONTACTS else "domain", ""),
        "stage": values.get("lifecyclestage", ""),
        "modified": values.get(MODIFIED[object_type], "")[:19].replace("T", " "),
        "path": record_path(found, object_type, record.id),
    }


def cards(world: HubSpot, found: Portal, object_type: str, numbers: list[int]) -> list[dict[str, Any]]:
    """Return the cards of those ids that lead to records."""
    book = world.book(found, object_type)
    return [card(found, object_type, record) for number in numbers if (record := book.get(number)) is not None]


def allow_forms(response: web.Response, *addresses: str) -> web.Response:
    """Let forms of a page lead to the sites of these addresses, as the consent page's do."""
    sites = {f"{parts.scheme}://{parts.netloc}" for parts in map(urlsplit, addresses)}
    policy = POLICY.replace("form-action 'self'", " ".join(["form-action 'self'", *sorted(sites)]))
    response.headers["Content-Security-Policy"] = policy
    return response
