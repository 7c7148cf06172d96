"""A kind of run whose slices each test writes itself."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.core import shutdown
from app.core.db import db
from app.core.runs import operations
from app.core.runs.lease import Lease
from app.core.runs.models import Run
from app.core.runs.registry import RUN_KINDS, RunKind, SliceResult

Slice = Callable[[Lease], SliceResult]


@dataclass(frozen=True)
class Steps:
    """How many steps were made, and at which one the service refused."""

    step: int = 0
    refused: int | None = None


class Work:
    """Starts and looks at runs of the test's kind."""

    name = "test.count"

    def __init__(self) -> None:
        self.ended: list[str] = []
        self.registered = ExitStack()

    def is_done_by(self, slice: Slice, patience: int = 3, **options: Any) -> None:
        """From now on a slice does this."""
        self.registered.close()
        self.registered.enter_context(RUN_KINDS.restored())
        values = {"patience": patience, "cursor": Steps, "finished": self._note, **options}
        RUN_KINDS.add(self.name, RunKind(self.name, "Counting", slice, **values))

    def _note(self, lease: Lease) -> None:
        self.ended.append(lease.run.state)

    def start(self, subject_id: int = 1, **options: object) -> Run:
        """A committed run."""
        run, _ = operations.start(self.name, subject_id, **options)  # type: ignore[arg-type]
        db.session.commit()
        return run

    def stored(self, run: Run) -> Run:
        """What the database says of it now."""
        db.session.rollback()
        db.session.refresh(run)
        return run


def let_pass(seconds: float) -> None:
    """Let all leases and due times be older by this; the database's clock counts, which no test can move."""
    db.session.rollback()
    back = timedelta(seconds=seconds)
    db.session.execute(update(Run).values(due_at=Run.due_at - back, leased_until=Run.leased_until - back))
    db.session.commit()


def ten_steps(lease: Lease) -> SliceResult:
    """One step a slice, ten in all."""
    cursor = lease.cursor(Steps)
    step = cursor.step + 1
    lease.save(cursor=replace(cursor, step=step), add={"steps": 1}, done=1, total=10)
    db.session.commit()
    return SliceResult.DONE if step == 10 else SliceResult.MORE


@pytest.fixture
def asked_to_stop() -> Iterator[Callable[[], None]]:
    """To be called at the moment when this worker is told to end."""
    yield shutdown.request
    shutdown.reset()


@pytest.fixture
def work(app: Flask) -> Iterator[Work]:
    made = Work()
    with made.registered:
        made.is_done_by(ten_steps)
        yield made
