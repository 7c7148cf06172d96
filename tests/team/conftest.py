"""What the tests of team share: reading mailed links, signing in through the form, and codes of an authenticator."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from types import SimpleNamespace

import pyotp
import pytest
from flask import Flask
from sqlalchemy import select
from werkzeug.test import TestResponse

from app.core.clock import now
from app.core.db import db
from app.core.mail.models import OutgoingMail
from app.team import account_directory, rate_limits
from app.team.actors import SYSTEM
from app.team.models import AuditEntry, Member, MemberSession
from app.team.operations import two_factor
from tests.factories.team import PASSWORD
from tests.support.client import CheckingClient

SignIn = Callable[..., TestResponse]


def mailed_path(recipient: str) -> str:
    """The path of the link in the newest e-mail to this address."""
    newest = select(OutgoingMail).where(OutgoingMail.recipient == recipient).order_by(OutgoingMail.id.desc())
    mail = db.session.scalars(newest).first()
    assert mail, f"Nothing was mailed to {recipient}."
    found = re.search(r"http://127\.0\.0\.1:8000(/\S+)", mail.body)
    assert found, "There is no link in the e-mail."
    return found.group(1)


def sign_in(browser: CheckingClient, email: str, password: str = PASSWORD, **data: str) -> TestResponse:
    """Send the sign-in form."""
    return browser.post("/sign-in", data={"email": email, "password": password, **data})


def is_signed_in(browser: CheckingClient) -> bool:
    """Whether this browser may see a page for members."""
    return browser.get("/profile").status_code == 200


def audited_actions() -> list[str]:
    """The actions in the audit log, oldest first."""
    return list(db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)))


def code_of(member: Member, steps: int = 0) -> str:
    """What the member's authenticator shows now, or some half-minutes later."""
    assert member.totp_secret
    return pyotp.TOTP(member.totp_secret).at(now(), counter_offset=steps)


def with_two_factor(member: Member) -> list[str]:
    """Turn on two-factor sign-in with a code of the past, so that the present one is still good."""
    two_factor.begin(member, actor=SYSTEM)
    db.session.flush()
    newest = select(MemberSession).where(MemberSession.member_id == member.id).order_by(MemberSession.id.desc())
    kept, code = db.session.scalars(newest.limit(1)).first(), code_of(member, steps=-1)
    codes = two_factor.activate(member, kept, password=PASSWORD, code=code, actor=SYSTEM)
    db.session.commit()
    return codes


@pytest.fixture
def accounts(monkeypatch: pytest.MonkeyPatch) -> list[tuple[int, str]]:
    """Two LINE accounts that members can be limited to, that stand in no table."""
    known = [(11, "Shop"), (12, "Café")]
    monkeypatch.setattr(account_directory, "_accounts", lambda: known)
    return known


@pytest.fixture
def redis_away(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """The limiter cannot reach Redis."""

    def refuse(*args: object, **kwargs: object) -> None:
        raise ConnectionError("Redis is away.")

    limiter = rate_limits.limiter
    monkeypatch.setattr(limiter.storage.storage.connection_pool, "get_connection", refuse)
    yield
    monkeypatch.undo()
    limiter.reset()


@pytest.fixture
def two_administrators(people: SimpleNamespace) -> SimpleNamespace:
    """Alice and Bob, both administrators."""
    people.bob.role = people.alice.role
    db.session.commit()
    return people
