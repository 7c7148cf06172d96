"""How often a stranger may try."""

from __future__ import annotations

from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from threading import Barrier
from types import SimpleNamespace

import pytest
import redis
import time_machine
from flask import Flask

from app.core.clock import now
from app.team import rate_limits
from app.team.operations import password_resets
from app.team.operations import sign_in as operations
from tests.support.client import CheckingClient
from tests.team.conftest import is_signed_in, mailed_path, sign_in


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
    assert fail(browser, 11, "unknown@example.com") == [422] * 10 + [429]


def test_it_opens_again_after_a_while(browser: CheckingClient, people: SimpleNamespace) -> None:
    with time_machine.travel(now().timestamp(), tick=False) as clock:
        assert fail(browser, 11)[-1] == 429
        # Redis counts by its own clock, which does not travel: what it keeps is forgotten as it would be.
        rate_limits.limiter.reset()
        clock.shift(901)
        assert sign_in(browser, "alice@example.com").status_code == 303


def test_tries_side_by_side_are_counted_before_they_are_looked_at(
    app: Flask, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every try that gets through waits here until ten have, so that none has ended when the others begin."""
    inside = Barrier(10)

    def look(email: str, password: str) -> None:
        inside.wait(timeout=60)

    monkeypatch.setattr(operations, "authenticate", look)
    monkeypatch.setitem(app.config, "WTF_CSRF_ENABLED", False)
    clients = [app.test_client() for _ in range(34)]

    def guess(client: CheckingClient) -> int:
        data = {"email": "alice@example.com", "password": "x"}
        with app.app_context():
            return client.post("/sign-in", data=data, csrf=False).status_code

    with ThreadPoolExecutor(34) as threads:
        answers = list(threads.map(guess, clients))  # type: ignore[arg-type]
    assert Counter(answers) == {422: 10, 429: 24}


def test_a_stranger_elsewhere_cannot_lock_a_member_out(app: Flask, people: SimpleNamespace) -> None:
    elsewhere = {"REMOTE_ADDR": "203.0.113.9"}
    stranger = app.test_client()
    data = {"email": "alice@example.com", "password": "wrong password"}
    for _ in range(11):
        answer = stranger.post("/sign-in", data=data, environ_base=elsewhere)
    assert answer.status_code == 429
    assert sign_in(app.test_client(), "alice@example.com").status_code == 303  # type: ignore[arg-type]


def test_a_known_browser_has_a_count_of_its_own(app: Flask, browser: CheckingClient, people: SimpleNamespace) -> None:
    """Behind an undeclared proxy the stranger's address is also the member's."""
    assert sign_in(browser, "alice@example.com").status_code == 303
    browser.post("/sign-out")
    stranger: CheckingClient = app.test_client()  # type: ignore[assignment]
    assert fail(stranger, 11)[-1] == 429
    for number in range(50):
        fail(stranger, 1, f"member{number}@example.com")
    assert sign_in(stranger, "bob@example.com").status_code == 429
    assert sign_in(browser, "alice@example.com").status_code == 303
    browser.post("/sign-out")
    assert fail(browser, 11) == [422] * 10 + [429], "Its own tries are counted all the same."
    assert sign_in(browser, "bob@example.com").status_code == 429, "It is known to Alice alone."


def guess_everywhere(app: Flask, monkeypatch: pytest.MonkeyPatch, email: str, networks: int = 21) -> list[int]:
    """The answers to five wrong passwords from each of so many networks."""
    monkeypatch.setattr(operations, "authenticate", lambda email, password: None)
    data, answers = {"email": email, "password": "wrong password"}, []
    for number in range(networks):
        stranger, network = app.test_client(), {"REMOTE_ADDR": f"198.51.100.{number}"}
        answers += [stranger.post("/sign-in", data=data, environ_base=network).status_code for _ in range(5)]
    monkeypatch.undo()
    return answers


def test_many_networks_together_have_a_bound_for_one_account(
    app: Flask, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    for email in ("alice@example.com", "unknown@example.com"):
        assert guess_everywhere(app, monkeypatch, email) == [422] * 100 + [429] * 5
        fresh: CheckingClient = app.test_client()  # type: ignore[assignment]
        refused = sign_in(fresh, email)
        assert refused.status_code == 429 and "from many places" in refused.text
    assert sign_in(app.test_client(), "bob@example.com").status_code == 303  # type: ignore[arg-type]


def test_a_member_comes_in_while_many_networks_guess(
    app: Flask, browser: CheckingClient, people: SimpleNamespace, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert sign_in(browser, "alice@example.com").status_code == 303
    browser.post("/sign-out")
    guess_everywhere(app, monkeypatch, "alice@example.com")
    assert sign_in(browser, "alice@example.com").status_code == 303, "A known browser stays free."
    fresh: CheckingClient = app.test_client()  # type: ignore[assignment]
    assert sign_in(fresh, "alice@example.com").status_code == 429
    fresh.post("/password-resets/new", data={"email": "alice@example.com"})
    password_resets.send_due("http://127.0.0.1:8000")
    changed = {"password": "another long password", "repeat": "another long password"}
    assert fresh.post(mailed_path("alice@example.com"), data=changed).location == "/sign-in"
    assert sign_in(fresh, "alice@example.com", "another long password").status_code == 303


def test_a_made_up_device_is_not_known(app: Flask, browser: CheckingClient, people: SimpleNamespace) -> None:
    fail(browser, 10)
    name = app.config["TOMORU"].cookie_name("device")
    for made_up in ("x", "e30.x.y", "\xff"):
        browser.set_cookie(name, made_up)
        assert sign_in(browser, "alice@example.com").status_code == 429


def test_one_ipv6_network_is_one_client(app: Flask, people: SimpleNamespace) -> None:
    def guess(address: str) -> int:
        data = {"email": "alice@example.com", "password": "wrong password"}
        return app.test_client().post("/sign-in", data=data, environ_base={"REMOTE_ADDR": address}).status_code

    assert [guess(f"2001:db8:1:2::{number:x}") for number in range(11)] == [422] * 10 + [429]
    assert guess("2001:db8:1:3::1") == 422
    assert [guess(f"{'::ffff:' * (number % 2)}203.0.113.5") for number in range(11)] == [422] * 10 + [429]


def test_success_is_not_counted(app: Flask, people: SimpleNamespace) -> None:
    for _ in range(12):
        assert sign_in(app.test_client(), "alice@example.com").status_code == 303  # type: ignore[arg-type]


def test_one_machine_cannot_try_all_members(browser: CheckingClient, people: SimpleNamespace) -> None:
    tried = [fail(browser, 1, f"member{number}@example.com")[0] for number in range(51)]
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
