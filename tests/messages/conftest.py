"""What the tests of messages share: an account, and one that is connected to the sandbox."""

from __future__ import annotations

import pytest
from flask import Flask

from app.line.models import Account, TokenKind
from tests.factories import line as factory
from tests.support.sandbox import SandboxServer


@pytest.fixture
def place(app: Flask) -> Account:
    """A LINE Official Account."""
    return factory.account()


@pytest.fixture
def connected(app: Flask, line: SandboxServer) -> Account:
    """An account with a channel of its own at the sandbox."""
    channel = line.create_channel(name="Kissa Hoshi", kind="verified", population={"followers": 3})
    return factory.account(
        bot_user_id=channel["bot_user_id"],
        channel_id=channel["channel_id"],
        channel_secret=channel["secret"],
        token_kind=TokenKind.ISSUED,
        access_token=None,
    )
