"""Connecting an app: consent, codes, tokens that run out, revoke and uninstall."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.hubspot.portals import OPTIONAL, REDIRECT, REQUIRED, App, Portal, V
from tests.support.contract import check_response, has_specs
from tests.support.sandbox import SandboxError, SandboxServer

DETAILS = f"/account-info/{V}/details"
# The pair of RFC 7636.
VERIFIER, CHALLENGE = "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk", "E9Melhoa2OwvFrEMTJguCHaoeK1t8URWbuGJSstw-cM"


def redeem(portal: Portal, **fields: Any) -> requests.Response:
    return portal.app.token(grant_type="authorization_code", redirect_uri=REDIRECT, **fields)


def test_a_code_comes_back_with_the_state_and_is_good_once(portal: Portal) -> None:
    query = portal.authorize(state="a b")
    assert query["state"] == ["a b"]
    answer = redeem(portal, code=query["code"][0])
    body = answer.json()
    assert (body["hub_id"], body["expires_in"], body["token_type"]) == (int(portal.portal_id), 1800, "bearer")
    assert set(body["scopes"]) == {*REQUIRED, *OPTIONAL}
    if has_specs():
        check_response("hubspot/oauth.json", "POST", f"/oauth/{V}/token", 200, body)
    again = redeem(portal, code=query["code"][0])
    assert (again.status_code, again.json()["status"], again.json()["error"]) == (400, "BAD_AUTH_CODE", "invalid_grant")


def test_a_no_brings_the_browser_back_with_an_error(portal: Portal) -> None:
    assert portal.authorize(deny=True)["error"] == ["access_denied"]


@pytest.mark.parametrize(
    "wrong",
    [
        {"redirect_uri": REDIRECT + "/"},
        {"client_id": "unknown"},
        {"scope": "oauth"},
        {"optional_scope": "fortune-telling"},
        {"code_challenge": CHALLENGE, "code_challenge_method": "plain"},
    ],
)
def test_a_link_that_does_not_fit_the_app_leads_nowhere(portal: Portal, wrong: dict[str, str]) -> None:
    with pytest.raises(SandboxError) as refused:
        portal.authorize(**wrong)
    assert refused.value.status == 400


def test_a_code_must_be_proven_where_a_challenge_was_given(portal: Portal) -> None:
    fields = {"code_challenge": CHALLENGE, "code_challenge_method": "S256"}
    assert redeem(portal, code=portal.authorize(**fields)["code"][0], code_verifier="wrong").status_code == 400
    assert redeem(portal, code=portal.authorize(**fields)["code"][0]).status_code == 400
    assert redeem(portal, code=portal.authorize(**fields)["code"][0], code_verifier=VERIFIER).status_code == 200


def test_the_token_endpoint_reads_a_form_alone(portal: Portal) -> None:
    app, url = portal.app, f"{portal.server.url}/hubspot/oauth/{V}/token"
    fields = {"grant_type": "refresh_token", "client_id": app.client_id, "client_secret": app.client_secret}
    fields["refresh_token"] = portal.refresh_token
    assert requests.post(url, json=fields, timeout=20).status_code == 415
    assert requests.post(url, params=fields, data={"x": "y"}, timeout=20).status_code == 400
    assert requests.post(url, data=fields, timeout=20).status_code == 200


def test_another_apps_refresh_token_is_bad(portal: Portal) -> None:
    other = App.open(portal.server)
    refused = other.token(grant_type="refresh_token", refresh_token=portal.refresh_token)
    assert (refused.status_code, refused.json()["status"]) == (400, "BAD_REFRESH_TOKEN")
    assert portal.get(DETAILS).status_code == 200


def test_an_access_token_runs_out_and_a_refresh_brings_a_new_one(portal: Portal) -> None:
    portal.control("POST", f"/installs/{portal.app.app_id}/expire")
    expired = portal.get(DETAILS)
    assert (expired.status_code, expired.json()["category"]) == (401, "EXPIRED_AUTHENTICATION")
    assert "expired 0 minute(s) ago" in expired.json()["message"]
    body = portal.app.token(grant_type="refresh_token", refresh_token=portal.refresh_token).json()
    assert body["refresh_token"] == portal.refresh_token
    portal.token = body["access_token"]
    assert portal.checked("GET", DETAILS).json()["portalId"] == int(portal.portal_id)


def test_tokens_run_out_by_the_clock() -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server, switches={"rotate_refresh_tokens": True})
        server.advance(1801)
        assert portal.get(DETAILS).json()["category"] == "EXPIRED_AUTHENTICATION"
        old = portal.refresh_token
        body = portal.app.token(grant_type="refresh_token", refresh_token=old).json()
        assert body["refresh_token"] != old
        assert portal.app.token(grant_type="refresh_token", refresh_token=old).json()["status"] == "BAD_REFRESH_TOKEN"


def test_introspection_tells_what_a_token_stands_for(portal: Portal) -> None:
    url = f"{portal.server.url}/hubspot/oauth/{V}/token/introspect"
    client = {"client_id": portal.app.client_id, "client_secret": portal.app.client_secret}
    for token, use in ((portal.token, "access_token"), (portal.refresh_token, "refresh_token")):
        body = requests.post(url, data=client | {"token": token}, timeout=20).json()
        assert (body["hub_id"], body["token_use"], body["active"]) == (int(portal.portal_id), use, True)
        if has_specs():
            check_response("hubspot/oauth.json", "POST", f"/oauth/{V}/token/introspect", 200, body)
    assert requests.post(url, data=client | {"token": "x"}, timeout=20).status_code == 400


def test_v1_answers_less_and_looks_tokens_up(portal: Portal) -> None:
    root = f"{portal.server.url}/hubspot/oauth/v1"
    form = {"client_id": portal.app.client_id, "client_secret": portal.app.client_secret}
    form |= {"grant_type": "refresh_token", "refresh_token": portal.refresh_token}
    body = requests.post(f"{root}/token", data=form, timeout=20).json()
    assert set(body) == {"access_token", "refresh_token", "expires_in", "token_type"}
    info = requests.get(f"{root}/access-tokens/{body['access_token']}", timeout=20).json()
    assert info["hub_id"] == int(portal.portal_id)


def test_a_revoked_refresh_token_is_dead_while_access_tokens_live_on(portal: Portal) -> None:
    form = {"client_id": portal.app.client_id, "client_secret": portal.app.client_secret, "token": portal.refresh_token}
    url = f"{portal.server.url}/hubspot/oauth/{V}/token/revoke"
    assert requests.post(url, data=form, timeout=20).status_code == 200
    refused = portal.app.token(grant_type="refresh_token", refresh_token=portal.refresh_token)
    assert refused.json()["status"] == "BAD_REFRESH_TOKEN"
    assert portal.get(DETAILS).status_code == 200


def test_after_an_uninstall_every_token_is_unknown(portal: Portal) -> None:
    assert portal.checked("DELETE", f"/appinstalls/{V}/external-install").status_code == 204
    refused = portal.get(DETAILS)
    assert (refused.status_code, refused.json()["category"]) == (401, "INVALID_AUTHENTICATION")
    again = portal.app.token(grant_type="refresh_token", refresh_token=portal.refresh_token)
    assert again.json()["status"] == "BAD_REFRESH_TOKEN"


def test_a_missing_scope_is_named(portal: Portal) -> None:
    portal.control("PATCH", f"/installs/{portal.app.app_id}", {"scopes": ["oauth", "crm.objects.contacts.read"]})
    assert portal.get(f"/crm/objects/{V}/contacts").status_code == 200
    refused = portal.post(f"/crm/objects/{V}/contacts", {"properties": {"firstname": "x"}})
    assert (refused.status_code, refused.json()["category"]) == (403, "MISSING_SCOPES")
    assert refused.json()["errors"][0]["context"]["requiredGranularScopes"] == ["crm.objects.contacts.write"]


def test_optional_scopes_follow_the_tier(line_sandbox: SandboxServer) -> None:
    portal = Portal.open(line_sandbox, tier="free")
    scopes = portal.control("GET", f"/installs/{portal.app.app_id}")["scopes"]
    assert "crm.lists.read" in scopes and "automation" not in scopes
    app = App.open(line_sandbox, required_scopes=[*REQUIRED, "automation"])
    portal.app = app
    with pytest.raises(SandboxError, match="tier lacks: automation"):
        portal.authorize(scope=" ".join([*REQUIRED, "automation"]), optional_scope="")


def test_an_install_from_the_marketplace_lands_without_a_state(portal: Portal) -> None:
    path = f"/hubspot/apps/{portal.app.app_id}/install"
    location = portal.server.api("POST", path, {"portal_id": portal.portal_id})["location"]
    assert location.startswith(f"{REDIRECT}?code=") and "state" not in location
    assert redeem(portal, code=location.partition("code=")[2]).status_code == 200


def test_no_secret_stands_in_the_log_of_calls(portal: Portal) -> None:
    log = portal.server.api("GET", "/hubspot/requests")["requests"]
    text = str(log)
    assert log and portal.token not in text and portal.app.client_secret not in text


def test_installations_survive_a_restart(tmp_path: Any) -> None:
    with SandboxServer.start(data=tmp_path) as server:
        portal = Portal.open(server)
        contact = portal.contact(email="a@b.example", firstname="花子")
    with SandboxServer.start(data=tmp_path) as server:
        portal.server = server
        assert portal.read(contact, "firstname")["properties"]["firstname"] == "花子"
        assert portal.app.client_id in str(server.api("GET", "/hubspot/apps"))
