"""Contacts and companies one by one and in pages: values, history, merge, deletion."""

from __future__ import annotations

import json
from typing import Any

import pytest

from tests.sandbox.hubspot.portals import Portal, V
from tests.support.sandbox import SandboxServer

CONTACTS = f"/crm/objects/{V}/contacts"


def problems(response: Any) -> list[str]:
    """The codes in the JSON that stands inside the message."""
    assert response.status_code == 400, response.text
    _, _, listed = response.json()["message"].partition("Property values were not valid: ")
    return [problem["error"] for problem in json.loads(listed)]


def history(portal: Portal, contact: str, name: str) -> list[tuple[str, str, str]]:
    body = portal.read(contact, propertiesWithHistory=name)
    return [(e["value"], e["sourceType"], e["sourceId"]) for e in body["propertiesWithHistory"][name]]


def test_pages_end_without_paging(portal: Portal) -> None:
    ids = [portal.contact(email=f"p{n}@b.example") for n in range(12)]
    first = portal.checked("GET", CONTACTS).json()
    assert [entry["id"] for entry in first["results"]] == ids[:10]
    after = first["paging"]["next"]["after"]
    assert ids[9] not in after
    last = portal.checked("GET", f"{CONTACTS}?limit=100&after={after}").json()
    assert [entry["id"] for entry in last["results"]] == ids[10:] and "paging" not in last
    assert "total" not in first


WITH_HISTORY = "propertiesWithHistory=email"


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ("limit=100", 200),
        ("limit=101", 400),
        ("limit=0", 400),
        ("after=1", 400),
        (f"limit=50&{WITH_HISTORY}", 200),
        (f"limit=51&{WITH_HISTORY}", 400),
    ],
)
def test_page_sizes_are_held_to(portal: Portal, query: str, status: int) -> None:
    assert portal.get(f"{CONTACTS}?{query}").status_code == status


def test_only_what_is_asked_for_comes_back(portal: Portal) -> None:
    contact = portal.contact(email="a@b.example", firstname="花子", city="京都")
    plain = portal.read(contact)["properties"]
    assert set(plain) == {"createdate", "email", "firstname", "hs_object_id", "lastmodifieddate", "lastname"}
    asked = portal.read(contact, "city", "no_such_property")["properties"]
    assert (asked["city"], "no_such_property" in asked, "email" in asked) == ("京都", False, False)


def test_a_second_contact_with_the_address_conflicts(portal: Portal) -> None:
    contact = portal.contact(email="A@b.example")
    refused = portal.post(CONTACTS, {"properties": {"email": "a@B.example"}})
    assert refused.status_code == 409
    assert refused.json()["message"] == f"Contact already exists. Existing ID: {contact}"
    other = portal.contact(email="c@b.example")
    assert portal.call("PATCH", f"{CONTACTS}/{other}", {"properties": {"email": "a@b.example"}}).status_code == 409


def test_values_are_checked_by_type(portal: Portal) -> None:
    wrong = {
        "no_such": "x",
        "createdate": "2026-01-01",
        "email": "no address",
        "lifecyclestage": "friend",
        "interests": "coffee;tea",
        "points": "many",
        "newsletter": "maybe",
        "birthday": "1767225600001",
    }
    refused = portal.post(CONTACTS, {"properties": wrong})
    assert problems(refused) == [
        "PROPERTY_DOESNT_EXIST",
        "READ_ONLY_VALUE",
        "INVALID_EMAIL",
        "INVALID_OPTION",
        "INVALID_OPTION",
        "INVALID_INTEGER",
        "INVALID_OPTION",
        "INVALID_DATE",
    ]
    assert refused.json()["errors"][0] == {
        "message": 'Property "no_such" does not exist',
        "code": "PROPERTY_DOESNT_EXIST",
        "context": {"propertyName": ["no_such"]},
    }
    assert "not midnight" in refused.json()["message"]


