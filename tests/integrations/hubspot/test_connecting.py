"""Connecting HubSpot in the browser: choosing accounts, the way to HubSpot and back, and what can go wrong."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from urllib.parse import parse_qs, urlsplit

import pytest
from sqlalchemy import func, select

from app.core.clock import now
from app.core.db import db
from app.integrations.hubspot.credentials import settings
from app.integrations.hubspot.gateway import scopes
from app.integrations.shared.models import (
    FieldMapping,
    Integration,
    IntegrationAccount,
    IntegrationState,
    OAuthAttempt,
)
from app.line.models import Account
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.factories import integrations, line
from tests.sandbox.hubspot.portals import App, Portal
from tests.support.client import CheckingClient

CALLBACK = "/integrations/hubspot/callback"


@pytest.fixture
def account(app: object) -> Account:
    return line.account(name="Coffee")


def go_to_hubspot(client: CheckingClient, *accounts: Account) -> dict[str, str]:
    """Choose these LINE accounts; the query of HubSpot's page to which the browser is led."""
    chosen = {"accounts": [account.id for account in accounts]}
    answer = client.fragment("/integrations/hubspot/connect", "POST", data=chosen)
    return query_of(answer.headers["HX-Redirect"])


def query_of(address: str) -> dict[str, str]:
    return {name: values[0] for name, values in parse_qs(urlsplit(address).query).items()}


def approved(portal: Portal, query: dict[str, str], **more: object) -> str:
    """Say yes in HubSpot; the address to which the browser comes back."""
    return back(portal.control("POST", "/authorize", {**query, **more})["location"])


def back(address: str) -> str:
    parts = urlsplit(address)
    return f"{parts.path}?{parts.query}"


def the_integration() -> Integration:
    db.session.expire_all()
    return db.session.scalars(select(Integration)).one()


def actions() -> list[str]:
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


class TestConnecting:
    def test_a_portal_is_connected_for_the_chosen_accounts(
        self, as_alice: CheckingClient, portal: Portal, account: Account
    ) -> None:
        query = go_to_hubspot(as_alice, account)
        assert query["redirect_uri"] == settings.redirect_uri
        assert query["code_challenge_method"] == "S256"
        answer = as_alice.get(approved(portal, query))
        found = the_integration()
        assert answer.location == f"/integrations/hubspot/{found.id}"
        assert (found.state, found.remote_id, found.reason) == (IntegrationState.CONNECTED, portal.portal_id, None)
        assert set(found.scopes) == {*scopes.REQUIRED, *scopes.OPTIONAL}
        assert found.details["time_zone"]
        assert found.next_sync_at is not None
        covered = db.session.scalars(select(IntegrationAccount)).one()
        assert (covered.account_id, covered.number) == (account.id, 1)
        assert set(db.session.scalars(select(FieldMapping.remote_name))) == {"firstname", "lastname"}
        assert "integration.connected" in actions()
        page = as_alice.get(f"{answer.location}/settings").text
        assert "HubSpot granted everything" in page
        assert found.name in page

    def test_without_script_a_link_leads_to_hubspot(
        self, as_alice: CheckingClient, hubspot_app: App, account: Account
    ) -> None:
        page = as_alice.post("/integrations/hubspot/connect", data={"accounts": [account.id]}).text
        assert "/hubspot/oauth/authorize?" in page

    def test_what_a_missing_scope_switches_off_is_said(
        self, as_alice: CheckingClient, portal: Portal, account: Account
    ) -> None:
        query = go_to_hubspot(as_alice, account)
        as_alice.get(approved(portal, query, withhold=["crm.lists.read"]))
        page = as_alice.get(f"/integrations/hubspot/{the_integration().id}/settings").text
        assert "HubSpot lists are not synced" in page
        assert "Workflows cannot add contacts to static lists" in page

    def test_at_least_one_account_is_chosen(self, as_alice: CheckingClient, hubspot_app: App, account: Account) -> None:
        answer = as_alice.fragment("/integrations/hubspot/connect", "POST", data={})
        assert answer.status_code == 422
        assert "Choose at least one LINE account." in answer.text

    def test_an_account_that_another_portal_holds_says_so(
        self, as_alice: CheckingClient, hubspot_app: App, account: Account
    ) -> None:
        other = integrations.integration(account, name="other.example")
        page = as_alice.get("/integrations/hubspot/connect").text
        assert "Integrated with another HubSpot account already: other.example" in page
        answer = as_alice.fragment("/integrations/hubspot/connect", "POST", data={"accounts": [account.id]})
        assert "is integrated with other.example already" in answer.text
        other.state = IntegrationState.DISCONNECTED
        db.session.commit()
        assert "already" not in as_alice.get("/integrations/hubspot/connect").text

    def test_accounts_of_others_cannot_be_chosen(
        self, as_bob: CheckingClient, people: SimpleNamespace, hubspot_app: App, account: Account
    ) -> None:
        people.bob.permissions, people.bob.account_ids = [Permission.INTEGRATIONS], [line.account().id]
        db.session.commit()
        answer = as_bob.fragment("/integrations/hubspot/connect", "POST", data={"accounts": [account.id]})
        assert answer.status_code == 422
        assert db.session.scalar(select(func.count()).select_from(OAuthAttempt)) == 0

    def test_without_an_app_an_administrator_is_led_to_it(
        self, as_alice: CheckingClient, as_bob: CheckingClient, people: SimpleNamespace, account: Account
    ) -> None:
        people.bob.permissions = [Permission.INTEGRATIONS]
        db.session.commit()
        assert 'href="/integrations/hubspot/app"' in as_alice.get("/integrations/hubspot/connect").text
        asks = as_bob.get("/integrations/hubspot/connect").text
        assert "Ask an administrator" in asks and people.alice.name in asks
        assert (
            as_bob.fragment("/integrations/hubspot/connect", "POST", data={"accounts": [account.id]}).status_code == 409
        )


