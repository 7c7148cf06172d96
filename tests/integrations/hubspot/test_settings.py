"""The screen Settings of HubSpot: accounts, interval, checking, leaving and coming back; and the app's credentials."""

from __future__ import annotations

import io
import json
import zipfile
from datetime import timedelta
from types import SimpleNamespace

import pytest
from sqlalchemy import select, text

from app.core.clock import now
from app.core.db import db
from app.core.runs.models import Run, RunState
from app.integrations.hubspot.credentials import find_app, settings
from app.integrations.hubspot.gateway import scopes
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.sync.run import SYNC
from app.integrations.shared.models import FieldMapping, Integration, IntegrationAccount, IntegrationState
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.factories import integrations, line
from tests.integrations.hubspot.conftest import connected
from tests.integrations.hubspot.test_connecting import approved, query_of
from tests.sandbox.hubspot.portals import App, Portal
from tests.support.client import CheckingClient


def fresh(integration: Integration) -> Integration:
    db.session.rollback()
    db.session.expire_all()
    return integration


def page_of(integration: Integration, tail: str = "settings") -> str:
    return f"/integrations/hubspot/{integration.id}/{tail}"


def numbers() -> dict[int, int]:
    rows = db.session.execute(select(IntegrationAccount.account_id, IntegrationAccount.number))
    return {row.account_id: row.number for row in rows}


def last_action() -> str | None:
    return db.session.scalar(select(AuditEntry.action).order_by(AuditEntry.id.desc()).limit(1))


def lose_key(table: str, column: str) -> None:
    """Leave what another key has encrypted."""
    db.session.rollback()
    db.session.execute(text(f"UPDATE {table} SET {column} = '\\x00'"))
    db.session.commit()


class TestAccounts:
    def test_an_account_that_comes_back_gets_its_number_again(self, as_alice: CheckingClient) -> None:
        first, second, third = line.account(), line.account(), line.account()
        portal = integrations.integration(first, watermarks={"contacts": "2026-11-01"})
        as_alice.post(page_of(portal, "accounts"), data={"account": second.id})
        assert fresh(portal).watermarks == {}
        as_alice.post(page_of(portal, f"accounts/{first.id}/removal"))
        as_alice.post(page_of(portal, "accounts"), data={"account": third.id})
        assert numbers() == {second.id: 2, third.id: 3}
        as_alice.post(page_of(portal, "accounts"), data={"account": first.id})
        assert numbers() == {first.id: 1, second.id: 2, third.id: 3}
        assert last_action() == "integration.account_added"

    def test_the_last_account_stays(self, as_alice: CheckingClient) -> None:
        only = line.account()
        portal = integrations.integration(only)
        answer = as_alice.post(page_of(portal, f"accounts/{only.id}/removal"))
        assert answer.status_code == 409
        assert "Disconnect it instead" in answer.text

    def test_an_account_of_another_portal_is_not_added(self, as_alice: CheckingClient) -> None:
        taken = line.account()
        integrations.integration(taken, name="other.example")
        portal = integrations.integration(line.account())
        answer = as_alice.post(page_of(portal, "accounts"), data={"account": taken.id})
        assert answer.status_code == 422
        assert "other.example" in answer.text

    def test_an_account_that_the_member_may_not_see_is_not_added(
        self, as_bob: CheckingClient, people: SimpleNamespace
    ) -> None:
        own, other = line.account(), line.account()
        people.bob.permissions, people.bob.account_ids = [Permission.INTEGRATIONS], [own.id]
        portal = integrations.integration(own)
        assert as_bob.post(page_of(portal, "accounts"), data={"account": other.id}).status_code == 422
        assert numbers() == {own.id: 1}


class TestSync:
    def test_interval_and_new_contacts_are_set(self, as_alice: CheckingClient) -> None:
        portal = integrations.integration(line.account())
        assert not portal.creates_records
        as_alice.post(page_of(portal), data={"sync_minutes": "60", "creates_records": "y"})
        stored = fresh(portal)
        assert (stored.sync_minutes, stored.creates_records) == (60, True)
        assert last_action() == "integration.changed"

    def test_an_interval_that_is_not_offered_is_refused(self, as_alice: CheckingClient) -> None:
        portal = integrations.integration(line.account())
        answer = as_alice.fragment(page_of(portal), "POST", data={"sync_minutes": "1"})
        assert answer.status_code == 422
        assert fresh(portal).sync_minutes == 5


