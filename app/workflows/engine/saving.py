"""Store what became of a sitting: runs in one statement, steps in one, and the counts that outlive both."""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import text

from app.core.db import db
from app.core.i18n import today
from app.workflows.engine.loading import BEFORE, DOING, GIVEN
from app.workflows.engine.runs import LEASE, ClaimedRun, PastStep
from app.workflows.models import OPEN, WorkflowRunState

# Rows are locked by this worker. One whose effects go on outside stays leased.
_RUNS = text("""
    WITH saved AS (
        UPDATE workflow_runs AS run
        SET state = given.state, node_id = given.node_id, steps = given.steps, answers = given.answers,
            begun = given.begun, event = given.event,
            awaits = CASE WHEN given.awaits IS NULL THEN NULL
                     ELSE ARRAY(SELECT jsonb_array_elements_text(given.awaits)) END,
            held_due_at = CASE WHEN given.state = 'held' THEN coalesce(run.due_at, statement_timestamp()) END,
            due_at = CASE WHEN given.is_leased THEN run.due_at ELSE given.due_at END,
            leased_until = CASE WHEN given.is_leased THEN statement_timestamp() + :lease END,
            attempts = CASE WHEN given.is_leased THEN run.attempts ELSE 0 END, reason = NULL,
            problem = given.problem, problem_values = given.problem_values,
            ended_at = CASE WHEN given.is_over THEN statement_timestamp() END
        FROM unnest(CAST(:ids AS bigint[]), CAST(:places AS bigint[])) AS mine (id, place)
        JOIN jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (
            place bigint, state text, node_id text, steps bigint, answers jsonb, begun jsonb, event jsonb, awaits jsonb,
            due_at timestamptz, is_leased boolean, is_over boolean, problem text, problem_values jsonb) USING (place)
        WHERE run.id = mine.id
        RETURNING run.workflow_id, run.friend_id, run.state, run.leased_until
    ),
    finished AS (
        UPDATE workflow_entries AS entry SET finished_at = statement_timestamp()
        FROM saved WHERE saved.state = 'succeeded'
            AND entry.workflow_id = saved.workflow_id AND entry.friend_id = saved.friend_id
    )
    SELECT max(leased_until) FROM saved
""")
_CANCELLED = text("""
    UPDATE workflow_runs AS run SET steps = given.steps, answers = given.answers
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (id bigint, before bigint, steps bigint, answers jsonb)
    WHERE run.id = given.id AND run.state = 'cancelled' AND run.steps = given.before
    RETURNING run.id
""")
_STEPS = text("""
    INSERT INTO workflow_steps (run_id, number, node_id, kind, result, exit, note, at)
    SELECT mine.id, number, node_id, kind, result, exit, note, :moment
    FROM unnest(CAST(:ids AS bigint[]), CAST(:places AS bigint[])) AS mine (id, place)
    JOIN jsonb_to_recordset(CAST(:steps AS jsonb)) AS given (
        place bigint, number bigint, node_id text, kind text, result text, exit text, note jsonb) USING (place)
    ORDER BY mine.id, number
""")
_DAYS = text("""
    INSERT INTO workflow_days AS day (workflow_id, day, started, succeeded, failed, cancelled)
    SELECT workflow_id, :day, started, succeeded, failed, cancelled
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (
        workflow_id bigint, started bigint, succeeded bigint, failed bigint, cancelled bigint)
    ORDER BY workflow_id
    ON CONFLICT (workflow_id, day) DO UPDATE SET
        started = day.started + excluded.started, succeeded = day.succeeded + excluded.succeeded,
        failed = day.failed + excluded.failed, cancelled = day.cancelled + excluded.cancelled
""")
_NODE_DAYS = text("""
    INSERT INTO workflow_node_days AS day (workflow_id, node_id, day, exit, result, version_id, number)
    SELECT workflow_id, node_id, :day, exit, result, version_id, number
    FROM jsonb_to_recordset(CAST(:rows AS jsonb)) AS given (
        workflow_id bigint, node_id text, exit text, result text, version_id bigint, number bigint)
    ORDER BY workflow_id, node_id, exit, result, version_id
    ON CONFLICT (workflow_id, node_id, day, exit, result, version_id) DO UPDATE
    SET number = day.number + excluded.number
""")
# Results of steps; RETRIED is one that had failed, and was tried again by a member.
FAILED, RETRIED = "failed", "retried"
# Steps that are counted alike: of a workflow, its version and a node, by the exit and the result.
CountedStep = tuple[int, int, str, str, str]
_ENDS = (WorkflowRunState.SUCCEEDED, WorkflowRunState.FAILED, WorkflowRunState.CANCELLED)


