"""The first page of a new installation."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.team import queries, setup_code
from app.team.actors import SYSTEM
from app.team.models import Member, MemberState, Role
from app.team.operations import setup
from tests.factories import team
from tests.support.client import CheckingClient
from tests.support.races import refused_after_commit
from tests.team.conftest import audited_actions, is_signed_in, sign_in

SECRET_KEY = "for tests only, not a secret at all"
FORM = {
    "code": setup_code.code_of(SECRET_KEY),
    "workspace_name": "灯る商店",
    "time_zone": "asia/tokyo",
    "name": "Hanako",
    "email": "hanako@example.com",
    "password": "correct horse battery",
    "repeat": "correct horse battery",
}


def test_the_first_administrator_is_made_and_signed_in(browser: CheckingClient) -> None:
    assert browser.get("/setup").status_code == 200
    assert browser.post("/setup", data=FORM).location == "/"
    assert is_signed_in(browser)
    member = queries.member_by_email("HANAKO@example.com")
    assert member
    assert (member.role, member.state, member.name) == (Role.ADMINISTRATOR, MemberState.ACTIVE, "Hanako")
    assert (queries.workspace().name, queries.workspace().time_zone) == ("灯る商店", "Asia/Tokyo")
    assert audited_actions() == ["member.administrator_created", "workspace.changed", "sign_in.started"]


def test_the_form_of_an_earlier_session_comes_back_with_what_was_typed(browser: CheckingClient) -> None:
    same = {"Sec-Fetch-Site": "same-origin"}
    page = browser.post("/setup", data={**FORM, "csrf_token": "of before"}, headers=same, csrf=False)
    assert page.status_code == 400 and "The session of this page is over" in page.text
    assert "灯る商店" in page.text and FORM["email"] in page.text and FORM["password"] not in page.text
    assert queries.member_by_email("hanako@example.com") is None


@pytest.mark.parametrize("code", ["", "aaaa-bbbb-cccc", "é"])
def test_a_stranger_without_the_code_makes_nothing(browser: CheckingClient, code: str) -> None:
    refused = browser.post("/setup", data={**FORM, "code": code})
    assert refused.status_code == 422
    assert "flask members setup-code" in refused.text
    assert queries.member_by_email("hanako@example.com") is None


def test_the_code_is_read_however_it_is_spaced(browser: CheckingClient) -> None:
    code = FORM["code"].replace("-", " ").upper()
    assert browser.post("/setup", data={**FORM, "code": f" {code} "}).location == "/"


def test_a_link_fills_the_code_in(browser: CheckingClient) -> None:
    page = browser.get(f"/setup?code={FORM['code']}").text
    assert f'value="{FORM["code"]}"' in page
    assert FORM["code"] not in browser.get("/setup").text


def test_guessing_the_code_is_limited(browser: CheckingClient) -> None:
    tried = [browser.post("/setup", data={**FORM, "code": "x"}).status_code for _ in range(21)]
    assert tried == [422] * 20 + [429]
    assert browser.post("/setup", data=FORM).status_code == 429


def test_the_start_of_the_web_server_says_the_code_while_there_is_no_member(
    app: Flask, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")

    def said() -> str:
        caplog.clear()
        setup_code.log_if_new(app)
        return caplog.text

    assert FORM["code"] in said()
    team.member()
    assert FORM["code"] not in said()


def test_the_password_works_afterwards(app: Flask, browser: CheckingClient) -> None:
    browser.post("/setup", data=FORM)
    other = app.test_client()
    assert sign_in(other, "hanako@example.com").status_code == 303  # type: ignore[arg-type]


def test_there_is_no_set_up_once_there_is_a_member(browser: CheckingClient, people: SimpleNamespace) -> None:
    assert browser.get("/setup").status_code == 404
    assert browser.post("/setup", data=FORM).status_code == 404
    assert browser.post("/setup", data={}).status_code == 404
    assert queries.member_by_email("hanako@example.com") is None


@pytest.mark.parametrize(
    ("field", "value", "reason"),
    [
        ("email", "nowhere", "This is not an e-mail address."),
        ("password", "hanako@example.com", "Choose something else than your name or e-mail address."),
        ("password", "short", "Use at least 10 characters."),
        ("repeat", "something else", "This is not the same as above."),
        ("time_zone", "Asia/Atlantis", "Choose a time zone from the list"),
        ("workspace_name", "", "Fill this in."),
    ],
)
def test_bad_input_comes_back_with_a_reason(browser: CheckingClient, field: str, value: str, reason: str) -> None:
    data = {**FORM, field: value}
    if field == "password":
        data["repeat"] = value
    response = browser.post("/setup", data=data)
    assert response.status_code == 422
    assert reason in response.text
    assert "灯る商店" in response.text or field == "workspace_name"
    assert not queries.has_members()


def test_of_two_at_once_only_one_is_made(app: Flask) -> None:
    values = {key: FORM[key] for key in ("workspace_name", "name", "password")}
    setup.set_up(**values, time_zone="UTC", language="en", email="first@example.com")

    def second() -> None:
        setup.set_up(**values, time_zone="UTC", language="en", email="second@example.com")

    assert refused_after_commit(app, second, NotFound)
    assert db.session.scalar(select(func.count()).select_from(Member)) == 1


def test_the_command_line_may_make_more(people: SimpleNamespace) -> None:
    setup.create_administrator(
        email="second@example.com", name=" Second ", password="correct horse battery", actor=SYSTEM
    )
    db.session.commit()
    member = queries.member_by_email("second@example.com")
    assert member and member.is_administrator and member.is_active and member.name == "Second"


@pytest.mark.parametrize(
    ("email", "name", "password", "field"),
    [
        ("ALICE@example.com", "Other", "correct horse battery", "email"),
        ("not-an-address", "Other", "correct horse battery", "email"),
        ("other@example.com", " ", "correct horse battery", "name"),
        ("other@example.com", "Other", "short", "password"),
    ],
)
def test_the_command_line_is_told_what_is_wrong(
    people: SimpleNamespace, email: str, name: str, password: str, field: str
) -> None:
    with pytest.raises(InvalidInput) as refusal:
        setup.create_administrator(email=email, name=name, password=password, actor=SYSTEM)
    assert list(refusal.value.fields) == [field]
