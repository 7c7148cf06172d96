"""A new password by a mailed link."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
import time_machine
from flask import Flask
from sqlalchemy import event, func, select

from app.core.clock import now
from app.core.db import db
from app.core.mail import smtp
from app.core.mail.models import OutgoingMail
from app.team.actors import SYSTEM
from app.team.models import LinkPurpose, MemberLink, MemberState, ResetRequest
from app.team.operations import members, one_time_links, password_resets
from tests.factories import team
from tests.support.client import CheckingClient
from tests.team.conftest import audited_actions, is_signed_in, mailed_path, sign_in

NEW = {"password": "another horse staple", "repeat": "another horse staple"}


def ask(browser: CheckingClient, email: str = "bob@example.com") -> str:
    assert browser.post("/password-resets/new", data={"email": email}).status_code == 200
    send_mails()
    return mailed_path(email)


def send_mails() -> int:
    """What the worker does when it is woken."""
    return password_resets.send_due("http://127.0.0.1:8000")


@pytest.fixture
def statements(app: Flask) -> Iterator[Callable[[], list[str]]]:
    """Every statement that reaches the database."""
    seen: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        seen.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    yield lambda: seen
    event.remove(db.engine, "before_cursor_execute", note)


def mails() -> int:
    return db.session.scalar(select(func.count()).select_from(OutgoingMail)) or 0


def test_a_mailed_link_sets_a_new_password(
    browser: CheckingClient, as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    assert browser.get("/password-resets/new").status_code == 200
    path = ask(browser)
    assert browser.get(path).status_code == 200
    assert browser.post(path, data=NEW).location == "/sign-in"
    assert not is_signed_in(as_bob), "Other sessions end."
    assert sign_in(browser, "bob@example.com").status_code == 422
    assert sign_in(browser, "bob@example.com", NEW["password"]).status_code == 303
    assert audited_actions() == ["sign_in.password_reset", "sign_in.started"]


def test_no_one_learns_who_is_a_member(browser: CheckingClient, people: SimpleNamespace) -> None:
    team.member(email="suspended@example.com", state=MemberState.SUSPENDED)
    team.member(email="invited@example.com", state=MemberState.INVITED)
    addresses = ("bob@example.com", "unknown@example.com", "suspended@example.com", "invited@example.com")
    answers = [browser.post("/password-resets/new", data={"email": email}) for email in addresses]
    assert {answer.status_code for answer in answers} == {200}
    # Tokens of forms and scripts hold the time and chance, and differ on every page.
    said = {re.sub(r'(value|nonce)="[^"]{20,}"', "", answer.text.split("reset-sent")[1]) for answer in answers}
    assert len(said) == 1
    assert mails() == 0, "Nothing is looked up while the answer is awaited."
    assert send_mails() == len(addresses)
    assert mails() == 1
    assert db.session.scalars(select(ResetRequest)).all() == []


def test_every_address_costs_the_same_statements(
    browser: CheckingClient, people: SimpleNamespace, statements: Callable[[], list[str]]
) -> None:
    seen = []
    for email in ("bob@example.com", "unknown@example.com"):
        statements().clear()
        browser.post("/password-resets/new", data={"email": email})
        seen.append([statement.partition("\n")[0] for statement in statements()])
    assert seen[0] == seen[1]


def test_the_page_says_when_mail_stays_here(browser: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    kept = browser.post("/password-resets/new", data={"email": "unknown@example.com"}).text
    assert "ask an administrator" in kept
    monkeypatch.setattr(smtp.server, "url", "smtp://127.0.0.1:1")
    sent = browser.post("/password-resets/new", data={"email": "unknown@example.com"}).text
    assert "a link is on its way" in sent


def test_a_link_works_once(browser: CheckingClient, people: SimpleNamespace) -> None:
    path = ask(browser)
    browser.post(path, data=NEW)
    again = browser.post(path, data={"password": "a third horse staple", "repeat": "a third horse staple"})
    assert again.status_code == 410
    assert "This link was used already" in again.text
    assert sign_in(browser, "bob@example.com", NEW["password"]).status_code == 303


def test_a_link_works_for_an_hour(browser: CheckingClient, people: SimpleNamespace) -> None:
    path = ask(browser)
    with time_machine.travel(now().timestamp() + 3590):
        assert browser.get(path).status_code == 200
    with time_machine.travel(now().timestamp() + 3610):
        late = browser.get(path)
        assert (late.status_code, "This link has expired" in late.text) == (410, True)
        assert browser.post(path, data=NEW).status_code == 410


def test_the_first_link_that_is_used_voids_the_others(browser: CheckingClient, people: SimpleNamespace) -> None:
    older, newer = ask(browser), ask(browser)
    assert browser.get(newer).status_code == 200
    assert browser.post(older, data=NEW).status_code == 303
    assert "This link was replaced" in browser.get(newer).text
    assert browser.post(newer, data=NEW).status_code == 410


def test_requests_of_strangers_neither_void_links_nor_flood_the_mailbox(app: Flask, people: SimpleNamespace) -> None:
    own = ask(app.test_client())  # type: ignore[arg-type]
    for number in range(9):
        stranger = {"REMOTE_ADDR": f"203.0.113.{number}"}
        app.test_client().post("/password-resets/new", data={"email": "bob@example.com"}, environ_base=stranger)
    send_mails()
    assert mails() == password_resets.MOST_MAILS
    assert app.test_client().post(own, data=NEW).status_code == 303


def test_an_unknown_link_says_so(browser: CheckingClient) -> None:
    response = browser.get("/password-resets/made-up")
    assert (response.status_code, "This link is unknown" in response.text) == (404, True)


def test_an_invitation_is_no_password_reset(browser: CheckingClient, people: SimpleNamespace) -> None:
    _link, token = one_time_links.issue(people.bob, LinkPurpose.INVITATION)
    db.session.commit()
    assert browser.get(f"/password-resets/{token}").status_code == 404


def test_suspending_voids_the_link(browser: CheckingClient, people: SimpleNamespace) -> None:
    path = ask(browser)
    members.suspend(people.bob, actor=SYSTEM)
    assert browser.post(path, data=NEW).status_code == 410


def test_a_weak_password_leaves_the_link_good(browser: CheckingClient, people: SimpleNamespace) -> None:
    path = ask(browser)
    for bad in ("short", "bob@example.com"):
        response = browser.post(path, data={"password": bad, "repeat": bad})
        assert (response.status_code, "new-password-form" in response.text) == (422, True)
    assert browser.post(path, data=NEW).status_code == 303


def test_the_link_points_to_the_public_address(
    app: Flask, browser: CheckingClient, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The token's cookie belongs to the true host, and this request claims another one.
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    data = {"email": "bob@example.com"}
    headers = {"X-Forwarded-Host": "evil.example"}
    answer = browser.post("/password-resets/new", data=data, headers=headers, base_url="http://evil.example")
    assert answer.status_code == 200
    send_mails()
    assert mailed_path("bob@example.com").startswith("/password-resets/")


def test_only_a_digest_of_the_token_is_stored(browser: CheckingClient, people: SimpleNamespace) -> None:
    token = ask(browser).rpartition("/")[2]
    stored = db.session.scalars(select(MemberLink.token_digest)).one()
    assert len(token) >= 43
    assert token not in stored


def test_asking_is_limited_for_everyone_alike(app: Flask, people: SimpleNamespace) -> None:
    for email in ("bob@example.com", "unknown@example.com"):
        tried = [app.test_client().post("/password-resets/new", data={"email": email}).status_code for _ in range(6)]
        assert tried == [200] * 5 + [429]


def test_the_mail_is_in_the_members_language(browser: CheckingClient, people: SimpleNamespace) -> None:
    people.bob.language = "ja"
    ask(browser)
    mail = db.session.scalars(select(OutgoingMail)).one()
    assert "年" in mail.body, "The date is written as Japanese do."
