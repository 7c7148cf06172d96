"""Signatures: HubSpot's published values, and what is wrong told apart."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
import time_machine

from app.core import error_messages
from app.integrations.hubspot.gateway import signatures
from app.integrations.hubspot.gateway.signatures import Signed, SignedRequest, check

SECRET = "yyyyyyyy-yyyy-yyyy-yyyy-yyyyyyyyyyyy"
URI = "https://www.example.com/webhook_uri"
BODY = b'{"example_field":"example_value"}'
AT = datetime(2026, 1, 1, tzinfo=UTC)
STAMP = "1767225600000"
POST = SignedRequest("POST", URI, BODY, {})
V3 = "TT+Iwr8k5CYrUppjgQTxIC1o4NzJ7hQNLx3D+XDGKAc="


def signed(request: SignedRequest, **headers: str) -> SignedRequest:
    return replace(request, headers={name.replace("_", "-"): value for name, value in headers.items()})


def v3(request: SignedRequest, stamp: str = STAMP, secret: str = SECRET) -> SignedRequest:
    signature = signatures.v3(secret, request, stamp)
    return signed(request, X_HubSpot_Signature_v3=signature, X_HubSpot_Request_Timestamp=stamp)


def test_published_values() -> None:
    assert signatures.v1(SECRET, POST) == "54b2530692e3a3982727206aeee670ed1d85319cad55d4ddbafcf41725ebf2b3"
    assert signatures.v2(SECRET, POST) == "9569219f8ba981ffa6f6f16aa0f48637d35d728c7e4d93d0d52efaa512af7900"
    get = replace(POST, method="GET", body=b"")
    assert signatures.v2(SECRET, get) == "eee2dddcc73c94d699f5e395f4b9d454a069a6855fbfa152e91e88823087200e"
    assert signatures.v3(SECRET, POST, STAMP) == V3


@pytest.mark.parametrize("query", ["acct=a:b@c", "acct=a%3Ab%40c", "acct=a%3ab%40c"])
def test_escapes_are_decoded_before_signing(query: str) -> None:
    request = SignedRequest("POST", f"https://www.example.com/hs/hook?{query}", '{"name":"山田"}'.encode(), {})
    assert signatures.v3(SECRET, request, STAMP) == "/p29GlxsDB46EvxLLhfQdSbdSj/w5NF1/tuSivQQ70M="


def test_only_those_escapes_are_decoded() -> None:
    kept = SignedRequest("POST", "https://www.example.com/?a=%20%26%25%E3%81%82", b"", {})
    plain = replace(kept, uri="https://www.example.com/?a= &%あ")
    assert signatures.v3(SECRET, kept, STAMP) != signatures.v3(SECRET, plain, STAMP)


@pytest.mark.parametrize("version", ["v1", "v2"])
def test_the_older_schemes_go_by_the_header_of_their_version(version: str) -> None:
    signature = getattr(signatures, version)(SECRET, POST)
    headers = {"X_HubSpot_Signature": signature, "X_HubSpot_Signature_Version": version}
    assert check(SECRET, signed(POST, **headers)).is_valid
    assert check("another", signed(POST, **headers)).signed is Signed.WRONG_KEY
    assert check(SECRET, signed(replace(POST, body=BODY + b" "), **headers)).signed is Signed.WRONG_KEY
    other = {"v1": "v2", "v2": "v1"}[version]
    assert not check(SECRET, signed(POST, **headers | {"X_HubSpot_Signature_Version": other})).is_valid
    assert not check(SECRET, signed(POST, X_HubSpot_Signature=signature)).is_valid


@time_machine.travel(AT, tick=False)
def test_v3_is_valid_when_key_and_clock_are_right() -> None:
    found = check(SECRET, v3(POST))
    assert (found.signed, found.drift, found.code) == (Signed.VALID, timedelta(0), None)


@pytest.mark.parametrize(
    ("seconds", "expected"),
    [(-300, Signed.VALID), (-301, Signed.WRONG_CLOCK), (300, Signed.VALID), (301, Signed.WRONG_CLOCK)],
)
@time_machine.travel(AT, tick=False)
def test_a_clock_too_far_away_is_told_apart_from_a_wrong_key(seconds: int, expected: Signed) -> None:
    stamp = str(int(STAMP) + seconds * 1000)
    found = check(SECRET, v3(POST, stamp))
    assert (found.signed, found.drift) == (expected, timedelta(seconds=seconds))
    assert check(SECRET, v3(POST, stamp, secret="another")).signed is Signed.WRONG_KEY


@pytest.mark.parametrize("stamp", ["", "soon", "9" * 40, "-9999999999999999"])
@time_machine.travel(AT, tick=False)
def test_a_time_that_is_none_is_a_wrong_clock(stamp: str) -> None:
    assert check(SECRET, v3(POST, stamp)).signed is Signed.WRONG_CLOCK


@time_machine.travel(AT, tick=False)
def test_where_v3_stands_nothing_else_counts() -> None:
    right = signatures.v1(SECRET, POST)
    wrong = signed(
        POST,
        X_HubSpot_Signature=right,
        X_HubSpot_Signature_Version="v1",
        X_HubSpot_Signature_v3="wrong",
        X_HubSpot_Request_Timestamp=STAMP,
    )
    assert check(SECRET, wrong).signed is Signed.WRONG_KEY


@pytest.mark.parametrize("headers", [{}, {"X_HubSpot_Signature": ""}, {"X_HubSpot_Signature_Version": "v1"}])
def test_no_signature_is_never_enough(headers: dict[str, str]) -> None:
    assert check(SECRET, signed(POST, **headers)).signed is Signed.UNSIGNED


def test_no_secret_fits_nothing() -> None:
    headers = {"X_HubSpot_Signature": signatures.v1("", POST), "X_HubSpot_Signature_Version": "v1"}
    assert check("", signed(POST, **headers)).signed is Signed.WRONG_KEY


def test_strange_signatures_break_nothing() -> None:
    headers = {"X_HubSpot_Signature": "é\udcff", "X_HubSpot_Signature_Version": "v2"}
    assert check(SECRET, signed(POST, **headers)).signed is Signed.WRONG_KEY


def test_each_fault_has_a_sentence() -> None:
    codes = {f"hubspot.{one}" for one in Signed if one is not Signed.VALID}
    assert codes <= set(error_messages.SENTENCES)
