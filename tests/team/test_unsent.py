"""Forms of a page that was opened in another session: what was typed survives, and no stale token is accepted."""

from __future__ import annotations

import io
import re
from datetime import timedelta
from types import SimpleNamespace

import pytest
import time_machine
from flask import Flask
from itsdangerous import URLSafeTimedSerializer
from sqlalchemy import update
from werkzeug.test import TestResponse

from app.core.clock import now
from app.core.db import db
from app.team.actors import SYSTEM
from app.team.models import AuditEntry, LinkPurpose, Member, MemberSession, MemberState
from app.team.operations import members, one_time_links
from tests.factories import line, team
from tests.support.client import CheckingClient
from tests.team.conftest import sign_in

SAME = {"Sec-Fetch-Site": "same-origin"}
FORM = {"name": "Dora <b>", "language": "", "theme": ""}


def token_of(browser: CheckingClient) -> str:
    """The token that the member's page carries."""
    found = re.search(r'name="csrf-token" content="([^"]+)"', browser.get("/profile").text)
    assert found
    return found[1]


def send(browser: CheckingClient, token: str, *, by_htmx: bool = True, **headers: str) -> TestResponse:
    """Send the profile's form with this token, by default from a page of the same site."""
    sent = {**SAME, **headers}
    if by_htmx:
        sent |= {"HX-Request": "true", "X-CSRFToken": token}
    return browser.post("/profile", data={**FORM, "csrf_token": token}, headers=sent, csrf=False)


@pytest.fixture
def alice(people: SimpleNamespace) -> Member:
    return db.session.get_one(Member, people.alice.id)


@pytest.fixture
def bob(people: SimpleNamespace) -> Member:
    return db.session.get_one(Member, people.bob.id)


@pytest.fixture
def browser(browser: CheckingClient, alice: Member) -> CheckingClient:
    """A browser in which Alice is signed in."""
    sign_in(browser, alice.email)
    return browser


@pytest.fixture
def stale(browser: CheckingClient, alice: Member) -> str:
    """The token of a page that was open when Alice signed out and in again."""
    token = token_of(browser)
    browser.post("/sign-out")
    sign_in(browser, alice.email)
    return token


def test_a_stale_token_is_refused_with_a_fresh_one_that_goes_through(
    browser: CheckingClient, stale: str, alice: Member
) -> None:
    answer = send(browser, stale)
    assert (answer.status_code, answer.headers["X-Unsent"]) == (400, "stale")
    db.session.refresh(alice)
    assert alice.name != FORM["name"]
    fresh = answer.headers["X-CSRFToken"]
    assert send(browser, fresh).headers.get("X-Unsent") is None
    db.session.refresh(alice)
    assert alice.name == FORM["name"]


def test_without_script_the_answer_holds_what_was_typed_and_sends_it(
    browser: CheckingClient, stale: str, alice: Member
) -> None:
    answer = send(browser, stale, by_htmx=False)
    assert answer.status_code == 400 and 'value="Dora &lt;b&gt;"' in answer.text and 'action="/profile"' in answer.text
    fresh = re.search(r'type="hidden" name="csrf_token" value="([^"]+)"', answer.text)
    assert fresh and fresh[1] != stale
    send(browser, fresh[1], by_htmx=False)
    db.session.refresh(alice)
    assert alice.name == FORM["name"]


@pytest.mark.parametrize("said", ["cross-site", "same-site", "none", ""])
def test_a_request_from_elsewhere_gets_no_token(browser: CheckingClient, stale: str, said: str) -> None:
    for by_htmx in (True, False):
        answer = send(browser, stale, by_htmx=by_htmx, **{"Sec-Fetch-Site": said})
        assert answer.status_code == 400 and "X-CSRFToken" not in answer.headers
        assert "This form is too old" in answer.text + answer.headers.get("HX-Trigger", "")
        assert "Dora" not in answer.text


def test_a_browser_that_does_not_say_from_where_is_known_by_the_origin(browser: CheckingClient, stale: str) -> None:
    def answer(origin: str) -> TestResponse:
        return send(browser, stale, **{"Sec-Fetch-Site": "", "Origin": origin})

    assert answer("http://localhost").headers.get("X-Unsent") == "stale"
    for strange in ("http://evil.example", "null", "http://[", ""):
        assert "X-Unsent" not in answer(strange).headers


OF_OTHER_KEY = str(URLSafeTimedSerializer("another key", salt="wtf-csrf-token").dumps("1.00"))


