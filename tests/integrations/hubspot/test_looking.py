"""What ended at HubSpot is noticed within minutes, without a sync."""

from __future__ import annotations

from app.core.db import db
from app.integrations.hubspot.gateway import scopes
from app.integrations.hubspot.looking import look_at_all
from app.integrations.shared.models import Integration, IntegrationState
from tests.factories import integrations, line
from tests.integrations.hubspot.conftest import connected
from tests.sandbox.hubspot.portals import Portal


def fresh(integration: Integration) -> Integration:
    db.session.expire_all()
    return db.session.get_one(Integration, integration.id)


def test_an_uninstalled_app_is_noticed(portal: Portal) -> None:
    integration = connected(portal)
    look_at_all()
    assert fresh(integration).state == IntegrationState.CONNECTED
    portal.control("DELETE", f"/installs/{portal.app.app_id}")
    look_at_all()
    found = fresh(integration)
    assert (found.state, found.reason, found.next_sync_at) == (
        IntegrationState.UNINSTALLED,
        "hubspot.uninstalled",
        None,
    )
    before = len(portal.requests())
    look_at_all()
    assert len(portal.requests()) == before


def test_what_is_granted_no_more_is_noticed(portal: Portal) -> None:
    integration = connected(portal, details={"kept": True})
    left = [scope for scope in (*scopes.REQUIRED, *scopes.OPTIONAL) if scope != scopes.LISTS_READ]
    portal.control("PATCH", f"/installs/{portal.app.app_id}", {"scopes": left})
    look_at_all()
    found = fresh(integration)
    assert set(found.scopes) == set(left)
    assert (found.details["kept"], found.details["time_zone"]) == (True, "Asia/Tokyo")


def test_one_account_that_cannot_be_looked_at_leaves_the_others(portal: Portal) -> None:
    lost = integrations.integration(line.account(), refresh_token="wrong", access_token="wrong", name="lost.example")
    integration = connected(portal, name="old.example")
    look_at_all()
    assert fresh(lost).state != IntegrationState.CONNECTED
    assert fresh(integration).name != "old.example"
