"""Workers killed at random points of an import: links are always wholly the old ones or wholly the new ones."""

from __future__ import annotations

import os
import random
import signal
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import text

from app.core.db import db
from app.core.runs.models import RunState
from tests.factories import line as line_factory
from tests.imports.id_links.conftest import bring_in, csv_of, links_of, send, staged, stored, summary, uid
from tests.support.breakable import Installation, Nursery, sweeping
from tests.support.waiting import wait_until

pytestmark = [pytest.mark.kill, pytest.mark.timeout(280)]
ROWS = 240_000
KILLS = 8


def test_an_import_survives_whatever_is_killed(
    place: Installation, tmp_path: Path, record_property: Callable[[str, object], None]
) -> None:
    """Some are killed while they check, some while they compare, some while they store; readers see nothing of it."""
    seed = random.randrange(10_000)
    record_property("seed", seed)
    dice = random.Random(seed)
    account = line_factory.account()
    before = {number: f"old-{number}" for number in range(0, ROWS, 40)}
    bring_in(account, csv_of(*before.items()))
    run = send(account, csv_of(*((number, f"new-{number}") for number in range(ROWS))))
    disasters = {3: place.empty_redis, 6: place.cut_connections}
    nursery, states, phases = Nursery(place.env, tmp_path / "workers.log"), {(len(before), 0), (0, ROWS)}, set()
    with sweeping(place.app):
        try:
            for kill in range(KILLS):
                held_by = stored(run).lease
                worker = nursery.worker()
                wait_until(lambda old=held_by: stored(run).lease not in {None, old} or not run.is_active, "it is taken")
                if not run.is_active:
                    break
                db.session.rollback()
                time.sleep(dice.uniform(0, 1.5))
                disasters.get(kill, lambda: None)()
                os.kill(worker, signal.SIGKILL)
                assert summary(account.id) in states
                phases.add(stored(run).cursor.get("phase"))
            nursery.worker()
            wait_until(lambda: not stored(run).is_active, "the import ends")
        finally:
            nursery.close()
    record_property("phases", sorted(map(str, phases)))
    assert (run.state, run.reason) == (RunState.COMPLETED, None)
    counts = {name: run.counts[name] for name in ("rows", "new", "changed", "unchanged", "invalid")}
    changed = len(before)
    assert counts == {"rows": ROWS, "new": ROWS - changed, "changed": changed, "unchanged": 0, "invalid": 0}
    assert summary(account.id) == (0, ROWS)
    assert links_of(account)[uid(ROWS - 1)] == f"new-{ROWS - 1}"
    assert staged() == []


def test_a_database_that_crashes_costs_the_file_and_nothing_else(
    place: Installation, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is not logged is empty after a crash; the run says so instead of taking an empty table for the truth."""
    from app.core.runs import operations as runs
    from tests.imports.conftest import work

    monkeypatch.setattr(runs, "SITTING_SECONDS", 0)
    account = line_factory.account()
    bring_in(account, csv_of((1, "one")))
    run = send(account, csv_of((2, "two")))
    while run.cursor.get("phase") != "comparing":
        work(run)
    db.session.rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        # This installation does not wait for the disk, so that by itself a crash would cost more than it should.
        connection.execute(text("CHECKPOINT"))
    db.engine.dispose()
    crash(place)
    work(stored(run), sittings=3)
    assert (run.state, run.reason) == (RunState.FAILED, "id_links.file_lost")
    assert links_of(account) == {uid(1): "one"}


def crash(place: Installation) -> None:
    """The database loses its power."""
    from app.embedded import postgresql
    from app.embedded.data_directory import data_directory_for

    here = data_directory_for(place.directory)
    pid = int((here.directory / "postgres" / "postmaster.pid").read_text().split()[0])
    children = [int(child) for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    for process in (pid, *children):
        os.kill(process, signal.SIGKILL)
    for process in (pid, *children):
        wait_until(lambda gone=process: not Path(f"/proc/{gone}").exists(), "the database is gone")
    postgresql.start(here, durable=False)
