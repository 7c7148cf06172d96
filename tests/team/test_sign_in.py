"""Signing in and out."""

from __future__ import annotations

from types import SimpleNamespace
from unittest.mock import patch

import pytest
import time_machine
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.team import passwords
from app.team.models import Member, MemberState
from tests.factories import team
from tests.support.client import CheckingClient
from tests.team.conftest import audited_actions, is_signed_in, sign_in

WRONG = "E-mail address or password is not right."


def test_the_right_password_signs_in(browser: CheckingClient, people: SimpleNamespace) -> None:
    assert browser.get("/sign-in").status_code == 200
    response = sign_in(browser, "Alice@Example.com ")
    assert (response.status_code, response.location) == (303, "/")
    assert is_signed_in(browser)
    assert audited_actions() == ["sign_in.started"]
    assert db.session.get_one(Member, people.alice.id).last_seen_at


def test_htmx_is_told_to_navigate(browser: CheckingClient, people: SimpleNamespace) -> None:
    data = {"email": "alice@example.com", "password": team.PASSWORD}
    response = browser.fragment("/sign-in", "POST", data=data)
    assert response.status_code == 204
    assert response.headers["HX-Redirect"] == "/"


def test_every_failure_looks_the_same(browser: CheckingClient, people: SimpleNamespace) -> None:
    team.member(email="suspended@example.com", state=MemberState.SUSPENDED)
    invited = team.member(email="invited@example.com", state=MemberState.INVITED)
    invited.password_hash = None
    db.session.commit()
    answers = {
        sign_in(browser, email, password).text.replace(email, "")
        for email, password in (
            ("alice@example.com", "wrong password"),
            ("unknown@example.com", team.PASSWORD),
            ("suspended@example.com", team.PASSWORD),
            ("invited@example.com", team.PASSWORD),
        )
        if browser.get("/sign-in").status_code == 200
    }
    texts = {answer[answer.index("sign-in-form") :].split("csrf_token")[1].split(">", 1)[1] for answer in answers}
    assert len(texts) == 1
    assert WRONG in texts.pop()
    assert not is_signed_in(browser)


@pytest.mark.parametrize("email", ["alice@example.com", "unknown@example.com"])
def test_an_unknown_address_costs_as_much_work(browser: CheckingClient, people: SimpleNamespace, email: str) -> None:
    with patch.object(passwords, "check_password_hash", wraps=passwords.check_password_hash) as check:
        sign_in(browser, email, "wrong password")
    assert check.call_count == 1


def test_the_decoy_is_as_costly_as_a_real_hash() -> None:
    cost = passwords.hashed("something").split("$")[0]
    with patch.object(passwords, "check_password_hash", wraps=passwords.check_password_hash) as check:
        passwords.matches(None, "something")
    assert check.call_args.args[0].split("$")[0] == cost


def test_an_empty_form_comes_back_with_reasons(browser: CheckingClient, people: SimpleNamespace) -> None:
    response = browser.post("/sign-in", data={"email": "", "password": ""})
    assert response.status_code == 422
    assert response.text.count("Fill this in.") == 2


def test_the_htmx_answer_is_the_form_that_the_page_includes(browser: CheckingClient, people: SimpleNamespace) -> None:
    response = browser.fragment("/sign-in", "POST", data={"email": "alice@example.com", "password": "no"})
    assert response.status_code == 422
    assert response.text.lstrip().startswith('<form id="sign-in-form"')
    assert '<form id="sign-in-form"' in browser.get("/sign-in").text


def test_without_a_csrf_token_nothing_happens(browser: CheckingClient, people: SimpleNamespace) -> None:
    data = {"email": "alice@example.com", "password": team.PASSWORD}
    assert browser.post("/sign-in", data=data, csrf=False).status_code == 400
    assert not is_signed_in(browser)


def test_a_planted_session_does_not_survive(browser: CheckingClient, people: SimpleNamespace) -> None:
    with browser.session_transaction() as session:
        session["planted"] = "by someone else"
        session["csrf_token"] = planted = "0" * 40
    sign_in(browser, "alice@example.com")
    with browser.session_transaction() as session:
        assert "planted" not in session
        assert session.get("csrf_token") != planted


