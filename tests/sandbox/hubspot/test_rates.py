"""Limits: ten seconds, searches, a day; and trouble on demand."""

from __future__ import annotations

import pytest
import requests

from tests.sandbox.hubspot.portals import Portal, V
from tests.support.sandbox import SandboxServer

CONTACTS = f"/crm/objects/{V}/contacts"
ANY = {"filterGroups": [], "sorts": [], "properties": [], "limit": 1, "after": "0"}


def test_ten_seconds_are_counted_and_told(line_sandbox: SandboxServer) -> None:
    portal = Portal.open(line_sandbox, switches={"enforce_limits": True, "ten_second_limit": 3})
    answers = [portal.get(CONTACTS) for _ in range(4)]
    assert [answer.headers["X-HubSpot-RateLimit-Remaining"] for answer in answers] == ["2", "1", "0", "0"]
    assert {answer.headers["X-HubSpot-RateLimit-Max"] for answer in answers} == {"3"}
    refused = answers[3]
    assert (refused.status_code, refused.json()["policyName"]) == (429, "TEN_SECONDLY_ROLLING")
    assert refused.json()["message"] == "You have reached your ten_secondly_rolling limit."
    assert "Retry-After" not in refused.headers
    portal.switch(retry_after=True)
    assert portal.get(CONTACTS).headers["Retry-After"] == "10"
    rates = [
        rate for rate in portal.server.api("GET", "/hubspot/rates")["rates"] if rate["portal_id"] == portal.portal_id
    ]
    assert (rates[0]["over"], rates[0]["busiest"], rates[0]["ever_exceeded"]) == (2, 3, True)


def test_the_window_slides_with_the_clock() -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server, switches={"enforce_limits": True, "ten_second_limit": 1})
        assert [portal.get(CONTACTS).status_code for _ in range(2)] == [200, 429]
        server.advance(10)
        assert portal.get(CONTACTS).status_code == 200


def test_searches_count_by_themselves_and_tell_nothing(line_sandbox: SandboxServer) -> None:
    portal = Portal.open(line_sandbox, switches={"enforce_limits": True, "search_per_second": 2})
    answers = [portal.post(f"{CONTACTS}/search", ANY) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [200, 200, 429]
    assert answers[2].json()["policyName"] == "SECONDLY"
    assert not any(name.startswith("X-HubSpot-RateLimit") for answer in answers for name in answer.headers)
    assert portal.get(CONTACTS).headers["X-HubSpot-RateLimit-Remaining"] == "109"


def test_a_used_up_day_ends_at_midnight_of_the_portal() -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server, switches={"daily_limit": 1}, time_zone="America/New_York")
        assert [portal.get(CONTACTS).status_code for _ in range(2)] == [200, 429]
        assert portal.get(CONTACTS).json()["policyName"] == "DAILY"
        server.advance(24 * 3600)
        portal.connect()
        assert portal.get(CONTACTS).status_code == 200


def test_two_apps_and_two_portals_do_not_share_a_window(line_sandbox: SandboxServer) -> None:
    switches = {"enforce_limits": True, "ten_second_limit": 1}
    first, second = (Portal.open(line_sandbox, switches=switches) for _ in range(2))
    assert [p.get(CONTACTS).status_code for p in (first, second, first)] == [200, 200, 429]


@pytest.mark.parametrize("status", [423, 477, 502])
def test_trouble_comes_on_demand(portal: Portal, status: int) -> None:
    fault = {"kind": "status", "status": status, "channel_id": portal.portal_id, "times": 1}
    portal.server.api("POST", "/faults", fault | {"path": CONTACTS, "headers": {"Retry-After": "3"}})
    refused = portal.get(CONTACTS)
    assert (refused.status_code, refused.headers["Retry-After"]) == (status, "3")
    assert portal.get(CONTACTS).status_code == 200


def test_a_connection_may_drop_after_the_write(portal: Portal) -> None:
    fault = {"kind": "lost", "channel_id": portal.portal_id, "method": "POST", "path": CONTACTS, "times": 1}
    portal.server.api("POST", "/faults", fault)
    with pytest.raises(requests.ConnectionError):
        portal.post(CONTACTS, {"properties": {"email": "lost@b.example"}})
    assert portal.get(CONTACTS).json()["results"][0]["properties"]["email"] == "lost@b.example"


def test_answers_carry_the_sandboxs_time() -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server, switches={"access_token_seconds": 10**9})
        server.advance(400 * 24 * 3600)
        year = server.api("GET", "/clock")["iso"][:4]
        assert year in portal.get(CONTACTS).headers["Date"]
