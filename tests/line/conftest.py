"""What the tests of line share: a channel at the sandbox and the account that is connected to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask

from app.core import events, shutdown
from app.line.gateway.urls import urls
from app.line.intake import endpoints
from app.line.models import Account, TokenKind
from tests.factories import line as factory
from tests.line.listening import KINDS, Ear
from tests.support.sandbox import SandboxServer
from tests.support.served import served

Channel = dict[str, Any]
Connect = Callable[..., Account]


@pytest.fixture
def channel(line: SandboxServer) -> Channel:
    """A verified channel at LINE with a few friends."""
    return line.create_channel(name="Kissa Hoshi", kind="verified", population={"followers": 30})


@pytest.fixture
def connect(app: Flask) -> Callable[..., Account]:
    """Store an account with the credentials of a sandbox channel, as connecting it would."""

    def store(channel: Channel, **values: Any) -> Account:
        return factory.account(
            **{
                "bot_user_id": channel["bot_user_id"],
                "channel_id": channel["channel_id"],
                "channel_secret": channel["secret"],
                "token_kind": TokenKind.ISSUED,
                "access_token": None,
                **values,
            }
        )

    return store


@pytest.fixture
def public(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """The program at an address where the sandbox reaches it."""
    with served(app) as url:
        monkeypatch.setattr(urls, "ours", url)
        endpoints.forget()
        yield url


@pytest.fixture
def account(app: Flask) -> Account:
    """A connected account."""
    return factory.account()


@pytest.fixture
def ear(monkeypatch: pytest.MonkeyPatch) -> Iterator[Ear]:
    """The only listener, so that nothing that upper layers do with events takes part in the test."""
    ear = Ear()
    for kind in KINDS:
        monkeypatch.setitem(events._listeners, kind, [ear])
    yield ear
    shutdown.reset()


def error_beside(html: str, field: str) -> str:
    """The error text that belongs to a field."""
    _, found, rest = html.partition(f'id="{field}-error">')
    assert found, f"There is no error beside {field}."
    return rest.partition("</div>")[0]
