"""Contacts and companies together: primary company, labels, batches."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.hubspot.portals import Portal, V
from tests.support.sandbox import SandboxServer

OBJECTS = f"/crm/objects/{V}"
PAIRS = f"/crm/associations/{V}/contacts/companies"


@pytest.fixture
def three(portal: Portal) -> tuple[Portal, str, str, str]:
    """A contact and two companies."""
    ids = [
        portal.post(f"{OBJECTS}/companies", {"properties": {"name": name}}).json()["id"]
        for name in ("灯商店", "青木商店")
    ]
    return portal, portal.contact(email="a@b.example"), ids[0], ids[1]


def types_of(portal: Portal, contact: str) -> dict[str, list[int]]:
    rows = portal.get(f"{OBJECTS}/contacts/{contact}/associations/companies").json()["results"]
    return {row["toObjectId"]: sorted(entry["typeId"] for entry in row["associationTypes"]) for row in rows}


def test_the_first_company_becomes_the_primary_one(three: tuple[Portal, str, str, str]) -> None:
    portal, contact, first, second = three
    for company in (first, second):
        path = f"{OBJECTS}/contacts/{contact}/associations/default/companies/{company}"
        assert portal.checked("PUT", path).status_code == 200
    assert types_of(portal, contact) == {first: [1, 279], second: [279]}
    spec = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 1}]
    assert (
        portal.checked("PUT", f"{OBJECTS}/contacts/{contact}/associations/companies/{second}", spec).status_code == 201
    )
    assert types_of(portal, contact) == {first: [279], second: [1, 279]}
    other_side = portal.checked("GET", f"{OBJECTS}/companies/{second}/associations/contacts").json()["results"]
    assert [entry["typeId"] for entry in other_side[0]["associationTypes"]] == [2, 280]
    assert portal.checked("DELETE", f"{OBJECTS}/contacts/{contact}/associations/companies/{second}").status_code == 204
    assert types_of(portal, contact) == {first: [279]}


def test_batches_read_make_and_archive(three: tuple[Portal, str, str, str]) -> None:
    portal, contact, first, second = three
    types = [{"associationCategory": "HUBSPOT_DEFINED", "associationTypeId": 279}]
    inputs = [{"from": {"id": contact}, "to": {"id": company}, "types": types} for company in (first, second)]
    assert portal.checked("POST", f"{PAIRS}/batch/create", {"inputs": inputs}).status_code == 201
    read = portal.checked("POST", f"{PAIRS}/batch/read", {"inputs": [{"id": contact}]}).json()["results"]
    assert [entry["toObjectId"] for entry in read[0]["to"]] == [first, second]
    partial = portal.post(f"{PAIRS}/batch/read", {"inputs": [{"id": contact}, {"id": "7"}]})
    assert (partial.status_code, partial.json()["errors"][0]["context"]["ids"]) == (207, ["7"])
    gone = {"inputs": [{"from": {"id": contact}, "to": [{"id": first}]}]}
    assert portal.checked("POST", f"{PAIRS}/batch/archive", gone).status_code == 204
    assert list(types_of(portal, contact)) == [second]
    defaults = {"inputs": [{"from": {"id": contact}, "to": {"id": first}}]}
    assert portal.checked("POST", f"{PAIRS}/batch/associate/default", defaults).status_code == 200


@pytest.mark.parametrize(("path", "most"), [("read", 1000), ("create", 2000), ("archive", 100)])
def test_batches_have_a_most(portal: Portal, path: str, most: int) -> None:
    inputs: list[dict[str, Any]] = [{"id": "1", "from": {"id": "1"}, "to": []}] * (most + 1)
    assert portal.post(f"{PAIRS}/batch/{path}", {"inputs": inputs}).status_code == 400


def test_associations_stand_beside_a_contact_that_is_read(three: tuple[Portal, str, str, str]) -> None:
    portal, contact, first, _ = three
    portal.control("PUT", f"/contacts/{contact}/company", {"company": first, "primary": True})
    body = portal.checked("GET", f"{OBJECTS}/contacts/{contact}?associations=companies").json()
    kinds = [(e["id"], e["type"]) for e in body["associations"]["companies"]["results"]]
    assert kinds == [(first, "contact_to_company"), (first, "contact_to_company_unlabeled")]
    assert "associations" not in portal.get(f"{OBJECTS}/contacts/{contact}").json()


def test_labels_have_a_type_for_each_direction(three: tuple[Portal, str, str, str]) -> None:
    portal, contact, first, _ = three
    made = portal.checked("POST", f"{PAIRS}/labels", {"name": "boss", "label": "Boss", "inverseLabel": "Bossed"}).json()
    mine, theirs = (entry["typeId"] for entry in made["results"])
    spec = [{"associationCategory": "USER_DEFINED", "associationTypeId": mine}]
    put = portal.checked("PUT", f"{OBJECTS}/contacts/{contact}/associations/companies/{first}", spec)
    assert put.json()["labels"] == ["Primary", "Boss"]
    back = portal.get(f"{OBJECTS}/companies/{first}/associations/contacts").json()["results"][0]["associationTypes"]
    assert theirs in [entry["typeId"] for entry in back]
    assert {entry["typeId"] for entry in portal.checked("GET", f"{PAIRS}/labels").json()["results"]} == {1, 279, mine}
    wrong = [{"associationCategory": "USER_DEFINED", "associationTypeId": 77}]
    path = f"{OBJECTS}/contacts/{contact}/associations/companies/{first}"
    assert portal.call("PUT", path, wrong).status_code == 400


def test_computed_contacts_belong_to_computed_companies(line_sandbox: SandboxServer) -> None:
    portal = Portal.open(line_sandbox, population={"contacts": 10, "companies": 3})
    assert types_of(portal, "1005") == {"1002": [1, 279]}
    rows = portal.get(f"{OBJECTS}/companies/1002/associations/contacts").json()["results"]
    assert [row["toObjectId"] for row in rows] == ["1002", "1005", "1008"]


def test_batches_of_associations_do_not_count_for_the_ten_seconds(line_sandbox: SandboxServer) -> None:
    portal = Portal.open(line_sandbox, switches={"enforce_limits": True, "ten_second_limit": 1})
    statuses = [portal.post(f"{PAIRS}/batch/read", {"inputs": [{"id": "1"}]}).status_code for _ in range(3)]
    assert statuses == [207] * 3
