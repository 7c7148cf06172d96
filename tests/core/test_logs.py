"""Log lines: one format for everyone, ids that connect them, and nothing private in them."""

from __future__ import annotations

import io
import json
import logging
import sys
from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
import structlog
from flask import Flask
from sqlalchemy.exc import IntegrityError

from app.core import logs
from app.core.db import db
from tests.factories import team
from tests.support.client import CheckingClient

Lines = list[dict[str, Any]]


class Written(io.StringIO):
    """What was written to stderr so far."""

    def lines(self, event: str = "") -> Lines:
        """The lines, of one event or all."""
        found = [json.loads(line) for line in self.getvalue().splitlines()]
        return [line for line in found if not event or line["event"] == event]


@pytest.fixture
def written(monkeypatch: pytest.MonkeyPatch) -> Iterator[Written]:
    """Stderr, with logs written to it as in production."""
    stderr, before = Written(), (structlog.get_config(), logging.root.handlers[:], logging.root.level)
    # The test runner's own handlers must not be closed.
    logging.root.handlers[:] = []
    monkeypatch.setattr(sys, "stderr", stderr)
    logs.configure("json", "INFO")
    yield stderr
    structlog.configure(**before[0])
    logging.root.handlers[:] = before[1]
    logging.root.setLevel(before[2])


def test_our_lines_and_the_libraries_lines_look_alike(written: Written) -> None:
    structlog.get_logger("app.ours").info("lamp.lit", room=3)
    logging.getLogger("theirs").warning("it is %s", "dark")
    ours, theirs = written.lines()
    assert (ours["event"], ours["room"], ours["level"], ours["logger"]) == ("lamp.lit", 3, "info", "app.ours")
    assert (theirs["event"], theirs["level"], theirs["logger"]) == ("it is dark", "warning", "theirs")
    assert ours["timestamp"] and theirs["timestamp"]


@pytest.mark.parametrize(
    "name", ["password", "access_token", "channel_secret", "email", "Authorization", "display_name"]
)
def test_values_with_private_names_are_hidden(written: Written, name: str) -> None:
    structlog.get_logger("app.ours").info("something", **{name: "do not tell"})
    (line,) = written.lines()
    assert line[name] == "[hidden]"


def test_an_exception_is_one_line_with_its_traceback(written: Written) -> None:
    try:
        raise ZeroDivisionError
    except ZeroDivisionError:
        structlog.get_logger("app.ours").exception("it.failed")
    (line,) = written.lines()
    assert "ZeroDivisionError" in str(line["exception"])


@pytest.mark.parametrize("name", ["app.ours", "dramatiq.worker"])
def test_a_database_that_is_away_is_a_word_and_no_traceback(written: Written, name: str) -> None:
    try:
        psycopg.connect("host=127.0.0.1 port=1 connect_timeout=1")
    except psycopg.OperationalError:
        logging.getLogger(name).exception("it failed")
        structlog.get_logger(name).exception("it.failed")
    for line in written.lines():
        assert line["database"] == "away"
        assert "exception" not in line and "exc_info" not in line


def test_lines_below_the_level_are_not_written(written: Written) -> None:
    structlog.get_logger("app.ours").debug("too.quiet")
    assert written.lines() == []


def test_a_request_is_one_line_with_an_id_and_without_its_address(browser: CheckingClient, written: Written) -> None:
    browser.get("/no/such/page/of/hanako@example.com?token=12345")
    lines = written.lines("request.finished")
    assert len(lines) == 1
    assert (lines[0]["status"], lines[0]["method"], lines[0]["endpoint"]) == (404, "GET", "unknown")
    assert lines[0]["request_id"]
    assert isinstance(lines[0]["ms"], int)
    assert "hanako" not in str(lines) and "12345" not in str(lines)


def test_the_answer_carries_the_id_of_its_line(browser: CheckingClient, written: Written) -> None:
    told = browser.get("/no/such/page").headers["X-Request-Id"]
    assert [line["request_id"] for line in written.lines("request.finished")] == [told]


def test_two_requests_have_two_ids(browser: CheckingClient, written: Written) -> None:
    browser.get("/one")
    browser.get("/two")
    ids = [line["request_id"] for line in written.lines("request.finished")]
    assert len(set(ids)) == 2


def test_machines_that_only_look_leave_no_lines(browser: CheckingClient, written: Written) -> None:
    browser.get("/healthz")
    browser.get("/metrics")
    assert written.lines("request.finished") == []


def test_an_error_of_the_database_does_not_quote_people(app: Flask, written: Written) -> None:
    address = "hanako@example.com"
    team.member(email=address)
    try:
        team.member(email=address.upper())
    except IntegrityError:
        db.session.rollback()
        structlog.get_logger("app.ours").exception("it.failed")
    (line,) = written.lines("it.failed")
    assert "uq_members_email" in str(line["exception"])
    assert "hanako" not in str(line).lower()
