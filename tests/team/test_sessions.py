"""Sessions as rows: seen, ended, and not prolonged by pages that ask by themselves."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select

from app.core.clock import now
from app.core.config import Config
from app.core.db import db
from app.team import browsers
from app.team.models import Member, MemberSession
from app.team.operations import pruning
from tests.conftest import signed_in
from tests.factories.team import PASSWORD
from tests.support.client import CheckingClient
from tests.team.conftest import audited_actions, code_of, is_signed_in, sign_in, with_two_factor

FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:130.0) Gecko/20100101 Firefox/130.0"
POLL = {"HX-Request": "true", "X-Poll": "true"}


def count() -> int:
    return db.session.scalar(select(func.count()).select_from(MemberSession)) or 0


def cookie_of(app: Flask, browser: CheckingClient) -> str:
    cookie = browser.get_cookie(app.config["TOMORU"].cookie_name("session"))
    assert cookie
    return cookie.value


def test_signing_out_ends_a_copied_cookie_too(app: Flask, browser: CheckingClient, people: SimpleNamespace) -> None:
    sign_in(browser, "alice@example.com")
    copied = cookie_of(app, browser)
    browser.post("/sign-out")
    thief: CheckingClient = app.test_client()  # type: ignore[assignment]
    thief.set_cookie(app.config["TOMORU"].cookie_name("session"), copied)
    assert not is_signed_in(thief)
    assert count() == 0


def test_the_token_is_stored_as_a_digest(app: Flask, browser: CheckingClient, people: SimpleNamespace) -> None:
    sign_in(browser, "alice@example.com")
    with browser.session_transaction() as session:
        session_id, token = session["_user_id"].split(":")
    row = db.session.get_one(MemberSession, int(session_id))
    assert len(token) >= 43 and token not in row.token_digest


def test_devices_are_listed_and_ended(app: Flask, as_bob: CheckingClient, people: SimpleNamespace) -> None:
    other: CheckingClient = app.test_client()  # type: ignore[assignment]
    data = {"email": "bob@example.com", "password": PASSWORD}
    other.post("/sign-in", data=data, headers={"User-Agent": FIREFOX}, environ_base={"REMOTE_ADDR": "2001:db8::7"})
    page = as_bob.get("/profile").text
    assert "Firefox on Windows" in page and "2001:db8::7" in page and page.count("This device") == 1
    (address,) = re.findall(r'action="(/profile/sessions/\d+/end)"', page)
    assert as_bob.post(address).location == "/profile"
    assert (is_signed_in(as_bob), is_signed_in(other)) == (True, False)
    assert audited_actions() == ["sign_in.started", "sign_in.session_ended"]
    assert as_bob.post(address).status_code == 404


def test_sessions_of_others_are_not_ended(
    as_alice: CheckingClient, as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    theirs = db.session.scalars(select(MemberSession.id).where(MemberSession.member_id == people.bob.id)).one()
    assert as_alice.post(f"/profile/sessions/{theirs}/end").status_code == 404
    assert is_signed_in(as_bob)


def test_turning_on_two_factor_ends_the_other_sessions(
    app: Flask, as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    elsewhere = signed_in(app, people.bob)
    as_bob.post("/profile/two-factor")
    code = code_of(db.session.get_one(Member, people.bob.id))
    wrong = as_bob.post("/profile/two-factor/activation", data={"password": "guess", "code": code})
    assert wrong.status_code == 422 and "This is not your present password." in wrong.text
    as_bob.post("/profile/two-factor/activation", data={"password": PASSWORD, "code": code})
    assert (is_signed_in(as_bob), is_signed_in(elsewhere)) == (True, False)


def test_the_place_of_last_use_is_kept(app: Flask, as_bob: CheckingClient, people: SimpleNamespace) -> None:
    as_bob.get("/profile", environ_base={"REMOTE_ADDR": "203.0.113.9"}, headers={"User-Agent": FIREFOX})
    row = db.session.scalars(select(MemberSession).where(MemberSession.member_id == people.bob.id)).one()
    assert (row.address, row.browser) == ("203.0.113.9", FIREFOX)
    as_bob.get("/profile", environ_base={"REMOTE_ADDR": "::ffff:203.0.113.10"})
    db.session.refresh(row)
    assert row.address == "203.0.113.10", "Another place is noted at once."


def test_polls_are_no_presence(as_bob: CheckingClient, people: SimpleNamespace) -> None:
    def seen() -> tuple[object, ...]:
        row = db.session.scalars(select(MemberSession).where(MemberSession.member_id == people.bob.id)).one()
        return row.used_at, row.address, db.session.get_one(Member, people.bob.id).last_seen_at

    as_bob.get("/")
    before = seen()
    with time_machine.travel(now().timestamp() + 600):
        as_bob.get("/home/now", headers=POLL, environ_base={"REMOTE_ADDR": "203.0.113.9"})
        assert seen() == before
        as_bob.get("/home/now", headers={"HX-Request": "true"})
        assert seen() != before


def test_polls_do_not_prolong_the_session(browser: CheckingClient, people: SimpleNamespace) -> None:
    sign_in(browser, "alice@example.com", remember="y")
    assert "Set-Cookie" in browser.get("/").headers
    assert "Set-Cookie" not in browser.get("/home/now", headers=POLL).headers
    for days in (5, 10, 15):
        with time_machine.travel(now().timestamp() + days * 86_400):
            status = browser.get("/home/now", headers=POLL).status_code
            assert status == (200 if days < 14 else 204), days


def test_a_late_answer_to_a_part_does_not_undo_a_sign_in_of_another_tab(
    browser: CheckingClient, people: SimpleNamespace
) -> None:
    sign_in(browser, "alice@example.com", remember="y")
    part = browser.get("/home/now", headers={"HX-Request": "true"})
    assert (part.status_code, part.headers.getlist("Set-Cookie")) == (200, [])


def test_installations_on_one_host_name_have_cookies_of_their_own(config: Config) -> None:
    addresses = ("http://localhost:8000", "http://localhost:8010", "https://localhost", "http://localhost")
    names = {Config.cookie_name(SimpleNamespace(public_url=a, is_https=a[4] == "s"), "session") for a in addresses}  # type: ignore[arg-type]
    assert names == {"tomoru_session_8000", "tomoru_session_8010", "tomoru_session_443", "tomoru_session_80"}


def test_old_sessions_are_removed(app: Flask, people: SimpleNamespace) -> None:
    signed_in(app, people.alice)
    with time_machine.travel(now().timestamp() + 15 * 86_400):
        signed_in(app, people.bob)
        pruning.prune(730, 14, 30)
        assert db.session.scalars(select(MemberSession.member_id)).all() == [people.bob.id]


@pytest.mark.parametrize(
    ("user_agent", "label"),
    [
        (FIREFOX, "Firefox on Windows"),
        (
            "Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) AppleWebKit/605 Safari/604.1 Line/14.1",
            "LINE on iPhone",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/537.36 Chrome/128 Safari/537.36",
            "Chrome on macOS",
        ),
        ("Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/128 Safari/537.36 Edg/128", "Edge on Linux"),
        ("curl/8.0", "curl"),
        ("", "Unknown browser"),
        ("\xff<script>", "Unknown browser"),
    ],
)
def test_browsers_have_names(app: Flask, user_agent: str, label: str) -> None:
    assert browsers.label(user_agent) == label


def test_the_page_of_a_member_with_two_factor_asks_for_the_code(
    as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    with_two_factor(people.bob)
    new = {"password": "another horse staple", "repeat": "another horse staple"}
    for code in ("", "000000x"):
        refused = as_bob.post("/profile/password", data={"present": PASSWORD, "code": code, **new})
        assert refused.status_code == 422 and "This code is not right" in refused.text
    done = as_bob.post("/profile/password", data={"present": PASSWORD, "code": code_of(people.bob), **new})
    assert done.status_code == 303
