"""Ordinary calls: what a refusal becomes, what is tried again, and that a stale token is replaced unnoticed."""

from __future__ import annotations

import logging
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest
import time_machine

from app.core.clock import now
from app.core.errors import PermanentFailure, RetryLater
from app.core.outgoing.exchange import Answer, NotSent
from app.integrations.hubspot.gateway import errors, paths, retries, transport
from app.integrations.hubspot.gateway.client import HubSpotClient, drift_of
from app.integrations.hubspot.gateway.errors import PerhapsDone, ValuesRefused, refusal
from app.integrations.hubspot.gateway.requests import HubSpotRequest
from app.integrations.hubspot.gateway.urls import urls
from tests.integrations.hubspot.gateway.conftest import Grantee
from tests.sandbox.hubspot.portals import Portal

DETAILS = "/account-info/2026-03/details"
CONTACTS = "/crm/objects/2026-03/contacts"


def read() -> HubSpotRequest[Any]:
    return HubSpotRequest("GET", paths.ACCOUNT, lambda body: body["portalId"])


def create(**properties: str) -> HubSpotRequest[Any]:
    body = {"properties": properties, "associations": []}
    return HubSpotRequest("POST", paths.objects("contacts"), lambda made: made["id"], body=body, is_repeatable=False)


def count(access: Grantee, path: str = DETAILS) -> int:
    return sum(entry["template"] == path for entry in access.portal.requests())


def test_a_call_answers(client: HubSpotClient, access: Grantee) -> None:
    assert client.call(read()) == int(access.portal_id)


def test_a_stale_token_is_replaced_unnoticed(client: HubSpotClient, access: Grantee) -> None:
    access.expire()
    assert client.call(read()) == int(access.portal_id)
    assert (access.renewals, access.losses) == (1, [])


def test_a_token_that_is_refused_after_a_renewal_means_uninstalled(client: HubSpotClient, access: Grantee) -> None:
    access.fault("status", DETAILS, status=401)
    with pytest.raises(PermanentFailure) as failure:
        client.call(read())
    assert failure.value.code == "hubspot.uninstalled"
    assert (access.renewals, access.losses, count(access)) == (1, ["hubspot.uninstalled"], 2)


def test_a_revoked_grant_asks_for_a_reconnect_and_never_loops(client: HubSpotClient, access: Grantee) -> None:
    access.portal.control("POST", f"/installs/{access.portal.app.app_id}/revoke")
    access.expire()
    with pytest.raises(PermanentFailure) as failure:
        client.call(read())
    assert (failure.value.code, access.renewals) == ("hubspot.reconnect_needed", 1)


def test_a_missing_scope_is_named_and_loses_nothing(client: HubSpotClient, access: Grantee) -> None:
    access.portal.control("PATCH", f"/installs/{access.portal.app.app_id}", {"scopes": ["oauth"]})
    with pytest.raises(PermanentFailure) as failure:
        client.call(create(email="a@example.com"))
    assert failure.value.code == "hubspot.missing_scope"
    assert failure.value.params == {"scopes": "crm.objects.contacts.write"}
    assert access.losses == []


def test_refused_values_are_named(client: HubSpotClient) -> None:
    with pytest.raises(ValuesRefused) as failure:
        client.call(create(email="a@example.com", no_such_property="x"))
    assert failure.value.params["names"] == "no_such_property"
    assert failure.value.values[0].code == "PROPERTY_DOESNT_EXIST"
    assert "no_such_property" in str(failure.value.values[0].message)


def test_a_second_contact_of_the_same_address_is_a_conflict(client: HubSpotClient) -> None:
    made = client.call(create(email="a@example.com"))
    with pytest.raises(PermanentFailure) as failure:
        client.call(create(email="a@example.com"))
    assert failure.value.code == "hubspot.conflict"
    assert made in str(failure.value.params["message"])


