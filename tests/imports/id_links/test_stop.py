"""A worker that is told to end during an import: it goes at once, hands the run on, and no one's link has changed."""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.config import Config
from app.core.db import db
from app.core.runs.models import Run, RunState
from app.imports.id_links.pipeline.window import SLICE_SECONDS, WINDOW
from tests.factories import line as line_factory
from tests.imports.id_links.conftest import bring_in, csv_of, send, staged, stored, summary, uid
from tests.support.breakable import Installation, own_installation, real_worker
from tests.support.waiting import PATIENCE, wait_until

pytestmark = [pytest.mark.kill, pytest.mark.timeout(240)]
ROWS, EVERY = 200_000, 40
OLD = ROWS // EVERY


@pytest.fixture(scope="module")
def place(migrated_app: Flask, config: Config, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installation]:
    """Servers for these tests alone, each of which has an account of its own."""
    with own_installation(migrated_app, config, tmp_path_factory.mktemp("stopping") / "data") as installed:
        yield installed


@pytest.fixture
def run(place: Installation) -> Run:
    """An import that changes some links and brings many new ones; no one works on it yet."""
    account = line_factory.account()
    bring_in(account, csv_of(*((number, f"old-{number}") for number in range(0, ROWS, EVERY))))
    content = csv_of(*((number, f"new-{number}") for number in range(ROWS)))
    assert len(content) > 2 * WINDOW, "The file has windows left after the first one."
    return send(account, content)


@contextmanager
def in_the_way(statement: str) -> Iterator[Callable[[], object]]:
    """Lock a table; return a function that says whether another session waits for it."""
    waiting = text("SELECT count(*) FROM pg_locks WHERE NOT granted")
    with db.engine.connect() as connection:
        connection.execute(text(statement))
        yield lambda: connection.execute(waiting).scalar_one()


def is_left_as_it_was(run: Run, phase: str) -> None:
    """No worker holds the run any more, and readers see the old links."""
    assert (stored(run).lease, run.is_active, run.attempts, run.reason) == (None, True, 0, None)
    assert run.cursor["phase"] == phase
    assert summary(run.subject_id) == (OLD, 0)


def is_finished_by_the_next(place: Installation, run: Run, log: Path) -> None:
    """Without being woken by anybody else: the run was handed on."""
    with real_worker(place.env, log) as worker:
        wait_until(lambda: not stored(run).is_active, "the next worker finishes the import")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
    assert (run.state, run.reason) == (RunState.COMPLETED, None)
    counts = {name: run.counts[name] for name in ("rows", "new", "changed", "unchanged", "invalid")}
    assert counts == {"rows": ROWS, "new": ROWS - OLD, "changed": OLD, "unchanged": 0, "invalid": 0}
    assert summary(run.subject_id) == (0, ROWS)
    assert staged() == []


def test_while_it_checks(place: Installation, run: Run, tmp_path: Path) -> None:
    """It ends after a second's work instead of a whole sitting, and what is checked stays checked."""
    log = tmp_path / "workers.log"
    with real_worker(place.env, log) as worker:
        with in_the_way(f"LOCK TABLE staging.rows_{run.slot} IN ACCESS EXCLUSIVE MODE") as is_waited_for:
            wait_until(is_waited_for, "the worker checks")
            worker.send_signal(signal.SIGTERM)
            # The first window is all that this second has time for.
            time.sleep(SLICE_SECONDS)
        assert worker.wait(PATIENCE) == 0
    is_left_as_it_was(run, "checking")
    assert 0 < run.cursor["place"]["offset"] < run.input["size"]
    is_finished_by_the_next(place, run, log)


@pytest.mark.parametrize(
    ("phase", "statement"),
    [
        ("comparing", "LOCK TABLE friends IN ACCESS EXCLUSIVE MODE"),
        ("storing", f"SELECT FROM id_links WHERE line_user_id = '{uid(ROWS - EVERY)}' FOR UPDATE"),
    ],
)
def test_during_a_long_transaction(place: Installation, run: Run, tmp_path: Path, phase: str, statement: str) -> None:
    """Even a statement that would take for ever is broken off, and what it has stored is undone."""
    log = tmp_path / "workers.log"
    with real_worker(place.env, log) as worker, in_the_way(statement) as is_waited_for:
        wait_until(is_waited_for, "the worker is inside its statement")
        worker.send_signal(signal.SIGTERM)
        assert worker.wait(PATIENCE) == 0
    is_left_as_it_was(run, phase)
    is_finished_by_the_next(place, run, log)