class TestComingBack:
    def test_a_state_is_good_once(self, as_alice: CheckingClient, portal: Portal, account: Account) -> None:
        address = approved(portal, go_to_hubspot(as_alice, account))
        assert as_alice.get(address).status_code == 303
        answer = as_alice.get(address)
        assert answer.status_code == 409
        assert "<title>This approval cannot be used" in answer.text
        assert "This approval was used already" in answer.text
        assert 'href="/integrations/hubspot/connect"' in answer.text

    def test_a_wrong_state_connects_nothing(self, as_alice: CheckingClient, portal: Portal, account: Account) -> None:
        query = go_to_hubspot(as_alice, account)
        answer = as_alice.get(approved(portal, query | {"state": "guessed"}))
        assert answer.status_code == 409
        assert db.session.scalar(select(func.count()).select_from(Integration)) == 0

    def test_a_state_lasts_ten_minutes(self, as_alice: CheckingClient, portal: Portal, account: Account) -> None:
        address = approved(portal, go_to_hubspot(as_alice, account))
        attempt = db.session.scalars(select(OAuthAttempt)).one()
        assert timedelta(minutes=9) < attempt.expires_at - now() <= timedelta(minutes=10)
        attempt.expires_at = now() - timedelta(seconds=1)
        db.session.commit()
        assert "longer than 10 minutes" in as_alice.get(address).text

    def test_the_approval_of_another_member_is_not_taken(
        self,
        as_alice: CheckingClient,
        as_bob: CheckingClient,
        people: SimpleNamespace,
        portal: Portal,
        account: Account,
    ) -> None:
        people.bob.permissions = [Permission.INTEGRATIONS]
        db.session.commit()
        address = approved(portal, go_to_hubspot(as_alice, account))
        assert "begun by another member" in as_bob.get(address).text
        assert as_alice.get(address).status_code == 303

    def test_a_refusal_in_hubspot_is_said(self, as_alice: CheckingClient, hubspot_app: App, account: Account) -> None:
        state = go_to_hubspot(as_alice, account)["state"]
        answer = as_alice.get(f"{CALLBACK}?error=access_denied&error_description=no&state={state}")
        assert "The approval was declined in HubSpot" in answer.text
        assert db.session.scalar(select(func.count()).select_from(OAuthAttempt)) == 0

    def test_scopes_that_the_app_lacks_are_said(
        self, as_alice: CheckingClient, hubspot_app: App, account: Account
    ) -> None:
        state = go_to_hubspot(as_alice, account)["state"]
        assert "Compare its scopes" in as_alice.get(f"{CALLBACK}?error=invalid_scope&state={state}").text

    def test_a_code_that_hubspot_does_not_know_is_said(
        self, as_alice: CheckingClient, hubspot_app: App, account: Account
    ) -> None:
        state = go_to_hubspot(as_alice, account)["state"]
        answer = as_alice.get(f"{CALLBACK}?code=wrong&state={state}")
        assert answer.status_code == 409
        assert "The approval was used already or came too late" in answer.text

    def test_a_portal_that_is_connected_already_is_led_to(
        self, as_alice: CheckingClient, portal: Portal, account: Account
    ) -> None:
        as_alice.get(approved(portal, go_to_hubspot(as_alice, account)))
        answer = as_alice.get(approved(portal, go_to_hubspot(as_alice, line.account())))
        assert answer.status_code == 409
        assert "is connected already" in answer.text
        assert f'href="/integrations/hubspot/{the_integration().id}/settings"' in answer.text

    def test_a_portal_of_accounts_that_the_member_may_not_see_is_not_told_of(
        self, as_bob: CheckingClient, people: SimpleNamespace, portal: Portal, account: Account
    ) -> None:
        own = line.account()
        people.bob.permissions, people.bob.account_ids = [Permission.INTEGRATIONS], [own.id]
        integrations.integration(account, remote_id=portal.portal_id)
        answer = as_bob.get(approved(portal, go_to_hubspot(as_bob, own)))
        assert "Ask an administrator" in answer.text
        assert the_integration().access_token != portal.token