def test_values_come_back_in_their_form(portal: Portal) -> None:
    contact = portal.contact(
        birthday="1767225600000",
        member_since="2026-01-01T09:30:00+09:00",
        points="12.50",
        newsletter="TRUE",
        interests="bread",
    )
    portal.call("PATCH", f"{CONTACTS}/{contact}", {"properties": {"interests": ";coffee"}})
    values = portal.read(contact, "birthday", "member_since", "points", "newsletter", "interests")["properties"]
    assert values["birthday"] == "2026-01-01"
    assert values["member_since"] == "2026-01-01T00:30:00.000Z"
    assert (values["points"], values["newsletter"], values["interests"]) == ("12.50", "true", "bread;coffee")


def test_history_tells_who_wrote_what_newest_first(portal: Portal) -> None:
    contact = portal.contact(firstname="A")
    portal.control("PATCH", f"/contacts/{contact}", {"properties": {"firstname": "B"}})
    portal.call("PATCH", f"{CONTACTS}/{contact}", {"properties": {"firstname": ""}})
    app = portal.app.app_id
    assert history(portal, contact, "firstname") == [
        ("", "INTEGRATION", app),
        ("B", "CRM_UI", "userId:1"),
        ("A", "INTEGRATION", app),
    ]


def test_a_write_of_the_same_value_is_a_write_unless_switched_off(portal: Portal) -> None:
    contact = portal.contact(firstname="A")
    same = {"properties": {"firstname": "A"}}
    portal.call("PATCH", f"{CONTACTS}/{contact}", same)
    assert len(history(portal, contact, "firstname")) == 2
    before = portal.read(contact)["updatedAt"]
    portal.switch(same_value_is_write=False)
    portal.call("PATCH", f"{CONTACTS}/{contact}", same)
    assert len(history(portal, contact, "firstname")) == 2
    assert portal.read(contact)["updatedAt"] == before


def test_an_archived_contact_is_only_seen_when_asked_for(portal: Portal) -> None:
    contact = portal.contact(email="gone@b.example")
    assert portal.checked("DELETE", f"{CONTACTS}/{contact}").status_code == 204
    missing = portal.get(f"{CONTACTS}/{contact}")
    assert (missing.status_code, missing.json()["category"]) == (404, "OBJECT_NOT_FOUND")
    assert portal.get(CONTACTS).json()["results"] == []
    assert portal.read(contact, archived="true")["archivedAt"]
    assert [e["id"] for e in portal.get(f"{CONTACTS}?archived=true").json()["results"]] == [contact]
    other = portal.contact(email="gone@b.example")
    assert other != contact
    portal.call("DELETE", f"{CONTACTS}/{other}")
    portal.control("POST", f"/contacts/{contact}/restore")
    assert portal.read(contact)["archived"] is False


def test_a_merged_id_answers_with_the_survivor_along_a_chain(portal: Portal) -> None:
    a, b, c = (portal.contact(email=f"{n}@b.example") for n in "abc")
    portal.call("PATCH", f"{CONTACTS}/{a}", {"properties": {"city": "京都"}})
    assert portal.checked("POST", f"{CONTACTS}/merge", {"primaryObjectId": b, "objectIdToMerge": a}).json()["id"] == b
    portal.control("POST", f"/contacts/{c}/merge", {"other": b})
    for old in (a, b, c):
        body = portal.read(old, "city", "email", "hs_merged_object_ids", "hs_calculated_merged_vids")
        assert (body["id"], body["properties"]["city"], body["properties"]["email"]) == (c, "京都", "c@b.example")
    assert set(body["properties"]["hs_merged_object_ids"].split(";")) == {a, b}
    assert {part.partition(":")[0] for part in body["properties"]["hs_calculated_merged_vids"].split(";")} == {a, b}
    assert [entry["id"] for entry in portal.get(CONTACTS).json()["results"]] == [c]


def test_merges_may_be_told_in_one_property_only(portal: Portal) -> None:
    portal.switch(merge_told_in="vids")
    a, b = portal.contact(email="a@b.example"), portal.contact(email="b@b.example")
    portal.control("POST", f"/contacts/{b}/merge", {"other": a})
    values = portal.read(b, "hs_merged_object_ids", "hs_calculated_merged_vids")["properties"]
    assert values["hs_merged_object_ids"] is None and values["hs_calculated_merged_vids"].startswith(f"{a}:")


