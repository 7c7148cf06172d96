"""Approval and tokens: what goes into the link, what comes back, and what a refusal becomes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from urllib.parse import parse_qs, urlsplit

import pytest

from app.core.errors import PermanentFailure, RetryLater
from app.integrations.hubspot.gateway import oauth, scopes, transport
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.oauth import AppCredentials
from app.integrations.hubspot.gateway.urls import urls
from tests.integrations.hubspot.gateway.conftest import Grantee
from tests.sandbox.hubspot.portals import REDIRECT, Portal
from tests.support.contract import check_request, has_specs

TOKEN = "/oauth/2026-03/token"
# The pair of RFC 7636.
VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def approve(portal: Portal, verifier: str, state: str = "s") -> dict[str, list[str]]:
    """Say yes to our link; what the browser brings back."""
    link = oauth.authorize_url(portal.app.client_id, REDIRECT, state, verifier)
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    location = portal.control("POST", "/authorize", query)["location"]
    return parse_qs(urlsplit(location).query)


def test_the_challenge_is_that_of_the_standard() -> None:
    assert oauth.challenge_of(VERIFIER) == CHALLENGE
    assert 43 <= len(oauth.new_verifier()) <= 128
    assert oauth.new_verifier() != oauth.new_verifier()


def test_the_link_leads_to_hubspot_with_everything_it_needs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "app", "https://app.hubspot.com")
    link = oauth.authorize_url("cid", "https://example.com/a?b=c", "x y/+", VERIFIER)
    assert link.startswith("https://app.hubspot.com/oauth/authorize?")
    assert "scope=oauth%20crm.objects.contacts.read" in link
    query = {name: values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    assert (query["client_id"], query["redirect_uri"], query["state"]) == ("cid", "https://example.com/a?b=c", "x y/+")
    assert (query["code_challenge"], query["code_challenge_method"]) == (CHALLENGE, "S256")
    assert set(query["optional_scope"].split()) == set(scopes.OPTIONAL)


def test_an_approval_becomes_a_grant(access: Grantee) -> None:
    verifier = oauth.new_verifier()
    back = approve(access.portal, verifier, state="the state")
    assert back["state"] == ["the state"]
    grant = oauth.exchange_code(access.app, back["code"][0], REDIRECT, verifier)
    assert (grant.hub_id, grant.expires_in) == (access.portal_id, 1800)
    assert set(grant.scopes) == {*scopes.REQUIRED, *scopes.OPTIONAL}
    assert scopes.missing(grant.scopes) == [] and scopes.features_off(grant.scopes) == []
    assert grant.access_token not in repr(grant) and grant.refresh_token not in repr(grant)
    found = oauth.introspect(access.app, grant.access_token)
    assert (found.is_active, found.hub_id, found.app_id) == (True, access.portal_id, access.portal.app.app_id)
    assert found.hub_domain and "@" in found.user and set(found.scopes) == set(grant.scopes)


def test_an_install_from_the_marketplace_has_no_verifier(access: Grantee) -> None:
    location = access.portal.server.api(
        "POST", f"/hubspot/apps/{access.portal.app.app_id}/install", {"portal_id": access.portal_id}
    )["location"]
    code = parse_qs(urlsplit(location).query)["code"][0]
    assert oauth.exchange_code(access.app, code, REDIRECT, None).hub_id == access.portal_id


def test_a_refresh_gives_another_access_token(access: Grantee) -> None:
    before = access.portal.token
    grant = oauth.refresh(access.app, access.portal.refresh_token)
    assert grant.access_token != before
    assert grant.refresh_token == access.portal.refresh_token


@pytest.mark.parametrize(
    ("act", "code"),
    [
        (lambda a: oauth.refresh(a.app, "na1-none"), "hubspot.bad_refresh_token"),
        (lambda a: oauth.exchange_code(a.app, "none", REDIRECT, VERIFIER), "hubspot.bad_auth_code"),
        (
            lambda a: oauth.refresh(replace(a.app, client_id="x"), a.portal.refresh_token),
            "hubspot.bad_client_id",
        ),
        (
            lambda a: oauth.refresh(replace(a.app, client_secret="x"), a.portal.refresh_token),
            "hubspot.bad_client_secret",
        ),
        (lambda a: oauth.introspect(a.app, "unknown"), "hubspot.refused"),
    ],
)
def test_a_refusal_of_the_token_endpoint_is_final(access: Grantee, act: Callable[[Grantee], object], code: str) -> None:
    with pytest.raises(PermanentFailure) as failure:
        act(access)
    assert failure.value.code == code


def test_a_wrong_verifier_is_refused(access: Grantee) -> None:
    code = approve(access.portal, oauth.new_verifier())["code"][0]
    with pytest.raises(PermanentFailure) as failure:
        oauth.exchange_code(access.app, code, REDIRECT, oauth.new_verifier())
    assert failure.value.code == "hubspot.bad_auth_code"


def test_hubspot_not_being_there_is_for_later(access: Grantee, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "api", "http://127.0.0.1:1")
    with pytest.raises(RetryLater) as failure:
        oauth.refresh(access.app, access.portal.refresh_token)
    assert failure.value.code == "hubspot.unreachable"


def test_a_revoked_token_cannot_be_refreshed(access: Grantee) -> None:
    oauth.revoke(access.app, access.portal.refresh_token)
    with pytest.raises(PermanentFailure) as failure:
        oauth.refresh(access.app, access.portal.refresh_token)
    assert failure.value.code == "hubspot.bad_refresh_token"


def test_the_app_is_uninstalled_once_and_a_second_time_does_no_harm(access: Grantee, client: HubSpotClient) -> None:
    client.call(oauth.uninstall())
    assert access.portal.control("GET")["installs"] == []
    with pytest.raises(PermanentFailure) as failure:
        client.call(oauth.uninstall())
    assert failure.value.code == "hubspot.reconnect_needed"


def test_fields_travel_in_a_form_and_never_in_the_address(access: Grantee, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[tuple[str, dict[str, str]]] = []
    real = transport.send_form
    monkeypatch.setattr(oauth, "send_form", lambda path, fields: sent.append((path, fields)) or real(path, fields))
    oauth.refresh(access.app, access.portal.refresh_token)
    assert [path for path, _fields in sent] == [TOKEN]
    if has_specs():
        check_request("hubspot/oauth.json", "POST", TOKEN, sent[0][1], content_type="application/x-www-form-urlencoded")


def test_secrets_do_not_show() -> None:
    assert "secret" not in repr(AppCredentials("cid", "top-secret").client_id)
    assert "top-secret" not in repr(AppCredentials("cid", "top-secret"))


def test_each_missing_scope_switches_its_features_off() -> None:
    everything = {*scopes.REQUIRED, *scopes.OPTIONAL}
    assert [f.key for f in scopes.features_off(everything - {"crm.lists.write"})] == ["list_changes"]
    assert [f.key for f in scopes.features_off(everything - {"crm.lists.read"})] == ["lists", "list_changes"]
    for feature in scopes.features_off(everything - {"crm.lists.read"}):
        assert "Read lists" in feature.off and "Add contacts to static lists and remove" not in feature.off
    assert scopes.missing(everything - {"automation"}) == ["automation"]
    assert not scopes.has_feature(everything - {"automation"}, "workflow_action")
    assert scopes.has_feature(everything, "workflow_action")
    assert {scope for f in scopes.FEATURES for scope in f.scopes} - set(scopes.REQUIRED) == set(scopes.OPTIONAL)