@pytest.mark.parametrize("token", [OF_OTHER_KEY, "x", ""], ids=["of another key", "x", "none"])
def test_a_token_older_than_the_key_is_replaced_but_a_person_sends_the_form(
    browser: CheckingClient, alice: Member, token: str
) -> None:
    for said in ("cross-site", ""):
        assert "X-CSRFToken" not in send(browser, token, **{"Sec-Fetch-Site": said}).headers
    answer = send(browser, token)
    assert (answer.status_code, answer.headers["X-Unsent"]) == (400, "old")
    assert 'value="Dora &lt;b&gt;"' in send(browser, token, by_htmx=False).text
    send(browser, answer.headers["X-CSRFToken"])
    db.session.refresh(alice)
    assert alice.name == FORM["name"]


def test_signed_out_by_a_change_of_the_key_the_page_keeps_what_was_typed(browser: CheckingClient) -> None:
    browser.post("/sign-out")
    assert send(browser, OF_OTHER_KEY).headers["X-Unsent"] == "signed-out"
    assert 'value="Dora &lt;b&gt;"' in send(browser, OF_OTHER_KEY, by_htmx=False).text


STRANGERS = ("/sign-in", "/password-resets/new", "/invitations", "/password-resets")
TYPED = {"email": "mika@example.com", "name": "Mika <b>", "password": "correct horse battery", "repeat": "other"}


def strangers_form(app: Flask, kind: str, people: SimpleNamespace) -> tuple[CheckingClient, str]:
    """A browser in which no one is signed in, and the address of a form for strangers."""
    browser = app.test_client()
    assert isinstance(browser, CheckingClient)
    purpose = {"/invitations": LinkPurpose.INVITATION, "/password-resets": LinkPurpose.PASSWORD_RESET}.get(kind)
    if purpose is None:
        return browser, kind
    member = people.bob
    if purpose is LinkPurpose.INVITATION:
        member = team.member(name="Mika", email="mika@example.com", state=MemberState.INVITED)
    return browser, f"{kind}/{one_time_links.issue(member, purpose)[1]}"


@pytest.mark.parametrize("kind", STRANGERS)
def test_a_stranger_s_form_comes_back_with_what_was_typed_and_a_fresh_token(
    app: Flask, people: SimpleNamespace, kind: str
) -> None:
    browser, path = strangers_form(app, kind, people)
    before = db.session.query(AuditEntry).count()
    for token in (OF_OTHER_KEY, ""):
        answer = browser.post(path, data={**TYPED, "csrf_token": token}, headers=SAME, csrf=False)
        assert answer.status_code == 400 and "The session of this page is over" in answer.text
        typed = [value for value in (TYPED["email"], "Mika &lt;b&gt;") if value in answer.text]
        assert typed or kind == "/password-resets"
        assert TYPED["password"] not in answer.text
        elsewhere = browser.post(path, data={**TYPED, "csrf_token": token}, csrf=False)
        assert "This form is too old" in elsewhere.text
    assert db.session.query(AuditEntry).count() == before
    fresh = re.search(r'type="hidden" name="csrf_token" value="([^"]+)"', answer.text)
    assert fresh
    again = browser.post(path, data={**TYPED, "csrf_token": fresh[1]}, headers=SAME, csrf=False)
    assert again.status_code in {200, 422} and "The session of this page is over" not in again.text


def test_a_sign_in_form_goes_on_where_another_tab_has_signed_in(browser: CheckingClient) -> None:
    data = {"email": "alice@example.com", "next": "/profile", "csrf_token": "of before"}
    assert browser.post("/sign-in", data=data, headers=SAME, csrf=False).location == "/profile"


def test_the_switch_of_the_language_survives_too(app: Flask) -> None:
    data = {"language": "ja", "next": "/sign-in", "csrf_token": "of before"}
    page = app.test_client().post("/language", data=data, headers=SAME, csrf=False)  # type: ignore[call-arg]
    assert page.status_code == 400 and 'name="language" value="ja"' in page.text


def test_another_member_does_not_inherit_the_form(browser: CheckingClient, alice: Member, bob: Member) -> None:
    token = token_of(browser)
    browser.post("/sign-out")
    sign_in(browser, bob.email)
    answer = send(browser, token)
    assert (answer.status_code, answer.headers["X-Unsent"]) == (409, "other-member")
    assert "X-CSRFToken" not in answer.headers
    page = send(browser, token, by_htmx=False)
    assert page.status_code == 409 and "Dora" not in page.text


