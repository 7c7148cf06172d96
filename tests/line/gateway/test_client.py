"""Ordinary calls: what they answer, what a refusal becomes, and that a stale token is replaced unnoticed."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from urllib3.exceptions import HTTPError

from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway import tokens, transport
from app.line.gateway.client import LineClient
from app.line.gateway.urls import urls
from app.line.models import Account, AccountState, TokenKind
from tests.line.conftest import Channel
from tests.support.sandbox import SandboxServer


def test_who_the_account_is(line: SandboxServer, connect: Callable[..., Account]) -> None:
    channel = line.create_channel(name="☕ 喫茶ホシ", premium_id="@hoshi", chat_mode="bot")
    info = LineClient(connect(channel).id).info()
    assert (info.user_id, info.name, info.premium_id) == (channel["bot_user_id"], "☕ 喫茶ホシ", "@hoshi")
    assert (info.basic_id, info.chat_mode) == (channel["basic_id"], "bot")


def test_words_that_no_one_knows_break_nothing(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    line.api("POST", "/faults", {"kind": "unknown_enum"})
    line.api("POST", "/faults", {"kind": "extra_fields"})
    bot = LineClient(connect(channel).id)
    assert bot.info().name == "Kissa Hoshi"
    assert bot.quota().used == 0


def test_webhook_settings(line: SandboxServer, channel: Channel, connect: Callable[..., Account]) -> None:
    bot = LineClient(connect(channel).id)
    assert bot.webhook().endpoint is None
    bot.set_webhook("https://tomoru.example.com/webhooks/line/x")
    found = bot.webhook()
    assert (found.endpoint, found.active) == ("https://tomoru.example.com/webhooks/line/x", True)
    with pytest.raises(PermanentFailure) as failure:
        bot.set_webhook("http://tomoru.example.com/")
    assert failure.value.code == "line.bad_webhook_url"
    bot.set_webhook("https://127.0.0.1:9/")
    test = bot.test_webhook()
    assert (test.success, test.reason) == (False, "COULD_NOT_CONNECT")


def test_quota(line: SandboxServer, connect: Callable[..., Account]) -> None:
    limited = LineClient(connect(line.create_channel(quota={"type": "limited", "value": 200})).id).quota()
    unlimited = LineClient(connect(line.create_channel()).id).quota()
    assert (limited.limit, limited.used, unlimited.limit) == (200, 0, None)


@pytest.mark.parametrize(("kind", "expected"), [("verified", True), ("premium", True), ("unverified", False)])
def test_whether_line_gives_the_list_of_friends(
    line: SandboxServer, connect: Callable[..., Account], kind: str, expected: bool
) -> None:
    assert LineClient(connect(line.create_channel(kind=kind)).id).has_followers_api() is expected


def test_a_profile_or_none(line: SandboxServer, channel: Channel, connect: Callable[..., Account]) -> None:
    bot = LineClient(connect(channel).id)
    person = line.api("GET", f"/channels/{channel['channel_id']}/friends?limit=1&state=friend")["friends"][0]
    assert bot.profile(person["user_id"]).display_name == person["display_name"]
    assert bot.profile("U" + "0" * 32) is None
    assert bot.profile("nonsense") is None


def test_a_group_or_none(line: SandboxServer, channel: Channel, connect: Callable[..., Account]) -> None:
    bot = LineClient(connect(channel).id)
    group = line.api("POST", f"/channels/{channel['channel_id']}/groups", {"name": "常連さん"})
    line.api("POST", f"/channels/{channel['channel_id']}/groups/{group['group_id']}/acts", {"act": "join"})
    assert bot.group_summary(group["group_id"]).name == "常連さん"
    assert bot.group_summary("C" + "0" * 32) is None


@pytest.mark.parametrize(
    ("fault", "code"),
    [
        ({"kind": "status", "status": 500}, "line.unavailable"),
        ({"kind": "status", "status": 429, "message": "The API rate limit has been exceeded. Try again later."}, None),
        ({"kind": "status", "status": 429, "message": "You have reached your monthly limit."}, "line.monthly_limit"),
        ({"kind": "status", "status": 418, "message": "I am a teapot"}, "line.refused"),
        ({"kind": "reset"}, "line.unreachable"),
        ({"kind": "malformed"}, "line.unreadable"),
    ],
)
def test_refusals_are_of_two_kinds(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account], fault: dict[str, Any], code: str | None
) -> None:
    bot = LineClient(connect(channel).id)
    bot.info()
    line.api("POST", "/faults", {"path": "/v2/bot/info", **fault})
    with pytest.raises((RetryLater, PermanentFailure)) as failure:
        bot.info()
    assert failure.value.code == (code or "line.rate_limited")
    is_later = failure.value.code in ("line.unavailable", "line.rate_limited", "line.unreachable", "line.unreadable")
    assert isinstance(failure.value, RetryLater) is is_later


def test_a_retry_after_is_told_and_not_slept_upon(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    bot = LineClient(connect(channel).id)
    bot.info()
    line.api("DELETE", "/counters")
    limit = {"status": 429, "message": "The API rate limit has been exceeded. Try again later."}
    line.api("POST", "/faults", {"kind": "status", "path": "/v2/bot/info", "headers": {"Retry-After": "30"}, **limit})
    with pytest.raises(RetryLater) as failure:
        bot.info()
    assert failure.value.after == 30
    counters = line.api("GET", "/counters")["counters"]
    assert [row["total"] for row in counters if row["path"] == "/v2/bot/info"] == [1]


def test_line_not_answering_in_time_is_for_later(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transport, "READ_SECONDS", 0.2)
    bot = LineClient(connect(channel).id)
    bot.info()
    line.api("POST", "/faults", {"kind": "latency", "fixed_ms": 1500, "path": "/v2/bot/info"})
    with pytest.raises(RetryLater) as failure:
        bot.info()
    assert failure.value.code == "line.timeout"


def test_line_not_being_there_is_for_later(app: Flask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(urls, "api", "http://127.0.0.1:1")
    with pytest.raises(RetryLater) as failure:
        LineClient(token="t").info()
    assert failure.value.code == "line.unreachable"


def test_a_stale_token_is_replaced_unnoticed(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel)
    bot = LineClient(account.id)
    bot.info()
    line.advance(16 * 60)
    assert bot.info().name == "Kissa Hoshi"


def test_a_pasted_token_that_is_refused_breaks_the_account(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    account = connect(channel, token_kind=TokenKind.PASTED, access_token="worthless-token")
    with pytest.raises(PermanentFailure) as failure:
        LineClient(account.id).info()
    assert failure.value.code == "line.token_refused"
    db.session.refresh(account)
    assert (account.state, account.problem) == (AccountState.BROKEN, "line.token_refused")


def test_lines_clock_is_compared_with_ours(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account], monkeypatch: pytest.MonkeyPatch
) -> None:
    bot = LineClient(connect(channel).id)
    bot.info()
    assert abs(bot.clock_drift) <= timedelta(seconds=2)
    ahead = now() + timedelta(minutes=2)
    monkeypatch.setattr("app.line.gateway.client.now", lambda: ahead)
    bot.info()
    assert timedelta(minutes=-2, seconds=-3) <= bot.clock_drift <= timedelta(minutes=-2, seconds=3)


def test_a_file_comes_in_pieces(line: SandboxServer, channel: Channel, connect: Callable[..., Account]) -> None:
    bot = LineClient(connect(channel).id)
    channel_id = channel["channel_id"]
    person = line.api("GET", f"/channels/{channel_id}/friends?limit=1&state=friend")["friends"][0]["user_id"]
    said = line.act(channel_id, person, "message", message={"type": "image"})
    message_id = said["events"][0]["message"]["id"]
    kind, pieces = bot.content(message_id)
    assert kind.startswith("image/")
    assert len(b"".join(pieces)) > 50
    line.act(channel_id, person, "unsend", messageId=message_id)
    with pytest.raises(PermanentFailure) as failure:
        bot.content(message_id)
    assert failure.value.code == "line.gone"


def test_one_client_serves_a_whole_process(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account]
) -> None:
    bot = LineClient(connect(channel).id)
    bot.info()
    assert transport.messaging_client(urls.api) is transport.messaging_client(urls.api)
    pool = transport.messaging_client(urls.api).rest_client.pool_manager
    before = sum(p.num_connections for p in pool.pools._container.values())
    for _ in range(5):
        bot.info()
    assert sum(p.num_connections for p in pool.pools._container.values()) == before


def test_neither_token_nor_secret_is_logged(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account], caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    account = connect(channel)
    bot = LineClient(account.id)
    bot.info()
    line.api("POST", "/faults", {"kind": "status", "status": 500, "path": "/v2/bot/info"})
    with pytest.raises(RetryLater) as failure:
        bot.info()
    token = tokens.current(account.id).value
    assert token not in caplog.text
    assert channel["secret"] not in caplog.text
    assert token not in repr(failure.value) + str(failure.value.__cause__)
    assert not isinstance(failure.value.__cause__, HTTPError)
