"""The trigger of a contact that joins a list of HubSpot or leaves it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.core.runs.models import Run
from app.friends.models import Friend
from app.integrations.hubspot.gateway.scopes import LISTS_READ
from app.integrations.hubspot.steps.list_trigger import LIST_CHANGED
from app.integrations.shared.models import Integration, RemoteList
from app.line.models import Account
from app.workflows.definition.checks import findings
from app.workflows.models import WorkflowRun
from tests.factories import friends
from tests.factories.integrations import link
from tests.factories.workflows import active, chain, step
from tests.integrations.hubspot.sync.conftest import at_hubspot, grantee, hubspot, portal, sync
from tests.sandbox.hubspot.portals import Portal

__all__ = ["at_hubspot", "grantee", "hubspot", "portal", "sync"]


@pytest.fixture
def people(portal: Integration, at_hubspot: Portal, place: Account) -> list[str]:
    """Contacts of two friends; lists may be read."""
    portal.scopes = [*portal.scopes, LISTS_READ]
    found = [at_hubspot.contact(firstname=name) for name in ("Hana", "Ken")]
    for one in found:
        link(portal, friends.friend(place), one)
    return found


@pytest.fixture
def tasting(at_hubspot: Portal, people: list[str], sync: Callable[..., Run]) -> RemoteList:
    """A static list with the first of them, whose name was read."""
    made = at_hubspot.control("POST", "/lists", {"name": "Tasting"})
    put(at_hubspot, made["id"], "add", people[0])
    sync()
    return db.session.scalars(select(RemoteList).where(RemoteList.remote_id == made["id"])).one()


def put(at_hubspot: Portal, list_id: str, how: str, *contacts: str) -> None:
    """Change a static list as a person at HubSpot."""
    answer = at_hubspot.call("PUT", f"/crm/lists/2026-03/{list_id}/memberships/{how}", list(contacts))
    assert answer.status_code == 200, answer.text


def listens(place: Account, chosen: RemoteList, change: str = "added") -> None:
    """Start a workflow that responds to who joins the list, or leaves it."""
    trigger = step(LIST_CHANGED, watched_lists={str(place.id): chosen.id}, change=change)
    active(place, trigger, step("stop"), name=change)


def started() -> list[tuple[str | None, bool]]:
    """Contacts of the friends whose runs started, and whether they joined."""
    db.session.rollback()
    query = select(Friend.links["hubspot"].astext, WorkflowRun.trigger).join(Friend, Friend.id == WorkflowRun.friend_id)
    return [(contact, told["is_added"]) for contact, told in db.session.execute(query.order_by(WorkflowRun.id))]


def test_who_joins_starts_once_and_who_was_there_does_not(
    at_hubspot: Portal, place: Account, people: list[str], tasting: RemoteList, sync: Callable[..., Run]
) -> None:
    listens(place, tasting)
    sync()
    assert started() == []
    put(at_hubspot, tasting.remote_id, "add", people[1])
    sync()
    sync()
    assert len(started()) == 1
    run = db.session.scalars(select(WorkflowRun)).one()
    assert run.trigger["list"] == "Tasting"


def test_who_leaves_starts_where_that_is_asked_for(
    at_hubspot: Portal, place: Account, people: list[str], tasting: RemoteList, sync: Callable[..., Run]
) -> None:
    listens(place, tasting, "removed")
    sync()
    put(at_hubspot, tasting.remote_id, "remove", people[0])
    sync()
    assert [is_added for _contact, is_added in started()] == [False]
    put(at_hubspot, tasting.remote_id, "add", people[0])
    sync()
    assert len(started()) == 1


def test_a_list_that_was_out_of_use_is_read_silently_again(
    at_hubspot: Portal, place: Account, people: list[str], tasting: RemoteList, sync: Callable[..., Run]
) -> None:
    tasting.is_switched_on = True
    db.session.commit()
    sync()
    tasting.is_switched_on = False
    db.session.commit()
    sync()
    put(at_hubspot, tasting.remote_id, "add", people[1])
    listens(place, tasting)
    sync()
    assert started() == []
    put(at_hubspot, tasting.remote_id, "remove", people[1])
    sync()
    put(at_hubspot, tasting.remote_id, "add", people[1])
    sync()
    assert len(started()) == 1


def test_what_keeps_it_from_firing_is_named(portal: Integration, place: Account, tasting: RemoteList) -> None:
    def said(list_id: Any) -> list[str]:
        trigger = step(LIST_CHANGED, watched_lists={str(place.id): list_id} if list_id else {})
        graph = chain(place, trigger, step("stop"))
        return [str(one.problem.message) for one in findings(graph) if one.node and not one.is_warning]

    assert said(tasting.id) == []
    assert said(None) == ["Choose a list of HubSpot."]
    assert "does not exist any more" in said(tasting.id + 1)[0]
    portal.scopes = []
    db.session.commit()
    assert "“Read lists” is missing" in said(tasting.id)[0]
