"""ID tokens and LIFF: signed, checked with LINE's refusals, and handed to pages that open inside of LINE."""

from __future__ import annotations

import base64
import json
from typing import Any
from urllib.parse import parse_qs

import pytest
import requests
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.hashes import SHA256

from tests.sandbox.bots import Bot
from tests.support.sandbox import SandboxServer

LOGIN, LIFF = "2009000009", "2009000009-AbcdEfgh"


@pytest.fixture
def login_bot(bot: Bot) -> Bot:
    """The bot with a LINE Login channel and a LIFF app."""
    bot.change(
        login_channel_id=f"{LOGIN}{bot.channel_id}",
        liff_apps={f"{LIFF}{bot.channel_id}": "https://shop.example/in?a=1"},
    )
    return bot


def person(bot: Bot) -> str:
    return str(bot.server.api("GET", f"/channels/{bot.channel_id}/friends?limit=1")["friends"][0]["user_id"])


def issue(bot: Bot, user_id: str, **claims: Any) -> str:
    return str(bot.server.api("POST", f"/channels/{bot.channel_id}/friends/{user_id}/id-token", claims)["value"])


def verify(bot: Bot, token: str, **form: str) -> tuple[int, dict[str, Any]]:
    form = {"id_token": token, "client_id": f"{LOGIN}{bot.channel_id}", **form}
    answer = requests.post(f"{bot.server.url}/oauth2/v2.1/verify", data=form, timeout=10)
    return answer.status_code, answer.json()


def unpadded(text: str) -> bytes:
    return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))


def test_a_token_names_the_person_to_its_own_channel_only(login_bot: Bot) -> None:
    user_id = person(login_bot)
    status, claims = verify(login_bot, issue(login_bot, user_id, nonce="n"), nonce="n", user_id=user_id)
    assert status == 200
    assert (claims["iss"], claims["sub"]) == ("https://access.line.me", user_id)
    assert claims["aud"] == f"{LOGIN}{login_bot.channel_id}"
    assert claims["exp"] - claims["iat"] == 3600


@pytest.mark.parametrize(
    ("claims", "form", "reason"),
    [
        ({"iss": "https://other.example"}, {}, "Invalid IdToken Issuer."),
        ({"exp": 1}, {}, "IdToken expired."),
        ({"aud": "1"}, {}, "Invalid IdToken Audience."),
        ({}, {"client_id": "1"}, "Invalid IdToken Audience."),
        ({}, {"nonce": "n"}, "Invalid IdToken Nonce."),
        ({}, {"user_id": "U1"}, "Invalid IdToken Subject Identifier."),
    ],
)
def test_refusals_are_lines(login_bot: Bot, claims: dict[str, Any], form: dict[str, str], reason: str) -> None:
    found = verify(login_bot, issue(login_bot, person(login_bot), **claims), **form)
    assert found == (400, {"error": "invalid_request", "error_description": reason})


def test_a_token_that_was_changed_is_none(login_bot: Bot) -> None:
    head, claims, signature = issue(login_bot, person(login_bot)).split(".")
    others = issue(login_bot, person(login_bot), sub="U" + "0" * 32).split(".")[1]
    for token in (f"{head}.{others}.{signature}", f"{head}.{claims}.", "a.b.c", "", "é"):
        assert verify(login_bot, token)[1].get("error_description") == "Invalid IdToken."


def test_a_token_runs_out_after_an_hour(login_bot: Bot) -> None:
    token = issue(login_bot, person(login_bot))
    login_bot.server.advance(3590)
    assert verify(login_bot, token)[0] == 200
    login_bot.server.advance(11)
    assert verify(login_bot, token)[1]["error_description"] == "IdToken expired."


def test_the_key_is_served(login_bot: Bot) -> None:
    """A token can be checked with it without asking."""
    (key,) = requests.get(f"{login_bot.server.url}/oauth2/v2.1/certs", timeout=10).json()["keys"]
    x, y = (int.from_bytes(unpadded(key[name])) for name in "xy")
    signed, _dot, signature = issue(login_bot, person(login_bot)).rpartition(".")
    raw = unpadded(signature)
    halves = utils.encode_dss_signature(int.from_bytes(raw[:32]), int.from_bytes(raw[32:]))
    ec.EllipticCurvePublicNumbers(x, y, ec.SECP256R1()).public_key().verify(halves, signed.encode(), ec.ECDSA(SHA256()))
    assert json.loads(unpadded(signed.partition(".")[0]))["kid"] == key["kid"]


def visit(bot: Bot, user_id: str, address: str) -> str:
    found = bot.server.api("POST", f"/channels/{bot.channel_id}/friends/{user_id}/visits", {"address": address})
    return str(found["leads_to"])


def test_a_liff_page_opens_with_its_way_packed_up_and_knows_who_taps(login_bot: Bot) -> None:
    address, user_id = f"{login_bot.server.url}/liff/{LIFF}{login_bot.channel_id}/x/y?b=2", person(login_bot)
    packed = "https://shop.example/in?a=1&liff.state=%2Fx%2Fy%3Fb%3D2"
    outside = requests.get(address, allow_redirects=False, timeout=10)
    assert (outside.status_code, outside.headers["Location"]) == (302, packed)
    page, _hash, fragment = visit(login_bot, user_id, address).partition("#")
    assert page == packed
    assert verify(login_bot, parse_qs(fragment)["id_token"][0])[1]["sub"] == user_id
    assert requests.get(f"{login_bot.server.url}/liff/1-nothing", timeout=10).status_code == 404
    assert requests.get(f"{login_bot.server.url}/liff/sdk.js", timeout=10).headers["Content-Type"] == "text/javascript"


def test_an_app_of_another_account_is_told_of_no_one(login_bot: Bot, line_sandbox: SandboxServer) -> None:
    other = Bot.open(line_sandbox, name="Other", population={"followers": 1})
    address = f"{login_bot.server.url}/liff/{LIFF}{login_bot.channel_id}/x"
    assert visit(other, person(other), address) == "https://shop.example/in?a=1&liff.state=%2Fx"
