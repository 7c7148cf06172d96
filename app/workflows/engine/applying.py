"""Apply decisions and their outcomes to a run in memory: it leaves its node, waits, is held or ends.

Nothing is read or written, so that the engine and a simulation go the same way.
"""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

from app.workflows.definition.decisions import Do, Fail, Go, Hold, Stay, Stop
from app.workflows.definition.graph import Node
from app.workflows.definition.state import Arrival, RunFacts
from app.workflows.engine.performing import Done, Failed, Outcome, PutOff, Task
from app.workflows.engine.runs import ClaimedRun
from app.workflows.models import WorkflowRunState


def arrival_of(run: ClaimedRun, node: Node, facts: RunFacts, now: datetime, place: ZoneInfo) -> Arrival:
    """Return what the next decision is made from."""
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


def task_of(run: ClaimedRun, do: Do, workflow_name: str) -> Task:
    """Return the effect as it is to be done for the run."""
    return Task(
        run_id=run.id,
        key=run.key,
        workflow_id=run.workflow_id,
        workflow_name=workflow_name,
        account_id=run.account_id,
        friend_id=run.friend_id,
        node_id=run.node_id or "",
        effect=do.effect,
        chain=tuple(run.chain),
        trigger=run.trigger,
        answers=run.answers,
        tries=int(run.begun.get("tries", 0)),
    )


def apply_outcome(run: ClaimedRun, do: Do, outcome: Outcome, now: datetime) -> None:
    """Let the run go on with what became of its effect."""
    run.is_doing = False
    if isinstance(outcome, PutOff):
        why = {"code": outcome.code, "values": dict(outcome.values)}
        run.put_off(now + outcome.after, outcome.awaits, why)
    elif isinstance(outcome, Failed):
        leave(run, Fail(outcome.code, outcome.values, note=outcome.note, answers=outcome.answers))
    else:
        _finish(run, do, outcome)


def leave(run: ClaimedRun, decision: Go | Stay | Fail | Stop | Hold) -> None:
    """Apply a decision that has no effect on the world."""
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


def _finish(run: ClaimedRun, do: Do, done: Done) -> None:
    run.answers |= done.answers
    is_skipped = done.result == "skipped"
    then, note = (do.skipped if is_skipped and do.skipped else do.then), dict(done.note)
    for node_id in do.covers:
        node = run.graph.by_id[run.node_id or ""]
        run.leave(node, done.result, _exit_to(node, node_id), note)
    if isinstance(then, Stay):
        leave(run, Stay(then.until, then.awaits, {**then.begun, "note": {**note, **then.note}}))
    elif isinstance(then, Go):
        result = done.result if then.result == "done" else then.result
        leave(run, Go(then.exit, {**note, **then.note}, then.answers, result))
    else:
        leave(run, Stop({**note, **then.note}))


def _fail(run: ClaimedRun, node: Node, fail: Fail) -> None:
    note = {**fail.note, "code": fail.code, "values": dict(fail.values)}
    run.answers |= fail.answers
    has_exit = run.graph.after(node, fail.exit) is not None
    run.leave(node, "failed", fail.exit if has_exit else None, note)
    if not has_exit:
        run.end(WorkflowRunState.FAILED, fail.code, dict(fail.values))
        run.node_id = None


def _exit_to(node: Node, node_id: str) -> str:
    return next(name for name, target in node.exits.items() if target == node_id)
