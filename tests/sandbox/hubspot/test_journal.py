"""The webhooks journal: subscriptions, files with offsets, snapshots, three days."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.hubspot.portals import App, Portal, V
from tests.support.contract import check_request, check_response, has_specs
from tests.support.sandbox import SandboxServer

ROOT = "/webhooks-journal"
SCOPES = " ".join(
    f"developer.webhooks_journal.{what}"
    for what in ("read", "subscriptions.read", "subscriptions.write", "snapshots.read", "snapshots.write")
)


class Journal:
    """An app's own token and what it reads with it."""

    def __init__(self, app: App) -> None:
        self.app = app
        self.token = app.token(grant_type="client_credentials", scope=SCOPES).json()["access_token"]

    def call(self, method: str, path: str, json: Any = None) -> requests.Response:
        headers = {"Authorization": f"Bearer {self.token}"}
        path = ROOT + path
        response = requests.request(
            method, f"{self.app.server.url}/hubspot{path}", json=json, headers=headers, timeout=20
        )
        if has_specs() and response.status_code < 300:
            check_request("hubspot/webhooks-journal.json", method, path, json)
            if response.status_code != 204 and "/journal/" not in path:
                check_response("hubspot/webhooks-journal.json", method, path, response.status_code, response.json())
        return response

    def subscribe(self, portal: Portal, kind: str, actions: list[str], **fields: Any) -> requests.Response:
        body = {"subscriptionType": kind, "portalId": int(portal.portal_id), "actions": actions} | fields
        return self.call("POST", f"/subscriptions/{V}", body)

    def objects(self, portal: Portal, *chosen: str, **fields: Any) -> requests.Response:
        base: dict[str, Any] = {"objectTypeId": "0-1", "objectIds": [], "properties": []}
        body = {"subscriptionType": "OBJECT", "portalId": int(portal.portal_id), "actions": list(chosen)}
        return self.call("POST", f"/subscriptions/{V}", body | base | fields)

    def after(self, offset: int = 0) -> tuple[int, list[dict[str, Any]]]:
        """The next offset and its events; none when there is nothing new."""
        answer = self.call("GET", f"/journal/{V}/offset/{offset}/next")
        if answer.status_code == 204:
            return offset, []
        file = requests.get(answer.json()["url"], timeout=20).json()
        assert file["offset"] == answer.json()["currentOffset"]
        return int(file["offset"]), file["journalEvents"]


@pytest.fixture
def journal(portal: Portal) -> Journal:
    return Journal(portal.app)


def told(events: list[dict[str, Any]]) -> list[tuple[str, int]]:
    return [(event["action"], event["objectId"]) for event in events]


def test_the_journal_takes_a_token_of_the_app_itself(portal: Portal, journal: Journal) -> None:
    assert portal.get(f"{ROOT}/subscriptions/{V}").status_code == 401
    assert journal.call("GET", f"/subscriptions/{V}").json() == {"results": []}
    headers = {"Authorization": f"Bearer {journal.token}"}
    url = f"{portal.server.url}/hubspot/crm/objects/{V}/contacts"
    assert requests.get(url, headers=headers, timeout=20).status_code == 401


def test_events_come_file_by_file_until_there_is_nothing_new(portal: Portal, journal: Journal) -> None:
    assert journal.objects(portal, "CREATE", "UPDATE", "DELETE", "MERGE").status_code == 200
    assert journal.after() == (0, [])
    a, b = portal.contact(email="a@b.example"), portal.contact(email="b@b.example")
    offset, first = journal.after()
    assert told(first)[0] == ("CREATE", int(a)) and first[1]["propertyChanges"] == {"email": "a@b.example"}
    portal.control("POST", f"/contacts/{a}/merge", {"other": b})
    portal.control("DELETE", f"/contacts/{a}")
    following, second = journal.after(offset)
    assert [event for event in told(second) if event[0] != "UPDATE"] == [("MERGE", int(a)), ("DELETE", int(a))]
    assert journal.after(following)[1] == []
    assert journal.call("GET", f"/journal/{V}/earliest").json()["currentOffset"] == str(offset)
    assert journal.call("GET", f"/journal/{V}/latest").json()["currentOffset"] == str(following)
    batch = journal.call("GET", f"/journal/{V}/batch/0/next/10").json()["results"]
    assert [entry["currentOffset"] for entry in batch] == [str(offset), str(following)]


def test_a_file_is_downloaded_without_a_token_while_its_address_holds() -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server)
        journal = Journal(portal.app)
        journal.objects(portal, "CREATE")
        portal.contact(email="a@b.example")
        url = journal.call("GET", f"/journal/{V}/earliest").json()["url"]
        with_token = requests.get(url, headers={"Authorization": f"Bearer {journal.token}"}, timeout=20)
        assert (with_token.status_code, requests.get(url, timeout=20).status_code) == (400, 200)
        assert requests.get(url.replace("signature=", "signature=0"), timeout=20).status_code == 403
        server.advance(901)
        assert requests.get(url, timeout=20).status_code == 403
        server.advance(3 * 24 * 3600)
        journal = Journal(portal.app)
        assert journal.call("GET", f"/journal/{V}/earliest").status_code == 204


