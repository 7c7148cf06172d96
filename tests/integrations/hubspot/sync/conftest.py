"""A portal at the sandbox that is in step with an account, and syncs that run to their end."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core.clock import database_now
from app.core.db import db
from app.core.runs import operations as runs
from app.core.runs.models import Run
from app.friends.models import Friend
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.sync import due, plan
from app.integrations.hubspot.sync import run as sync_run
from app.integrations.hubspot.sync.reader import SyncReader
from app.integrations.shared.models import Integration, IntegrationApp
from app.line.models import Account
from tests.factories.integrations import integration, mapping
from tests.integrations.hubspot.gateway.conftest import Grantee
from tests.sandbox.hubspot.portals import App, Portal
from tests.support.sandbox import SandboxServer

V = "2026-03"
CONTACTS = f"/crm/objects/{V}/contacts"


@pytest.fixture
def hubspot(app: Flask, line: SandboxServer, monkeypatch: pytest.MonkeyPatch) -> SandboxServer:
    """The sandbox, as HubSpot; windows of changes end now."""
    monkeypatch.setattr(urls, "api", f"{line.url}/hubspot")
    monkeypatch.setattr(plan, "SETTLED", timedelta(seconds=-5))
    return line


@pytest.fixture
def at_hubspot(hubspot: SandboxServer) -> Portal:
    """An empty portal with the app in it."""
    return Portal.open(hubspot, App.open(hubspot), name="Tomoru Coffee")


@pytest.fixture
def grantee(at_hubspot: Portal, monkeypatch: pytest.MonkeyPatch) -> Grantee:
    """The grant of the portal."""
    made = Grantee(at_hubspot)
    for module in (sync_run, due):
        monkeypatch.setattr(module, "reader_of", lambda _integration: SyncReader(made))
    return made


@pytest.fixture
def portal(place: Account, at_hubspot: Portal, grantee: Grantee) -> Integration:
    """The connected portal, with names mapped as every integration begins."""
    made = integration(place, remote_id=at_hubspot.portal_id, name="Tomoru Coffee")
    app = at_hubspot.app
    db.session.add(
        IntegrationApp(service="hubspot", app_id=app.app_id, client_id=app.client_id, client_secret=app.client_secret)
    )
    mapping(made, "firstname", "first_name", is_default=True)
    mapping(made, "lastname", "last_name", is_default=True)
    return made


@pytest.fixture
def line_property(at_hubspot: Portal) -> str:
    """The property with LINE user ids, as the integration makes it."""
    about = {"name": "line_user_id", "label": "LINE User ID", "groupName": "contactinformation"}
    wish = {**about, "type": "string", "fieldType": "text", "hasUniqueValue": True}
    response = at_hubspot.post(f"/crm/properties/{V}/contacts", wish)
    assert response.status_code == 201, response.text
    return "line_user_id"


@pytest.fixture
def sync(portal: Integration) -> Callable[..., Run]:
    """Run a sync to its end; of everything when asked to."""

    def to_the_end(*, everything: bool = False) -> Run:
        run, _is_new = runs.start(sync_run.SYNC.name, portal.id, input={"all": everything})
        db.session.commit()
        return finish(run)

    return to_the_end


def finish(run: Run, sittings: int = 20) -> Run:
    """Advance a run until it has ended or waits."""
    for _ in range(sittings):
        runs.advance(run.id)
        db.session.expire_all()
        run = db.session.get_one(Run, run.id)
        if not run.is_active or run.reason:
            break
    return run


def again(friend: Friend) -> Friend:
    """The friend as stored now."""
    db.session.expire_all()
    return db.session.get_one(Friend, friend.id)


def change(portal: Portal, contact: str, **properties: str) -> None:
    """Edit a contact as a person at HubSpot."""
    portal.control("PATCH", f"/contacts/{contact}", {"properties": properties})


def due_now(run: Run) -> None:
    """Let a run that waits go on."""
    run.due_at = database_now()
    db.session.commit()


def counted(run: Run, *names: str) -> tuple[Any, ...]:
    """Counters of a run."""
    return tuple(run.counts.get(name, 0) for name in names)
