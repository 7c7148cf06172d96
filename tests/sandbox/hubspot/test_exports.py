"""Exports: asked for, made after a moment, downloaded while the address holds."""

from __future__ import annotations

import requests

from tests.sandbox.hubspot.portals import Portal, V
from tests.support.sandbox import SandboxServer

ROOT = f"/crm/exports/{V}/export"
WISH = {
    "exportType": "VIEW",
    "exportName": "All",
    "format": "CSV",
    "objectType": "CONTACT",
    "objectProperties": ["email"],
}


def test_an_export_is_made_and_its_address_expires() -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server, population={"contacts": 3})
        started = portal.post(f"{ROOT}/async", WISH)
        assert started.status_code == 202
        task = started.json()["id"]
        assert portal.post(f"{ROOT}/async", WISH).status_code == 429
        assert portal.get(f"{ROOT}/async/tasks/{task}/status").json()["status"] == "PROCESSING"
        server.advance(5)
        url = portal.checked("GET", f"{ROOT}/async/tasks/{task}/status").json()["result"]
        assert portal.checked("GET", f"{ROOT}/{task}").json()["exportState"] == "DONE"
        lines = requests.get(url, timeout=20).text.split()
        assert lines[0] == "Record" and len(lines) == 5 and lines[-1] == "1003,person3@people.example"
        server.advance(301)
        assert requests.get(url, timeout=20).status_code == 403


def test_only_the_members_of_a_list_are_exported() -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server, population={"contacts": 3})
        found = portal.control("POST", "/lists", {"name": "One"})["id"]
        portal.control("POST", f"/lists/{found}/members", {"add": ["1002"]})
        task = portal.post(f"{ROOT}/async", WISH | {"exportType": "LIST", "listId": found}).json()["id"]
        server.advance(5)
        url = portal.get(f"{ROOT}/async/tasks/{task}/status").json()["result"]
        assert requests.get(url, timeout=20).text.splitlines()[1:] == ["1002,person2@people.example"]


def test_exports_are_checked_and_take_their_scope(portal: Portal) -> None:
    assert portal.post(f"{ROOT}/async", WISH | {"objectType": "PLANET"}).status_code == 400
    assert portal.post(f"{ROOT}/async", WISH | {"exportType": "LIST", "listId": "9"}).status_code == 404
    portal.control("PATCH", f"/installs/{portal.app.app_id}", {"scopes": ["oauth"]})
    assert portal.post(f"{ROOT}/async", WISH).json()["category"] == "MISSING_SCOPES"