@pytest.mark.parametrize(
    ("wanted", "location"),
    [
        ("/members?search=bob", "/members?search=bob"),
        ("//evil.example", "/"),
        ("https://evil.example/", "/"),
        ("/\\evil.example", "/"),
    ],
)
def test_the_next_page_is_one_of_ours(
    browser: CheckingClient, people: SimpleNamespace, wanted: str, location: str
) -> None:
    assert sign_in(browser, "alice@example.com", next=wanted).location == location
    assert browser.get("/sign-in", query_string={"next": wanted}).location == location


def test_who_must_sign_in_comes_back_afterwards(browser: CheckingClient, people: SimpleNamespace) -> None:
    response = browser.get("/members?search=bob")
    assert response.location == "/sign-in?next=/members?search%3Dbob"
    assert 'name="next"' in browser.get(response.location).text
    assert 'value="/members?search=bob"' in browser.get(response.location).text


def test_a_piece_of_a_page_sends_the_whole_page_to_the_sign_in(
    browser: CheckingClient, people: SimpleNamespace
) -> None:
    headers = {"HX-Request": "true", "HX-Current-URL": "http://127.0.0.1:8000/audit-log?group=member"}
    response = browser.get("/members", headers=headers)
    assert response.status_code == 204
    assert response.headers["HX-Redirect"] == "/sign-in?next=/audit-log?group%3Dmember"


def test_keeping_the_sign_in_is_a_choice(app: Flask, browser: CheckingClient, people: SimpleNamespace) -> None:
    sign_in(browser, "alice@example.com")
    with browser.session_transaction() as session:
        assert not session.permanent
    remembering = app.test_client()
    answer = sign_in(remembering, "alice@example.com", remember="y")  # type: ignore[arg-type]
    assert "Expires=" in answer.headers["Set-Cookie"]


def test_an_unused_sign_in_ends_after_the_set_days(browser: CheckingClient, people: SimpleNamespace) -> None:
    sign_in(browser, "alice@example.com", remember="y")
    with time_machine.travel(now().timestamp() + 13 * 86_400):
        assert is_signed_in(browser)
    # Each visit starts the count of days at zero.
    with time_machine.travel(now().timestamp() + 26 * 86_400):
        assert is_signed_in(browser)
    with time_machine.travel(now().timestamp() + 41 * 86_400):
        assert not is_signed_in(browser)


def test_a_sign_in_ends_after_the_set_days_however_much_it_is_used(
    browser: CheckingClient, people: SimpleNamespace
) -> None:
    sign_in(browser, "alice@example.com", remember="y")
    for days in (10, 20, 29):
        with time_machine.travel(now().timestamp() + days * 86_400):
            assert is_signed_in(browser), days
    with time_machine.travel(now().timestamp() + 30 * 86_400 + 60):
        assert not is_signed_in(browser)


def test_signing_out_leaves_nothing_behind(browser: CheckingClient, people: SimpleNamespace) -> None:
    sign_in(browser, "alice@example.com")
    assert browser.get("/sign-out").status_code == 405
    assert browser.post("/sign-out").location == "/sign-in"
    assert not is_signed_in(browser)
    assert audited_actions() == ["sign_in.started", "sign_in.ended"]


def test_a_made_up_session_is_no_one(browser: CheckingClient, people: SimpleNamespace) -> None:
    for made_up in (
        "",
        "x",
        f"{people.alice.id}",
        f"{people.alice.id}:",
        "999:key",
        "-1:key",
        "¹:key",
        "9" * 30 + ":key",
    ):
        with browser.session_transaction() as session:
            session["_user_id"] = made_up
        assert not is_signed_in(browser), made_up


def test_without_a_member_the_set_up_comes_first(browser: CheckingClient) -> None:
    assert browser.get("/sign-in").location == "/setup"
    assert browser.get("/").location == "/sign-in"


def test_being_here_is_noted_every_few_minutes(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    def seen() -> object:
        return db.session.get_one(Member, people.alice.id).last_seen_at

    as_alice.get("/profile")
    first = seen()
    assert first
    as_alice.get("/profile")
    assert seen() == first
    with time_machine.travel(now().timestamp() + 301):
        as_alice.get("/profile")
        assert seen() != first