def test_what_the_law_deleted_never_answers_again(portal: Portal) -> None:
    contact = portal.contact(email="law@b.example")
    body = {"objectId": "law@b.example", "idProperty": "email"}
    assert portal.checked("POST", f"{CONTACTS}/gdpr-delete", body).status_code == 204
    for query in ("", "?archived=true"):
        assert portal.get(f"{CONTACTS}/{contact}{query}").status_code == 404
    assert "law@b.example" not in str(portal.get(f"{CONTACTS}?archived=true").json())


def test_a_contact_is_read_by_its_address_under_all_spellings_of_the_type(portal: Portal) -> None:
    contact = portal.contact(email="a@b.example")
    for root in (CONTACTS, f"/crm/objects/{V}/0-1", "/crm/v3/objects/contact"):
        assert portal.get(f"{root}/a@b.example?idProperty=email").json()["id"] == contact
    assert portal.get(f"{CONTACTS}/x?idProperty=city").status_code == 400
    assert portal.get("/crm/v3/objects/planets").json()["category"] == "VALIDATION_ERROR"


def test_an_administrator_may_demand_properties(portal: Portal) -> None:
    contact = portal.contact(firstname="A")
    portal.switch(required_properties=["lastname"])
    assert problems(portal.call("PATCH", f"{CONTACTS}/{contact}", {"properties": {"city": "x"}})) == [
        "MISSING_REQUIRED_PROPERTY"
    ]


def test_companies_have_the_same_calls_and_their_own_modification_time(portal: Portal) -> None:
    root = f"/crm/objects/{V}/companies"
    made = portal.checked("POST", root, {"properties": {"name": "灯商店"}, "associations": []})
    assert made.status_code == 201
    body = portal.checked("GET", f"{root}/{made.json()['id']}").json()
    assert (body["properties"]["name"], bool(body["properties"]["hs_lastmodifieddate"])) == ("灯商店", True)


def test_unknown_fields_and_bodies_are_refused(portal: Portal) -> None:
    assert portal.post(CONTACTS, {"properties": {}, "colour": 1}).status_code == 400
    assert portal.call("POST", CONTACTS, headers={"Content-Type": "text/plain"}, data="{}").status_code == 415
    assert portal.call("POST", CONTACTS, headers={"Content-Type": "application/json"}, data="{").status_code == 400
    assert portal.get("/crm/v9/nothing").status_code == 404


def test_an_address_that_is_too_long_is_refused(portal: Portal) -> None:
    names = ",".join(f"property_number_{number}" for number in range(500))
    assert portal.get(f"{CONTACTS}?properties={names}").status_code == 414


def test_a_million_contacts_are_computed_and_alike_in_two_portals(line_sandbox: SandboxServer) -> None:
    population = {"contacts": 1_000_000, "companies": 1000}
    first, second = (Portal.open(line_sandbox, population=population) for _ in range(2))
    page = first.get(f"{CONTACTS}?limit=100&properties=firstname,city").json()
    assert page["results"] and page["paging"]["next"]["after"]
    last = str(1000 + 1_000_000)
    assert first.read(last, "email")["properties"]["email"] == "person1000000@people.example"
    assert first.get(f"{CONTACTS}/{1000 + 1_000_001}").status_code == 404
    first.call("PATCH", f"{CONTACTS}/{last}", {"properties": {"firstname": "変更", "email": "new@b.example"}})
    assert first.read(last)["properties"]["firstname"] == "変更"
    assert second.read(last)["properties"]["firstname"] != "変更"
    assert first.get(f"{CONTACTS}/person1000000@people.example?idProperty=email").status_code == 404
    assert first.get(f"{CONTACTS}/new@b.example?idProperty=email").json()["id"] == last
    assert first.control("GET")["records"]["contacts"] == 1_000_000


def test_the_client_library_pages_through_all(portal: Portal) -> None:
    from hubspot import HubSpot

    for n in range(3):
        portal.contact(email=f"p{n}@b.example")
    host = f"{portal.server.url}/hubspot"
    client = HubSpot(access_token=portal.token, host=host, base_url=host)
    assert len(client.crm.contacts.get_all()) == 3
    answer = client.api_request({"path": f"{CONTACTS}?limit=1", "method": "GET"})
    assert len(answer.json()["results"]) == 1
