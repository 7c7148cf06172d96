"""A sync reads the lists between companies and applying, and goes on where it was stopped."""

from __future__ import annotations

from collections.abc import Callable

from sqlalchemy import select

from app.core.db import db
from app.core.runs.models import Run, RunState
from app.integrations.shared.models import Integration, RemoteList, RemoteListMember
from tests.sandbox.hubspot.portals import Portal


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


def test_without_the_scope_the_rest_is_synced(
    portal: Integration, at_hubspot: Portal, sync: Callable[..., Run]
) -> None:
    at_hubspot.contact(firstname="Hana")
    make_list(at_hubspot, "Tasting")
    run = sync()
    assert (run.state, run.counts["contacts"], run.counts.get("lists", 0)) == (RunState.COMPLETED, 1, 0)
