"""HubSpot's lists on the screen Sync Data: what they are, whose members are read, and switching that."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.integrations.hubspot.sync.lists import PROCESSING
from app.integrations.shared.models import Integration, IntegrationState, RemoteList
from app.line.models import Account
from app.segments.conditions.definition import VERSION
from app.segments.operations.segments import create_segment
from app.team.actors import SYSTEM
from app.team.models import AuditEntry
from tests.factories import integrations, line, segments
from tests.support.client import CheckingClient


@pytest.fixture
def place(app: Any) -> Account:
    return line.account()


@pytest.fixture
def portal(place: Account) -> Integration:
    return integrations.integration(place, scopes=["oauth", "crm.lists.read"])


def page(portal: Integration, tail: str = "") -> str:
    return f"/integrations/hubspot/{portal.id}/data{tail}"


def row_of(html: str, name: str) -> str:
    """The row of a list, as text without tags between."""
    return next(part for part in html.split("<tr>") if f"<bdi>{name}</bdi>" in part)


def test_each_list_says_what_it_is_and_how_it_is_doing(
    as_alice: CheckingClient, portal: Integration, place: Account
) -> None:
    used = integrations.remote_list(portal, name="Customers", size=1200, synced_at=now())
    integrations.remote_list(portal, name="Tasting", is_active=False)
    integrations.remote_list(portal, name="Leads", is_switched_on=True, problem=PROCESSING)
    integrations.remote_list(portal, name="Gone", deleted_at=now())
    on_customers = segments.condition("hubspot.list", "contains_any", used.id)
    segments.segment(place, definition=segments.definition([on_customers]))
    html = as_alice.get(page(portal)).text
    customers, tasting, leads = (row_of(html, name) for name in ("Customers", "Tasting", "Leads"))
    assert "Active list" in customers and "1,200" in customers and "Synced" in customers and "In use" in customers
    assert "Static list" in tasting and "Name only" in tasting and "Switch on" in tasting
    assert "Being filled" in leads and "HubSpot is still filling this list" in leads and "Switch off" in leads
    assert "Gone" not in html


def test_a_list_is_switched_on_and_a_sync_begins(as_alice: CheckingClient, portal: Integration) -> None:
    tasting = integrations.remote_list(portal, name="Tasting")
    answer = as_alice.post(page(portal, f"/lists/{tasting.id}"), data={"on": "1"})
    assert "Waiting for the next sync" in row_of(answer.text, "Tasting")
    db.session.expire_all()
    assert portal.next_sync_at is not None and portal.next_sync_at <= now()
    actions = db.session.scalars(select(AuditEntry.action)).all()
    as_alice.post(page(portal, f"/lists/{tasting.id}"), data={"on": "0"})
    assert db.session.scalars(select(AuditEntry.action)).all() == [*actions, "remote_list.switched_off"]
    assert actions[-1] == "remote_list.switched_on"


def test_lists_are_searched_by_name(as_alice: CheckingClient, portal: Integration) -> None:
    for name in ("お客様 (Customers)", "試飲会 (Tasting)"):
        integrations.remote_list(portal, name=name)
    html = as_alice.get(page(portal, "/lists?search=ＴＡＳＴ")).text
    assert "試飲会" in html and "お客様" not in html
    assert "No list has such a name." in as_alice.get(page(portal, "/lists?search=zzz")).text


def test_without_lists_and_without_the_permission_for_them(as_alice: CheckingClient, portal: Integration) -> None:
    assert "There are no lists in HubSpot yet" in as_alice.get(page(portal)).text
    portal.scopes = ["oauth"]
    db.session.commit()
    assert "HubSpot does not let Tomoru read lists." in as_alice.get(page(portal)).text


def test_lists_of_another_portal_are_not_found(as_alice: CheckingClient, portal: Integration) -> None:
    other = integrations.integration(line.account(), remote_id="243000002")
    foreign = integrations.remote_list(other, name="Foreign")
    assert as_alice.post(page(portal, f"/lists/{foreign.id}"), data={"on": "1"}).status_code == 404
    assert db.session.get_one(RemoteList, foreign.id).is_switched_on is False


def test_nothing_is_switched_while_it_is_not_connected(as_alice: CheckingClient, portal: Integration) -> None:
    integrations.remote_list(portal, name="Tasting")
    portal.state = IntegrationState.DISCONNECTED
    db.session.commit()
    assert "Switch on" not in row_of(as_alice.get(page(portal)).text, "Tasting")


def test_a_segment_that_asks_first_for_a_list_begins_a_sync(portal: Integration, place: Account) -> None:
    portal.next_sync_at = now() + timedelta(minutes=5)
    fresh, read = integrations.remote_list(portal), integrations.remote_list(portal, synced_at=now())
    db.session.commit()

    def ask_for(found: RemoteList) -> bool:
        condition = {"property": "hubspot.list", "operator": "contains_any", "values": [found.id]}
        groups = [{"conditions": [condition]}]
        create_segment(place.id, found.name, {"version": VERSION, "groups": groups}, actor=SYSTEM)
        db.session.commit()
        db.session.refresh(portal)
        return portal.next_sync_at is not None and portal.next_sync_at < now() + timedelta(minutes=1)

    assert [ask_for(read), ask_for(fresh)] == [False, True]
