"""Note where runs stood that are cancelled: a step for each, with what was done of it, and the counts of days."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Any

from app.workflows.engine.saving import CountedStep, count_days, count_nodes
from app.workflows.models import WorkflowRunState

CANCELLED = "cancelled"
# Goes on from a query `cancelled` with the runs as they were, which says of each whether it `is_noted`.
NOTE_CANCELLED = """    ,
    kinds AS (
        SELECT version_id, node_id, jsonb_path_query_first(
            graph, '$.nodes[*] ? (@.id == $id).kind', jsonb_build_object('id', node_id)) #>> '{}' AS kind
        FROM (SELECT DISTINCT version_id, node_id FROM cancelled) AS place
        JOIN workflow_versions AS version ON version.id = place.version_id
    ),
    noted AS (
        INSERT INTO workflow_steps (run_id, number, node_id, kind, result, note, at)
        SELECT id, steps + 1, node_id, kind, 'cancelled', coalesce(begun -> 'note', '{}'), statement_timestamp()
        FROM cancelled JOIN kinds USING (version_id, node_id)
        WHERE is_noted ORDER BY id
    )
    SELECT workflow_id, version_id, node_id, count(*) AS number, count(*) FILTER (WHERE is_noted) AS noted
    FROM cancelled GROUP BY workflow_id, version_id, node_id
"""


def count_cancelled(rows: Iterable[Any]) -> int:
    """Add what was cancelled to the counts of days and nodes; returns how many runs that were."""
    days: Counter[tuple[int, str]] = Counter()
    nodes: Counter[CountedStep] = Counter()
    for row in rows:
        days[row.workflow_id, WorkflowRunState.CANCELLED.value] += row.number
        if row.noted:
            nodes[row.workflow_id, row.version_id, row.node_id, "", CANCELLED] += row.noted
    if days:
        count_days(days)
        count_nodes(nodes)
    return days.total()
