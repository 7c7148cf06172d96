"""Advance runs that are due: a batch of them goes as far as it can, its effects done in sets.

A sitting alternates between transactions, in which runs are decided and what belongs to the database is done, and work
outside, such as sends to LINE. Each transaction holds the friends and then the runs, and leaves out runs that are no
longer this worker's.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from operator import itemgetter
from typing import TypeVar

import psycopg
import structlog
from redis import RedisError
from sqlalchemy.exc import SQLAlchemyError

from app.core import clock
from app.core.db import db
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import zone
from app.core.shutdown import Stopped
from app.friends.operations.friends import lock_friends
from app.workflows.definition.deciding import UNEXPECTED, decide
from app.workflows.definition.decisions import Do, Fail, Stay, Stop
from app.workflows.engine.applying import apply_outcome, arrival_of, leave, task_of
from app.workflows.engine.loading import (
    FactLoader,
    active_workflows,
    events_of,
    hold_runs,
)
from app.workflows.engine.performing import Outcome, Task, beyond_sitting, perform_inside, perform_outside
from app.workflows.engine.runs import RUNS, TRIES, TRIES_AFTER_FAULTS, ClaimedRun, wake
from app.workflows.engine.saving import save_cancelled, save_runs
from app.workflows.models import WorkflowRunState

log = structlog.get_logger(__name__)
T = TypeVar("T")
R = TypeVar("R", bound=ClaimedRun)
# Steps of one run; a graph has no loops, so that only a broken one comes here.
MOST_STEPS = 1_000
_BY_RUN = itemgetter(0)


def advance_due() -> int:
    """Advance the runs that are due; returns how many were claimed."""
    return process(RUNS, advance, again=RUNS.wake)


def advance(claimed: Claim) -> None:
    """Advance claimed runs; leaves the last transaction to the caller."""
    try:
        Sitting(claimed).advance()
    except (RetryLater, Stopped):
        raise
    except Exception as error:
        # Of several, `process` has each handled alone.
        if len(claimed) > 1 or claimed.rows[0].attempts < _tries(error):
            raise RuntimeError("A batch of workflow runs has failed.") from error
        db.session.rollback()
        log.exception("workflow.run_failed", run=claimed.ids()[0])
        Sitting(claimed).fail_all(error.code if isinstance(error, PermanentFailure) else UNEXPECTED)


def _tries(error: Exception) -> int:
    """Return how often a run is tried that ends in this error: longer where a store or a service may be away."""
    if isinstance(error, PermanentFailure):
        return 1
    return TRIES if isinstance(error, SQLAlchemyError | psycopg.Error | RedisError | OSError) else TRIES_AFTER_FAULTS


class Sitting:
    """One batch of runs, from its claim until each of them waits, has ended or is put off."""

    def __init__(self, claimed: Claim) -> None:
        self._claim = claimed
        self._runs: list[ClaimedRun] = []
        self._tasks: dict[int, tuple[Task, Do]] = {}
        self._facts = FactLoader()
        # Names of the workflows that go on, by id.
        self._names: dict[int, str] = {}

    def advance(self) -> None:
        """Let every run go as far as it can."""
        self._runs = self._hold(self._claim)
        while True:
            self._set_aside()
            self._decide_all()
            self._leave_to_others()
            outside = [task for task, _ in self._tasks.values()]
            until = save_runs(self._runs, set(self._tasks), clock.now())
            if not outside:
                return
            db.session.commit()
            outcomes = perform_outside(outside)
            self._go_on(outcomes, until)

    def fail_all(self, code: str) -> None:
        """Let the steps fail at which the runs stand: a run goes on by the error exit, or ends."""
        self._runs = self._hold(self._claim)
        for run in self._runs:
            if run.graph.node(run.node_id) is None:
                run.end(WorkflowRunState.FAILED, code)
                continue
            leave([run], Fail(code))
            run.until = clock.now() if run.is_moving else None
        save_runs(self._runs, set(), clock.now())

    def _hold(self, claimed: Claim) -> list[ClaimedRun]:
        """Lock the runs that are still ours, after their friends, and load them."""
        lock_friends({row.friend_id for row in claimed.rows})
        return hold_runs(claimed)

    def _go_on(self, outcomes: dict[str, Outcome], until: datetime | None) -> None:
        """Take up the runs whose effects were done outside; an awaited event may have come since."""
        lock_friends({run.friend_id for run in self._runs if run.id in self._tasks})
        rows = [row for row in self._claim.rows if row.id in self._tasks]
        self._claim = Claim(RUNS, rows, until)
        held = self._claim.held()
        before, self._runs = self._runs, [run for run in self._runs if run.id in held]
        events, tasks, self._tasks = events_of(held), self._tasks, {}
        self._note_lost([run for run in before if run.id in tasks and run.id not in held], tasks, outcomes)
        for run in self._runs:
            task, do = tasks[run.id]
            run.event = events.get(run.id)
            apply_outcome([run], do, outcomes[task.key], clock.now())

    def _note_lost(
        self, runs: Sequence[ClaimedRun], tasks: Mapping[int, tuple[Task, Do]], outcomes: Mapping[str, Outcome]
    ) -> None:
        """Note the steps of runs that were cancelled while their effects were done; one that then waits ends there."""
        for run in runs:
            task, do = tasks[run.id]
            ending = do._replace(then=Stop(do.then.note)) if isinstance(do.then, Stay) else do
            apply_outcome([run], ending, outcomes[task.key], clock.now())
        save_cancelled(runs, clock.now())

    def _set_aside(self) -> None:
        """Hold the runs of workflows that are paused, and end those that were started in a circle."""
        moving = [run for run in self._runs if run.is_moving]
        self._names = active_workflows({run.workflow_id for run in moving})
        for run in moving:
            if run.workflow_id not in self._names:
                run.state = WorkflowRunState.HELD
            elif run.workflow_id in run.chain and not run.steps:
                run.end(WorkflowRunState.FAILED, "workflows.circle", {"workflows": circle_of(run)})

    def _decide_all(self) -> None:
        while moving := [run for run in self._runs if run.is_moving and run.id not in self._tasks]:
            now, place = clock.now(), zone()
            dos: list[tuple[Sequence[ClaimedRun], Do]] = []
            for some, facts in self._facts.alike([run for run in moving if arrives(run)]):
                first = some[0]
                decision = decide(arrival_of(first, first.graph.by_id[first.node_id or ""], facts, now, place))
                if isinstance(decision, Do):
                    dos.append((some, decision))
                else:
                    leave(some, decision)
            self._do(dos)

    def _leave_to_others(self) -> None:
        """Have runs due at once for another sitting whose effects are too many for this one."""
        beyond = beyond_sitting([task for task, _ in self._tasks.values()])
        for run in self._runs:
            if run.id in beyond:
                del self._tasks[run.id]
                run.until = clock.now()
        if beyond:
            wake()

    def _do(self, dos: Sequence[tuple[Sequence[ClaimedRun], Do]]) -> None:
        """Do what belongs into the transaction; what is left waits for the end of it."""
        tasks = {run.id: task_of(run, do, self._names[run.workflow_id]) for some, do in dos for run in some}
        done = perform_inside(sorted(tasks.values(), key=_BY_RUN)) if tasks else {}
        outcomes = {run_id: done.get(task.key) for run_id, task in tasks.items()}
        for some, do in dos:
            for outcome, runs in runs_by_outcome(some, outcomes):
                if outcome is not None:
                    apply_outcome(runs, do, outcome, clock.now())
                    continue
                for run in runs:
                    self._tasks[run.id] = tasks[run.id], do
                    run.is_doing = True
                    # An answer may come before LINE has said that it took the question.
                    run.awaits = list(do.then.awaits) if isinstance(do.then, Stay) else None


def arrives(run: ClaimedRun) -> bool:
    """Return whether the run is at a node at which something is to be decided; if not, it is over."""
    if run.graph.node(run.node_id) is None:
        run.end(WorkflowRunState.SUCCEEDED)
        return False
    if run.steps >= MOST_STEPS:
        run.end(WorkflowRunState.FAILED, "workflows.too_many_steps", {"most": MOST_STEPS})
        return False
    run.take_event()
    return True


def runs_by_outcome(runs: Sequence[R], outcomes: Mapping[int, T]) -> Collection[tuple[T, Sequence[R]]]:
    """Return the runs that have the same outcome together, given by the run's id."""
    if len(runs) == 1:
        return [(outcomes[runs[0].id], runs)]
    found: dict[int, tuple[T, list[R]]] = {}
    for run in runs:
        outcome = outcomes[run.id]
        found.setdefault(id(outcome), (outcome, []))[1].append(run)
    return found.values()


def circle_of(run: ClaimedRun) -> list[int]:
    """Return the workflows that have started each other, from the one that has come round."""
    return [*run.chain[run.chain.index(run.workflow_id) :], run.workflow_id]