def save_runs(runs: Sequence[ClaimedRun], outside: set[int], moment: datetime) -> datetime | None:
    """Write these runs and their new steps; returns until when those in `outside`, whose effects go on, are leased."""
    if not runs:
        return None
    groups = _alike(runs, outside)
    rows = [{"place": place, **_row(some[0], some[0].id in outside)} for place, some in enumerate(groups)]
    values = {**_places(groups), "rows": json.dumps(rows, default=str), "lease": LEASE}
    until: datetime | None = db.session.scalar(_RUNS, values)
    _save_steps(groups, moment)
    count_days(_ended(runs))
    for run in runs:
        run.new_steps.clear()
    return until


def save_cancelled(runs: Sequence[ClaimedRun], moment: datetime) -> None:
    """Write the new steps of those of these runs that have been cancelled and whose history ends before these steps."""
    rows = [
        {"id": run.id, "before": run.steps - len(run.new_steps), "steps": run.steps, "answers": run.answers}
        for run in runs
        if run.new_steps
    ]
    if rows:
        noted = set(db.session.scalars(_CANCELLED, {"rows": json.dumps(rows, default=str)}))
        _save_steps([[run] for run in runs if run.id in noted], moment)


def count_days(counts: Counter[tuple[int, str]]) -> None:
    """Add to today's counts of workflows, given by workflow and "started" or a final state."""
    if not counts:
        return
    rows = [
        {"workflow_id": workflow_id, **{name: counts[workflow_id, name] for name in ("started", *_ENDS)}}
        for workflow_id in {workflow_id for workflow_id, _ in counts}
    ]
    db.session.execute(_DAYS, {"rows": json.dumps(rows), "day": today()})


def _alike(runs: Sequence[ClaimedRun], outside: set[int]) -> list[list[ClaimedRun]]:
    """Return the runs, those together of which the same is written: they stand alike and have shared their steps."""
    groups: defaultdict[tuple[Any, ...], list[ClaimedRun]] = defaultdict(list)
    for run in runs:
        told = run.answers, run.begun, run.given, run.event, run.awaits, run.problem, run.problem_values
        stands = run.state, run.node_id, run.steps, run.until, run.is_doing, run.id in outside
        groups[run.workflow_id, *stands, repr(told), *map(id, run.new_steps)].append(run)
    return list(groups.values())


def _places(groups: Sequence[Sequence[ClaimedRun]]) -> dict[str, list[int]]:
    """Return the ids of the runs, and the place of its group for each."""
    return {
        "ids": [run.id for some in groups for run in some],
        "places": [place for place, some in enumerate(groups) for _run in some],
    }


def _row(run: ClaimedRun, is_outside: bool) -> dict[str, Any]:
    return {
        "state": run.state,
        "node_id": run.node_id,
        "steps": run.steps,
        "answers": run.answers,
        "begun": {DOING: True, BEFORE: run.begun, GIVEN: run.given} if is_outside or run.is_doing else run.begun,
        "event": run.event,
        "awaits": run.awaits,
        "due_at": None if run.until is None else run.until.isoformat(),
        "is_leased": is_outside,
        "is_over": run.state not in OPEN,
        "problem": run.problem,
        "problem_values": run.problem_values,
    }


def _ended(runs: Sequence[ClaimedRun]) -> Counter[tuple[int, str]]:
    return Counter((run.workflow_id, run.state) for run in runs if run.state in _ENDS)


def _save_steps(groups: Sequence[Sequence[ClaimedRun]], moment: datetime) -> None:
    steps, counts = [], Counter[CountedStep]()
    for place, some in enumerate(groups):
        run = some[0]
        for number, step in enumerate(run.new_steps, run.steps - len(run.new_steps) + 1):
            steps.append({"place": place, "number": number, **_step(step)})
            counts[run.workflow_id, run.version_id, step.node.id, step.exit or "", step.result] += len(some)
    if steps:
        values = {**_places(groups), "steps": json.dumps(steps, default=str), "moment": moment}
        db.session.execute(_STEPS, values)
        count_nodes(counts)


def _step(step: PastStep) -> dict[str, Any]:
    node = step.node
    return {"node_id": node.id, "kind": node.kind, "result": step.result, "exit": step.exit, "note": step.note}


def count_nodes(counts: Counter[CountedStep]) -> None:
    """Add to today's counts of steps; of a trigger, runs that it started."""
    names = ("workflow_id", "version_id", "node_id", "exit", "result")
    days = [{**dict(zip(names, place, strict=True)), "number": number} for place, number in counts.items()]
    db.session.execute(_NODE_DAYS, {"rows": json.dumps(days), "day": today()})
