"""Advance runs that are due: a batch of them goes as far as it can, its effects done in sets.

A sitting alternates between transactions, in which runs are decided and what belongs to the database is done, and work
outside, such as sends to LINE. Each transaction holds the friends and then the runs, and leaves out runs that are no
longer this worker's.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import structlog

from app.core import clock
from app.core.db import db
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.errors import PermanentFailure, RetryLater
from app.core.i18n import zone
from app.core.shutdown import Stopped
from app.friends.operations.friends import lock_friends
from app.workflows.definition.deciding import decide
from app.workflows.definition.decisions import Decision, Do, Fail, Go, Hold, Stay, Stop
from app.workflows.definition.graph import Node
from app.workflows.definition.state import Arrival, RunFacts
from app.workflows.engine.loading import (
    FactLoader,
    active_workflows,
    events_of,
    hold_runs,
    workflow_names,
)
from app.workflows.engine.performing import (
    Done,
    Failed,
    Outcome,
    PutOff,
    Task,
    beyond_sitting,
    perform_inside,
    perform_outside,
)
from app.workflows.engine.runs import RUNS, TRIES, ClaimedRun, wake
from app.workflows.engine.saving import save_runs
from app.workflows.models import WorkflowRunState

log = structlog.get_logger(__name__)
# Steps of one run; a graph has no loops, so that only a broken one comes here.
MOST_STEPS = 1_000
UNEXPECTED = "workflows.unexpected"


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
        is_permanent = isinstance(error, PermanentFailure)
        if len(claimed) > 1 or not (is_permanent or claimed.rows[0].attempts >= TRIES):
            raise RuntimeError("A batch of workflow runs has failed.") from error
        db.session.rollback()
        log.exception("workflow.run_failed", run=claimed.ids()[0])
        Sitting(claimed).fail_all(error.code if isinstance(error, PermanentFailure) else UNEXPECTED)


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
        """End the runs as failed."""
        self._runs = self._hold(self._claim)
        for run in self._runs:
            run.end(WorkflowRunState.FAILED, code)
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
        self._runs = [run for run in self._runs if run.id in held]
        events, tasks, self._tasks = events_of(held), self._tasks, {}
        for run in self._runs:
            task, do = tasks[run.id]
            run.event = events.get(run.id)
            self._apply(run, do, outcomes[task.key])

    def _set_aside(self) -> None:
        """Hold the runs of workflows that are paused, and end those that were started in a circle."""
        moving = [run for run in self._runs if run.is_moving]
        self._names = active_workflows({run.workflow_id for run in moving})
        for run in moving:
            if run.workflow_id not in self._names:
                run.state = WorkflowRunState.HELD
            elif run.workflow_id in run.chain and not run.steps:
                run.end(WorkflowRunState.FAILED, "workflows.circle", {"names": _circle(run)})

    def _decide_all(self) -> None:
        while moving := [run for run in self._runs if run.is_moving and run.id not in self._tasks]:
            facts, now, place = self._facts.facts(moving), clock.now(), zone()
            dos: dict[int, tuple[Task, Do]] = {}
            for run in moving:
                decision = self._decide(run, facts[run.id], now, place)
                if isinstance(decision, Do):
                    dos[run.id] = self._task(run, decision), decision
                elif decision is not None:
                    self._leave(run, decision)
            self._do(dos)

    def _decide(self, run: ClaimedRun, facts: RunFacts, now: datetime, place: ZoneInfo) -> Decision | None:
        """Return the decision; None where the run is over."""
        node = run.graph.node(run.node_id)
        if node is None:
            run.end(WorkflowRunState.SUCCEEDED)
            return None
        if run.steps >= MOST_STEPS:
            run.end(WorkflowRunState.FAILED, "workflows.too_many_steps", {"most": MOST_STEPS})
            return None
        run.take_event()
        return decide(_arrival(run, node, facts, now, place))

    def _leave_to_others(self) -> None:
        """Have runs due at once for another sitting whose effects are too many for this one."""
        beyond = beyond_sitting([task for task, _ in self._tasks.values()])
        for run in self._runs:
            if run.id in beyond:
                del self._tasks[run.id]
                run.until = clock.now()
        if beyond:
            wake()

    def _task(self, run: ClaimedRun, do: Do) -> Task:
        return Task(
            run_id=run.id,
            key=run.key,
            workflow_id=run.workflow_id,
            workflow_name=self._names[run.workflow_id],
            account_id=run.account_id,
            friend_id=run.friend_id,
            node_id=run.node_id or "",
            effect=do.effect,
            chain=tuple(run.chain),
            trigger=run.trigger,
            answers=run.answers,
            tries=int(run.begun.get("tries", 0)),
        )

    def _do(self, dos: dict[int, tuple[Task, Do]]) -> None:
        """Do what belongs into the transaction; what is left waits for the end of it."""
        if not dos:
            return
        outcomes = perform_inside([task for task, _ in dos.values()])
        for run in self._runs:
            if run.id not in dos:
                continue
            task, do = dos[run.id]
            if task.key in outcomes:
                self._apply(run, do, outcomes[task.key])
            else:
                self._tasks[run.id] = task, do
                run.is_doing = True
                # An answer may come before LINE has said that it took the question.
                run.awaits = list(do.then.awaits) if isinstance(do.then, Stay) else None

    def _apply(self, run: ClaimedRun, do: Do, outcome: Outcome) -> None:
        run.is_doing = False
        if isinstance(outcome, PutOff):
            why = {"code": outcome.code, "values": dict(outcome.values)}
            run.put_off(clock.now() + outcome.after, outcome.awaits, why)
        elif isinstance(outcome, Failed):
            self._leave(run, Fail(outcome.code, outcome.values, note=outcome.note, answers=outcome.answers))
        else:
            self._finish(run, do, outcome)

    def _finish(self, run: ClaimedRun, do: Do, done: Done) -> None:
        run.answers |= done.answers
        is_skipped = done.result == "skipped"
        then, note = (do.skipped if is_skipped and do.skipped else do.then), dict(done.note)
        for node_id in do.covers:
            node = run.graph.by_id[run.node_id or ""]
            run.leave(node, done.result, _exit_to(node, node_id), note)
        if isinstance(then, Stay):
            self._leave(run, Stay(then.until, then.awaits, {**then.begun, "note": note}, then.note))
        elif isinstance(then, Go):
            result = done.result if then.result == "done" else then.result
            self._leave(run, Go(then.exit, {**note, **then.note}, then.answers, result))
        else:
            self._leave(run, Stop({**note, **then.note}))

    def _leave(self, run: ClaimedRun, decision: Go | Stay | Fail | Stop | Hold) -> None:
        node = run.graph.by_id[run.node_id or ""]
        if isinstance(decision, Hold):
            run.hold(decision.code, dict(decision.begun))
            return
        if isinstance(decision, Stay):
            run.due_at = decision.until
            run.wait(decision.until, list(decision.awaits) or None, dict(decision.begun))
        elif isinstance(decision, Go):
            run.answers |= decision.answers
            run.leave(node, decision.result, decision.exit, dict(decision.note))
        elif isinstance(decision, Stop):
            run.leave(node, "done", None, dict(decision.note))
            run.end(WorkflowRunState.SUCCEEDED)
        else:
            _fail(run, node, decision)


def _fail(run: ClaimedRun, node: Node, fail: Fail) -> None:
    note = {**fail.note, "code": fail.code, "values": dict(fail.values)}
    run.answers |= fail.answers
    has_exit = run.graph.after(node, fail.exit) is not None
    run.leave(node, "failed", fail.exit if has_exit else None, note)
    if not has_exit:
        run.end(WorkflowRunState.FAILED, fail.code, dict(fail.values))
        run.node_id = None


def _circle(run: ClaimedRun) -> str:
    names = workflow_names(run.chain)
    circle = [*run.chain[run.chain.index(run.workflow_id) :], run.workflow_id]
    return " → ".join(names.get(one, "?") for one in circle)


def _exit_to(node: Node, node_id: str) -> str:
    return next(name for name, target in node.exits.items() if target == node_id)


def _arrival(run: ClaimedRun, node: Node, facts: RunFacts, now: datetime, place: ZoneInfo) -> Arrival:
    return Arrival(
        graph=run.graph,
        node=node,
        account_id=run.account_id,
        friend_id=run.friend_id,
        number=run.steps + 1,
        now=now,
        zone=place,
        trigger=run.trigger,
        answers=run.answers,
        begun=run.begun,
        event=run.given,
        due_at=run.due_at,
        facts=facts,
        key=run.key,
    )
