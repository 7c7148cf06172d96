"""How often a stranger may try."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
import redis
import time_machine
from flask import Flask

from app.core.clock import now
from app.team import rate_limits
from tests.support.client import CheckingClient
from tests.team.conftest import is_signed_in, sign_in


def fail(browser: CheckingClient, times: int, email: str = "alice@example.com") -> list[int]:
    return [sign_in(browser, email, "wrong password").status_code for _ in range(times)]


def test_an_address_is_closed_after_ten_failures(browser: CheckingClient, people: SimpleNamespace) -> None:
    assert fail(browser, 10) == [422] * 10
    refused = sign_in(browser, "ALICE@example.com")
    assert refused.status_code == 429
    assert "Too many tries. Wait 15 minutes and try again." in refused.text
    assert 0 < int(refused.headers["Retry-After"]) <= 900
    assert not is_signed_in(browser)


def test_no_other_spelling_of_an_address_opens_it(browser: CheckingClient, people: SimpleNamespace) -> None:
    fail(browser, 10)
    assert sign_in(browser, " Al\u0130ce@example.com").status_code == 429


def test_others_are_not_closed_with_it(browser: CheckingClient, people: SimpleNamespace) -> None:
    fail(browser, 11)
    assert sign_in(browser, "bob@example.com").status_code == 303


def test_who_does_not_exist_is_limited_alike(browser: CheckingClient, people: SimpleNamespace) -> None:
    assert fail(browser, 11, "nobody@example.com") == [422] * 10 + [429]


def test_it_opens_again_after_a_while(browser: CheckingClient, people: SimpleNamespace) -> None:
    with time_machine.travel(now().timestamp(), tick=False) as clock:
        assert fail(browser, 11)[-1] == 429
        # Redis counts by its own clock, which does not travel: what it keeps is forgotten as it would be.
        rate_limits.limiter.reset()
        clock.shift(901)
        assert sign_in(browser, "alice@example.com").status_code == 303


def test_success_is_not_counted(app: Flask, people: SimpleNamespace) -> None:
    for _ in range(12):
        assert sign_in(app.test_client(), "alice@example.com").status_code == 303  # type: ignore[arg-type]


def test_one_machine_cannot_try_everybody(browser: CheckingClient, people: SimpleNamespace) -> None:
    tried = [fail(browser, 1, f"somebody{number}@example.com")[0] for number in range(51)]
    assert tried == [422] * 50 + [429]
    assert sign_in(browser, "alice@example.com").status_code == 429


def test_redis_knows_no_addresses(app: Flask, browser: CheckingClient, people: SimpleNamespace) -> None:
    fail(browser, 1)
    keys = app.extensions["redis"].keys("*")
    assert keys
    assert not any(b"alice" in key for key in keys)


@pytest.mark.usefixtures("redis_away")
def test_without_redis_people_come_in_and_strangers_are_still_counted(
    browser: CheckingClient, people: SimpleNamespace
) -> None:
    assert sign_in(browser, "bob@example.com").status_code == 303
    assert fail(browser, 11) == [422] * 10 + [429]
    assert sign_in(browser, "bob@example.com").status_code == 303


def test_with_a_redis_that_takes_no_writes_strangers_are_still_counted(
    browser: CheckingClient, people: SimpleNamespace, refusing_redis: redis.Redis, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate_limits.limiter.storage, "storage", refusing_redis)
    for name, script in vars(rate_limits.limiter.storage).copy().items():
        if name.startswith("lua_"):
            monkeypatch.setattr(rate_limits.limiter.storage, name, refusing_redis.register_script(script.script))
    assert fail(browser, 11) == [422] * 10 + [429]
    assert sign_in(browser, "bob@example.com").status_code == 303
    monkeypatch.undo()
    rate_limits.limiter.reset()
