"""Asking people in, and coming in."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
import time_machine
from flask import Flask
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict
from app.core.mail import smtp
from app.core.mail.models import OutgoingMail
from app.team import queries
from app.team.models import LinkPurpose, Member, MemberState, Role
from app.team.operations import invitations, one_time_links, password_resets
from app.team.permissions import Permission
from tests.factories import team
from tests.support.client import CheckingClient
from tests.support.mailbox import Mailbox
from tests.support.races import refused_after_commit
from tests.team.conftest import audited_actions, is_signed_in, mailed_path, sign_in

JOIN = {"name": "Dora", "password": "correct horse battery", "repeat": "correct horse battery"}


def invite(browser: CheckingClient, email: str = "dora@example.com", **data: Any) -> str:
    form = {"email": email, "role": "member", "scope": "all", **data}
    assert browser.post("/members", data=form).location == "/members"
    return mailed_path(email)


def dora() -> Member:
    member = queries.member_by_email("dora@example.com")
    assert member
    return member


def test_who_is_invited_comes_in_with_what_was_granted(
    browser: CheckingClient, as_alice: CheckingClient, accounts: list[tuple[int, str]]
) -> None:
    path = invite(as_alice, permissions=["friends", "tags"], scope="chosen", account_ids=["12"])
    assert (dora().state, dora().permissions, dora().account_ids) == ("invited", ["friends", "tags"], [12])
    page = browser.get(path)
    assert page.status_code == 200
    assert "dora@example.com" in page.text
    assert browser.post(path, data=JOIN).location == "/"
    assert is_signed_in(browser)
    assert (dora().name, dora().state) == ("Dora", MemberState.ACTIVE)
    assert dora().may(Permission.TAGS) and not dora().may(Permission.SETTINGS)
    assert dora().may_see_account(12) and not dora().may_see_account(11)
    assert audited_actions() == ["member.invited", "member.joined", "sign_in.started"]


def test_an_address_that_the_mail_server_cannot_carry_is_refused_at_once(
    as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    box = Mailbox(options={"enable_SMTPUTF8": False}).start()
    monkeypatch.setattr(smtp.server, "url", f"smtp://127.0.0.1:{box.port}")
    try:
        answer = as_alice.post("/members", data={"email": "花子@example.jp", "role": "member", "scope": "all"})
    finally:
        box.stop()
    assert answer.status_code == 422
    assert "The mail server cannot carry this address" in answer.text
    assert queries.member_by_email("花子@example.jp") is None


def test_an_administrator_may_be_invited(browser: CheckingClient, as_alice: CheckingClient) -> None:
    browser.post(invite(as_alice, role="administrator"), data=JOIN)
    assert dora().is_administrator
    assert browser.get("/members").status_code == 200


def test_before_coming_in_there_is_no_signing_in(browser: CheckingClient, as_alice: CheckingClient) -> None:
    invite(as_alice)
    assert sign_in(browser, "dora@example.com", "").status_code == 422
    assert sign_in(browser, "dora@example.com", "anything at all").status_code == 422


def test_an_invitation_works_once(browser: CheckingClient, as_alice: CheckingClient) -> None:
    path = invite(as_alice)
    browser.post(path, data=JOIN)
    assert "This invitation was accepted already" in browser.get(path).text
    again = browser.post(path, data={**JOIN, "name": "Mallory"})
    assert again.status_code == 410
    assert dora().name == "Dora"


def test_an_invitation_works_for_a_week(browser: CheckingClient, as_alice: CheckingClient) -> None:
    path = invite(as_alice)
    week = 7 * 86_400
    with time_machine.travel(now().timestamp() + week - 60):
        assert browser.get(path).status_code == 200
    with time_machine.travel(now().timestamp() + week + 60):
        late = browser.get(path)
        assert (late.status_code, "This invitation has expired" in late.text) == (410, True)
        assert browser.post(path, data=JOIN).status_code == 410
    assert dora().state == MemberState.INVITED


def test_sending_again_makes_a_new_link_and_voids_the_old(browser: CheckingClient, as_alice: CheckingClient) -> None:
    old = invite(as_alice)
    with time_machine.travel(now().timestamp() + 8 * 86_400):
        assert "expired" in as_alice.get("/members").text
        assert as_alice.post(f"/members/{dora().id}/invitation").location == "/members"
        new = mailed_path("dora@example.com")
        assert "This invitation was replaced" in browser.get(old).text
        assert browser.post(old, data=JOIN).status_code == 410
        assert browser.post(new, data=JOIN).status_code == 303
    assert audited_actions()[:2] == ["member.invited", "member.invited_again"]


def test_who_is_in_is_not_invited_again(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    assert as_alice.post(f"/members/{people.bob.id}/invitation").status_code == 409


def test_a_withdrawn_invitation_is_unknown(browser: CheckingClient, as_alice: CheckingClient) -> None:
    path = invite(as_alice)
    as_alice.post(f"/members/{dora().id}/removal")
    response = browser.get(path)
    assert (response.status_code, "This invitation is unknown" in response.text) == (404, True)


def test_a_password_reset_is_no_invitation(browser: CheckingClient, people: SimpleNamespace) -> None:
    browser.post("/password-resets/new", data={"email": "bob@example.com"})
    password_resets.send_due("http://127.0.0.1:8000")
    token = mailed_path("bob@example.com").rpartition("/")[2]
    assert browser.get(f"/invitations/{token}").status_code == 404


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"name": ""}, "Fill this in."),
        ({"password": "short", "repeat": "short"}, "Use at least 10 characters."),
        ({"repeat": "different"}, "This is not the same as above."),
        ({"password": "dora@example.com", "repeat": "dora@example.com"}, "Choose something else"),
    ],
)
def test_bad_input_leaves_the_link_good(
    browser: CheckingClient, as_alice: CheckingClient, changes: dict[str, str], reason: str
) -> None:
    path = invite(as_alice)
    response = browser.post(path, data={**JOIN, **changes})
    assert response.status_code == 422
    assert reason in response.text
    assert browser.post(path, data=JOIN).status_code == 303


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"email": "nowhere"}, "This is not an e-mail address."),
        ({"email": "BOB@example.com"}, "There is already a member with this e-mail address."),
        ({"email": ""}, "Fill this in."),
        ({"role": "owner"}, "Choose one from the list."),
        ({"permissions": ["everything"]}, "Choose only from the list."),
        ({"scope": "chosen"}, "Choose at least one account."),
        ({"scope": "chosen", "account_ids": ["99"]}, "Choose only from the list."),
    ],
)
def test_bad_invitations_come_back_with_a_reason(
    as_alice: CheckingClient, accounts: list[tuple[int, str]], changes: dict[str, Any], reason: str
) -> None:
    form = {"email": "dora@example.com", "role": "member", "scope": "all", **changes}
    response = as_alice.post("/members", data=form)
    assert response.status_code == 422
    assert reason in response.text
    assert not db.session.scalars(select(OutgoingMail)).all()
    fragment = as_alice.fragment("/members", "POST", data=form)
    assert fragment.text.lstrip().startswith('<form id="invite-form"')


def test_only_administrators_invite(as_bob: CheckingClient, as_charlie: CheckingClient) -> None:
    for browser in (as_bob, as_charlie):
        assert browser.get("/members/new").status_code == 403
        form = {"email": "dora@example.com", "role": "administrator", "scope": "all"}
        assert browser.post("/members", data=form).status_code == 403
    assert queries.member_by_email("dora@example.com") is None


def test_two_who_open_the_link_at_once_do_not_both_come_in(app: Flask, as_alice: CheckingClient) -> None:
    token = invite(as_alice).rpartition("/")[2]
    link = queries.link_by_token(LinkPurpose.INVITATION, token)
    assert link
    invitations.accept(link, name="First", password="correct horse battery")
    db.session.flush()

    def second() -> None:
        same = queries.link_by_token(LinkPurpose.INVITATION, token)
        assert same
        invitations.accept(same, name="Second", password="correct horse battery")

    assert refused_after_commit(app, second, Conflict)
    assert dora().name == "First"


def test_an_expired_invitation_is_refused_when_it_is_accepted(as_alice: CheckingClient) -> None:
    """The page was opened in time, and sent too late."""
    invite(as_alice)
    member = dora()
    link, _token = one_time_links.issue(member, LinkPurpose.INVITATION)
    db.session.commit()
    with time_machine.travel(link.expires_at), pytest.raises(Conflict):
        invitations.accept(link, name="Dora", password="correct horse battery staple")
    db.session.rollback()
    assert (link.used_at, dora().state) == (None, MemberState.INVITED)


def test_the_invitation_is_in_the_workspaces_language(as_alice: CheckingClient, people: SimpleNamespace) -> None:
    as_alice.post("/workspace", data={"name": "灯る商店", "time_zone": "Asia/Tokyo", "language": "ja"})
    as_alice.post("/language", data={"language": "en"})
    invite(as_alice)
    mail = db.session.scalars(select(OutgoingMail)).one()
    assert "灯る商店" in mail.subject
    assert "年" in mail.body, "The date is written as Japanese do."


def test_an_old_session_does_not_colour_the_new_one(as_alice: CheckingClient, as_bob: CheckingClient) -> None:
    as_bob.post(invite(as_alice), data=JOIN)
    assert "dora@example.com" in as_bob.get("/profile").text


def test_someone_in_a_state_no_one_invited_stays_out(browser: CheckingClient, people: SimpleNamespace) -> None:
    suspended = team.member(email="dora@example.com", state=MemberState.SUSPENDED, role=Role.MEMBER)
    assert sign_in(browser, suspended.email).status_code == 422
