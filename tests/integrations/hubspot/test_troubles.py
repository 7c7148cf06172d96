"""Each trouble with HubSpot as the Dashboard shows it, and how it ends; nothing is there twice afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import func, select

from app.core.clock import database_now, now
from app.core.db import db
from app.core.due.sweep import sweep_kind
from app.core.i18n import when
from app.core.runs.models import Run, RunState
from app.core.runs.operations import RUNS
from app.friends.models import Friend
from app.integrations.hubspot.gateway import rate
from app.integrations.hubspot.sync import run as sync_run
from app.integrations.hubspot.sync.run import SYNC
from app.integrations.shared.models import FieldMapping, Integration, IntegrationAccount, RemoteLink, RemoteRecord
from app.line.models import Account
from tests.factories import integrations
from tests.factories.friends import friend
from tests.integrations.hubspot.conftest import connected
from tests.integrations.hubspot.sync.conftest import finish
from tests.integrations.hubspot.test_connecting import approved, query_of
from tests.sandbox.hubspot.portals import Portal
from tests.support.client import CheckingClient


@dataclass
class Desk:
    """A marketer in front of a connected portal whose only contact belongs to a friend."""

    client: CheckingClient
    portal: Portal
    integration: Integration
    contact: str
    friend: Friend

    def sync(self) -> Run:
        """Press Resync Data, and let workers do the rest."""
        self.client.post(f"/integrations/hubspot/{self.integration.id}/resync")
        newest = select(func.max(Run.id)).where(Run.kind == SYNC.name)
        return finish(db.session.get_one(Run, db.session.scalar(newest)))

    def go_on(self, run: Run) -> Run:
        """Let the time come at which a sync that waits goes on."""
        rate.resume(self.portal.portal_id)
        run.due_at = database_now()
        db.session.commit()
        return finish(run)

    def install(self, act: str) -> None:
        method, _, rest = act.partition(" ")
        self.portal.control(method, f"/installs/{self.portal.app.app_id}{rest}")

    def see(self, *words: str, run: Run | None = None) -> None:
        """Find the words on the Dashboard, or on the page of a sync."""
        place = f"/runs/{run.id}" if run else ""
        page = self.client.get(f"/integrations/hubspot/{self.integration.id}{place}").text
        assert [one for one in words if one not in page] == []

    def reconnect(self) -> None:
        """Press Reconnect in Settings and say yes in HubSpot."""
        answer = self.client.fragment(f"/integrations/hubspot/{self.integration.id}/reconnect", "POST")
        self.client.get(approved(self.portal, query_of(answer.headers["HX-Redirect"])))
        db.session.expire_all()

    def all_is_well(self) -> None:
        """After another change at HubSpot and a sync everything is there once."""
        self.portal.control("PATCH", f"/contacts/{self.contact}", {"properties": {"firstname": "Renewed"}})
        assert self.sync().state == RunState.COMPLETED
        self.see("Normal", "Sync complete", "The latest data is synced.")
        assert db.session.get_one(Friend, self.friend.id, populate_existing=True).first_name == "Renewed"
        tables = (Integration, IntegrationAccount, FieldMapping, RemoteLink, RemoteRecord)
        assert [db.session.scalar(select(func.count()).select_from(one)) for one in tables] == [1, 1, 1, 1, 1]
        assert self.portal.control("GET", "/contacts")["total"] == 1


@pytest.fixture
def desk(as_alice: CheckingClient, portal: Portal) -> Desk:
    made = connected(portal)
    integrations.mapping(made, "firstname", "first_name", is_default=True)
    person = friend(db.session.scalars(select(Account)).one(), email="hana@example.com")
    desk = Desk(as_alice, portal, made, portal.contact(firstname="Hana", email="hana@example.com"), person)
    assert desk.sync().state == RunState.COMPLETED
    desk.see("Normal")
    return desk


def test_a_token_that_ran_out_is_renewed_unnoticed(desk: Desk) -> None:
    desk.install("POST /expire")
    desk.all_is_well()


def test_a_withdrawn_approval_asks_for_a_reconnection(desk: Desk) -> None:
    desk.install("POST /revoke")
    desk.integration.access_expires_at = database_now()
    db.session.commit()
    run = desk.sync()
    assert run.state == RunState.FAILED
    desk.see("Failed", "Resync failed", "HubSpot no longer accepts the approval. Reconnect HubSpot.", "Go to Settings")
    desk.see("HubSpot no longer accepts the approval. Reconnect HubSpot.", run=run)
    desk.reconnect()
    desk.all_is_well()


def test_a_missing_scope_is_named(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    woken: list[str] = []
    monkeypatch.setattr(sync_run.queue, "after_commit", lambda _session, name, *_args, **_more: woken.append(name))
    app = desk.portal.app.app_id
    scopes = desk.portal.control("GET", f"/installs/{app}")["scopes"]
    left = [one for one in scopes if one != "crm.objects.contacts.read"]
    desk.portal.control("PATCH", f"/installs/{app}", {"scopes": left})
    run = desk.sync()
    assert run.state == RunState.FAILED
    words = ("HubSpot did not grant what this needs:", "Read contacts", "Reconnect HubSpot and approve all")
    desk.see("Failed", *words)
    desk.see("Resync failed", *words, run=run)
    assert "integrations.hubspot.look" in woken, "What is missing is looked at."
    desk.reconnect()
    desk.all_is_well()


@pytest.mark.parametrize(
    ("limit", "words"),
    [
        ({"enforce_limits": True, "ten_second_limit": 0}, "HubSpot asked us to slow down."),
        ({"daily_limit": 0}, "HubSpot allows no more calls today."),
    ],
)
def test_a_limit_is_waited_out(
    desk: Desk, limit: dict[str, object], words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate.Priority, "patience", property(lambda _self: 0.05))
    desk.portal.switch(**limit)
    run = desk.sync()
    assert run.is_active
    desk.see("Syncing", "Waiting for HubSpot", words, "Tomoru tries again by itself")
    desk.see(words, run=run)
    desk.portal.switch(enforce_limits=False, ten_second_limit=110, daily_limit=None)
    assert desk.go_on(run).state == RunState.COMPLETED
    desk.all_is_well()


def test_a_daily_limit_is_waited_out_until_midnight_of_the_portal(desk: Desk) -> None:
    desk.integration.details = {"time_zone": "America/New_York"}
    db.session.commit()
    desk.portal.switch(daily_limit=0)
    run = desk.sync()
    there = ZoneInfo("America/New_York")
    midnight = (now().astimezone(there) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert run.reason == "hubspot.daily_limit"
    # A look at each second would be a call too many, so a minute more or less is what the clocks may differ by.
    assert abs(run.due_at - midnight) < timedelta(minutes=1)
    before, due_at = len(desk.portal.requests()), run.due_at
    sweep_kind(RUNS)
    db.session.refresh(run)
    assert (run.due_at, run.is_active, len(desk.portal.requests())) == (due_at, True, before)
    desk.see("Waiting for HubSpot", "HubSpot allows no more calls today.", when(due_at))
    desk.portal.switch(daily_limit=None)
    assert desk.go_on(run).state == RunState.COMPLETED
    desk.all_is_well()


def test_an_outage_of_an_hour_is_looked_at_every_few_minutes(desk: Desk) -> None:
    wish = {"kind": "status", "status": 503, "path": None, "channel_id": desk.portal.portal_id, "times": 1000}
    desk.portal.server.api("POST", "/faults", {**wish, "headers": {"Retry-After": "3600"}})
    run = desk.sync()
    for _look in range(2):
        assert run.is_active and run.reason == "hubspot.unavailable"
        assert run.due_at - now() < timedelta(minutes=5, seconds=5), "An outage ends when it ends."
        due_at = run.due_at
        sweep_kind(RUNS)
        db.session.refresh(run)
        assert run.due_at == due_at, "It waits for its time."
        run.due_at = database_now()
        db.session.commit()
        run = finish(run)
    desk.see("Waiting for HubSpot", "HubSpot has trouble on its side.", "Tomoru tries again by itself")
    desk.portal.server.api("DELETE", "/faults")
    assert desk.go_on(run).state == RunState.COMPLETED
    desk.all_is_well()


def test_an_app_that_was_uninstalled_says_what_stays(desk: Desk) -> None:
    desk.install("DELETE")
    run = desk.sync()
    assert run.state == RunState.FAILED
    desk.see("Disconnected at HubSpot", "The app was uninstalled in HubSpot.", "Nothing is synced; all data stay.")
    settings = desk.client.get(f"/integrations/hubspot/{desk.integration.id}/settings").text
    assert "new syncs of contacts and of lists" in settings
    desk.reconnect()
    desk.all_is_well()
