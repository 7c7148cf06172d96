"""What workers do by themselves for accounts: set them up, refresh them, and check them."""

from __future__ import annotations

import pytest
from flask import Flask

from app.core.db import db
from app.line.gateway.urls import urls
from app.line.models import AccountState
from app.line.operations import connecting, refresh
from app.line.setup_checks import operations, results
from tests.factories import line as factory
from tests.line.conftest import Channel, Connect
from tests.line.test_settings_pages import states
from tests.support.sandbox import SandboxServer


def test_a_worker_sets_up_what_no_one_looked_at(
    app: Flask, line: SandboxServer, channel: Channel, connect: Connect, public: str
) -> None:
    account = connect(channel)
    operations.set_up_if_new(account.id)
    assert states(account)["webhook"] == "ok"
    line.api("DELETE", "/counters")
    operations.set_up_if_new(account.id)
    assert line.api("GET", "/counters")["counters"] == []


@pytest.fixture
def woken(monkeypatch: pytest.MonkeyPatch) -> list[tuple[object, ...]]:
    """What was enqueued: names of actors with their arguments."""
    found: list[tuple[object, ...]] = []
    monkeypatch.setattr("app.core.queue.wake", lambda *what, **how: found.append(what) or True)
    return found


def test_accounts_are_refreshed_once_an_hour(
    app: Flask, line: SandboxServer, connect: Connect, woken: list[tuple[object, ...]]
) -> None:
    channel = line.create_channel(name="Old name", quota={"type": "limited", "value": 200})
    account = connect(channel, name="Old name")
    connect(line.create_channel(), state=AccountState.DISCONNECTED)
    line.api("PATCH", f"/channels/{channel['channel_id']}", {"name": "New name"})
    assert refresh.refresh_due_later() == 1
    assert woken == [("line.refresh_account", account.id)]
    refresh.refresh(account.id)
    db.session.refresh(account)
    assert (account.name, account.quota_limit, account.quota_used) == ("New name", 200, 0)
    assert refresh.refresh_due_later() == 0


def test_a_refresh_that_fails_changes_nothing(
    app: Flask, line: SandboxServer, channel: Channel, connect: Connect
) -> None:
    account = connect(channel, name="Before")
    line.api("POST", "/faults", {"kind": "status", "status": 500})
    refresh.refresh(account.id)
    db.session.refresh(account)
    assert (account.name, account.quota_checked_at, account.state) == ("Before", None, AccountState.CONNECTED)


def test_the_checks_run_by_themselves_for_every_account_in_use(
    app: Flask,
    line: SandboxServer,
    channel: Channel,
    connect: Connect,
    public: str,
    woken: list[tuple[object, ...]],
) -> None:
    account = connect(channel)
    gone = connect(line.create_channel(), state=AccountState.DISCONNECTED)
    assert operations.check_all_later() == 1
    assert woken == [("line.check_account", account.id)]
    operations.check(account.id)
    operations.check(gone.id)
    assert states(account)["token"] == "ok"
    assert states(account)["webhook_url"] == "none"
    assert states(gone) == {}


def test_installation_checks_say_what_to_do(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    by_name = {check.name: check for check in results.run_all()}
    assert set(by_name) == {
        "public_url",
        "proxy",
        "database",
        "connections",
        "worker.realtime",
        "worker.sending",
        "worker.bulk",
        "scheduler",
        "redis",
        "migrations",
        "time_zone",
    }
    states = [by_name[name].state for name in ("worker.bulk", "migrations", "redis")]
    assert states == ["red", "green", "green"]
    assert by_name["worker.sending"].next_click == "Start it: python worker.py sending"
    monkeypatch.setattr(urls, "ours", "https://tomoru.example.com")
    assert {check.name: check for check in results.run_all()}["public_url"].state == "green"
    monkeypatch.setattr(urls, "ours", "http://tomoru.example.com")
    monkeypatch.setattr(urls, "api", "https://api.line.me")
    assert {check.name: check for check in results.run_all()}["public_url"].state == "red"


def test_proofs_and_tokens_do_not_print_their_secrets(line: SandboxServer, channel: Channel, app: Flask) -> None:
    proof = connecting.prove_channel(channel["channel_id"], channel["secret"])
    assert channel["secret"] not in repr(proof)
    assert proof.token.value not in repr(proof) + repr(proof.token)
    assert factory.SECRET not in repr(connecting.Login("1", factory.SECRET))
