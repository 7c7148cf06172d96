"""After the encryption key was lost, the console still opens, so that accounts can be connected again."""

from __future__ import annotations

from collections.abc import Iterator
from types import SimpleNamespace

import pytest
from cryptography.fernet import Fernet
from flask import Flask

from app.core.db import db
from app.core.errors import PermanentFailure
from app.core.secrets import keyring
from app.line.gateway.client import LineClient
from app.line.intake import endpoints
from app.line.models import Account, AccountState, WebhookEvent
from app.line.operations import connecting, refresh
from app.line.setup_checks import results
from app.team.actors import SYSTEM
from tests.conftest import ENCRYPTION_KEY
from tests.factories import line as factory
from tests.support.client import CheckingClient


@pytest.fixture
def account(app: Flask, people: SimpleNamespace) -> Iterator[Account]:
    """Connected, with every secret stored under a key that no one has any more."""
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


LOST = "missing from ENCRYPTION_KEYS"


def test_the_checks_say_that_the_secrets_are_lost_and_how_to_go_on(as_alice: CheckingClient, account: Account) -> None:
    account.webhook_checked_at = account.created_at
    settings = f"/accounts/{account.id}/settings"
    assert as_alice.post(f"{settings}/checks").location == settings
    found = {check.name: check for check in results.of_account(account)}
    for name in ("token", "secret"):
        assert (found[name].code, found[name].act) == ("lost", "reconnect")
        assert LOST in found[name].sentence
    assert {check.state for name, check in found.items() if name not in ("token", "secret")} <= {"unknown", "advice"}
    page = as_alice.get(settings).text
    assert "Connection broken" in page and LOST in page
    assert "Reconnect with the account" in as_alice.fragment(f"{settings}/checks", "POST").text


@pytest.mark.parametrize("act", ["webhook", "webhook-test", "followers"])
def test_other_buttons_say_so_too(as_alice: CheckingClient, account: Account, act: str) -> None:
    answer = as_alice.post(f"/accounts/{account.id}/settings/{act}")
    assert answer.status_code in (303, 409)
    assert LOST in as_alice.get(f"/accounts/{account.id}/settings").text


def test_home_shows_it_before_anybody_looked(as_alice: CheckingClient, account: Account) -> None:
    refresh.refresh(account.id)
    assert LOST in as_alice.get("/home/attention").text


def test_work_for_the_account_ends_with_the_reason(account: Account) -> None:
    with pytest.raises(PermanentFailure) as failure:
        LineClient(account.id).info()
    assert failure.value.code == "line.credentials_lost"
    db.session.refresh(account)
    assert (account.state, account.problem) == (AccountState.BROKEN, "line.credentials_lost")


def test_webhooks_are_put_off_until_the_account_is_connected_again(browser: CheckingClient, account: Account) -> None:
    endpoints.forget()
    headers = {"x-line-signature": "a" * 44}
    answer = browser.post(f"/webhooks/line/{account.webhook_key}", data=b"{}", headers=headers, csrf=False)
    assert answer.status_code == 503
    assert db.session.query(WebhookEvent).count() == 0


def test_new_credentials_are_taken(account: Account) -> None:
    info = connecting.BotInfo(account.bot_user_id, account.basic_id, None, account.name, None, None, None)
    token = connecting.Token("a pasted token")
    proof = connecting.VerifiedCredentials(info, account.channel_id, "e" * 32, connecting.TokenKind.PASTED, token)
    connecting.reconnect(account, proof, actor=SYSTEM)
    db.session.commit()
    assert (account.channel_secret, account.access_token) == ("e" * 32, "a pasted token")
