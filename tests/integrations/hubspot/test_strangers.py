"""Each route of HubSpot refuses those who are signed out, lack the permission, or may not see the account."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.db import db
from app.core.runs.models import Run, RunState
from app.integrations.hubspot.gateway.urls import urls
from app.integrations.hubspot.inbox.models import HubSpotInbox, InboxState
from app.integrations.hubspot.sync.run import SYNC
from app.team.permissions import Permission
from tests.conftest import signed_in
from tests.factories import integrations, line
from tests.factories.friends import friend
from tests.factories.team import member
from tests.support.client import CheckingClient

NAME = "Secret Portal"
# Tables that a request of a stranger could change.
TABLES = (
    "integrations", "integration_accounts", "field_mappings", "remote_links", "remote_lists", "oauth_attempts",
    "hubspot_inboxes", "runs", "integration_apps", "hubspot_groups",
)  # fmt: skip


@dataclass
class KnownRoute:
    """A route, and an address that leads to something there."""

    endpoint: str
    method: str
    address: str
    names_something: bool
    is_for_administrators: bool


@pytest.fixture
def values(app: Flask, monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """Something for each value in an address, all of one connected portal; HubSpot is away."""
    monkeypatch.setattr(urls, "api", "http://127.0.0.1:1")
    place, second = line.account(), line.account()
    portal = integrations.integration(place, second, name=NAME)
    mapped = integrations.mapping(portal, "firstname", "first_name", remote_label=NAME)
    run = Run(kind=SYNC.name, subject_id=portal.id, state=RunState.COMPLETED, cursor={})
    inbox = HubSpotInbox(
        integration_id=portal.id, account_id=place.id, channel_id="5", identifier="line", state=InboxState.CONNECTED
    )
    db.session.add_all([run, inbox])
    person = friend(place, display_name=NAME)
    db.session.commit()
    return {
        "connection_id": portal.id,
        "mapping_id": mapped.id,
        "list_id": integrations.remote_list(portal, name=NAME).id,
        "run_id": run.id,
        "covered_id": second.id,
        "inbox_id": inbox.id,
        "account_id": place.id,
        "friend_id": person.id,
        "kind": "contact",
        "name": "city",
    }


@pytest.fixture
def routes(app: Flask, values: dict[str, Any]) -> list[KnownRoute]:
    """All routes of HubSpot but those that HubSpot itself calls; a new one is among them by itself."""
    found = list(_routes(app, values))
    assert len(found) > 40
    return found


def _routes(app: Flask, values: dict[str, Any]) -> Iterator[KnownRoute]:
    addresses = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", "")
        if not rule.endpoint.startswith("hubspot.") or access == "public":
            continue
        for method in sorted((rule.methods or set()) & {"GET", "POST"}):
            address = addresses.build(rule.endpoint, {name: values[name] for name in rule.arguments}, method=method)
            yield KnownRoute(rule.endpoint, method, address, bool(rule.arguments), "administrator" in str(access))


def visit(client: CheckingClient, routes: list[KnownRoute]) -> dict[str, tuple[int, bool]]:
    """Ask at each route; its status, and whether anything of the portal is told."""
    told = {}
    for route in routes:
        answer = client.open(route.address, method=route.method)
        told[f"{route.method} {route.endpoint}"] = (answer.status_code, NAME.encode() in answer.get_data())
    return told


def state() -> dict[str, Any]:
    db.session.rollback()
    return {table: db.session.execute(text(f"SELECT * FROM {table}")).all() for table in TABLES}


def visitor(app: Flask, permissions: list[Permission], *account_ids: int) -> CheckingClient:
    return signed_in(app, member(name="Vic", permissions=permissions, account_ids=list(account_ids) or None))


def test_strangers_are_sent_to_sign_in(browser: CheckingClient, routes: list[KnownRoute]) -> None:
    before = state()
    told = visit(browser, routes)
    assert {name: one for name, one in told.items() if one != (303, False)} == {}
    assert state() == before


def test_a_member_without_the_permission_is_refused(app: Flask, routes: list[KnownRoute]) -> None:
    others = [one for one in Permission if one is not Permission.INTEGRATIONS]
    before = state()
    told = visit(visitor(app, others), routes)
    assert {name: one for name, one in told.items() if one != (403, False)} == {}
    assert state() == before


def test_a_member_of_another_account_finds_nothing(app: Flask, routes: list[KnownRoute]) -> None:
    mine = line.account()
    before = state()
    told = visit(visitor(app, list(Permission), mine.id), routes)
    wanted = {
        f"{one.method} {one.endpoint}": 403 if one.is_for_administrators else 404
        for one in routes
        if one.names_something or one.is_for_administrators
    }
    assert {name: told[name] for name, status in wanted.items() if told[name] != (status, False)} == {}
    open_ones = {name: one for name, one in told.items() if name not in wanted}
    assert {name: one for name, one in open_ones.items() if one[1] or one[0] >= 500} == {}
    assert state() == before


def test_a_member_of_only_one_of_its_accounts_finds_nothing_of_the_portal(
    app: Flask, routes: list[KnownRoute], values: dict[str, Any]
) -> None:
    told = visit(visitor(app, list(Permission), values["account_id"]), routes)
    of_portal = [one for one in routes if "<int:connection_id>" in _rule(app, one)]
    assert {one.endpoint: told[f"{one.method} {one.endpoint}"] for one in of_portal} == dict.fromkeys(
        [one.endpoint for one in of_portal], (404, False)
    )


def _rule(app: Flask, route: KnownRoute) -> str:
    return next(str(rule) for rule in app.url_map.iter_rules(route.endpoint))


def test_the_addresses_lead_to_something_for_those_who_may(
    as_alice: CheckingClient, people: SimpleNamespace, routes: list[KnownRoute]
) -> None:
    pages = [one for one in routes if one.method == "GET" and one.endpoint not in ("hubspot.callback",)]
    told = visit(as_alice, pages)
    assert {name: one for name, one in told.items() if one[0] not in (200, 204, 303)} == {}
