"""One sandbox for all of its own tests; each test opens a channel of its own."""

from collections.abc import Iterator

import pytest

from tests.sandbox.bots import Bot
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxServer


@pytest.fixture(scope="session")
def line_sandbox() -> Iterator[SandboxServer]:
    with SandboxServer.start() as server:
        yield server


@pytest.fixture
def bot(line_sandbox: SandboxServer) -> Bot:
    """A verified account with forty friends."""
    return Bot.open(line_sandbox, name="テスト珈琲", population={"followers": 40})


@pytest.fixture
def receiver() -> Iterator[WebhookReceiver]:
    """Where a bot listens; no one sends there until a test says so."""
    with WebhookReceiver() as listening:
        yield listening


@pytest.fixture
def listening_bot(bot: Bot, receiver: WebhookReceiver) -> Bot:
    """The bot with its webhook pointed at the receiver."""
    bot.change(webhook={"endpoint": receiver.url})
    return bot
