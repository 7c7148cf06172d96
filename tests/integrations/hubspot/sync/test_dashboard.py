"""The Dashboard: what the sync is doing, Resync Data, the history, and one sync in detail."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.core.i18n import when
from app.core.pages import time_order
from app.core.runs.models import Run, RunState
from app.integrations.hubspot.gateway.rate import Pause
from app.integrations.hubspot.sync.due import start_due_syncs
from app.integrations.hubspot.sync.queries import sync_history
from app.integrations.hubspot.sync.run import SYNC
from app.integrations.shared.models import Integration, IntegrationState, RemoteWrite
from app.line.models import Account
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.factories.friends import friend
from tests.factories.integrations import integration, link, record
from tests.support.client import CheckingClient


@pytest.fixture
def portal(app: Flask, place: Account) -> Integration:
    return integration(place, name="Tomoru Coffee")


def stored(portal: Integration, state: RunState, phase: str = "contacts", **values: Any) -> Run:
    cursor = {"phase": phase, "is_full": True, "low": "", "high": "", "after": "", "step": ""}
    ended = None if state in (RunState.QUEUED, RunState.RUNNING) else now()
    run = Run(kind=SYNC.name, subject_id=portal.id, state=state, cursor=cursor, finished_at=ended, **values)
    db.session.add(run)
    db.session.commit()
    return run


def plain(page: str) -> str:
    """The page without marks of direction."""
    return page.replace("\u2068", "").replace("\u2069", "")


def dashboard(client: CheckingClient, portal: Integration, rest: str = "") -> str:
    return client.get(f"/integrations/hubspot/{portal.id}{rest}").get_data(as_text=True)


@pytest.mark.parametrize(
    ("state", "phase", "label"),
    [
        (RunState.RUNNING, "contacts", "Syncing"),
        (RunState.RUNNING, "applying", "Applying"),
        (RunState.COMPLETED, "applying", "Normal"),
        (RunState.FAILED, "contacts", "Failed"),
    ],
)
def test_states(as_alice: CheckingClient, portal: Integration, state: RunState, phase: str, label: str) -> None:
    stored(portal, state, phase, reason="hubspot.reconnect_needed" if state is RunState.FAILED else None)
    page = dashboard(as_alice, portal)
    assert f">{label}</span>" in page.partition("hubspot-history")[0]
    assert ("Reconnect HubSpot." in page) == (state is RunState.FAILED)


@pytest.mark.parametrize("state", [IntegrationState.DISCONNECTED, IntegrationState.UNINSTALLED])
def test_what_has_ended_is_not_syncing_on_either_side(
    as_alice: CheckingClient, portal: Integration, state: IntegrationState
) -> None:
    stored(portal, RunState.FAILED, reason="hubspot.uninstalled")
    portal.state, portal.disconnected_at = state, now()
    db.session.commit()
    page = dashboard(as_alice, portal).partition("hubspot-history")[0]
    assert ">Not syncing</span>" in page and ">Failed</span>" not in page


def test_while_hubspot_asks_to_wait_the_page_says_until_when(
    as_alice: CheckingClient, portal: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    stored(portal, RunState.RUNNING, "start")
    assert "The sync is about to begin." in dashboard(as_alice, portal)
    pause = Pause("hubspot.rate_limited", now() + timedelta(minutes=5))
    monkeypatch.setattr("app.integrations.hubspot.sync.queries.pause_of", lambda _portal_id: pause)
    page = dashboard(as_alice, portal)
    said = f"HubSpot asked us to slow down. The sync goes on at {when(pause.until)}."
    state, _, history = page.partition('id="hubspot-history"')
    assert said in state and said in history and "Waiting for HubSpot" in history
    assert "The sync waits for HubSpot." in page and "The sync is about to begin." not in page


def test_the_history_says_as_soon_as_a_sync_waits(as_alice: CheckingClient, portal: Integration) -> None:
    run = stored(portal, RunState.RUNNING)
    address, fragment = f"/integrations/hubspot/{portal.id}/state?seen={run.id}-0", {"HX-Request": "true"}
    assert "HX-Retarget" not in as_alice.get(address, headers=fragment).headers
    run.reason = "hubspot.unavailable"
    db.session.commit()
    told = as_alice.get(address, headers=fragment)
    assert told.headers["HX-Retarget"] == "#hubspot-syncing" and "Waiting for HubSpot" in told.text


def test_a_sync_that_is_due_is_no_time_in_the_past(as_alice: CheckingClient, portal: Integration) -> None:
    for next_at, is_due in ((now() + timedelta(minutes=4), False), (now() - timedelta(seconds=9), True)):
        portal.next_sync_at = next_at
        db.session.commit()
        page = dashboard(as_alice, portal)
        assert ("The next sync begins within a minute." in page, f"{when(next_at)}" in page) == (is_due, not is_due)


def test_that_no_contact_is_a_friends_is_said(as_alice: CheckingClient, portal: Integration, place: Account) -> None:
    words = "No contact belongs to a friend yet."
    stored(portal, RunState.COMPLETED)
    assert words not in dashboard(as_alice, portal)
    contact = record(portal, "501")
    assert words in dashboard(as_alice, portal)
    link(portal, friend(place), contact.remote_id)
    assert words not in dashboard(as_alice, portal)


def test_a_try_that_is_due_is_no_time_in_the_past(as_alice: CheckingClient, portal: Integration) -> None:
    waits = {"reason": "hubspot.rate_limited", "troubled_since": now(), "due_at": now() - timedelta(seconds=9)}
    stored(portal, RunState.RUNNING, **waits)
    assert "Tomoru tries again now." in dashboard(as_alice, portal)


def test_before_the_first_sync_the_page_says_so(as_alice: CheckingClient, portal: Integration) -> None:
    page = dashboard(as_alice, portal)
    assert "Not synced yet" in page
    assert "No sync has run yet" in page


def test_what_to_check_when_something_does_not_work_stands_on_the_page(
    as_alice: CheckingClient, portal: Integration
) -> None:
    page = dashboard(as_alice, portal)
    for trouble in ("Sync is slow", "Contacts are not synced", "Errors continue"):
        assert trouble in page
    assert "Conversations do not appear in HubSpot's inbox" in page
    assert "whether the inbox sync is connected, and with the right LINE account" in page
    assert "an e-mail address or a phone number that exactly one friend has" in page


def test_who_helps_when_errors_continue_depends_on_the_reader(
    as_alice: CheckingClient, as_bob: CheckingClient, people: SimpleNamespace, portal: Integration
) -> None:
    people.bob.permissions, people.bob.account_ids = [Permission.INTEGRATIONS], None
    db.session.commit()
    of_alice, of_bob = dashboard(as_alice, portal), dashboard(as_bob, portal)
    assert "look at the log of the workers at the time of the error" in of_alice
    assert "contact your administrator: " in of_bob and "log of the workers" not in of_bob


def test_resync_starts_one_and_joins_it(as_alice: CheckingClient, portal: Integration, people: SimpleNamespace) -> None:
    address = f"/integrations/hubspot/{portal.id}/resync"
    alice = people.alice.id
    for words in ("The sync has started.", "yours joins it"):
        assert as_alice.post(address).status_code == 303
        assert words in dashboard(as_alice, portal)
    run = db.session.query(Run).one()
    assert (run.input, run.member_id) == ({"all": True}, alice)
    assert [entry.action for entry in db.session.query(AuditEntry)] == ["hubspot_sync.started"]
    assert "Resyncing" in dashboard(as_alice, portal)


def test_a_disconnected_portal_cannot_be_synced(as_alice: CheckingClient, portal: Integration) -> None:
    stored(portal, RunState.COMPLETED)
    portal.state = "disconnected"
    db.session.commit()
    page = dashboard(as_alice, portal)
    assert "Resync Data</button>" not in page
    assert "Nothing is synced until HubSpot is connected again." in page
    assert "The latest data is synced." not in page.partition("hubspot-history")[0]
    assert as_alice.post(f"/integrations/hubspot/{portal.id}/resync").status_code == 409


def test_the_state_is_asked_for_until_a_sync_ends(as_alice: CheckingClient, portal: Integration) -> None:
    run = stored(portal, RunState.RUNNING, total=1200, done=300)
    fragment = {"HX-Request": "true"}
    address = f"/integrations/hubspot/{portal.id}/state?seen="
    moving = as_alice.get(f"{address}{run.id}-0", headers=fragment)
    assert "300 of 1,200 contacts read" in moving.get_data(as_text=True)
    run.state, run.finished_at = RunState.COMPLETED, now()
    db.session.commit()
    ended = as_alice.get(f"{address}{run.id}-0", headers=fragment)
    assert ended.headers["HX-Retarget"] == "#hubspot-syncing"
    assert as_alice.get(f"{address}0-{run.id}", headers=fragment).status_code == 204


@pytest.mark.parametrize(("pace", "words"), [(20.0, "a few seconds left"), (0.5, "about 2 minutes left")])
def test_how_long_it_still_takes(as_alice: CheckingClient, portal: Integration, pace: float, words: str) -> None:
    run = stored(portal, RunState.RUNNING, total=1200, done=1140, pace=pace)
    assert words in dashboard(as_alice, portal)
    run.cursor = {**run.cursor, "phase": "companies"}
    db.session.commit()
    assert " left" not in dashboard(as_alice, portal).partition("hubspot-history")[0]


def test_history_and_details(as_alice: CheckingClient, portal: Integration, people: SimpleNamespace) -> None:
    good = stored(portal, RunState.COMPLETED, counts={"contacts": 1234, "linked": 56, "lists": 2})
    bad = stored(
        portal,
        RunState.FAILED,
        input={"all": True},
        member_id=people.bob.id,
        reason="hubspot.missing_scope",
        reason_values={"scopes": "crm.lists.read"},
    )
    page = dashboard(as_alice, portal, "/history")
    for words in ("Sync complete", "1,234", "Resync failed", "Read lists"):
        assert words in page
    details = dashboard(as_alice, portal, f"/runs/{bad.id}")
    assert "Bob" in details and "Manual resync" in details and "Read lists" in details
    assert ">56</dd>" in dashboard(as_alice, portal, f"/runs/{good.id}")
    assert as_alice.get(f"/integrations/hubspot/{portal.id}/runs/{bad.id + 1}").status_code == 404


def test_the_first_sync_is_told_from_later_ones(as_alice: CheckingClient, portal: Integration) -> None:
    words = []
    for _sync in range(2):
        portal.next_sync_at = now()
        db.session.commit()
        assert start_due_syncs() == 1
        run = db.session.query(Run).order_by(Run.id.desc()).first()
        assert run is not None
        run.state, run.finished_at = RunState.COMPLETED, now()
        db.session.commit()
        words.append(dashboard(as_alice, portal, f"/runs/{run.id}"))
    assert "Initial sync" in words[0] and "Automatic sync" not in words[0].partition("hubspot-sync-run")[2]
    assert "Automatic sync" in words[1]
    as_alice.post(f"/integrations/hubspot/{portal.id}/resync")
    history = dashboard(as_alice, portal, "/history").partition('id="hubspot-history"')[2]
    assert [history.count(f">{one}</small>") for one in ("Initial sync", "Automatic sync", "Manual resync")] == [
        1,
        1,
        1,
    ]


def test_the_history_says_how_many_contacts_were_written(as_alice: CheckingClient, portal: Integration) -> None:
    moments = [now() - timedelta(minutes=number) for number in (30, 20, 10)]
    first, second, third = (stored(portal, RunState.COMPLETED, created_at=moment) for moment in moments)
    for moment, records in ((moments[0], 700), (moments[1] - timedelta(minutes=1), 77), (moments[2], 5)):
        db.session.add(RemoteWrite(integration_id=portal.id, records=records, written_at=moment))
    db.session.commit()
    found = {line.run.id: line.written for line in sync_history(portal, order=time_order({})).lines}
    assert found == {first.id: 777, second.id: 0, third.id: 5}
    assert "777" in dashboard(as_alice, portal) and ">777</dd>" in dashboard(as_alice, portal, f"/runs/{first.id}")


def test_strangers_and_members_without_the_permission(
    as_bob: CheckingClient, as_charlie: CheckingClient, portal: Integration
) -> None:
    for rest in ("", "/state", "/history", "/runs/1"):
        assert as_bob.get(f"/integrations/hubspot/{portal.id}{rest}").status_code == 403
        assert as_charlie.get(f"/integrations/hubspot/{portal.id}{rest}").status_code == 404
    assert as_charlie.post(f"/integrations/hubspot/{portal.id}/resync").status_code == 404
