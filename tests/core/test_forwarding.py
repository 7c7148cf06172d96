"""A reverse proxy that TRUSTED_PROXIES does not count is noticed."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import pytest
from flask import Flask
from werkzeug.test import Client

from app.core.config import Config
from app.core.db import db
from app.core.web import forwarding
from app.factory import create_app
from app.line.setup_checks.results import run_all
from app.line.setup_checks.texts import CheckState

THROUGH_ONE = {"X-Forwarded-For": "203.0.113.9"}
THROUGH_TWO = {"X-Forwarded-For": "203.0.113.9, 10.0.0.7"}


@pytest.fixture
def trusting(app: Flask, config: Config) -> Iterator[Flask]:
    """An application that believes one proxy."""
    made = create_app(replace(config, trusted_proxies=1))
    with made.app_context():
        yield made
        db.engine.dispose()


@pytest.fixture(autouse=True)
def _nothing_noted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(forwarding._Noted, "at", float("-inf"))


@pytest.mark.parametrize("sent", [THROUGH_ONE, {"X-Real-IP": "203.0.113.9"}, {"Forwarded": "for=203.0.113.9"}])
def test_a_proxy_that_nothing_declares_turns_the_check_red(app: Flask, sent: dict[str, str]) -> None:
    assert not forwarding.is_seen()
    app.test_client().get("/healthz", headers=sent)
    assert forwarding.is_seen()
    (check,) = (check for check in run_all() if check.name == "proxy")
    assert check.state is CheckState.RED
    assert "TRUSTED_PROXIES" in check.next_click


def test_requests_without_a_proxy_are_fine(app: Flask) -> None:
    app.test_client().get("/healthz")
    assert not forwarding.is_seen()
    (check,) = (check for check in run_all() if check.name == "proxy")
    assert check.state is CheckState.GREEN


def test_a_stranger_who_invents_the_header_proves_nothing(app: Flask) -> None:
    app.test_client().get("/healthz", headers=THROUGH_ONE, environ_base={"REMOTE_ADDR": "1.1.1.1"})
    assert not forwarding.is_seen()


def test_a_declared_proxy_is_fine(trusting: Flask) -> None:
    Client(trusting).get("/healthz", headers=THROUGH_ONE)
    assert not forwarding.is_seen()


def test_a_second_proxy_behind_the_declared_one_is_noticed(trusting: Flask) -> None:
    Client(trusting).get("/healthz", headers=THROUGH_TWO)
    assert forwarding.is_seen()
