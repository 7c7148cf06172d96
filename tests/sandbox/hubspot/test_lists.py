"""Lists: active and static, their pages of members, processing, and what becomes of members."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.hubspot.portals import Portal, V
from tests.support.sandbox import SandboxServer

ROOT = f"/crm/lists/{V}"
OPERATION = {"operationType": "ENUMERATION", "operator": "IS_ANY_OF", "values": ["customer"]}
CONDITION = {"filterType": "PROPERTY", "property": "lifecyclestage", "operation": OPERATION}
AND = {"filterBranchType": "AND", "filterBranchOperator": "AND", "filters": [CONDITION], "filterBranches": []}
CUSTOMERS = {"filterBranchType": "OR", "filterBranchOperator": "OR", "filters": [], "filterBranches": [AND]}


def make(portal: Portal, **fields: Any) -> str:
    body = {"name": "My list", "objectTypeId": "0-1", "processingType": "MANUAL"} | fields
    response = portal.post(ROOT, body)
    assert response.status_code == 200, response.text
    return str(response.json()["list"]["listId"])


def members(portal: Portal, list_id: str, query: str = "") -> list[str]:
    response = portal.get(f"{ROOT}/{list_id}/memberships{query}")
    assert response.status_code == 200, response.text
    return [entry["recordId"] for entry in response.json()["results"]]


def search(portal: Portal, **fields: Any) -> Any:
    return portal.post(f"{ROOT}/search", {"listIds": [], "offset": 0, "processingTypes": []} | fields)


def test_lists_are_found_in_pages_by_offset(portal: Portal) -> None:
    made = [make(portal, name=f"List {number}") for number in range(23)]
    first = portal.checked("POST", f"{ROOT}/search", {"listIds": [], "offset": 0, "processingTypes": []}).json()
    assert ([e["listId"] for e in first["lists"]], first["hasMore"], first["offset"], first["total"]) == (
        made[:20],
        True,
        20,
        23,
    )
    last = search(portal, offset=20, count=500).json()
    assert ([e["listId"] for e in last["lists"]], last["hasMore"]) == (made[20:], False)
    assert [e["name"] for e in search(portal, query="list 22").json()["lists"]] == ["List 22"]
    assert search(portal, count=501).status_code == 400
    assert search(portal, processingTypes=["DYNAMIC"]).json()["total"] == 0


def test_a_static_list_is_changed_by_hand(portal: Portal) -> None:
    a, b = portal.contact(email="a@b.example"), portal.contact(email="b@b.example")
    found = make(portal)
    added = portal.checked("PUT", f"{ROOT}/{found}/memberships/add", [a, b, "7"]).json()
    assert added == {"recordsIdsAdded": [a, b], "recordIdsRemoved": [], "recordIdsMissing": ["7"]}
    both = portal.checked(
        "PUT", f"{ROOT}/{found}/memberships/add-and-remove", {"recordIdsToAdd": [a], "recordIdsToRemove": [b]}
    )
    assert both.json() == {"recordsIdsAdded": [], "recordIdsRemoved": [b], "recordIdsMissing": []}
    assert members(portal, found) == [a]
    shown = portal.checked("GET", f"{ROOT}/{found}").json()["list"]
    assert (shown["size"], shown["processingStatus"], shown["processingType"]) == (1, "COMPLETE", "MANUAL")
    assert search(portal).json()["lists"][0]["additionalProperties"]["hs_list_size"] == "1"
    assert portal.checked("DELETE", f"{ROOT}/{found}/memberships").status_code == 204
    assert members(portal, found) == []


def test_an_active_list_follows_its_filters(portal: Portal) -> None:
    customer, lead = portal.contact(lifecyclestage="customer"), portal.contact(lifecyclestage="lead")
    found = make(portal, processingType="DYNAMIC", filterBranch=CUSTOMERS)
    assert members(portal, found) == [customer]
    portal.call("PATCH", f"/crm/objects/{V}/contacts/{lead}", {"properties": {"lifecyclestage": "customer"}})
    portal.call("PATCH", f"/crm/objects/{V}/contacts/{customer}", {"properties": {"lifecyclestage": "lead"}})
    assert members(portal, found) == [lead]
    refused = portal.call("PUT", f"{ROOT}/{found}/memberships/add", [customer])
    assert (refused.status_code, refused.json()["subCategory"]) == (400, "ListError.INVALID_PROCESSING_TYPE")
    assert portal.get(f"{ROOT}/{found}?includeFilters=true").json()["list"]["filterBranch"] == CUSTOMERS


def test_members_of_an_active_list_may_change_without_any_record(portal: Portal) -> None:
    other = portal.contact(lifecyclestage="lead")
    before = portal.read(other)["updatedAt"]
    found = make(portal, processingType="DYNAMIC", filterBranch=CUSTOMERS)
    portal.control("POST", f"/lists/{found}/members", {"add": [other]})
    assert members(portal, found) == [other]
    assert portal.read(other)["updatedAt"] == before
    portal.control("POST", f"/lists/{found}/members", {"remove": [other]})
    assert members(portal, found) == []


def test_a_snapshot_is_filled_once_and_then_changed_by_hand(portal: Portal) -> None:
    a = portal.contact(lifecyclestage="customer")
    found = make(portal, processingType="SNAPSHOT", filterBranch=CUSTOMERS)
    b = portal.contact(lifecyclestage="customer")
    assert members(portal, found) == [a]
    portal.call("PUT", f"{ROOT}/{found}/memberships/add", [b])
    assert members(portal, found) == [a, b]


def test_pages_by_record_and_by_time_of_joining(portal: Portal) -> None:
    a, b, c = (portal.contact(email=f"{n}@b.example") for n in "abc")
    found = make(portal)
    for contact in (c, a, b):
        portal.call("PUT", f"{ROOT}/{found}/memberships/add", [contact])
    first = portal.get(f"{ROOT}/{found}/memberships?limit=2").json()
    assert ([e["recordId"] for e in first["results"]], first["total"]) == ([a, b], 3)
    after = first["paging"]["next"]["after"]
    last = portal.get(f"{ROOT}/{found}/memberships?limit=2&after={after}").json()
    assert [e["recordId"] for e in last["results"]] == [c] and "next" not in last["paging"]
    assert members(portal, found, f"?limit=2&before={last['paging']['prev']['before']}") == [a, b]
    assert members(portal, found, f"?after={after}&before={after}") == [c]
    assert members(portal, found, "/join-order?limit=1") == [c]
    joined = portal.get(f"{ROOT}/{found}/memberships/join-order?limit=2").json()
    portal.call("PUT", f"{ROOT}/{found}/memberships/remove", [c])
    assert members(portal, found, f"/join-order?after={joined['paging']['next']['after']}") == [b]
    assert portal.get(f"{ROOT}/{found}/memberships?limit=251").status_code == 400


def test_a_list_that_processes_shows_a_part_of_its_members() -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server, population={"contacts": 60}, switches={"list_seconds": 100.0})
        found = make(portal, processingType="DYNAMIC", filterBranch=CUSTOMERS)
        server.advance(50)
        assert portal.get(f"{ROOT}/{found}").json()["list"]["processingStatus"] == "PROCESSING"
        part = members(portal, found)
        server.advance(50)
        assert portal.get(f"{ROOT}/{found}").json()["list"]["processingStatus"] == "COMPLETE"
        assert 0 < len(part) < len(members(portal, found))
        portal.control("PATCH", f"/lists/{found}", {"told_status": "PROCESSING"})
        assert len(members(portal, found)) < 60


def test_a_deleted_list_is_gone_until_it_is_restored(portal: Portal) -> None:
    found = make(portal)
    assert portal.checked("DELETE", f"{ROOT}/{found}").status_code == 204
    gone = portal.get(f"{ROOT}/{found}/memberships")
    assert (gone.status_code, gone.json()["subCategory"]) == (404, "ListError.LIST_DOES_NOT_EXIST")
    assert portal.checked("PUT", f"{ROOT}/{found}/restore").status_code == 204
    assert members(portal, found) == []


def test_lists_are_found_by_name_and_renamed(portal: Portal) -> None:
    found = make(portal, name="VIP")
    assert portal.checked("GET", f"{ROOT}/object-type-id/0-1/name/VIP").json()["list"]["listId"] == found
    assert portal.checked("PUT", f"{ROOT}/{found}/update-list-name?listName=Guests").status_code == 200
    assert portal.get(f"{ROOT}/object-type-id/0-1/name/VIP").status_code == 404
    assert portal.post(ROOT, {"name": "Guests", "objectTypeId": "0-1", "processingType": "MANUAL"}).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"objectTypeId": "contacts"},
        {"processingType": "ACTIVE"},
        {"processingType": "DYNAMIC"},
        {"filterBranch": CUSTOMERS},
        {
            "processingType": "DYNAMIC",
            "filterBranch": {"filterBranchType": "NOT_ALL", "filters": [], "filterBranches": []},
        },
    ],
)
def test_new_lists_are_checked(portal: Portal, wrong: dict[str, Any]) -> None:
    body = {"name": "x", "objectTypeId": "0-1", "processingType": "MANUAL"} | wrong
    assert portal.post(ROOT, body).status_code == 400


def test_members_that_go_leave_their_lists_and_survivors_stay(portal: Portal) -> None:
    a, b, c = (portal.contact(email=f"{n}@b.example") for n in "abc")
    found = make(portal)
    portal.call("PUT", f"{ROOT}/{found}/memberships/add", [a, b])
    portal.control("DELETE", f"/contacts/{a}")
    portal.control("POST", f"/contacts/{c}/merge", {"other": b})
    assert members(portal, found) == [c]
    rows = portal.checked("GET", f"{ROOT}/records/0-1/{c}/memberships").json()["results"]
    assert [row["listId"] for row in rows] == [found]
    batch = {"inputs": [{"objectTypeId": "0-1", "recordId": a}]}
    assert (
        portal.checked("POST", f"{ROOT}/records/memberships/batch/read", batch).json()["results"][0][
            "recordListMemberships"
        ]
        == []
    )


def test_a_portal_that_is_opened_again_knows_nothing_of_before(portal: Portal) -> None:
    a = portal.contact(lifecyclestage="customer")
    found = make(portal, processingType="DYNAMIC", filterBranch=CUSTOMERS)
    assert members(portal, found) == [a]
    portal.control("DELETE")
    settings = {"portal_id": portal.portal_id, "switches": {"index_seconds": 0.0}}
    portal.server.api("POST", "/hubspot/portals", settings)
    portal.connect()
    assert make(portal, processingType="DYNAMIC", filterBranch=CUSTOMERS) == found
    assert members(portal, found) == []


def test_changing_a_list_takes_both_scopes(portal: Portal) -> None:
    found = make(portal)
    portal.control("PATCH", f"/installs/{portal.app.app_id}", {"scopes": ["oauth", "crm.lists.write"]})
    assert portal.call("PUT", f"{ROOT}/{found}/memberships/add", []).json()["category"] == "MISSING_SCOPES"
    portal.control("PATCH", f"/installs/{portal.app.app_id}", {"scopes": ["oauth", "crm.lists.read"]})
    assert portal.get(f"{ROOT}/{found}").status_code == 200
    assert portal.call("PUT", f"{ROOT}/{found}/memberships/add", []).json()["category"] == "MISSING_SCOPES"
