"""What ended at HubSpot is noticed within minutes, without a sync."""

from __future__ import annotations

from app.core.db import db
from app.integrations.hubspot.gateway import scopes
from app.integrations.hubspot.journal import read_journal
from app.integrations.hubspot.looking import look_at_all
from app.integrations.hubspot.models import HubSpotRegistration
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


def journal_calls(portal: Portal) -> int:
    """How often the journal was asked, by any app."""
    told = portal.server.api("GET", "/hubspot/requests")["requests"]
    return sum("/webhooks-journal/" in one["path"] for one in told)


def test_the_journal_tells_of_an_uninstall_without_a_look_at_each_account(portal: Portal) -> None:
    integration, other = connected(portal), integrations.integration(line.account(), remote_id="1")
    read_journal()
    read_journal()
    portal.control("DELETE", f"/installs/{portal.app.app_id}")
    read_journal()
    assert fresh(integration).state == IntegrationState.UNINSTALLED
    assert fresh(other).state == IntegrationState.CONNECTED, "It was not asked, or its token would have been refused."


def test_an_uninstall_is_known_by_the_journal_also_where_the_approval_alone_is_refused(portal: Portal) -> None:
    integration = connected(portal)
    read_journal()
    portal.control("DELETE", f"/installs/{portal.app.app_id}")
    integration.state, integration.reason = IntegrationState.RECONNECT_NEEDED, "hubspot.bad_refresh_token"
    db.session.commit()
    connected_elsewhere = integrations.integration(line.account(), remote_id="1")
    read_journal()
    found = fresh(integration)
    assert (found.state, found.reason) == (IntegrationState.UNINSTALLED, "hubspot.uninstalled")
    assert fresh(connected_elsewhere).state == IntegrationState.CONNECTED


def test_an_uninstall_that_was_followed_by_an_install_changes_nothing(portal: Portal) -> None:
    integration = connected(portal)
    read_journal()
    portal.control("DELETE", f"/installs/{portal.app.app_id}")
    portal.connect()
    integration.access_token, integration.refresh_token = portal.token, portal.refresh_token
    db.session.commit()
    read_journal()
    assert fresh(integration).state == IntegrationState.CONNECTED


def test_without_a_journal_it_is_asked_for_rarely(portal: Portal) -> None:
    integration = connected(portal)
    wish = {"kind": "status", "status": 403, "path": "/webhooks-journal/subscriptions/2026-03", "times": 1}
    portal.server.api("POST", "/faults", wish)
    for _minute in range(3):
        read_journal()
    assert journal_calls(portal) == 1
    known = db.session.get_one(HubSpotRegistration, portal.app.app_id, populate_existing=True)
    assert known.journal_from is not None and known.journal_offset is None
    assert fresh(integration).state == IntegrationState.CONNECTED