def test_the_callback_without_an_approval_says_that_nothing_was_approved(as_alice: CheckingClient) -> None:
    answer = as_alice.get(CALLBACK)
    assert answer.status_code == 400
    assert "Nothing was approved" in answer.text and "HubSpot is not connected" not in answer.text


class TestFromHubSpotsSide:
    def install(self, portal: Portal) -> str:
        """Install from the Marketplace; where the browser lands."""
        return back(
            portal.server.api("POST", f"/hubspot/apps/{portal.app.app_id}/install", {"portal_id": portal.portal_id})[
                "location"
            ]
        )

    def test_strangers_sign_in_first_and_come_back(self, browser: CheckingClient, portal: Portal) -> None:
        answer = browser.get(self.install(portal))
        assert answer.location.startswith("/sign-in?next=/integrations/hubspot/callback")
        assert "code" in answer.location

    def test_the_portal_is_named_and_connected_by_a_confirmation_only(
        self, as_alice: CheckingClient, portal: Portal, account: Account
    ) -> None:
        answer = as_alice.get(self.install(portal))
        found = the_integration()
        assert found.state == IntegrationState.PENDING
        assert answer.location == f"/integrations/hubspot/{found.id}/confirmation"
        page = as_alice.get(answer.location).text
        assert portal.portal_id in page
        assert as_alice.fragment(answer.location, "POST", data={}).status_code == 422
        done = as_alice.post(answer.location, data={"accounts": [account.id]})
        assert done.location == f"/integrations/hubspot/{found.id}"
        assert the_integration().state == IntegrationState.CONNECTED
        assert db.session.scalar(select(func.count()).select_from(FieldMapping)) == 2

    def test_members_without_the_permission_are_refused(self, as_bob: CheckingClient, portal: Portal) -> None:
        assert as_bob.get(self.install(portal)).status_code == 403
        assert db.session.scalar(select(func.count()).select_from(Integration)) == 0

    def test_a_connected_portal_stays_as_it_is(
        self, as_alice: CheckingClient, portal: Portal, account: Account
    ) -> None:
        as_alice.get(approved(portal, go_to_hubspot(as_alice, account)))
        assert as_alice.get(self.install(portal)).status_code == 409
        assert the_integration().state == IntegrationState.CONNECTED