@pytest.mark.parametrize(
    ("status", "code", "tries"),
    [
        (500, "hubspot.unavailable", 2),
        (502, "hubspot.unavailable", 2),
        (504, "hubspot.unavailable", 2),
        (524, "hubspot.unavailable", 2),
        (423, "hubspot.locked", 2),
        (477, "hubspot.moving", 1),
        (400, "hubspot.refused", 1),
        (403, "hubspot.forbidden", 1),
        (404, "hubspot.not_found", 1),
        (409, "hubspot.conflict", 1),
        (414, "hubspot.address_too_long", 1),
    ],
)
def test_refusals_are_of_two_kinds(
    client: HubSpotClient,
    access: Grantee,
    monkeypatch: pytest.MonkeyPatch,
    status: int,
    code: str,
    tries: int,
) -> None:
    monkeypatch.setattr("app.integrations.hubspot.gateway.client.time.sleep", lambda seconds: None)
    access.fault("status", DETAILS, status=status)
    with pytest.raises((RetryLater, PermanentFailure)) as failure:
        client.call(read())
    assert failure.value.code == code
    assert isinstance(failure.value, RetryLater) is (status in (423, 477) or status >= 500)
    assert count(access) == tries


def test_a_lock_is_waited_for_two_seconds_at_least(client: HubSpotClient, access: Grantee, sleeps: list[float]) -> None:
    access.fault("status", DETAILS, status=423, times=1)
    assert client.call(read()) == int(access.portal_id)
    assert max(sleeps) >= 2.0


def test_what_may_be_done_twice_is_tried_again_after_a_dropped_connection(
    client: HubSpotClient, access: Grantee, sleeps: list[float]
) -> None:
    access.fault("lost", DETAILS, times=1)
    assert client.call(read()) == int(access.portal_id)
    assert count(access) == 2


@pytest.mark.parametrize("kind", ["lost", "reset"])
def test_what_must_not_be_done_twice_is_perhaps_done(client: HubSpotClient, access: Grantee, kind: str) -> None:
    access.fault(kind, CONTACTS, times=1)
    with pytest.raises(PerhapsDone) as failure:
        client.call(create(email="a@example.com"))
    assert failure.value.code == "hubspot.unreachable"
    assert count(access, CONTACTS) == 1


def test_a_create_that_was_surely_not_done_is_tried_again(
    client: HubSpotClient, access: Grantee, sleeps: list[float]
) -> None:
    access.fault("status", CONTACTS, status=423, times=1)
    assert client.call(create(email="a@example.com"))
    assert count(access, CONTACTS) == 2


def test_hubspot_not_being_there_is_not_sent(client: HubSpotClient, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "api", "http://127.0.0.1:1")
    with pytest.raises(NotSent) as failure:
        client.call(create(email="a@example.com"))
    assert failure.value.code == "hubspot.unreachable"