def test_a_page_of_another_member_is_shown_nothing(browser: CheckingClient, bob: Member) -> None:
    theirs = {"HX-Request": "true", "X-CSRFToken": token_of(browser)}
    assert browser.get("/profile", headers=theirs).status_code == 200
    browser.post("/sign-out")
    sign_in(browser, bob.email)
    answer = browser.get("/profile", headers=theirs)
    assert answer.headers["X-Unsent"] == "other-member" and bob.email not in answer.text


def test_signed_out_the_page_is_told_and_keeps_what_was_typed(browser: CheckingClient) -> None:
    token = token_of(browser)
    browser.post("/sign-out")
    answer = send(browser, token)
    assert answer.headers["X-Unsent"] == "signed-out" and answer.headers["HX-Redirect"].startswith("/sign-in")
    page = send(browser, token, by_htmx=False)
    assert (
        page.status_code == 401 and 'value="Dora &lt;b&gt;"' in page.text and "/sign-in?next=/sign-in/done" in page.text
    )


class Unreadable(io.RawIOBase):
    """A body that must not be read."""

    def read(self, size: int = -1) -> bytes:
        raise AssertionError("The body was read.")

    readinto = readline = read  # type: ignore[assignment]


@pytest.mark.parametrize("length", [None, 3 * 1024 * 1024])
def test_an_upload_of_someone_signed_out_is_refused_unread(browser: CheckingClient, length: int | None) -> None:
    """Without a length the body comes in chunks, of which there is no knowing how many follow."""
    account = line.account()
    browser.post("/sign-out")
    chunked = {"HTTP_TRANSFER_ENCODING": "chunked", "wsgi.input_terminated": True}
    more = {"wsgi.input": Unreadable(), **({"CONTENT_LENGTH": str(length)} if length else chunked)}
    answer = browser.post(
        f"/accounts/{account.id}/rich-menus",
        content_type="multipart/form-data; boundary=x",
        headers=SAME,
        environ_overrides=more,
        csrf=False,
    )
    assert (answer.status_code, answer.headers["Location"].split("?")[0]) == (303, "/sign-in")


def test_a_session_that_grew_too_old_is_a_signed_out_one(browser: CheckingClient) -> None:
    token = token_of(browser)
    db.session.execute(update(MemberSession).values(used_at=MemberSession.used_at - timedelta(days=400)))
    db.session.commit()
    assert send(browser, token).headers["X-Unsent"] == "signed-out"
    assert send(browser, token, by_htmx=False).status_code == 401


def test_a_suspended_member_is_told_so(browser: CheckingClient, alice: Member) -> None:
    token = token_of(browser)
    team.administrator(name="Erin", email="erin@example.com")
    members.suspend(alice, actor=SYSTEM)
    db.session.commit()
    assert send(browser, token).headers["X-Unsent"] == "suspended"
    page = send(browser, token, by_htmx=False)
    assert page.status_code == 403 and "Dora &lt;b&gt;" in page.text and "suspended" in page.text


def test_secrets_are_not_printed_again(browser: CheckingClient, stale: str) -> None:
    data = {"current_password": "very secret", "name": "Dora", "csrf_token": stale}
    page = browser.post("/profile", data=data, headers=SAME, csrf=False)
    assert "very secret" not in page.text and 'name="name"' in page.text


def test_the_last_page_of_a_sign_in_in_a_tab_of_its_own(browser: CheckingClient, alice: Member) -> None:
    assert "go on in the other one" in browser.get("/sign-in/done").text
    browser.post("/sign-out")
    answer = sign_in(browser, alice.email, next="/sign-in/done")
    assert answer.location == "/sign-in/done"


def test_a_confirmation_in_between_keeps_what_was_typed(browser: CheckingClient) -> None:
    token = token_of(browser)
    with time_machine.travel(now().timestamp() + 16 * 60):
        data = {"name": "CDP", "scopes": "imports", "csrf_token": token}
        page = browser.post("/api-keys", data=data, headers=SAME, csrf=False)
        assert (
            page.status_code == 401 and 'value="CDP"' in page.text and "/confirmation?next=/sign-in/done" in page.text
        )
        answer = browser.post("/api-keys", data=data, headers={**SAME, "HX-Request": "true"}, csrf=False)
        assert answer.headers["X-Unsent"] == "proof"
