"""What the app listens to is registered with the developer key, once, and follows the mapped fields."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.core import queue
from app.core.db import db
from app.integrations.hubspot import registering
from app.integrations.hubspot.credentials import settings
from app.integrations.hubspot.jobs import register as register_job
from app.integrations.hubspot.models import HubSpotRegistration
from app.integrations.hubspot.registering import register_app
from app.integrations.shared.mappings import RemoteField, add_mapping, remove_mapping
from app.integrations.shared.models import Integration, IntegrationState
from app.team.actors import SYSTEM
from app.team.permissions import Permission
from tests.factories import integrations, line
from tests.sandbox.hubspot.portals import App, V
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

TARGET = "http://127.0.0.1:9/integrations/hubspot/webhooks"


@pytest.fixture
def keyed(hubspot_app: App, monkeypatch: pytest.MonkeyPatch) -> App:
    """The app, with its developer key in the settings."""
    assert settings.app is not None
    monkeypatch.setattr(settings, "app", replace(settings.app, developer_key=hubspot_app.developer_key))
    return hubspot_app


@pytest.fixture
def connection(keyed: App) -> Integration:
    """A connected portal with the usual fields."""
    made = integrations.integration(line.account())
    integrations.mapping(made, "firstname", "first_name")
    integrations.mapping(made, "lastname", "last_name")
    return made


def subscriptions(app: App) -> dict[str, str]:
    """Ids of what is subscribed to and active, by type and property."""
    found = app.call("GET", f"/webhooks/{V}/{app.app_id}/subscriptions").json()["results"]
    return {":".join(filter(None, (one["eventType"], one.get("propertyName")))): one["id"] for one in found}


def told(app: App) -> str:
    return str(app.call("GET", f"/webhooks/{V}/{app.app_id}/settings").json().get("targetUrl"))


def registration() -> HubSpotRegistration:
    db.session.expire_all()
    return db.session.scalars(select(HubSpotRegistration)).one()


def test_registering_twice_makes_everything_once(keyed: App, connection: Integration) -> None:
    assert register_app()
    before = subscriptions(keyed)
    assert set(before) >= {
        "contact.creation",
        "contact.deletion",
        "contact.merge",
        "contact.restore",
        "contact.associationChange",
        "contact.privacyDeletion",
        "contact.propertyChange:firstname",
        "contact.propertyChange:lastname",
        "contact.propertyChange:email",
        "contact.propertyChange:phone",
        "contact.propertyChange:mobilephone",
        "company.deletion",
        "company.merge",
    }
    assert told(keyed) == TARGET
    assert register_app()
    assert subscriptions(keyed) == before
    assert (registration().problem, registration().registered_at is not None) == (None, True)


def test_screens_ask_until_it_is_registered(keyed: App, connection: Integration, as_alice: CheckingClient) -> None:
    screens = {
        "hubspot-webhooks": (f"/integrations/hubspot/{connection.id}/webhooks", "settings"),
        "hubspot-registration": ("/integrations/hubspot/app/registration", "app"),
    }
    pages = {"settings": f"/integrations/hubspot/{connection.id}/settings", "app": "/integrations/hubspot/app"}
    for part, (address, page) in screens.items():
        assert f'hx-get="{address}" hx-trigger="every 1s"' in as_alice.get(pages[page]).text
        assert "Not yet" in as_alice.fragment(address).text
        assert as_alice.get(address).status_code == 303, "Without script the whole page is shown."
        assert f'id="{part}"' in as_alice.fragment(address).text
    inbox = as_alice.fragment(f"/integrations/hubspot/{connection.id}/inbox").text
    assert "The channel is being registered at HubSpot" in inbox and "every 1s" in inbox
    register_app()
    db.session.commit()
    for address, _page in screens.values():
        told = as_alice.fragment(address).text
        assert "Not yet" not in told and "every 10s" in told
    assert "every" not in as_alice.fragment(f"/integrations/hubspot/{connection.id}/inbox").text


def test_what_was_changed_by_hand_is_put_right(keyed: App, connection: Integration) -> None:
    register_app()
    path, before = f"/webhooks/{V}/{keyed.app_id}", subscriptions(keyed)
    keyed.call("PATCH", f"{path}/subscriptions/{before['contact.merge']}", {"active": False})
    keyed.call("DELETE", f"{path}/subscriptions/{before['contact.creation']}")
    other = {"targetUrl": "https://old.example/hubspot", "throttling": {"maxConcurrentRequests": 10}}
    keyed.call("PUT", f"{path}/settings", other)
    register_app()
    assert set(subscriptions(keyed)) == set(before)
    assert keyed.call("GET", f"{path}/subscriptions/{before['contact.merge']}").json()["active"] is True
    assert told(keyed) == TARGET


def test_subscriptions_follow_the_mapped_fields(
    keyed: App, connection: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    woken: list[str] = []
    monkeypatch.setattr(queue, "after_commit", lambda _session, name, *_: woken.append(name))
    made = add_mapping(connection, RemoteField("city", "City", "string", "text"), "company", actor=SYSTEM)
    integrations.mapping(connection, "name", "company", record_kind="company")
    register_app()
    assert {"contact.propertyChange:city", "company.propertyChange:name"} <= set(subscriptions(keyed))
    remove_mapping(connection, made.id, is_sure=True, actor=SYSTEM)
    db.session.commit()
    register_app()
    assert "contact.propertyChange:city" not in subscriptions(keyed)
    assert "contact.propertyChange:firstname" in subscriptions(keyed)
    register = "integrations.hubspot.register"
    assert woken == ["integrations.hubspot.sync.start_due", register, register]


def test_a_field_that_stands_still_or_belongs_to_an_ended_connection_is_not_listened_to(keyed: App) -> None:
    ended = integrations.integration(line.account(), state=IntegrationState.DISCONNECTED)
    integrations.mapping(ended, "city", "prefecture")
    integrations.mapping(integrations.integration(line.account()), "jobtitle", "company", problem="mapping.missing")
    register_app()
    assert not {"contact.propertyChange:city", "contact.propertyChange:jobtitle"} & set(subscriptions(keyed))


def test_nothing_is_registered_before_a_portal_is_connected(keyed: App) -> None:
    register_job()
    assert subscriptions(keyed) == {}
    integrations.integration(line.account())
    register_job()
    assert "contact.creation" in subscriptions(keyed)


def test_a_refused_key_is_shown_until_it_works(
    as_alice: CheckingClient, keyed: App, connection: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert settings.app is not None
    right = settings.app
    monkeypatch.setattr(settings, "app", replace(right, developer_key="wrong"))
    register_job()
    words = "HubSpot refuses the developer key for this app."
    assert words in as_alice.get("/integrations/hubspot/app").text
    assert words in as_alice.get(f"/integrations/hubspot/{connection.id}/settings").text
    again = as_alice.fragment("/integrations/hubspot/app/registration", "POST")
    assert words in again.text
    monkeypatch.setattr(settings, "app", right)
    again = as_alice.fragment("/integrations/hubspot/app/registration", "POST")
    assert words not in again.text
    assert "contact.creation" in subscriptions(keyed)
    assert as_alice.post("/integrations/hubspot/app/registration").status_code == 303


def test_an_action_that_is_refused_does_not_hold_webhooks_back(
    keyed: App, connection: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = registering.definition()
    monkeypatch.setattr(registering, "definition", lambda: {**whole, "unknown": True})
    register_job()
    assert registration().problem == "hubspot.refused"
    assert "contact.creation" in subscriptions(keyed)


def test_without_a_key_there_is_nothing_to_register(as_alice: CheckingClient, hubspot_app: App) -> None:
    assert not register_app()
    assert as_alice.post("/integrations/hubspot/app/registration").status_code == 409
    page = as_alice.get("/integrations/hubspot/app").text
    assert "changes in HubSpot reach friends with the next sync, not at once" in page


def test_only_administrators_register(as_bob: CheckingClient, people: SimpleNamespace, keyed: App) -> None:
    people.bob.permissions = [Permission.INTEGRATIONS]
    db.session.commit()
    assert as_bob.post("/integrations/hubspot/app/registration").status_code == 403


def test_project_files_name_what_is_listened_to(as_alice: CheckingClient, connection: Integration) -> None:
    integrations.mapping(connection, "name", "company", record_kind="company")
    archive = zipfile.ZipFile(io.BytesIO(as_alice.get("/integrations/hubspot/app/project.zip").data))
    component: dict[str, Any] = json.loads(archive.read("src/app/webhooks/webhooks-hsmeta.json"))
    assert (component["type"], component["config"]["settings"]["targetUrl"]) == ("webhooks", TARGET)
    wanted = component["config"]["subscriptions"]
    assert wanted["hubEvents"] == [{"subscriptionType": "contact.privacyDeletion", "active": True}]
    changes = {(one["objectType"], one.get("propertyName")) for one in wanted["crmObjects"]}
    assert {("contact", "firstname"), ("company", "name"), ("contact", None)} <= changes
    assert {one["subscriptionType"] for one in wanted["crmObjects"]} == {
        f"object.{what}" for what in ("creation", "deletion", "merge", "restore", "associationChange", "propertyChange")
    }


def test_the_screens_say_whether_webhooks_come(
    as_alice: CheckingClient, connection: Integration, hubspot: SandboxServer
) -> None:
    dashboard, page = f"/integrations/hubspot/{connection.id}", f"/integrations/hubspot/{connection.id}/settings"
    assert "No webhook has come yet" in as_alice.get(page).text
    assert "None yet" in as_alice.get(dashboard).text
    db.session.execute(db.text("UPDATE integrations SET last_event_at = now() - interval '2 minutes'"))
    db.session.commit()
    assert "2 minutes ago" in as_alice.get(page).text
    assert "2 minutes ago" in as_alice.get(dashboard).text
