"""A workflow with as many runs as a benchmark asks for, stored by set-based SQL."""

from __future__ import annotations

from sqlalchemy import Connection, text

from app.core.db import db
from app.friends.models import Tag
from app.team.actors import SYSTEM
from app.workflows.definition.graph import Graph, Node
from app.workflows.operations.life import create_workflow, start

# A run waits behind its delay, or has left all four steps.
STEPS_OF_ENDED, STEPS_OF_OPEN = 4, 1
_RUNS = """
    INSERT INTO workflow_runs (workflow_id, version_id, account_id, friend_id, state, event_key, trigger_node, trigger,
                               node_id, steps, begun, due_at, started_at, ended_at)
    SELECT :workflow_id, :version_id, :account_id, person.ids[1 + n % cardinality(person.ids)], run.state,
           'bench:' || n, 'trigger', '{"kind": "friend_add", "is_first": true}',
           CASE WHEN run.state = 'waiting' THEN 'wait' END,
           CASE WHEN run.state = 'waiting' THEN :steps_of_open ELSE :steps_of_ended END,
           CASE WHEN run.state = 'waiting' THEN jsonb_build_object('until', run.due) ELSE '{}' END,
           CASE WHEN run.state = 'waiting' THEN run.due END, run.started,
           CASE WHEN run.state <> 'waiting' THEN run.started + interval '1 hour' END
    FROM (SELECT array_agg(id ORDER BY id) AS ids FROM friends WHERE account_id = :account_id) AS person,
         generate_series(CAST(:first AS bigint), CAST(:last AS bigint)) AS n,
         LATERAL (SELECT now() - n % 2592000 * interval '1 second' AS started,
                         now() + interval '1 day' + n % 2592000 * interval '1 second' AS due,
                         CASE WHEN n % 100 < :waiting_share THEN 'waiting' WHEN n % 1000 = 999 THEN 'failed'
                              ELSE 'succeeded' END AS state) AS run
"""
_STEPS = """
    INSERT INTO workflow_steps (run_id, number, node_id, kind, result, exit, note, at)
    SELECT run.id, number, ('{tag,wait,again,end}'::text[])[number], ('{tag,delay,tag,stop}'::text[])[number],
           CASE WHEN run.state = 'failed' AND number = 4 THEN 'failed' ELSE 'done' END,
           CASE WHEN number < 4 THEN 'next' END, '{}', run.started_at + number * interval '1 second'
    FROM workflow_runs AS run, generate_series(1, run.steps) AS number
"""
_DAYS = """
    INSERT INTO workflow_days (workflow_id, day, started, succeeded, failed)
    SELECT workflow_id, started_at::date, count(*), count(*) FILTER (WHERE state = 'succeeded'),
           count(*) FILTER (WHERE state = 'failed')
    FROM workflow_runs GROUP BY 1, 2
"""
_NODE_DAYS = """
    INSERT INTO workflow_node_days (workflow_id, node_id, day, exit, result, number)
    SELECT :workflow_id, node_id, at::date, coalesce(exit, ''), result, count(*) FROM workflow_steps GROUP BY 2, 3, 4, 5
"""
_ENTRIES = """
    INSERT INTO workflow_entries (workflow_id, friend_id, entered_at)
    SELECT :workflow_id, friend_id, max(started_at) FROM workflow_runs GROUP BY friend_id
"""
AT_ONCE = 200_000


def start_workflow(account_id: int) -> tuple[int, int]:
    """Start a workflow that tags, waits and tags again; returns its id and that of the tag put on after the wait."""
    tags = [Tag(account_id=account_id, name=name) for name in ("Entered", "Waited")]
    db.session.add_all(tags)
    db.session.flush()
    place = str(account_id)
    nodes = (
        Node("trigger", "friend_add", {}, {"next": "tag"}),
        Node("tag", "tag", {"tags": {place: [tags[0].id]}}, {"next": "wait"}),
        Node("wait", "delay", {"amount": 1, "unit": "days"}, {"next": "again"}),
        Node("again", "tag", {"tags": {place: [tags[1].id]}}, {"next": "end"}),
        Node("end", "stop"),
    )
    workflow = create_workflow("Bench", graph=Graph((account_id,), nodes), actor=SYSTEM)
    start(workflow.id, actor=SYSTEM)
    made = workflow.id, tags[1].id
    # No transaction stays open while the runs are stored, which takes longer than one may be idle.
    db.session.commit()
    return made


def store_runs(
    connection: Connection, account_id: int, workflow_id: int, number: int, waiting_share: int, *, has_steps: bool
) -> None:
    """Store so many runs of the workflow, of which this share in percent waits, with their steps and counts."""
    version = connection.scalar(text("SELECT id FROM workflow_versions WHERE workflow_id = :id"), {"id": workflow_id})
    values = {"workflow_id": workflow_id, "version_id": version, "account_id": account_id}
    values |= {"waiting_share": waiting_share, "steps_of_ended": STEPS_OF_ENDED if has_steps else 0}
    values |= {"steps_of_open": STEPS_OF_OPEN if has_steps else 0}
    for first in range(1, number + 1, AT_ONCE):
        connection.execute(text(_RUNS), values | {"first": first, "last": min(number, first + AT_ONCE - 1)})
    for statement in (_STEPS, _DAYS, _NODE_DAYS, _ENTRIES):
        connection.execute(text(statement), values)
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
