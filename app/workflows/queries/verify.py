"""Prove that the history of a workflow agrees with itself."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import text

from app.core.db import db
from app.core.i18n import Text, _l

# What must be none, as a sentence and a query of the number.
_CHECKS = (
    (
        _l("Runs that have ended and are due all the same: %(number)s."),
        "SELECT count(*) FROM workflow_runs WHERE workflow_id = :id AND ended_at IS NOT NULL"
        " AND (due_at IS NOT NULL OR awaits IS NOT NULL OR state NOT IN ('succeeded', 'failed', 'cancelled'))",
    ),
    (
        _l("Open runs for which nothing is ordered: %(number)s."),
        "SELECT count(*) FROM workflow_runs WHERE workflow_id = :id AND ended_at IS NULL AND state <> 'held'"
        " AND due_at IS NULL AND awaits IS NULL",
    ),
    (
        _l("Runs whose steps are not all there: %(number)s."),
        "SELECT count(*) FROM workflow_runs AS run WHERE workflow_id = :id"
        " AND steps <> (SELECT count(*) FROM workflow_steps WHERE run_id = run.id)",
    ),
    (
        _l("Steps of which there are more than the counts of the days say: %(number)s."),
        "SELECT count(*) FROM ("
        "SELECT node_id, exit, result, count(*) AS number FROM workflow_steps"
        " WHERE run_id IN (SELECT id FROM workflow_runs WHERE workflow_id = :id)"
        " GROUP BY node_id, exit, result) AS step"
        " WHERE number > coalesce((SELECT sum(number) FROM workflow_node_days AS day WHERE workflow_id = :id"
        " AND day.node_id = step.node_id AND day.exit = coalesce(step.exit, '') AND day.result = step.result), 0)",
    ),
    (
        _l("Runs that have succeeded without a note that the friend has finished: %(number)s."),
        "SELECT count(*) FROM workflow_runs AS run WHERE workflow_id = :id AND state = 'succeeded' AND NOT EXISTS"
        " (SELECT FROM workflow_entries WHERE workflow_id = :id AND friend_id = run.friend_id"
        " AND finished_at IS NOT NULL)",
    ),
    (
        _l("Runs by which the counts of the days differ: %(number)s."),
        "SELECT greatest(0, (SELECT count(*) FROM workflow_runs WHERE workflow_id = :id) -"
        " (SELECT coalesce(sum(started), 0) FROM workflow_days WHERE workflow_id = :id)) +"
        " greatest(0, (SELECT count(*) FROM workflow_runs WHERE workflow_id = :id AND ended_at IS NOT NULL) -"
        " (SELECT coalesce(sum(succeeded + failed + cancelled), 0) FROM workflow_days WHERE workflow_id = :id))",
    ),
)


def problems_of(workflow_id: int) -> list[Text]:
    """Return what is wrong with the runs of a workflow, as sentences. Pruned runs stay in the days' counts."""
    return list(_problems(workflow_id))


def _problems(workflow_id: int) -> Iterator[Text]:
    for sentence, query in _CHECKS:
        number = int(db.session.execute(text(query), {"id": workflow_id}).scalar_one())
        if number:
            yield str(sentence) % {"number": number}
