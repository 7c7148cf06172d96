"""The outbox page."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet
from flask import Flask
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.mail import operations, smtp
from app.core.mail.models import MailState, OutgoingMail
from app.core.secrets import keyring
from tests.conftest import ENCRYPTION_KEY
from tests.support.client import CheckingClient
from tests.team.conftest import audited_actions

NO_SERVER = "No mail server is set"
TEXT = "Open https://tomoru.example/invitations/abc <b>now</b>"


def mail(state: MailState, problem: str | None = None) -> OutgoingMail:
    row = OutgoingMail(
        recipient=f"{state}@example.com",
        subject="Invitation",
        body=TEXT,
        state=state,
        problem=problem,
        created_at=now(),
        due_at=now(),
    )
    db.session.add(row)
    db.session.commit()
    return row


@pytest.fixture
def with_server(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(smtp.server, "url", "smtp://127.0.0.1:1")


def test_without_a_server_the_page_says_where_mail_goes(as_alice: CheckingClient) -> None:
    as_alice.post("/members", data={"email": "dora@example.com", "role": "member", "scope": "all"})
    for path in ("/outbox", "/members"):
        assert NO_SERVER in as_alice.get(path).text
    html = as_alice.get("/outbox").text
    assert "dora@example.com" in html and "Kept here" in html
    assert re.search(r'<a href="http://127\.0\.0\.1:8000/invitations/[\w-]+" rel="[a-z ]*noreferrer">', html)
    assert "Try again" not in html and "Send now" not in html


@pytest.mark.usefixtures("with_server")
def test_with_a_server_there_is_no_such_note(as_alice: CheckingClient) -> None:
    for path in ("/outbox", "/members"):
        assert NO_SERVER not in as_alice.get(path).text


@pytest.mark.parametrize("state", [MailState.KEPT, MailState.FAILED])
def test_what_did_not_leave_can_be_read(as_alice: CheckingClient, state: MailState) -> None:
    mail(state)
    html = as_alice.get("/outbox").text
    assert re.search(r'<a href="https://tomoru\.example/invitations/abc" rel="[a-z ]*noreferrer">', html)
    assert "&lt;b&gt;now&lt;/b&gt;" in html


@pytest.mark.parametrize("state", [MailState.SENT, MailState.WAITING])
def test_what_left_or_is_leaving_is_hidden(as_alice: CheckingClient, state: MailState) -> None:
    mail(state)
    html = as_alice.get("/outbox").text
    assert f"{state}@example.com" in html
    assert "tomoru.example" not in html


@pytest.mark.usefixtures("with_server")
@pytest.mark.parametrize("state", [MailState.KEPT, MailState.FAILED])
def test_it_is_tried_again_on_demand(as_alice: CheckingClient, state: MailState) -> None:
    row = mail(state, problem="550 no such box")
    row.attempts = 8
    db.session.commit()
    assert "550 no such box" in as_alice.get("/outbox").text
    assert as_alice.post(f"/outbox/{row.id}/attempt").location == "/outbox"
    stored = db.session.get_one(OutgoingMail, row.id)
    assert (stored.state, stored.attempts, stored.problem) == (MailState.WAITING, 0, None)
    assert audited_actions() == ["mail.tried_again"]


@pytest.mark.usefixtures("with_server")
@pytest.mark.parametrize("state", [MailState.SENT, MailState.WAITING])
def test_what_left_or_is_leaving_is_not_sent_again(as_alice: CheckingClient, state: MailState) -> None:
    row = mail(state)
    assert as_alice.post(f"/outbox/{row.id}/attempt").status_code == 409
    assert db.session.get_one(OutgoingMail, row.id).state == state


def test_without_a_server_nothing_is_tried(as_alice: CheckingClient) -> None:
    row = mail(MailState.FAILED)
    assert as_alice.post(f"/outbox/{row.id}/attempt").status_code == 409


def test_an_unknown_mail_is_not_found(as_alice: CheckingClient) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(smtp.server, "url", "smtp://127.0.0.1:1")
        assert as_alice.post("/outbox/999999/attempt").status_code == 404


def test_it_is_filtered_by_state(as_alice: CheckingClient) -> None:
    for state in MailState:
        mail(state)
    html = as_alice.fragment("/outbox?state=failed").text
    assert html.lstrip().startswith('<div id="outbox-list"')
    assert "failed@example.com" in html and "kept@example.com" not in html
    db.session.execute(OutgoingMail.__table__.delete())
    assert "Nothing found" in as_alice.get("/outbox?state=failed").text
    assert "No e-mail yet" in as_alice.get("/outbox").text


def test_only_administrators_see_it(
    as_bob: CheckingClient, as_charlie: CheckingClient, people: SimpleNamespace
) -> None:
    row = mail(MailState.FAILED)
    for browser in (as_bob, as_charlie):
        assert browser.get("/outbox").status_code == 403
        assert browser.post(f"/outbox/{row.id}/attempt").status_code == 403


def test_without_a_csrf_token_nothing_happens(as_alice: CheckingClient) -> None:
    row = mail(MailState.FAILED)
    assert as_alice.post(f"/outbox/{row.id}/attempt", csrf=False).status_code == 400
    assert db.session.scalars(select(OutgoingMail.state)).one() == MailState.FAILED


@pytest.fixture
def lost_key(app: Flask) -> Iterator[Callable[[], None]]:
    """Call it, and no one has the encryption key any more."""
    yield lambda: keyring.use((Fernet.generate_key().decode(),))
    keyring.use((ENCRYPTION_KEY,))


@pytest.mark.usefixtures("with_server")
def test_a_text_whose_key_was_lost_is_said_to_be_lost(as_alice: CheckingClient, lost_key: Callable[[], None]) -> None:
    kept, sent = mail(MailState.KEPT), mail(MailState.SENT)
    lost_key()
    new = mail(MailState.FAILED)
    html = as_alice.get("/outbox").text
    assert html.count("cannot be read any more") == 1 and html.count("tomoru.example/invitations/abc") == 2
    assert f"/outbox/{kept.id}/attempt" not in html and f"/outbox/{new.id}/attempt" in html
    assert sent.recipient in html
    answer = as_alice.fragment(f"/outbox/{kept.id}/attempt", "POST")
    assert answer.status_code == 409 and "cannot be read any more" in answer.headers["HX-Trigger"]


@pytest.mark.usefixtures("with_server")
def test_what_waits_and_was_lost_is_not_sent_empty(as_alice: CheckingClient, lost_key: Callable[[], None]) -> None:
    row = mail(MailState.WAITING)
    lost_key()
    operations.deliver(row.id)
    assert db.session.scalars(select(OutgoingMail.state)).one() == MailState.FAILED
    html = as_alice.get("/outbox").text
    assert "cannot be read any more" in html and "The mail server said" not in html
