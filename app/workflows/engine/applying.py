"""Apply decisions and their outcomes to runs in memory: they leave their node, wait, are held or end.

Runs that are given together stand alike: at the same node of the same version, with the same begun there. Nothing is
read or written, so that the engine and a simulation go the same way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from app.workflows.definition.decisions import Do, Fail, Go, Hold, Stay, Stop
from app.workflows.definition.graph import Node
from app.workflows.definition.state import Arrival, RunFacts
from app.workflows.engine.performing import Done, Failed, Outcome, PutOff, Task
from app.workflows.engine.runs import ClaimedRun, PastStep
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


def apply_outcome(runs: Sequence[ClaimedRun], do: Do, outcome: Outcome, now: datetime) -> None:
    """Let runs that stand alike go on with what became of their effects."""
    if isinstance(outcome, PutOff):
        why = {"code": outcome.code, "values": dict(outcome.values)}
        for run in runs:
            run.put_off(now + outcome.after, outcome.awaits, why)
    elif isinstance(outcome, Failed):
        leave(runs, Fail(outcome.code, outcome.values, note=outcome.note, answers=outcome.answers))
    else:
        _finish(runs, do, outcome)


def leave(runs: Sequence[ClaimedRun], decision: Go | Stay | Fail | Stop | Hold) -> None:
    """Apply a decision that has no effect on the world to runs that stand alike."""
    if isinstance(decision, Go):
        _keep(runs, decision.answers)
        _leave_node(runs, decision.result, decision.exit, decision.note)
    elif isinstance(decision, Stay):
        for run in runs:
            run.wait(decision.until, list(decision.awaits) or None, dict(decision.begun))
    elif isinstance(decision, Stop):
        _leave_node(runs, "done", None, decision.note)
        for run in runs:
            run.end(WorkflowRunState.SUCCEEDED)
    elif isinstance(decision, Hold):
        for run in runs:
            run.hold(decision.code, dict(decision.begun))
    else:
        _fail(runs, decision)


def _finish(runs: Sequence[ClaimedRun], do: Do, done: Done) -> None:
    is_skipped = done.result == "skipped"
    then, note = (do.skipped if is_skipped and do.skipped else do.then), dict(done.note)
    _keep(runs, done.answers)
    for node_id in do.covers:
        _leave_node(runs, done.result, _exit_to(_node_of(runs), node_id), note)
    if isinstance(then, Stay):
        leave(runs, Stay(then.until, then.awaits, {**then.begun, "note": {**note, **then.note}}))
    elif isinstance(then, Go):
        result = done.result if then.result == "done" else then.result
        leave(runs, Go(then.exit, {**note, **then.note}, then.answers, result))
    else:
        leave(runs, Stop({**note, **then.note}))


def _fail(runs: Sequence[ClaimedRun], fail: Fail) -> None:
    note = {**fail.note, "code": fail.code, "values": dict(fail.values)}
    has_exit = runs[0].graph.after(_node_of(runs), fail.exit) is not None
    _keep(runs, fail.answers)
    _leave_node(runs, "failed", fail.exit if has_exit else None, note)
    if not has_exit:
        for run in runs:
            run.end(WorkflowRunState.FAILED, fail.code, dict(fail.values))


def _keep(runs: Sequence[ClaimedRun], answers: Mapping[str, Any]) -> None:
    if answers:
        for run in runs:
            run.answers |= answers


def _leave_node(runs: Sequence[ClaimedRun], result: str, exit_name: str | None, note: Mapping[str, Any]) -> None:
    """Let the runs leave their node by an exit, with one step for all of them."""
    node, graph, begun = _node_of(runs), runs[0].graph, runs[0].begun
    following = graph.after(node, exit_name) if exit_name else None
    step = PastStep(node, result, exit_name, {**begun.get("note", {}), **note}, following.id if following else None)
    for run in runs:
        run.leave(step)


def _node_of(runs: Sequence[ClaimedRun]) -> Node:
    return runs[0].graph.by_id[runs[0].node_id or ""]


def _exit_to(node: Node, node_id: str) -> str:
    return next(name for name, target in node.exits.items() if target == node_id)
