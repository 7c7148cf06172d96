"""A sync reads the lists between companies and applying, and goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.runs.models import Run, RunState
from app.integrations.shared.models import Integration, RemoteList, RemoteListMember
from tests.sandbox.hubspot.portals import Portal
from tests.support.client import CheckingClient


def make_list(portal: Portal, name: str, *members: str) -> None:
    """Make a static list at HubSpot."""
    made = portal.control("POST", "/lists", {"name": name})
    portal.control("POST", f"/lists/{made['id']}/members", {"add": list(members)})


def test_lists_and_members_come_with_a_sync(portal: Integration, at_hubspot: Portal, sync: Callable[..., Run]) -> None:
    portal.scopes = ["oauth", "crm.lists.read"]
    db.session.commit()
    contact = at_hubspot.contact(firstname="Hana")
    make_list(at_hubspot, "Tasting", contact)
    make_list(at_hubspot, "Other", contact)
    first = sync()
    assert (first.state, first.counts["lists"], first.counts.get("lists_read", 0)) == (RunState.COMPLETED, 2, 0)
    db.session.scalars(select(RemoteList).where(RemoteList.name == "Tasting")).one().is_switched_on = True
    db.session.commit()
    second = sync()
    assert (second.counts["lists"], second.counts["lists_read"]) == (2, 1)
    assert db.session.scalars(select(RemoteListMember.remote_id)).all() == [contact]


def a_list_that_was_read(portal: Integration, at_hubspot: Portal, sync: Callable[..., Run]) -> RemoteList:
    """Return a list that is switched on, with one member who was read."""
    portal.scopes = ["oauth", "crm.lists.read"]
    make_list(at_hubspot, "Tasting", at_hubspot.contact(firstname="Hana"))
    sync()
    tasting = db.session.scalars(select(RemoteList)).one()
    tasting.is_switched_on = True
    db.session.commit()
    sync()
    return tasting


def test_an_unchanged_list_shows_when_it_was_looked_at_last(
    portal: Integration, at_hubspot: Portal, sync: Callable[..., Run], as_alice: CheckingClient
) -> None:
    tasting = a_list_that_was_read(portal, at_hubspot, sync)
    long_ago = now() - timedelta(minutes=50)
    tasting.synced_at = tasting.checked_at = long_ago
    db.session.commit()
    run = sync()
    db.session.refresh(tasting)
    assert run.counts.get("lists_read", 0) == 0 and tasting.synced_at == long_ago, "Its members need not be read."
    assert tasting.checked_at is not None and tasting.checked_at > long_ago
    shown = as_alice.get(f"/integrations/hubspot/{portal.id}/data").text
    assert tasting.checked_at.strftime("%Y-%m-%dT%H:%M") in shown


def test_a_list_with_a_problem_is_read_again_with_the_next_sync(
    portal: Integration, at_hubspot: Portal, sync: Callable[..., Run]
) -> None:
    tasting = a_list_that_was_read(portal, at_hubspot, sync)
    tasting.problem = "hubspot.list_processing"
    db.session.commit()
    assert sync().counts["lists_read"] == 1
    db.session.refresh(tasting)
    assert tasting.problem is None


def test_without_the_scope_the_rest_is_synced(
    portal: Integration, at_hubspot: Portal, sync: Callable[..., Run]
) -> None:
    at_hubspot.contact(firstname="Hana")
    make_list(at_hubspot, "Tasting")
    run = sync()
    assert (run.state, run.counts["contacts"], run.counts.get("lists", 0)) == (RunState.COMPLETED, 1, 0)


def test_a_scope_that_was_taken_back_in_between_leaves_the_rest(
    portal: Integration, at_hubspot: Portal, sync: Callable[..., Run], as_alice: CheckingClient
) -> None:
    portal.scopes = ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.lists.read"]
    db.session.commit()
    at_hubspot.contact(firstname="Hana")
    left = ["oauth", "crm.objects.contacts.read", "crm.objects.contacts.write", "crm.schemas.contacts.write"]
    at_hubspot.control("PATCH", f"/installs/{at_hubspot.app.app_id}", {"scopes": left})
    run = sync()
    assert (run.state, run.counts["contacts"], run.counts.get("lists", 0)) == (RunState.COMPLETED, 1, 0)
    page = as_alice.get(f"/integrations/hubspot/{portal.id}").text
    assert "HubSpot lists are not synced. The permission" in page and "Read lists" in page
