"""What LINE answers to the test of the webhook, in words that say what to do, and promise nothing that is not done."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from app.core import error_messages
from app.core.errors import Conflict, PermanentFailure, RetryLater
from app.line.gateway.client import LineClient
from app.line.models import Account
from app.line.setup_checks import operations, probe, rules
from app.line.setup_checks.texts import TEXTS, CheckState
from app.team.actors import SYSTEM
from tests.line.conftest import Channel
from tests.support.sandbox import SandboxServer

TEST = "/v2/bot/channel/webhook/test"


@pytest.fixture
def account(line: SandboxServer, channel: Channel, connect: Callable[..., Account]) -> Account:
    made = connect(channel)
    LineClient(made.id).set_webhook("https://tomoru.example.com/webhooks/line/x")
    return made


def answer(line: SandboxServer, status: int, message: str) -> None:
    line.api("POST", "/faults", {"kind": "status", "status": status, "message": message, "path": TEST})


def test_an_address_that_line_cannot_resolve_is_named(line: SandboxServer, account: Account) -> None:
    answer(line, 400, "Invalid webhook endpoint URL")
    with pytest.raises(PermanentFailure) as failure:
        LineClient(account.id).test_webhook()
    assert failure.value.code == "line.webhook_unusable"
    assert "domain name can be found" in error_messages.sentence(failure.value.code)
    code, _ = rules.RULES["webhook"](account, probe.probe_webhook(account.id))
    assert TEXTS["webhook"][code].state == CheckState.RED
    assert "DNS" in str(TEXTS["webhook"][code].next_click)


def test_the_limit_of_tests_promises_no_try_that_is_not_made(line: SandboxServer, account: Account) -> None:
    answer(line, 429, "The API rate limit has been exceeded. Try again later.")
    with pytest.raises(RetryLater) as failure:
        LineClient(account.id).test_webhook()
    assert failure.value.code == "line.test_limit"
    with pytest.raises(Conflict) as conflict:
        operations.test_webhook(account, actor=SYSTEM)
    assert str(conflict.value) == "LINE tests a webhook 60 times an hour at most. Test it again later."


def test_no_sentence_about_line_promises_another_try() -> None:
    """Only the page of something that waits knows whether it is tried again."""
    promising = [code for code in error_messages.SENTENCES if "by itself" in error_messages.sentence(code)]
    assert promising == ["line.key_expired"], "It says that nothing is tried."
