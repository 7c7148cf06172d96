"""One look at LINE on behalf of an account: everything the set-up checks want to know, asked in a few seconds.

Nothing of it touches the caller's transaction. What fails is part of the findings, not an error; only a worker that is
told to end breaks off between two questions, and raises Stopped.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, TypeVar

from app.core import shutdown
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway import tokens
from app.line.gateway.client import LineClient
from app.line.gateway.types import BotInfo, Quota, WebhookEndpoint, WebhookTest

Answer = TypeVar("Answer")


@dataclass
class ProbeResult:
    """What LINE answered; a question without an answer has its error's code in `troubles`."""

    info: BotInfo | None = None
    is_secret_good: bool | None = None
    endpoint: WebhookEndpoint | None = None
    test: WebhookTest | None = None
    has_followers_api: bool | None = None
    quota: Quota | None = None
    clock_drift: timedelta | None = None
    troubles: dict[str, str] = field(default_factory=dict)

    def trouble(self, question: str) -> str:
        """Return why a question has no answer; empty when it has one."""
        return self.troubles.get(question, "")


def probe(account_id: int, webhook_url: str, *, set_webhook: bool) -> ProbeResult:
    """Ask LINE; `set_webhook` first points it at our address."""
    found, bot = ProbeResult(), LineClient(account_id)
    found.is_secret_good = _ask(found, "secret", lambda: _try_secret(account_id))
    found.info = _ask(found, "token", bot.info)
    found.clock_drift = bot.clock_drift
    if found.info is None:
        # Every other question would only be refused in the same way.
        return found
    if set_webhook:
        _ask(found, "set_webhook", lambda: bot.set_webhook(webhook_url))
    found.endpoint = _ask(found, "endpoint", bot.webhook)
    if found.endpoint is not None and found.endpoint.endpoint == webhook_url:
        found.test = _ask(found, "test", bot.test_webhook)
    found.has_followers_api = _ask(found, "followers", bot.has_followers_api)
    found.quota = _ask(found, "quota", bot.quota)
    return found


def probe_webhook(account_id: int) -> ProbeResult:
    """Have LINE test the webhook; check the channel secret too, since a wrong one explains a refusal."""
    found = ProbeResult()
    found.is_secret_good = _ask(found, "secret", lambda: _try_secret(account_id))
    found.test = _ask(found, "test", LineClient(account_id).test_webhook)
    return found


def _ask(found: ProbeResult, question: str, call: Callable[[], Answer]) -> Answer | None:
    shutdown.raise_if_requested()
    try:
        return call()
    except (PermanentFailure, RetryLater) as error:
        found.troubles[question] = error.code
        return None


def _try_secret(account_id: int) -> Any:
    """Return whether LINE issues a token for the stored secret; None when the channel is not known."""
    channel_id, channel_secret = tokens.credentials(account_id)
    if not channel_id or not channel_secret:
        return None
    try:
        tokens.issue(channel_id, channel_secret)
    except PermanentFailure:
        return False
    return True