def test_hubspot_not_answering_in_time_is_for_later(
    client: HubSpotClient, access: Grantee, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    access.fault("latency", DETAILS, fixed_ms=1000)
    with pytest.raises(RetryLater) as failure:
        client.call(read())
    assert failure.value.code == "hubspot.timeout"


def test_a_broken_answer_is_for_later(client: HubSpotClient, access: Grantee, sleeps: list[float]) -> None:
    access.fault("malformed", DETAILS)
    with pytest.raises(RetryLater) as failure:
        client.call(read())
    assert failure.value.code == "hubspot.unreadable"


def test_fields_that_no_one_knows_break_nothing(client: HubSpotClient, access: Grantee) -> None:
    access.fault("extra_fields")
    assert client.call(read()) == int(access.portal_id)


def test_hubspots_clock_is_compared_with_ours(client: HubSpotClient, portal: Portal) -> None:
    client.call(read())
    assert client.clock_drift is not None
    assert abs(client.clock_drift - portal.server.ahead) <= timedelta(seconds=2)


@pytest.mark.parametrize(("ahead", "drift"), [(0, 0), (-1, 0), (1, 0), (300, 300), (-40, -40)])
def test_a_date_in_whole_seconds_makes_no_drift(ahead: int, drift: int) -> None:
    date = format_datetime(now() + timedelta(seconds=ahead), usegmt=True)
    found = drift_of(Answer(200, {}, {"date": date}))
    assert found is not None
    assert abs(found.total_seconds() - drift) < (2 if drift else 0.001)


def test_neither_token_nor_address_is_logged(
    client: HubSpotClient, access: Grantee, caplog: pytest.LogCaptureFixture, sleeps: list[float]
) -> None:
    caplog.set_level(logging.DEBUG)
    access.fault("status", DETAILS, status=500)
    with pytest.raises(RetryLater) as failure:
        client.call(read())
    assert access.portal.token not in caplog.text + repr(failure.value) + repr(failure.value.__cause__)


def test_one_client_serves_a_whole_process(client: HubSpotClient) -> None:
    client.call(read())
    assert transport.client_of(urls.api) is transport.client_of(urls.api)
    pool = transport.client_of(urls.api)._session.get_adapter(urls.api).poolmanager
    before = sum(one.num_connections for one in pool.pools._container.values())
    for _ in range(5):
        client.call(read())
    assert sum(one.num_connections for one in pool.pools._container.values()) == before


@pytest.mark.parametrize(
    ("body", "headers", "attempt", "code", "after"),
    [
        ({"policyName": "TEN_SECONDLY_ROLLING"}, {}, 1, "hubspot.rate_limited", 10),
        ({"policyName": "TEN_SECONDLY_ROLLING"}, {}, 3, "hubspot.rate_limited", 30),
        ({"policyName": "SECONDLY"}, {}, 2, "hubspot.rate_limited", 2),
        ({"category": "RATE_LIMITS"}, {}, 1, "hubspot.rate_limited", 10),
        ({"policyName": "SECONDLY"}, {"retry-after": "7"}, 2, "hubspot.rate_limited", 7),
        # 23:00 in Tokyo.
        ({"policyName": "DAILY"}, {}, 1, "hubspot.daily_limit", 3600),
        (None, {}, 1, "hubspot.rate_limited", 10),
    ],
)
@time_machine.travel(datetime(2026, 11, 29, 14, 0, tzinfo=UTC), tick=False)
def test_how_long_a_limit_is_waited_for(
    body: Any, headers: dict[str, str], attempt: int, code: str, after: float
) -> None:
    error = refusal(Answer(429, body, headers), attempt=attempt, time_zone="Asia/Tokyo")
    assert isinstance(error, RetryLater)
    assert (error.code, error.after) == (code, after)


@pytest.mark.parametrize("zone", ["", "Nowhere/Land", "../x"])
@time_machine.travel(datetime(2026, 11, 29, 23, 0, tzinfo=UTC), tick=False)
def test_a_day_in_no_known_time_zone_is_that_of_utc(zone: str) -> None:
    error = refusal(Answer(429, {"policyName": "DAILY"}, {}), time_zone=zone)
    assert isinstance(error, RetryLater) and error.after == 3600


def test_refused_values_are_read_out_of_a_message() -> None:
    told = 'Property values were not valid: [{"isValid":false,"message":"no \\"x\\"","error":"INVALID","name":"age"}]'
    error = refusal(Answer(400, {"message": told}, {}))
    assert isinstance(error, ValuesRefused)
    assert [(value.name, value.code, value.message) for value in error.values] == [("age", "INVALID", 'no "x"')]
    rule = {"errors": [{"code": "MISSING_REQUIRED_PROPERTY", "message": "m", "context": {"propertyName": ["phone"]}}]}
    demanded = refusal(Answer(400, rule, {}))
    assert isinstance(demanded, ValuesRefused) and demanded.values[0].is_about_another_field


def test_every_code_that_repeats_has_a_sentence() -> None:
    known = set(errors.error_messages.SENTENCES)
    assert {*retries.REFUSED, *errors.OAUTH_REFUSALS.values()} <= known
