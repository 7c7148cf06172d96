"""After the encryption key was lost, the console still opens, so that accounts can be connected again."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from app.core.db import db
from app.core.secrets import keyring
from app.line.models import Account
from app.line.operations import connecting
from tests.conftest import ENCRYPTION_KEY
from tests.factories import line as factory
from tests.support.client import CheckingClient


@pytest.fixture
def account(app: Flask, people: SimpleNamespace) -> Iterator[Account]:
    """Connected, with every secret stored under a key that nobody has any more."""
    account = factory.account(login_channel_id="1", login_channel_secret="f" * 32)
    people.alice.totp_secret = "JBSWY3DPEHPK3PXP"
    db.session.commit()
    keyring.use((Fernet.generate_key().decode(),))
    yield account
    keyring.use((ENCRYPTION_KEY,))


@pytest.mark.parametrize(
    "path", ["/", "/members", "/accounts", "/accounts/{0}/settings", "/accounts/{0}/settings/reconnect"]
)
def test_pages_open(as_alice: CheckingClient, account: Account, path: str) -> None:
    assert as_alice.get(path.format(account.id)).status_code == 200


def test_new_credentials_are_taken(account: Account) -> None:
    info = connecting.BotInfo(account.bot_user_id, account.basic_id, None, account.name, None, None, None)
    token = connecting.Token("a pasted token")
    proof = connecting.Proof(info, account.channel_id, "e" * 32, connecting.TokenKind.PASTED, token)
    connecting.reconnect(None, account, proof)
    db.session.commit()
    assert (account.channel_secret, account.access_token) == ("e" * 32, "a pasted token")