def test_subscriptions_narrow_by_property_record_and_filter(portal: Portal, journal: Journal) -> None:
    number = journal.objects(portal, "UPDATE", properties=["city"]).json()["id"]
    contact = portal.contact(email="a@b.example", city="京都")
    assert [event["propertyChanges"] for event in journal.after()[1]] == [{"city": "京都"}]
    condition = {"filterType": "CRM_OBJECT_PROPERTY", "property": "city", "operator": "EQ", "value": "大阪"}
    body = {"subscriptionId": number, "filter": {"conditions": [condition]}}
    made = journal.call("POST", f"/subscriptions/{V}/filters", body).json()["filterId"]
    for city in ("奈良", "大阪"):
        portal.control("PATCH", f"/contacts/{contact}", {"properties": {"city": city}})
    assert [event["propertyChanges"] for event in journal.after(1)[1]] == [{"city": "大阪"}]
    listed = journal.call("GET", f"/subscriptions/{V}/filters/subscription/{number}").json()
    assert [entry["id"] for entry in listed] == [made]
    assert journal.call("DELETE", f"/subscriptions/{V}/filters/{made}").status_code == 204
    assert journal.call("DELETE", f"/subscriptions/{V}/{number}").status_code == 204
    portal.control("PATCH", f"/contacts/{contact}", {"properties": {"city": "神戸"}})
    assert journal.after(2)[1] == []


def test_lists_and_associations_are_told(portal: Portal, journal: Journal) -> None:
    journal.subscribe(portal, "LIST_MEMBERSHIP", ["ADDED_TO_LIST", "REMOVED_FROM_LIST"], listIds=[], objectIds=[])
    ends = {"objectTypeId": "0-1", "associatedObjectTypeIds": ["0-2"], "objectIds": []}
    journal.subscribe(portal, "ASSOCIATION", ["ASSOCIATION_ADDED"], **ends)
    contact = portal.contact(lifecyclestage="customer")
    active = portal.control("POST", "/lists", {"name": "C", "property": "lifecyclestage", "values": ["customer"]})["id"]
    company = portal.control("POST", "/companies", {"properties": {"name": "灯商店"}})["id"]
    portal.control("PUT", f"/contacts/{contact}/company", {"company": company})
    _, events = journal.after()
    assert told(events) == [("ADDED_TO_LIST", int(contact)), ("ASSOCIATION_ADDED", int(contact))]
    assert events[0]["listId"] == int(active)
    portal.control("PATCH", f"/contacts/{contact}", {"properties": {"lifecyclestage": "lead"}})
    assert told(journal.after(1)[1]) == [("REMOVED_FROM_LIST", int(contact))]


def test_the_end_in_a_portal_is_told_by_its_event_type(portal: Portal, journal: Journal) -> None:
    body = {"subscriptionType": "APP_LIFECYCLE_EVENT", "eventTypeId": "4-1916193", "properties": []}
    assert journal.call("POST", f"/subscriptions/{V}", body).status_code == 200
    portal.control("DELETE", f"/installs/{portal.app.app_id}")
    (event,) = journal.after()[1]
    assert (event["action"], event["portalId"]) == ("APP_UNINSTALL", int(portal.portal_id))


def test_a_snapshot_writes_what_a_record_is_now(portal: Portal, journal: Journal) -> None:
    contact = portal.contact(email="a@b.example")
    wish = {"portalId": int(portal.portal_id), "objectTypeId": "0-1", "objectId": int(contact), "properties": ["email"]}
    made = journal.call("POST", f"/snapshots/{V}/crm", {"snapshotRequests": [wish]}).json()["snapshotResponses"][0]
    status = journal.call("GET", f"/journal/{V}/status/{made['snapshotStatusId']}").json()
    assert status["status"] == "COMPLETED"
    (event,) = journal.after()[1]
    assert (event["action"], event["properties"]) == ("SNAPSHOT", {"email": "a@b.example"})


@pytest.mark.parametrize("wrong", [{"actions": ["APP_INSTALL"]}, {"portalId": 1}, {"objectTypeId": "contacts"}])
def test_subscriptions_are_checked(portal: Portal, journal: Journal, wrong: dict[str, Any]) -> None:
    assert journal.objects(portal, "CREATE", **wrong).status_code == 400


def test_a_portals_subscriptions_go_together(portal: Portal, journal: Journal) -> None:
    journal.objects(portal, "CREATE")
    assert journal.call("DELETE", f"/subscriptions/{V}/portals/{portal.portal_id}").status_code == 204
    assert journal.call("GET", f"/subscriptions/{V}").json() == {"results": []}
