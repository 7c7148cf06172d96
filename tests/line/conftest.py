"""What the tests of line share: a channel at the sandbox and the account that is connected to it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask

from app.line.models import Account, TokenKind
from tests.factories import line as factory
from tests.support.sandbox import SandboxServer

Channel = dict[str, Any]


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