class TestLeaving:
    def test_the_dialog_says_what_stops_and_what_stays(self, as_alice: CheckingClient) -> None:
        page = as_alice.get(page_of(integrations.integration(line.account()))).text
        for words in (
            "new syncs of contacts and of lists",
            "sends of LINE messages from workflows of HubSpot",
            "properties, their values and past conversations in HubSpot",
            "delete by hand",
        ):
            assert words in page

    def test_disconnecting_uninstalls_the_app_and_keeps_all_data(
        self, as_alice: CheckingClient, portal: Portal
    ) -> None:
        integration = connected(portal)
        integrations.mapping(integration, "firstname", "first_name")
        as_alice.post(page_of(integration, "disconnection"))
        stored = fresh(integration)
        assert (stored.state, stored.reason) == (IntegrationState.DISCONNECTED, None)
        assert (stored.access_token, stored.refresh_token, stored.next_sync_at) == (None, None, None)
        assert portal.control("GET")["installs"] == []
        assert db.session.scalars(select(FieldMapping)).one()
        assert last_action() == "integration.disconnected"
        assert "Disconnected" in as_alice.get(page_of(integration)).text

    def test_disconnecting_works_while_hubspot_is_away_and_says_so(
        self, as_alice: CheckingClient, portal: Portal, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        integration = connected(portal)
        monkeypatch.setattr(urls, "api", "http://127.0.0.1:1")
        as_alice.post(page_of(integration, "disconnection"))
        assert fresh(integration).state == IntegrationState.DISCONNECTED
        page = as_alice.get(page_of(integration)).text
        assert "HubSpot could not be told" in page

    def test_disconnecting_works_without_the_key_of_the_grant(self, as_alice: CheckingClient, portal: Portal) -> None:
        integration = connected(portal)
        lose_key("integrations", "refresh_token")
        as_alice.post(page_of(integration, "disconnection"))
        assert fresh(integration).state == IntegrationState.DISCONNECTED

    def test_reconnecting_continues_the_same_row(self, as_alice: CheckingClient, portal: Portal) -> None:
        integration = connected(portal, watermarks={"contacts": "2026-11-01"})
        integrations.mapping(integration, "firstname", "first_name", is_default=True)
        before = numbers()
        as_alice.post(page_of(integration, "disconnection"))
        answer = as_alice.fragment(page_of(integration, "reconnect"), "POST")
        as_alice.get(approved(portal, query_of(answer.headers["HX-Redirect"])))
        stored = fresh(integration)
        assert stored.state == IntegrationState.CONNECTED
        assert stored.disconnected_at is None
        assert stored.watermarks == {"contacts": "2026-11-01"}
        assert numbers() == before
        assert len(db.session.scalars(select(Integration)).all()) == 1
        assert last_action() == "integration.reconnected"

    def test_after_approving_again_the_dashboard_says_that_the_sync_goes_on(
        self, as_alice: CheckingClient, portal: Portal
    ) -> None:
        integration = connected(portal)
        db.session.add(Run(kind=SYNC.name, subject_id=integration.id, state=RunState.COMPLETED, finished_at=now()))
        db.session.commit()
        answer = as_alice.fragment(page_of(integration, "reconnect"), "POST")
        back = as_alice.get(approved(portal, query_of(answer.headers["HX-Redirect"])))
        page = as_alice.get(back.location).text
        assert "HubSpot is connected again:" in page and "What has changed is synced now." in page
        assert "The first sync begins by itself." not in page

    def test_since_when_it_is_connected_stays_until_it_is_disconnected(
        self, as_alice: CheckingClient, portal: Portal
    ) -> None:
        since = now() - timedelta(days=40)
        integration = connected(portal, connected_at=since)
        for state in (IntegrationState.CONNECTED, IntegrationState.RECONNECT_NEEDED):
            integration.state = state
            db.session.commit()
            answer = as_alice.fragment(page_of(integration, "reconnect"), "POST")
            as_alice.get(approved(portal, query_of(answer.headers["HX-Redirect"])))
            assert (fresh(integration).state, integration.connected_at) == (IntegrationState.CONNECTED, since)
        assert "1 month ago" in as_alice.get(page_of(integration)).text
        as_alice.post(page_of(integration, "disconnection"))
        answer = as_alice.fragment(page_of(integration, "reconnect"), "POST")
        as_alice.get(approved(portal, query_of(answer.headers["HX-Redirect"])))
        again = fresh(integration).connected_at
        assert again is not None and again > since

    def test_an_uninstalled_app_is_noticed_by_a_check(self, as_alice: CheckingClient, portal: Portal) -> None:
        integration = connected(portal)
        portal.control("DELETE", f"/installs/{portal.app.app_id}")
        as_alice.post(page_of(integration, "check"))
        assert fresh(integration).state == IntegrationState.UNINSTALLED
        page = as_alice.get(page_of(integration)).text
        assert "Disconnected at HubSpot" in page
        assert "sends of LINE messages from workflows of HubSpot" in page

    def test_a_check_reads_what_is_granted_by_now(self, as_alice: CheckingClient, portal: Portal) -> None:
        integration = connected(portal)
        granted = [scope for scope in (*scopes.REQUIRED, *scopes.OPTIONAL) if scope != "automation"]
        portal.control("PATCH", f"/installs/{portal.app.app_id}", {"scopes": granted})
        as_alice.post(page_of(integration, "check"))
        assert set(fresh(integration).scopes) == set(granted)
        assert "HubSpot workflows cannot send LINE messages" in as_alice.get(page_of(integration)).text


class TestApp:
    GIVEN = {"app_id": "4100001", "client_id": "client", "client_secret": "a secret", "developer_key": ""}  # noqa: RUF012

    def test_it_is_entered_once_encrypted_and_never_shown(self, as_alice: CheckingClient) -> None:
        assert as_alice.post("/integrations/hubspot/app", data=self.GIVEN).status_code == 303
        raw = db.session.execute(text("SELECT client_secret FROM integration_apps")).scalar_one()
        assert b"secret" not in bytes(raw)
        page = as_alice.get("/integrations/hubspot/app").text
        assert "asecret" not in page
        assert "Until you upload the project files, this is off" in page
        assert "Enter them under Credentials" in page and "They are entered already" not in page
        found = find_app()
        assert found is not None
        assert found.credentials.client_secret == "asecret"
        assert "asecret" not in repr(found)

    def test_an_empty_secret_keeps_the_stored_one(self, as_alice: CheckingClient) -> None:
        as_alice.post("/integrations/hubspot/app", data=self.GIVEN)
        as_alice.post("/integrations/hubspot/app", data={**self.GIVEN, "client_secret": "", "developer_key": "key"})
        found = find_app()
        assert found is not None
        assert (found.credentials.client_secret, found.developer_key) == ("asecret", "key")

    def test_one_whose_key_is_lost_is_entered_again(self, as_alice: CheckingClient) -> None:
        as_alice.post("/integrations/hubspot/app", data=self.GIVEN)
        lose_key("integration_apps", "client_secret")
        assert as_alice.get("/integrations/hubspot/app").status_code == 200
        empty = as_alice.fragment("/integrations/hubspot/app", "POST", data={**self.GIVEN, "client_secret": ""})
        assert empty.status_code == 422
        as_alice.post("/integrations/hubspot/app", data=self.GIVEN)
        assert find_app() is not None

    def test_the_first_time_needs_a_secret(self, as_alice: CheckingClient) -> None:
        answer = as_alice.fragment("/integrations/hubspot/app", "POST", data={**self.GIVEN, "client_secret": ""})
        assert answer.status_code == 422
        assert find_app() is None

    def test_settings_win_and_are_not_edited(self, as_alice: CheckingClient, hubspot_app: App) -> None:
        page = as_alice.get("/integrations/hubspot/app").text
        assert "From the settings of the installation" in page
        assert 'name="client_secret"' not in page
        assert hubspot_app.client_secret not in page
        assert "They are entered already, in the settings of the installation" in page
        assert "Enter them under Credentials" not in page and "The app ID is missing" not in page
        assert as_alice.post("/integrations/hubspot/app", data=self.GIVEN).status_code == 409

    def test_only_administrators_see_it(self, as_bob: CheckingClient, people: SimpleNamespace) -> None:
        people.bob.permissions = [Permission.INTEGRATIONS]
        db.session.commit()
        for path in ("/integrations/hubspot/app", "/integrations/hubspot/app/project.zip"):
            assert as_bob.get(path).status_code == 403

    def test_project_files_hold_our_addresses(self, as_alice: CheckingClient, hubspot_app: App) -> None:
        archive = zipfile.ZipFile(io.BytesIO(as_alice.get("/integrations/hubspot/app/project.zip").data))
        app = json.loads(archive.read("src/app/app-hsmeta.json"))["config"]["auth"]
        assert app["redirectUrls"] == [settings.redirect_uri]
        assert app["requiredScopes"] == list(scopes.REQUIRED)
        assert app["optionalScopes"] == list(scopes.OPTIONAL)
        assert "hsproject.json" in archive.namelist()
        action = json.loads(archive.read("src/app/workflow-actions/send-line-hsmeta.json"))["config"]
        assert action["actionUrl"] == f"{settings.public_url}/integrations/hubspot/actions/send"
