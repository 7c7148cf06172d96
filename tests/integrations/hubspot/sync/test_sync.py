"""A sync against HubSpot over HTTP: everything first, then what changed, and what vanished."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest

from app.core.clock import now
from app.core.db import db
from app.core.runs.models import Run, RunState
from app.core.shutdown import Stopped
from app.friends.queries.value_sources import value_origins
from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.gateway import rate
from app.integrations.hubspot.sync import reading
from app.integrations.hubspot.sync import run as sync_run
from app.integrations.hubspot.sync.reader import SyncReader
from app.integrations.shared.models import FieldMapping, Integration, RemoteRecord
from app.integrations.shared.records import CONTACT, count_records
from app.line.models import Account
from tests.factories.friends import friend
from tests.factories.integrations import mapping
from tests.integrations.contacts import links
from tests.integrations.hubspot.gateway.conftest import Grantee
from tests.integrations.hubspot.sync.conftest import CONTACTS, again, change, counted, due_now, finish
from tests.sandbox.hubspot.portals import Portal

Sync = Callable[..., Run]


def test_the_first_sync_reads_all_and_applies_it(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    person, other = friend(place, line_user_id="U" + "a" * 32), friend(place, email="ken@example.com")
    hana = at_hubspot.contact(firstname="花", lastname="山田", line_user_id=person.line_user_id)
    ken = at_hubspot.contact(firstname="Ken", email="Ken@example.com")
    for number in range(120):
        at_hubspot.contact(firstname=f"Stranger {number}")
    run = sync()
    assert run.state == RunState.COMPLETED, run.reason
    # Contacts without a friend have nothing to be applied.
    assert counted(run, "contacts", "linked", "to_apply", "applied", "changed") == (122, 2, 2, 2, 2)
    assert count_records(portal.id, CONTACT, only_pending=True) == 0
    assert run.total == 122
    assert links(portal) == {person.id: (hana, "line_user_id"), other.id: (ken, "email")}
    person, other = again(person), again(other)
    assert (person.first_name, person.last_name, other.first_name) == ("花", "山田", "Ken")
    assert person.links == {"hubspot": hana}
    source = value_origins(person.id)["first_name"].source
    assert source is not None
    assert (source.kind, source.reference, source.label) == ("hubspot", at_hubspot.portal_id, "Tomoru Coffee")
    assert all(one.synced_at for one in db.session.query(FieldMapping))
    assert portal.next_sync_at is not None


def test_later_syncs_read_only_what_changed(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    person = friend(place)
    contact = at_hubspot.contact(firstname="Old", lastname="Name", line_user_id=person.line_user_id)
    other = at_hubspot.contact(firstname="Other")
    sync()
    change(at_hubspot, contact, firstname="New", lastname="")
    run = sync()
    assert run.cursor["is_full"] is False
    assert counted(run, "changed", "conflicts") == (1, 0)
    person = again(person)
    assert (person.first_name, person.last_name) == ("New", None)
    assert db.session.get_one(RemoteRecord, (portal.id, CONTACT, other)).is_pending is False
    assert counted(sync(), "applied", "changed") == (0, 0)


def test_a_new_mapping_has_everything_read_again(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    person = friend(place)
    at_hubspot.contact(email="a@example.com", line_user_id=person.line_user_id)
    sync()
    mapping(portal, "email", "email")
    run = sync()
    assert run.cursor["is_full"] is True
    assert again(person).email == "a@example.com"
    assert sync().cursor["is_full"] is False


def test_what_was_deleted_or_merged_is_followed_by_a_complete_reading(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    people = [friend(place) for _ in range(3)]
    first, second, gone = (at_hubspot.contact(firstname="X", line_user_id=one.line_user_id) for one in people)
    last = at_hubspot.contact(firstname="Last")
    sync()
    at_hubspot.post(f"{CONTACTS}/merge", {"primaryObjectId": second, "objectIdToMerge": first})
    at_hubspot.post(f"{CONTACTS}/merge", {"primaryObjectId": last, "objectIdToMerge": second})
    at_hubspot.control("DELETE", f"/contacts/{gone}")
    run = sync(everything=True)
    assert run.state == RunState.COMPLETED, run.reason
    linked = links(portal)
    assert people[2].id not in linked
    # Both were merged into the same one, which belongs to one friend of an account.
    assert {remote_id for remote_id, _way in linked.values()} == {last}
    assert count_records(portal.id, CONTACT) == 1
    assert again(people[2]).links == {}


def test_a_merge_is_followed_by_the_next_sync_of_changes(
    portal: Integration, place: Account, at_hubspot: Portal, sync: Sync
) -> None:
    person = friend(place, email="a@example.com")
    old = at_hubspot.contact(email="a@example.com")
    new = at_hubspot.contact(firstname="Survivor")
    sync()
    assert links(portal) == {person.id: (old, "email")}
    at_hubspot.post(f"{CONTACTS}/merge", {"primaryObjectId": new, "objectIdToMerge": old})
    run = sync()
    assert run.cursor["is_full"] is False
    assert links(portal) == {person.id: (new, "email")}
    assert again(person).first_name == "Survivor"


def test_more_than_ten_thousand_contacts_of_one_moment_are_read_completely_and_once(
    portal: Integration, at_hubspot: Portal, sync: Sync
) -> None:
    sync()
    at_hubspot.control("PATCH", "", {"population": {"contacts": 10_450, "companies": 0, "per_stamp": 100_000}})
    stamp = datetime(2026, 1, 1, tzinfo=UTC)
    portal.watermarks = {**portal.watermarks, CONTACT: stamp.isoformat()}
    db.session.commit()
    before = len(at_hubspot.requests())
    run = sync()
    assert (run.state, counted(run, "contacts")) == (RunState.COMPLETED, (10_450,))
    assert count_records(portal.id, CONTACT) == 10_450
    searches = [one for one in at_hubspot.requests()[before:] if one["path"].endswith("/contacts/search")]
    # Two hundred at a time, and the question that finds nothing more.
    assert len(searches) == 54


def test_a_sync_goes_on_where_it_was_killed(
    portal: Integration, at_hubspot: Portal, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    at_hubspot.control("PATCH", "", {"population": {"contacts": 450, "companies": 0, "per_stamp": 1}})
    store, calls = reading.store_contacts, count(1)

    def killed_once(*about: Any, **options: Any) -> None:
        store(*about, **options)
        if next(calls) == 3:
            raise Stopped

    monkeypatch.setattr(reading, "store_contacts", killed_once)
    run = sync()
    assert (run.state, counted(run, "contacts")) == (RunState.COMPLETED, (450,))
    assert count_records(portal.id, CONTACT) == 450
    assert next(calls) == 7


def test_a_daily_limit_is_waited_out(portal: Integration, at_hubspot: Portal, grantee: Grantee, sync: Sync) -> None:
    at_hubspot.contact(firstname="A")
    at_hubspot.switch(daily_limit=0)
    run = sync()
    assert (run.state, run.reason) == (RunState.RUNNING, "hubspot.daily_limit")
    at_hubspot.switch(daily_limit=None)
    rate.resume(at_hubspot.portal_id)
    due_now(run)
    assert finish(run).state == RunState.COMPLETED


def test_a_withdrawn_approval_ends_the_sync_with_its_sentence(
    portal: Integration, at_hubspot: Portal, grantee: Grantee, sync: Sync
) -> None:
    at_hubspot.control("POST", f"/installs/{at_hubspot.app.app_id}/revoke")
    grantee.expire()
    run = sync()
    assert (run.state, run.reason) == (RunState.FAILED, "hubspot.reconnect_needed")


def test_a_token_that_ends_in_the_middle_is_renewed(
    portal: Integration, at_hubspot: Portal, grantee: Grantee, sync: Sync
) -> None:
    at_hubspot.contact(firstname="A")
    grantee.expire()
    assert sync().state == RunState.COMPLETED
    assert grantee.renewals == 1


def test_the_stored_grant_serves_a_sync_and_is_renewed_in_the_middle(
    portal: Integration, at_hubspot: Portal, grantee: Grantee, sync: Sync, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sync_run, "reader_of", lambda found: SyncReader(access_of(found)))
    portal.access_token, portal.refresh_token = at_hubspot.token, at_hubspot.refresh_token
    portal.access_expires_at = now() + timedelta(minutes=30)
    at_hubspot.contact(firstname="A")
    db.session.commit()
    grantee.expire()
    run = sync()
    assert (run.state, run.reason) == (RunState.COMPLETED, None)
    db.session.refresh(portal)
    assert portal.access_token != at_hubspot.token


def test_a_disconnected_portal_is_not_asked(portal: Integration, at_hubspot: Portal, sync: Sync) -> None:
    portal.state, portal.reason = "disconnected", None
    db.session.commit()
    before = len(at_hubspot.requests())
    run = sync()
    assert (run.state, run.reason) == (RunState.FAILED, "hubspot.disconnected")
    assert len(at_hubspot.requests()) == before


def test_the_clock_of_hubspot_is_kept(portal: Integration, at_hubspot: Portal, sync: Sync) -> None:
    sync()
    db.session.refresh(portal)
    before = portal.clock_skew
    at_hubspot.server.api("POST", "/clock", {"advance_seconds": 300})
    sync()
    db.session.refresh(portal)
    assert portal.clock_skew - before == pytest.approx(300, abs=3)
