"""Home tells of accounts of other services that have to be connected again."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace

from app.core.clock import now
from app.core.db import db
from app.integrations.shared.models import IntegrationState
from app.team.permissions import Permission
from tests.factories import integrations, line
from tests.support.client import CheckingClient


def test_a_refused_approval_is_told_with_its_reason_and_the_next_click(as_alice: CheckingClient) -> None:
    lost = integrations.integration(
        line.account(),
        name="coffee.example",
        state=IntegrationState.RECONNECT_NEEDED,
        reason="hubspot.bad_refresh_token",
    )
    part = as_alice.fragment("/home/attention").text
    assert "HubSpot: coffee.example" in part
    assert "Reconnect needed" in part
    assert "HubSpot no longer accepts the approval" in part
    assert f'href="/integrations/hubspot/{lost.id}/settings"' in part


def test_an_uninstalled_app_is_told_for_a_week(as_alice: CheckingClient) -> None:
    lost = integrations.integration(
        line.account(), state=IntegrationState.UNINSTALLED, reason="hubspot.uninstalled", disconnected_at=now()
    )
    assert "Disconnected at HubSpot" in as_alice.fragment("/home/attention").text
    lost.disconnected_at = now() - timedelta(days=8)
    db.session.commit()
    assert "Disconnected at HubSpot" not in as_alice.fragment("/home/attention").text


def test_what_works_or_was_left_here_is_not_told(as_alice: CheckingClient) -> None:
    integrations.integration(line.account())
    integrations.integration(line.account(), state=IntegrationState.DISCONNECTED)
    assert "HubSpot:" not in as_alice.fragment("/home/attention").text


def test_members_see_what_is_theirs_and_no_checks_without_their_permission(
    as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    own, other = line.account(), line.account()
    people.bob.permissions, people.bob.account_ids = [Permission.INTEGRATIONS], [own.id]
    values = {"state": IntegrationState.RECONNECT_NEEDED, "reason": "hubspot.bad_refresh_token"}
    integrations.integration(own, name="own.example", **values)
    integrations.integration(other, name="other.example", **values)
    page = as_bob.get("/").text
    assert "own.example" in page
    assert "other.example" not in page
    assert "Account settings" not in page
