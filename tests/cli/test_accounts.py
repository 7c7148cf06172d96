"""`flask accounts` and `flask doctor`: connecting, listing and examining accounts from the terminal."""

from __future__ import annotations

import pytest
from sqlalchemy import select

from app.core import heartbeats
from app.core.db import db
from app.core.scheduler.leader import Candidate
from app.core.worker_classes import STARTED
from app.line.models import Account, AccountState, TokenKind
from app.team.models import AuditEntry
from tests.cli.conftest import Flasks
from tests.factories import line as factory
from tests.support.sandbox import SandboxServer

SECRET = "0123456789abcdef0123456789abcdef"
TOKEN = "a-long-lived-token"


@pytest.fixture
def channel(line: SandboxServer) -> str:
    """A channel of the sandbox that LINE would give its friends for; its id."""
    opened = line.create_channel(name="灯珈琲", secret=SECRET, basic_id="@akari", long_lived_token=TOKEN)
    return str(opened["channel_id"])


def only_account() -> Account:
    return db.session.scalars(select(Account)).one()


def test_no_account_is_no_list(flask: Flasks) -> None:
    result = flask("accounts", "list")
    assert result.exit_code == 1
    assert "flask accounts connect --help" in result.output


def test_accounts_are_listed(flask: Flasks) -> None:
    factory.account(name="灯珈琲", basic_id="@akari")
    factory.account(name="Kumo", basic_id="@kumo", state=AccountState.BROKEN, has_followers_api=None)
    lines = flask("accounts", "list").stdout.splitlines()
    assert [line.split()[1:] for line in lines[1:]] == [
        ["@akari", "灯珈琲", "connected", "yes"],
        ["@kumo", "Kumo", "broken", "not", "known"],
    ]


def test_connecting_with_channel_id_asks_for_the_secret(flask: Flasks, channel: str) -> None:
    result = flask("accounts", "connect", "--channel-id", channel, input=f"{SECRET}\n")
    assert result.exit_code == 0
    account = only_account()
    assert f"Connected 灯珈琲 (@akari) as account {account.id}." in result.stdout
    assert SECRET not in result.output
    assert (account.channel_id, account.token_kind) == (channel, TokenKind.ISSUED)
    assert account.webhook_checked_at is not None
    assert db.session.scalars(select(AuditEntry.actor_name)).all() != []


def test_connecting_with_a_token_from_the_environment(flask: Flasks, channel: str) -> None:
    words = ("accounts", "connect", "--with-token", "--access-token", TOKEN, "--channel-secret", SECRET)
    assert flask(*words).exit_code == 0
    assert only_account().token_kind == TokenKind.PASTED


def test_a_wrong_secret_is_named(flask: Flasks, channel: str) -> None:
    result = flask("accounts", "connect", "--channel-id", channel, "--channel-secret", "f" * 32)
    assert result.exit_code == 1
    assert "channel_secret:" in result.output
    assert db.session.scalars(select(Account)).all() == []


def test_one_way_to_connect_must_be_chosen(flask: Flasks) -> None:
    assert flask("accounts", "connect").exit_code == 2
    assert flask("accounts", "connect", "--channel-id", "1", "--with-token").exit_code == 2


def test_disconnecting_asks_first(flask: Flasks) -> None:
    account = factory.account(name="Kumo", basic_id="@kumo")
    assert flask("accounts", "disconnect", "@kumo", input="n\n").exit_code == 1
    assert account.state == AccountState.CONNECTED
    assert flask("accounts", "disconnect", "kumo", input="y\n").exit_code == 0
    assert account.state == AccountState.DISCONNECTED
    assert account.access_token is None


def test_the_doctor_finds_what_is_wrong_and_says_what_to_do(flask: Flasks, channel: str) -> None:
    flask("accounts", "connect", "--channel-id", channel, "--channel-secret", SECRET)
    result = flask("doctor")
    assert result.exit_code == 1
    assert "✗ Bulk worker" in result.output
    assert "→ Start it: python worker.py bulk" in result.output
    assert "✓ Access token" in result.output
    assert "checks are red." in result.output


def test_the_doctor_is_content_when_everything_works(flask: Flasks, line: SandboxServer) -> None:
    for kind in ("scheduler", *map(heartbeats.worker_kind, STARTED)):
        heartbeats.beat_once(f"here:1:{kind}", kind, db.engine)
    assert Candidate(db.engine).campaign()
    result = flask("doctor")
    assert (result.exit_code, result.stdout.splitlines()[-1]) == (0, "Everything works.")


def test_a_lost_encryption_key_is_named(flask: Flasks) -> None:
    factory.account()
    lost = "UPDATE accounts SET channel_secret = 'gAAAAA'::bytea, access_token = 'gAAAAA'::bytea"
    db.session.connection().exec_driver_sql(lost)
    assert flask("accounts", "list").exit_code == 0
    result = flask("doctor")
    assert result.exit_code == 1
    for secret in ("access token", "channel secret"):
        assert f"The {secret} cannot be read any more: the key that encrypted it is missing" in result.output
    assert "Reconnect with the account's credentials" in result.output
