"""Passkeys: added after both proofs, and a way to sign in."""

from __future__ import annotations

import json
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select
from webauthn.helpers import bytes_to_base64url
from werkzeug.test import TestResponse

from app.core.clock import now
from app.core.db import db
from app.team.models import Member, MemberState, Passkey
from app.team.operations import members
from tests.conftest import signed_in
from tests.factories.team import PASSWORD
from tests.support.authenticator import Authenticator
from tests.support.client import CheckingClient
from tests.team.conftest import audited_actions, code_of, is_signed_in, sign_in, with_two_factor

PAGE = "/profile/passkeys"


@pytest.fixture(autouse=True)
def _at_localhost(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Browsers allow passkeys at names, and without TLS at this one."""
    config = app.config["TOMORU"]
    monkeypatch.setitem(app.config, "TOMORU", replace(config, public_url="http://localhost:8000"))


def options_for(browser: CheckingClient, **proofs: str) -> dict[str, Any]:
    answer = browser.post(f"{PAGE}/options", data={"name": "My phone", "password": PASSWORD, **proofs})
    assert answer.status_code == 200, answer.text
    return json.loads(answer.text)  # type: ignore[no-any-return]


def added(browser: CheckingClient, **settings: Any) -> Authenticator:
    """A device that the member of this browser has added."""
    device = Authenticator(**settings)
    answer = browser.post(PAGE, data={"credential": device.create(options_for(browser))})
    assert answer.location == PAGE, answer.text
    return device


def offer_to(browser: CheckingClient) -> dict[str, Any]:
    return json.loads(browser.post("/sign-in/passkey/options").text)  # type: ignore[no-any-return]


def enter(browser: CheckingClient, credential: str, **data: str) -> int:
    return browser.post("/sign-in/passkey", data={"credential": credential, **data}).status_code


def test_a_passkey_opens_the_account(as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace) -> None:
    device = added(as_bob)
    assert "My phone" in as_bob.get(PAGE).text and "not used yet" in as_bob.get(PAGE).text
    assert "Sign in with a passkey" in browser.get("/sign-in").text
    answer = browser.post("/sign-in/passkey", data={"credential": device.get(offer_to(browser)), "next": "/profile"})
    assert answer.location == "/profile"
    assert is_signed_in(browser)
    assert audited_actions() == ["profile.passkey_added", "sign_in.started_with_passkey"]
    row = db.session.scalars(select(Passkey)).one()
    assert row.last_used_at is not None and row.sign_count == 1


def test_it_stands_for_password_and_code(
    as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace
) -> None:
    device = added(as_bob)
    with_two_factor(people.bob)
    assert enter(browser, device.get(offer_to(browser))) == 303
    assert is_signed_in(browser)


def test_it_is_added_after_both_proofs(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    with_two_factor(people.bob)
    code = code_of(people.bob)
    for proofs in ({"password": "guess", "code": code}, {"password": PASSWORD}, {"password": PASSWORD, "code": "0"}):
        assert as_bob.post(f"{PAGE}/options", data={"name": "x", **proofs}).status_code == 422
    device = Authenticator()
    assert as_bob.post(PAGE, data={"credential": device.create(options_for(as_bob, code=code))}).location == PAGE


def test_without_a_challenge_nothing_is_added(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    made_up = {"rp": {"id": "localhost"}, "challenge": "AAAA"}
    assert as_bob.post(PAGE, data={"credential": Authenticator().create(made_up)}).status_code == 409
    options_for(as_bob)
    assert as_bob.post(PAGE, data={"credential": Authenticator().create(made_up)}).status_code == 422
    options = options_for(as_bob)
    with time_machine.travel(now().timestamp() + 301):
        assert as_bob.post(PAGE, data={"credential": Authenticator().create(options)}).status_code == 409
    assert db.session.scalars(select(Passkey)).all() == []


@pytest.mark.parametrize("settings", [{"origin": "https://evil.example"}, {"verifies": False}])
def test_another_site_or_a_device_that_does_not_look_adds_nothing(
    as_bob: CheckingClient, people: SimpleNamespace, settings: dict[str, Any]
) -> None:
    device = Authenticator(**settings)
    refused = as_bob.post(PAGE, data={"credential": device.create(options_for(as_bob))})
    assert refused.status_code == 422 and "The passkey could not be checked." in refused.text


@pytest.mark.parametrize(
    "credential", ["", "x", "[]", "{}", '{"rawId": 1}', '{"rawId": "AAAA", "response": {}}', "null"]
)
def test_odd_answers_are_no_error_of_ours(
    as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace, credential: str
) -> None:
    options_for(as_bob)
    assert as_bob.post(PAGE, data={"credential": credential}).status_code == 422
    offer_to(browser)
    assert enter(browser, credential) == 422


def test_an_answer_works_once(app: Flask, as_bob: CheckingClient, people: SimpleNamespace) -> None:
    device, first = added(as_bob), app.test_client()
    answer = device.get(offer_to(first))  # type: ignore[arg-type]
    with first.session_transaction() as session:
        copied = dict(session)
    assert enter(first, answer) == 303  # type: ignore[arg-type]
    assert enter(first, answer) == 409, "The challenge is forgotten."  # type: ignore[arg-type]
    thief = app.test_client()
    with thief.session_transaction() as session:
        session.update(copied)
    assert enter(thief, answer) == 422, "A copied cookie brings it back, but it was answered already."  # type: ignore[arg-type]


def test_other_keys_sites_and_people_are_refused(
    app: Flask, as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace
) -> None:
    device = added(as_bob)
    forged = Authenticator(credential_id=device.credential_id)
    assert enter(browser, forged.get(offer_to(browser))) == 422
    phishing = Authenticator("https://evil.example", credential_id=device.credential_id, key=device.key)
    assert enter(browser, phishing.get(offer_to(browser))) == 422
    unverified = Authenticator(verifies=False, credential_id=device.credential_id, key=device.key)
    assert enter(browser, unverified.get(offer_to(browser))) == 422
    people.bob.state = MemberState.SUSPENDED
    assert enter(browser, device.get(offer_to(browser))) == 422
    assert not is_signed_in(browser)


def test_removing_takes_both_proofs(
    app: Flask, as_alice: CheckingClient, as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace
) -> None:
    device = added(as_bob)
    number = db.session.scalars(select(Passkey.id)).one()
    path, field = f"{PAGE}/{number}/removal", f"{number}-password"
    assert as_bob.post(path, data={field: "guess"}).status_code == 422
    assert as_alice.post(path, data={field: PASSWORD}).status_code == 404
    assert as_bob.post(path, data={field: PASSWORD}).location == PAGE
    assert enter(browser, device.get(offer_to(browser))) == 422
    assert audited_actions()[-1] == "profile.passkey_removed"


def test_a_lost_phone_takes_its_passkeys_along(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    from app.team.actors import SYSTEM

    added(as_bob)
    members.reset_two_factor(db.session.get_one(Member, people.bob.id), actor=SYSTEM)
    assert db.session.scalars(select(Passkey)).all() == []


def test_one_device_is_not_added_twice(app: Flask, as_bob: CheckingClient, people: SimpleNamespace) -> None:
    device = added(as_bob)
    options = options_for(as_bob)
    assert [one["id"] for one in options["excludeCredentials"]]
    again = as_bob.post(PAGE, data={"credential": device.create(options)})
    assert again.status_code == 422 and "This passkey is known already." in again.text


LATER = 16 * 60
SENSITIVE = "/confirmation?next=/api-keys"


def answer_at(browser: CheckingClient, device: Authenticator, path: str, **data: str) -> TestResponse:
    """Use a passkey where it stands for password or code."""
    options = json.loads(browser.post(f"{path}/options").text)
    return browser.post(path, data={"credential": device.get(options), **data})


def test_it_stands_for_the_password_that_is_asked_for_again(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    assert "passkey-use" not in as_alice.get(f"{PAGE}").text
    device = added(as_alice)
    with_two_factor(people.alice)
    with time_machine.travel(now().timestamp() + LATER):
        assert as_alice.get("/api-keys").location == SENSITIVE
        page = as_alice.get(SENSITIVE).text
        assert "Use a passkey instead" in page and 'action="/confirmation/passkey"' in page
        assert answer_at(as_alice, device, "/confirmation/passkey", next="/api-keys").location == "/api-keys"
        assert as_alice.get("/api-keys").status_code == 200


def test_only_passkeys_of_the_member_prove_who_it_is(
    as_alice: CheckingClient, as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    others, own = added(as_bob), added(as_alice)
    with time_machine.travel(now().timestamp() + LATER):
        assert "passkey-use" in as_alice.get("/confirmation").text
        options = json.loads(as_alice.post("/confirmation/passkey/options").text)
        assert [one["id"] for one in options["allowCredentials"]] == [bytes_to_base64url(own.credential_id)]
        refused = as_alice.post("/confirmation/passkey", data={"credential": others.get(options), "next": "/api-keys"})
        assert refused.status_code == 422 and "This passkey does not belong to your account." in refused.text
        assert as_alice.post("/confirmation/passkey", data={"credential": "x"}).status_code == 409, "It works once."
        assert as_alice.get("/api-keys").location == SENSITIVE


def test_it_stands_for_the_code_of_a_sign_in(
    app: Flask, as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace
) -> None:
    device = added(as_bob)
    with_two_factor(people.bob)
    sign_in(browser, "bob@example.com", next="/profile")
    page = browser.get("/sign-in/code").text
    assert "Use a passkey instead" in page and 'action="/sign-in/code/passkey"' in page
    assert answer_at(browser, device, "/sign-in/code/passkey").location == "/profile"
    assert is_signed_in(browser)
    assert audited_actions()[-1] == "sign_in.started_with_passkey"


def test_the_second_step_takes_only_passkeys_of_who_gave_the_password(
    as_alice: CheckingClient, as_bob: CheckingClient, browser: CheckingClient, people: SimpleNamespace
) -> None:
    others = added(as_alice)
    with_two_factor(people.bob)
    assert browser.post("/sign-in/code/passkey/options").status_code == 409
    assert browser.post("/sign-in/code/passkey", data={"credential": "x"}).location == "/sign-in"
    sign_in(browser, "bob@example.com")
    assert "passkey-use" not in browser.get("/sign-in/code").text, "Bob has no passkey."
    refused = answer_at(browser, others, "/sign-in/code/passkey")
    assert refused.status_code == 422 and "This passkey does not belong to your account." in refused.text
    tried = [answer_at(browser, others, "/sign-in/code/passkey").status_code for _ in range(5)]
    assert tried == [422] * 4 + [429], "They count as wrong codes do."
    assert not is_signed_in(browser)


@pytest.mark.parametrize("address", ["http://127.0.0.1:8000", "https://[::1]", "http://tomoru.example.com"])
def test_where_browsers_refuse_passkeys_none_are_offered(
    app: Flask, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    monkeypatch.setitem(app.config, "TOMORU", replace(app.config["TOMORU"], public_url=address))
    member, stranger = signed_in(app, people.bob), app.test_client()
    assert "Passkeys need an https address with a name." in member.get(PAGE).text
    assert "passkey-use" not in stranger.get("/sign-in").text
    assert stranger.post("/sign-in/passkey/options", headers={}).status_code == 409
