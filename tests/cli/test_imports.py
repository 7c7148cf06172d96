"""`flask import friends`: started from the terminal, done by a worker, followed to its end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from sqlalchemy import select, update

from app.cli import imports
from app.core import heartbeats
from app.core.db import db
from app.core.runs.models import Run, RunState
from tests.cli.conftest import Flasks
from tests.factories import line


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """Stands in for the worker: each look of the command at the run finds it in the next of these states."""

    def plan(*states: dict[str, Any]) -> None:
        waiting: Iterator[dict[str, Any]] = iter(states)

        def look(seconds: float) -> None:
            db.session.execute(update(Run).values(**next(waiting)))
            db.session.commit()

        monkeypatch.setattr(imports.time, "sleep", look)

    return plan


def test_it_starts_the_import_once(flask: Flasks) -> None:
    account = line.account(name="Coffee")
    heartbeats.beat_once("here:1:worker.bulk", "worker.bulk", db.engine)
    first = flask("import", "friends", str(account.id))
    assert (first.exit_code, first.output) == (0, "The friend import of Coffee has been started.\n")
    assert flask("import", "friends", account.basic_id).output == "The friend import of Coffee is running already.\n"
    assert len(db.session.scalars(select(Run)).all()) == 1


def test_it_says_when_there_is_no_one_to_do_it(flask: Flasks) -> None:
    assert "No bulk worker is running" in flask("import", "friends", str(line.account().id)).output


def test_waiting_shows_the_progress_and_the_outcome(flask: Flasks, worker: Callable[..., None]) -> None:
    worker(
        {"state": RunState.RUNNING},
        {"total": 3000, "done": 1200},
        {"state": RunState.COMPLETED, "done": 3000, "counts": {"new": 2990, "known": 10}},
    )
    result = flask("import", "friends", str(line.account().id), "--wait")
    assert result.exit_code == 0
    lines = result.stdout.splitlines()
    assert lines[1:4] == ["Waiting for a worker …", "Reading LINE's list of followers …", "1,200 of 3,000"]
    assert lines[-1] == "Completed: 2,990 new, 10 known."


def test_a_failed_import_fails_the_command_with_its_reason(flask: Flasks, worker: Callable[..., None]) -> None:
    worker({"state": RunState.FAILED, "reason": "unexpected"})
    result = flask("import", "friends", str(line.account().id), "--wait")
    assert result.exit_code == 1
    assert "Error: Failed: Something unexpected went wrong." in result.output


def test_a_cancelled_import_fails_the_command(flask: Flasks, worker: Callable[..., None]) -> None:
    worker({"state": RunState.CANCELLED})
    result = flask("import", "friends", str(line.account().id), "--wait")
    assert result.exit_code == 1
    assert "Cancelled: " in result.output


def test_an_account_that_may_not_import_is_refused(flask: Flasks) -> None:
    result = flask("import", "friends", str(line.account(has_followers_api=False).id))
    assert result.exit_code == 1
    assert "only for verified or premium" in result.output
    assert db.session.scalars(select(Run)).all() == []


@pytest.mark.parametrize("wanted", ["4711", "@unknown", "unknown"])
def test_an_unknown_account_is_named(flask: Flasks, wanted: str) -> None:
    result = flask("import", "friends", wanted)
    assert (result.exit_code, result.output) == (
        1,
        f"Error: There is no account “{wanted}”. See: flask accounts list\n",
    )
