"""What happens to an account's credentials while its token is being renewed counts more than the renewal."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure
from app.line.gateway import tokens
from app.line.gateway.types import BotInfo, Token
from app.line.models import Account, AccountState, TokenKind
from app.line.operations import connecting
from app.line.operations.connecting import VerifiedCredentials
from app.team.actors import SYSTEM
from tests.factories import line as factory

PASTED = "pasted-token"


@pytest.fixture
def account(app: Flask) -> Account:
    return factory.account(token_kind=TokenKind.ISSUED, access_token=None)


def reconnect(account: Account) -> None:
    info = BotInfo(account.bot_user_id, account.basic_id, None, account.name, None, None, None)
    proof = VerifiedCredentials(info, account.channel_id, "a new secret", TokenKind.PASTED, Token(PASTED))
    connecting.reconnect(account, proof, actor=SYSTEM)


def during_renewal(monkeypatch: pytest.MonkeyPatch, act: Callable[[], None], outcome: Token | Exception) -> None:
    """Do this while LINE thinks about the old credentials."""

    def issue(channel_id: str, channel_secret: str) -> Token:
        act()
        db.session.commit()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(tokens, "issue", issue)


def issued() -> Token:
    return Token("issued-token", now() + timedelta(minutes=15))


def test_a_token_that_was_pasted_in_the_meantime_stays(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    during_renewal(monkeypatch, lambda: reconnect(account), issued())
    tokens.current(account.id)
    db.session.refresh(account)
    assert (account.access_token, account.token_expires_at) == (PASTED, None)
    assert tokens.current(account.id).value == PASTED


def test_a_refusal_of_the_old_secret_does_not_break_new_credentials(
    account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    during_renewal(monkeypatch, lambda: reconnect(account), PermanentFailure("line.credentials_refused"))
    with pytest.raises(PermanentFailure):
        tokens.current(account.id)
    db.session.refresh(account)
    assert (account.state, account.problem) == (AccountState.CONNECTED, None)


def test_a_disconnected_account_gets_no_token(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    during_renewal(monkeypatch, lambda: connecting.disconnect(account, actor=SYSTEM), issued())
    tokens.current(account.id)
    db.session.refresh(account)
    assert (account.state, account.access_token) == (AccountState.DISCONNECTED, None)


def test_a_refused_secret_marks_the_account(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    during_renewal(monkeypatch, lambda: None, PermanentFailure("line.credentials_refused"))
    with pytest.raises(PermanentFailure):
        tokens.current(account.id)
    db.session.refresh(account)
    assert (account.state, account.problem) == (AccountState.BROKEN, "line.credentials_refused")
