"""The page of integrations and the frame of HubSpot's screens: who may see what, and what each state says."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from app.core.clock import now
from app.core.db import db
from app.integrations.shared.models import IntegrationState
from app.team.permissions import Permission
from tests.factories import integrations, line
from tests.support.client import CheckingClient

SCREENS = ("", "/data", "/settings")


def test_the_page_offers_hubspot_before_anything_is_connected(as_alice: CheckingClient) -> None:
    page = as_alice.get("/integrations").text
    assert "Connect HubSpot" in page
    assert 'href="/integrations/hubspot/connect"' in page


def test_the_menu_leads_there_with_the_permission_only(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    assert 'href="/integrations"' not in as_bob.get("/").text
    assert as_bob.get("/integrations").status_code == 403
    people.bob.permissions = [Permission.INTEGRATIONS]
    db.session.commit()
    assert 'href="/integrations"' in as_bob.get("/").text
    assert as_bob.get("/integrations").status_code == 200


@pytest.mark.parametrize(
    ("state", "words"),
    [
        (IntegrationState.PENDING, "Confirm for which LINE accounts: nothing is synced until then."),
        (IntegrationState.RECONNECT_NEEDED, "Reconnect needed"),
        (IntegrationState.UNINSTALLED, "Disconnected at HubSpot"),
        (IntegrationState.DISCONNECTED, "HubSpot was disconnected on"),
    ],
)
def test_each_screen_says_that_nothing_is_synced(as_alice: CheckingClient, state: IntegrationState, words: str) -> None:
    portal = integrations.integration(line.account(), state=state, disconnected_at=now())
    for screen in SCREENS:
        page = as_alice.get(f"/integrations/hubspot/{portal.id}{screen}").text
        assert words in page
        way = f'class="alert-link" href="/integrations/hubspot/{portal.id}/confirmation"'
        assert (way in page) == (state is IntegrationState.PENDING)


def test_a_member_sees_only_connections_of_which_all_accounts_are_theirs(
    as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    own, second, other = line.account(), line.account(), line.account()
    people.bob.permissions, people.bob.account_ids = [Permission.INTEGRATIONS], [own.id, second.id]
    hidden, shown = integrations.integration(own, other), integrations.integration(second)
    page = as_bob.get("/integrations").text
    assert shown.name in page
    assert hidden.name not in page
    for screen in SCREENS:
        assert as_bob.get(f"/integrations/hubspot/{hidden.id}{screen}").status_code == 404
        assert as_bob.get(f"/integrations/hubspot/{shown.id}{screen}").status_code == 200


def test_one_without_accounts_is_for_who_approved_it(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    people.bob.permissions, people.bob.account_ids = [Permission.INTEGRATIONS], [line.account().id]
    own = integrations.integration(state=IntegrationState.PENDING, connected_by=people.bob.id)
    other = integrations.integration(state=IntegrationState.PENDING, connected_by=people.alice.id)
    assert as_bob.get(f"/integrations/hubspot/{own.id}").status_code == 200
    assert as_bob.get(f"/integrations/hubspot/{other.id}").status_code == 404


def test_the_address_of_hubspot_leads_to_the_only_account(as_alice: CheckingClient) -> None:
    assert as_alice.get("/integrations/hubspot").location == "/integrations"
    portal = integrations.integration(line.account())
    assert as_alice.get("/integrations/hubspot").location == f"/integrations/hubspot/{portal.id}"
    integrations.integration(line.account())
    assert as_alice.get("/integrations/hubspot").location == "/integrations"
