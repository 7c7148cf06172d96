"""LINE groups are companies at HubSpot where that is on: named, joined by friends who wrote, renamed, left."""

from __future__ import annotations

from typing import Any

from app.core.clock import now
from app.core.db import db
from app.integrations.hubspot.groups.ordering import compare_all
from app.integrations.hubspot.groups.writing import write_due
from app.integrations.shared.models import IntegrationAccount
from app.line.models import Group
from tests.factories import integrations, line
from tests.integrations.hubspot.inbox.conftest import Desk
from tests.sandbox.hubspot.portals import V

NAMES = "name,line_group_id,line_group_state,line_group_people,line_group_account"


def switch(desk: Desk, is_on: str = "1") -> None:
    path = f"/integrations/hubspot/{desk.integration.id}/groups"
    assert desk.browser.post(path, data={"is_on": is_on}).status_code in (200, 303)


def write(desk: Desk) -> list[dict[str, Any]]:
    """Let workers write; the companies that stand for groups."""
    db.session.rollback()
    compare_all()
    db.session.commit()
    write_due(desk.integration.id)
    found = desk.portal.get(f"/crm/objects/{V}/companies", params={"limit": 100, "properties": NAMES}).json()
    return [one["properties"] | {"id": one["id"]} for one in found["results"] if one["properties"].get("line_group_id")]


def name(group: str, words: str, picture: str | None = None) -> None:
    values = {"name": words, "picture": picture, "id": group}
    db.session.execute(
        db.text("UPDATE groups SET name = :name, picture_url = :picture WHERE line_group_id = :id"), values
    )
    db.session.commit()


def contacts(desk: Desk, company: str) -> list[str]:
    found = desk.portal.get(f"/crm/objects/{V}/companies/{company}/associations/contacts").json()["results"]
    return [str(one["toObjectId"] if "toObjectId" in one else one["id"]) for one in found]


def test_nothing_happens_until_it_is_switched_on(begun: Desk, hana: str) -> None:
    begun.club(hana)
    assert write(begun) == []


def test_a_group_is_a_company_that_follows_renames_and_leaving(begun: Desk, hana: str) -> None:
    switch(begun)
    club = begun.club(hana)
    name(club, "Regulars")
    (company,) = write(begun)
    assert (company["name"], company["line_group_id"]) == ("Regulars", f"{club}:1")
    assert (company["line_group_state"], company["line_group_people"]) == ("in", "1")
    assert company["line_group_account"] == begun.shop.account.name
    name(club, "Old regulars")
    (renamed,) = write(begun)
    assert (renamed["id"], renamed["name"]) == (company["id"], "Old regulars")
    begun.in_group(club, "leave")
    (left,) = write(begun)
    assert (left["id"], left["line_group_state"]) == (company["id"], "left")


def test_groups_of_two_accounts_never_merge(begun: Desk, hana: str) -> None:
    """Also where LINE calls them the same."""
    second = line.account(name="At the station")
    names = {"integration_id": begun.integration.id, "service": "hubspot", "number": 2}
    db.session.add(IntegrationAccount(account_id=second.id, **names))
    switch(begun)
    club = begun.club(hana)
    about = {"kind": "group", "is_joined": True, "membership_changed_at": now()}
    db.session.add(Group(account_id=second.id, line_group_id=club, **about))
    name(club, "Regulars")
    companies = {one["line_group_id"]: one for one in write(begun)}
    assert {key: one["line_group_account"] for key, one in companies.items()} == {
        f"{club}:1": begun.shop.account.name,
        f"{club}:2": "At the station",
    }
    db.session.execute(db.text("UPDATE groups SET is_joined = false WHERE account_id = :id"), {"id": second.id})
    db.session.commit()
    assert {one["line_group_id"]: one["line_group_state"] for one in write(begun)} == {
        f"{club}:1": "in",
        f"{club}:2": "left",
    }


def test_friends_who_have_written_are_tied_and_those_who_leave_are_not(begun: Desk, hana: str) -> None:
    ken = begun.shop.person()
    ids = {one: begun.portal.contact(firstname=one[:5]) for one in (hana, ken)}
    for one, contact in ids.items():
        integrations.link(begun.integration, begun.shop.friend(one), contact)
    switch(begun)
    club = begun.club(hana, ken)
    (company,) = write(begun)
    assert contacts(begun, company["id"]) == []
    begun.say_in(club, hana, "Hello")
    write(begun)
    assert contacts(begun, company["id"]) == [ids[hana]]
    begun.in_group(club, "member-left", user_ids=[hana])
    begun.say_in(club, ken, "Bye")
    write(begun)
    assert contacts(begun, company["id"]) == [ids[ken]]


def test_switching_off_leaves_what_is_there(begun: Desk, hana: str) -> None:
    switch(begun)
    club = begun.club(hana)
    assert len(write(begun)) == 1
    switch(begun, "0")
    name(club, "Renamed afterwards")
    assert [one["name"] for one in write(begun)] != ["Renamed afterwards"]
    page = begun.browser.get(f"/integrations/hubspot/{begun.integration.id}/settings").text
    assert "Group chats as companies" in page and "Switch on" in page


def test_a_group_that_hubspot_refuses_holds_back_no_other(begun: Desk, hana: str) -> None:
    switch(begun)
    refused, taken = begun.club(hana), begun.club(hana)
    name(refused, "Refused")
    name(taken, "Taken")
    begun.portal.switch(failing_inputs={f"{refused}:1": "VALIDATION_ERROR"})
    assert [one["name"] for one in write(begun)] == ["Taken"]
    settings = f"/integrations/hubspot/{begun.integration.id}/settings"
    said = "HubSpot does not take the company of the group “Refused”."
    assert said in begun.browser.get(settings).text
    name(taken, "Taken and renamed")
    assert [one["name"] for one in write(begun)] == ["Taken and renamed"]
    assert said in begun.browser.get(settings).text, "It is refused still."
    begun.portal.switch(failing_inputs={})
    db.session.execute(db.text("UPDATE hubspot_group_companies SET due_at = now() WHERE reason IS NOT NULL"))
    db.session.commit()
    assert {one["name"] for one in write(begun)} == {"Refused", "Taken and renamed"}
    assert said not in begun.browser.get(settings).text


def test_a_missing_scope_is_said_and_it_goes_on_afterwards(begun: Desk, hana: str) -> None:
    switch(begun)
    begun.club(hana)
    app_id = begun.portal.app.app_id
    granted = begun.portal.control("GET", "")["installs"][0]["scopes"]
    lacking = [one for one in granted if "companies" not in one]
    begun.portal.control("PATCH", f"/installs/{app_id}", {"scopes": lacking})
    write_due(begun.integration.id)
    page = begun.browser.get(f"/integrations/hubspot/{begun.integration.id}/settings").text
    assert "did not grant what this needs" in page
    begun.portal.control("PATCH", f"/installs/{app_id}", {"scopes": granted})
    db.session.execute(db.text("UPDATE hubspot_group_companies SET due_at = now()"))
    db.session.commit()
    assert len(write(begun)) == 1
