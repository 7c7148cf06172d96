"""The step of workflows that changes a static list of HubSpot, from the form to the list."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.integrations.hubspot.gateway import scopes
from app.integrations.hubspot.steps.lists import CHANGE_LIST
from app.integrations.shared.models import Integration, IntegrationState, RemoteList
from app.workflows.definition.checks import findings
from app.workflows.definition.graph import Node
from app.workflows.definition.kinds import ACTIONS
from app.workflows.models import WorkflowStep
from app.workflows.templates.names import ROWS
from tests.factories import integrations
from tests.factories.workflows import active, chain, step
from tests.sandbox.hubspot.portals import App, Portal
from tests.support.client import CheckingClient
from tests.workflows.conftest import Shop, channel, connect, hana, history, public, runs, settle, shop

__all__ = ["channel", "connect", "hana", "public", "shop"]


@dataclass
class Desk:
    """A portal that is connected to the shop, with a static list and an active one."""

    shop: Shop
    portal: Portal
    connected: Integration
    tasting: RemoteList
    customers: RemoteList

    def members(self) -> list[str]:
        """Who is on the static list at HubSpot."""
        return sorted(self.portal.control("GET", f"/lists/{self.tasting.remote_id}")["members"])

    def changes(self, change: str = "add", chosen: RemoteList | None = None) -> Any:
        """The step."""
        return step(CHANGE_LIST, change=change, hubspot_lists={str(self.shop.account.id): (chosen or self.tasting).id})

    def run(self, *steps: Any) -> None:
        """Let a friend write the word that starts such a workflow, and the workflow go on."""
        word = step("message", keywords=[{"text": "taste", "match": "equals"}])
        active(self.shop.account, word, *steps, name=f"W{len(runs())}")


@pytest.fixture
def desk(hubspot_app: App, portal: Portal, shop: Shop) -> Desk:
    portal.connect()
    tokens = {"access_token": portal.token, "refresh_token": portal.refresh_token}
    granted = [*scopes.REQUIRED, *scopes.OPTIONAL]
    connected = integrations.integration(shop.account, remote_id=portal.portal_id, scopes=granted, **tokens)
    made = [
        portal.control("POST", "/lists", {"name": "Tasting"}),
        portal.control("POST", "/lists", {"name": "Customers", "property": "lifecyclestage", "values": ["customer"]}),
    ]
    stored = [
        integrations.remote_list(connected, name=one["name"], remote_id=one["id"], is_active=one["name"] != "Tasting")
        for one in made
    ]
    return Desk(shop, portal, connected, *stored)


@pytest.fixture
def contact(desk: Desk, hana: str) -> str:
    """The contact of the friend."""
    found = desk.portal.contact(firstname="花子")
    integrations.link(desk.connected, desk.shop.friend(hana), found)
    return found


def test_the_contact_is_put_on_the_list_and_taken_off(desk: Desk, contact: str, hana: str) -> None:
    desk.run(desk.changes())
    desk.shop.say(hana, "taste")
    settle()
    assert history(runs()[0]) == [(CHANGE_LIST, "done", "next")]
    assert desk.members() == [contact]
    note = db.session.scalars(select(WorkflowStep.note)).one()
    assert note == {"hubspot_list": "Tasting", "is_taken_off": False}
    active(
        desk.shop.account,
        step("message", keywords=[{"text": "leave", "match": "equals"}]),
        desk.changes("remove"),
        name="Leave",
    )
    desk.shop.say(hana, "leave")
    settle()
    assert (history(runs()[1]), desk.members()) == ([(CHANGE_LIST, "done", "next")], [])


def test_a_friend_without_a_contact_goes_on_by_the_other_exit(desk: Desk, hana: str) -> None:
    to_tag = step(CHANGE_LIST, {"error": "2"}, change="add", hubspot_lists={str(desk.shop.account.id): desk.tasting.id})
    desk.run(to_tag, step("stop", {"-": ""}), step("stop"))
    desk.shop.say(hana, "taste")
    settle()
    assert history(runs()[0])[0] == (CHANGE_LIST, "failed", "error")
    assert desk.members() == []


def test_hubspot_that_is_away_is_asked_again(desk: Desk, contact: str, hana: str) -> None:
    desk.run(desk.changes())
    wish = {"kind": "status", "path": "/crm/lists/2026-03/{list_id}/memberships/add", "status": 503, "times": 20}
    desk.portal.server.api("POST", "/faults", {**wish, "channel_id": desk.portal.portal_id})
    desk.shop.say(hana, "taste")
    settle()
    assert (runs()[0].state, desk.members()) == ("waiting", [])
    desk.portal.server.api("DELETE", "/faults")
    db.session.execute(db.text("UPDATE workflow_runs SET due_at = now()"))
    db.session.commit()
    settle()
    assert (runs()[0].state, desk.members()) == ("succeeded", [contact])


def test_what_cannot_be_changed_is_named_before_the_start(desk: Desk) -> None:
    def said(*steps: Any) -> list[str]:
        graph = chain(desk.shop.account, step("friend_add"), *steps)
        return [str(one.problem.message) for one in findings(graph) if one.node and one.node.kind == CHANGE_LIST]

    assert said(desk.changes()) == []
    assert said(step(CHANGE_LIST, change="add")) == ["Choose a static list of HubSpot."]
    (active_one,) = said(desk.changes(chosen=desk.customers))
    assert "or is active" in active_one
    desk.tasting.deleted_at = desk.tasting.synced_at or db.session.scalar(db.text("SELECT now()"))
    db.session.commit()
    assert len(said(desk.changes())) == 1


def test_without_the_scope_the_step_and_its_runs_say_so(
    desk: Desk, contact: str, hana: str, as_alice: CheckingClient
) -> None:
    left = [one for one in desk.connected.scopes if one != "crm.lists.write"]
    desk.portal.control("PATCH", f"/installs/{desk.portal.app.app_id}", {"scopes": left})
    desk.run(desk.changes())
    desk.shop.say(hana, "taste")
    settle()
    assert (history(runs()[0]), desk.members()) == ([(CHANGE_LIST, "failed", None)], [])
    account, run = desk.shop.account, runs()[0]
    page = as_alice.get(f"/workflows/{run.workflow_id}/runs/{run.id}").text
    assert "HubSpot did not grant what this needs" in page and "Add contacts to static lists and remove them" in page

    desk.connected.scopes = left
    db.session.commit()
    graph = chain(account, step("friend_add"), desk.changes())
    (said,) = [one.problem for one in findings(graph) if one.node and one.node.kind == CHANGE_LIST]
    assert (said.field, "“Add contacts to static lists" in str(said.message)) == ("hubspot_lists", True)
    settings = as_alice.get(f"/integrations/hubspot/{desk.connected.id}/settings").text
    assert "Workflows cannot add contacts to static lists or remove them" in settings


def test_it_is_offered_only_while_hubspot_is_connected(desk: Desk, hana: str) -> None:
    kind = ACTIONS[CHANGE_LIST]
    assert kind.unavailable() is None
    assert str(kind.summary(Node("n", CHANGE_LIST, {"change": "remove"}))) == "Take the contact off a list"
    desk.run(desk.changes())
    desk.connected.state = IntegrationState.DISCONNECTED
    db.session.commit()
    assert str(kind.unavailable()) == "HubSpot is not connected. Connect it under Integrations."
    desk.shop.say(hana, "taste")
    settle()
    assert history(runs()[0]) == [(CHANGE_LIST, "failed", None)]


def test_a_template_names_the_list_and_finds_it_again(desk: Desk) -> None:
    rows = ROWS["hubspot_lists"]
    account_id = desk.shop.account.id
    assert rows.names([account_id], [desk.tasting.id]) == {desk.tasting.id: "Tasting"}
    assert rows.known(account_id, ["Tasting", "Customers"]) == {"Tasting": desk.tasting.id}
    assert rows.choices(account_id) == [(desk.tasting.id, "Tasting")]
    assert rows.names([account_id + 1], [desk.tasting.id]) == {}
