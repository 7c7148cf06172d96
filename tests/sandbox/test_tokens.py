"""Access tokens: issued, verified, revoked, expired on the sandbox's clock."""

from typing import Any

import pytest
import requests

from tests.sandbox.bots import Bot
from tests.support.contract import check_request, check_response, has_specs

SPEC = "line/channel-access-token.yml"
FORM = "application/x-www-form-urlencoded"
BAD_TOKEN = (
    "Authentication failed due to the following reason: invalid token. "
    "Confirm that the access token in the authorization header is valid."
)


def post_form(bot: Bot, path: str, **form: str) -> requests.Response:
    """Post to a token endpoint, holding what succeeds against the description."""
    response = requests.post(bot.server.url + path, data=form, timeout=10)
    if response.status_code == 200 and has_specs():
        check_request(SPEC, "POST", path, form, content_type=FORM)
        if response.content:
            check_response(SPEC, "POST", path, 200, response.json())
    assert response.headers["x-line-request-id"]
    return response


def stateless(bot: Bot, **changed: str) -> requests.Response:
    form = {"grant_type": "client_credentials", "client_id": bot.channel_id, "client_secret": bot.secret}
    return post_form(bot, "/oauth2/v3/token", **form | changed)


def short_lived(bot: Bot, **changed: str) -> requests.Response:
    form = {"grant_type": "client_credentials", "client_id": bot.channel_id, "client_secret": bot.secret}
    return post_form(bot, "/v2/oauth/accessToken", **form | changed)


def works(bot: Bot, token: str) -> bool:
    response = requests.get(f"{bot.server.url}/v2/bot/info", headers={"Authorization": f"Bearer {token}"}, timeout=10)
    if response.status_code != 200:
        assert (response.status_code, response.json()) == (401, {"message": BAD_TOKEN})
    return response.status_code == 200


def test_stateless_token_works_for_fifteen_minutes(bot: Bot) -> None:
    answer = stateless(bot).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 900)
    bot.server.advance(890)
    assert works(bot, answer["access_token"])
    bot.server.advance(11)
    assert not works(bot, answer["access_token"])


def test_stateless_tokens_are_many_and_cannot_be_revoked(bot: Bot) -> None:
    tokens = [stateless(bot).json()["access_token"] for _ in range(40)]
    assert len(set(tokens)) == 40
    assert post_form(bot, "/v2/oauth/revoke", access_token=tokens[0]).status_code == 200
    assert works(bot, tokens[0])


@pytest.mark.parametrize(
    ("changed", "error"),
    [
        ({"client_secret": "0" * 32}, ("invalid_request", "Invalid 'client_credentials'.")),
        ({"client_id": "1"}, ("invalid_request", "Invalid 'client_credentials'.")),
        ({"grant_type": "password"}, ("invalid_request", "some parameters missed or invalid")),
    ],
)
def test_stateless_token_is_refused_in_lines_words(bot: Bot, changed: dict[str, str], error: tuple[str, str]) -> None:
    refused = stateless(bot, **changed)
    assert refused.status_code == 400
    assert (refused.json()["error"], refused.json()["error_description"]) == error


def test_assertion_without_a_registered_key_is_404(bot: Bot) -> None:
    refused = stateless(bot, client_assertion="e30.e30.e30")
    assert refused.status_code == 404
    assert refused.json() == {"message": "Cannot find channel key that satisfies the conditions"}


def test_short_lived_token_lives_thirty_days(bot: Bot) -> None:
    answer = short_lived(bot).json()
    assert (answer["token_type"], answer["expires_in"]) == ("Bearer", 2592000)
    bot.server.advance(2592000 - 60)
    assert works(bot, answer["access_token"])
    bot.server.advance(61)
    assert not works(bot, answer["access_token"])


def test_thirty_first_short_lived_token_revokes_the_oldest(bot: Bot) -> None:
    tokens = [short_lived(bot).json()["access_token"] for _ in range(31)]
    assert [works(bot, token) for token in tokens] == [False] + [True] * 30


@pytest.mark.parametrize(
    ("changed", "description"),
    [({"client_id": "1"}, "invalid client_id"), ({"client_secret": "x"}, "invalid client_secret")],
)
def test_short_lived_token_says_which_field_is_wrong(bot: Bot, changed: dict[str, str], description: str) -> None:
    refused = short_lived(bot, **changed)
    assert refused.status_code == 400
    assert refused.json() == {"error": "invalid_client", "error_description": description}


def test_verify_and_revoke_stored_tokens(bot: Bot) -> None:
    token = short_lived(bot).json()["access_token"]
    verified = post_form(bot, "/v2/oauth/verify", access_token=token).json()
    assert verified["client_id"] == bot.channel_id
    assert 2591990 <= verified["expires_in"] <= 2592000
    assert post_form(bot, "/v2/oauth/verify", access_token=bot.token).status_code == 200
    revoked = post_form(bot, "/v2/oauth/revoke", access_token=token)
    assert (revoked.status_code, revoked.content) == (200, b"")
    assert not works(bot, token)
    refused = post_form(bot, "/v2/oauth/verify", access_token=token)
    assert refused.status_code == 400
    assert refused.json() == {"error": "invalid_request", "error_description": "access_token invalid"}


def test_token_endpoints_take_forms_only(bot: Bot) -> None:
    for path in ("/oauth2/v3/token", "/v2/oauth/accessToken"):
        assert requests.post(bot.server.url + path, json={}, timeout=10).status_code == 415


@pytest.mark.parametrize("header", [None, "", "Basic abc", "token"])
def test_missing_authorization_says_how_it_should_look(bot: Bot, header: str | None) -> None:
    headers = {} if header is None else {"Authorization": header}
    refused = requests.get(f"{bot.server.url}/v2/bot/info", headers=headers, timeout=10)
    assert refused.status_code == 401
    assert refused.json()["message"].startswith("Authorization header required.")


def test_console_replaces_the_long_lived_token_and_the_secret(bot: Bot) -> None:
    fresh = bot.control("POST", "/tokens", {"kind": "long-lived", "value": "pasted-by-hand"})
    assert fresh["value"] == "pasted-by-hand"
    assert works(bot, "pasted-by-hand")
    assert not works(bot, bot.token)
    secret = bot.control("POST", "/secret", {})["secret"]
    assert stateless(bot).status_code == 400
    assert stateless(bot, client_secret=secret).status_code == 200


def test_revoking_everything_ends_stateless_tokens_too(bot: Bot) -> None:
    token = stateless(bot).json()["access_token"]
    bot.control("DELETE", "/tokens")
    assert not works(bot, token)
    assert not works(bot, bot.token)
    assert works(bot, stateless(bot).json()["access_token"])


def test_forged_tokens_are_refused(bot: Bot) -> None:
    token = stateless(bot).json()["access_token"]
    forged: list[Any] = [token[:-2] + "AA", token[:20], "a.b.c", "あ".encode().decode("latin-1")]
    assert not any(works(bot, value) for value in forged)


def test_requests_without_a_live_token_are_counted_apart(bot: Bot) -> None:
    requests.get(f"{bot.server.url}/v2/bot/info", timeout=10)
    counters = bot.server.api("GET", "/counters?channel_id=-")["counters"]
    counted = {entry["path"]: entry["statuses"] for entry in counters}
    assert counted["/v2/bot/info"]["401"] >= 1
