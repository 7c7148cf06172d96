"""What came of a workflow: totals, days, and how many runs came to each node and went on."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from sqlalchemy import func, select

from app.core.db import db
from app.core.i18n import today
from app.workflows.definition.checks import connected
from app.workflows.definition.comparing import in_reading_order
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import TRIGGERS
from app.workflows.engine.cancelled import CANCELLED
from app.workflows.models import OPEN, WorkflowDay, WorkflowNodeDay, WorkflowRun, WorkflowRunState


@dataclass(frozen=True)
class DayFigures:
    """Runs that began on a day, and those that ended on it."""

    day: date
    started: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0


@dataclass(frozen=True)
class HistoryTotals:
    """All runs since the workflow was made, also those that are kept no longer; `by_state` counts the open ones."""

    started: int
    succeeded: int
    failed: int
    cancelled: int
    by_state: Mapping[str, int]

    @property
    def running(self) -> int:
        """Return how many are being advanced."""
        return self.by_state.get(WorkflowRunState.RUNNING, 0)

    @property
    def waiting(self) -> int:
        """Return how many wait for a time or an event."""
        return self.by_state.get(WorkflowRunState.WAITING, 0)

    @property
    def held(self) -> int:
        """Return how many stand still."""
        return self.by_state.get(WorkflowRunState.HELD, 0)

    @property
    def open(self) -> int:
        """Return how many have not ended."""
        return sum(self.by_state.values())


@dataclass(frozen=True)
class NodeFigures:
    """Runs at one node in some days; `waiting` is how many stand there now, `exits` by which exits they left it."""

    node: Node
    # Runs that came by a drawn way.
    came: int
    failed: int
    skipped: int
    # Runs that ended here without having gone on: they have failed, or were cancelled while they stood here.
    lost: int
    waiting: int
    exits: Mapping[str, int] = field(default_factory=dict)

    @property
    def is_trigger(self) -> bool:
        """Return whether runs start here."""
        return self.node.kind in TRIGGERS

    @property
    def drop_off(self) -> float | None:
        """Return the share of those who came and whose run ended here before it went on; None where none came."""
        return min(self.lost / self.came, 1.0) if self.came and not self.is_trigger else None


@dataclass(frozen=True)
class WorkflowHistory:
    """The figures of a workflow over some days."""

    totals: HistoryTotals
    days: Sequence[DayFigures]
    nodes: Sequence[NodeFigures]
    # Runs that stand at nodes which the shown version does not have.
    elsewhere: int


def history_of(workflow_id: int, graph: Graph, days: int) -> WorkflowHistory:
    """Return totals, the last `days` days, and the nodes of this graph in these days."""
    since = first_day(days)
    standing = _standing(workflow_id)
    by_state: Counter[str] = Counter()
    by_node: Counter[str] = Counter()
    for (state, node_id), number in standing.items():
        by_state[state] += number
        by_node[node_id] += number
    leading = connected(graph)
    known = [node for node in in_reading_order(graph) if node.id in leading]
    return WorkflowHistory(
        _totals(workflow_id, by_state),
        _days(workflow_id, since),
        list(_figures(workflow_id, since, graph, known, by_node)),
        sum(number for node_id, number in by_node.items() if node_id not in graph.by_id),
    )


def figures_of_nodes(
    workflow_id: int, graph: Graph, days: int, *, version_id: int | None = None
) -> dict[str, NodeFigures]:
    """Return by id the figures of all nodes of this graph in the last `days` days, of runs of a version or of all."""
    by_node: Counter[str] = Counter()
    for (_state, node_id), number in _standing(workflow_id, version_id).items():
        by_node[node_id] += number
    found = _figures(workflow_id, first_day(days), graph, graph.nodes, by_node, version_id)
    return {one.node.id: one for one in found}


def first_day(days: int) -> date:
    """Return the first of the last `days` days, of which today is one."""
    return today() - timedelta(days=days - 1)


def _standing(workflow_id: int, version_id: int | None = None) -> dict[tuple[str, str], int]:
    """Return how many open runs there are by state and node, of a version or of all."""
    query = (
        select(WorkflowRun.state, func.coalesce(WorkflowRun.node_id, ""), func.count())
        .where(WorkflowRun.workflow_id == workflow_id, WorkflowRun.state.in_(OPEN))
        .group_by(WorkflowRun.state, WorkflowRun.node_id)
    )
    if version_id is not None:
        query = query.where(WorkflowRun.version_id == version_id)
    return {(row[0], row[1]): row[2] for row in db.session.execute(query)}


def _totals(workflow_id: int, by_state: Mapping[str, int]) -> HistoryTotals:
    names = (WorkflowDay.started, WorkflowDay.succeeded, WorkflowDay.failed, WorkflowDay.cancelled)
    sums = select(*(func.coalesce(func.sum(one), 0) for one in names)).where(WorkflowDay.workflow_id == workflow_id)
    started, succeeded, failed, cancelled = map(int, db.session.execute(sums).one())
    return HistoryTotals(started, succeeded, failed, cancelled, by_state)


def _days(workflow_id: int, since: date) -> list[DayFigures]:
    """Return every day from `since` to today, also those on which nothing happened."""
    query = select(WorkflowDay).where(WorkflowDay.workflow_id == workflow_id, WorkflowDay.day >= since)
    found = {row.day: row for row in db.session.scalars(query)}
    every = (since + timedelta(days=ahead) for ahead in range((today() - since).days + 1))
    return [_day(one, found.get(one)) for one in every]


def _day(day: date, row: WorkflowDay | None) -> DayFigures:
    return DayFigures(day, row.started, row.succeeded, row.failed, row.cancelled) if row else DayFigures(day)


def _figures(
    workflow_id: int,
    since: date,
    graph: Graph,
    nodes: Sequence[Node],
    standing: Mapping[str, int],
    version_id: int | None = None,
) -> Iterator[NodeFigures]:
    left = _left(workflow_id, since, version_id)
    came: Counter[str] = Counter()
    for node in graph.nodes:
        for (exit_name, _result), number in left[node.id].items():
            came[node.exits.get(exit_name, "")] += number
    for node in nodes:
        steps = left[node.id]
        exits: Counter[str] = Counter()
        results: Counter[str] = Counter()
        for (exit_name, result), number in steps.items():
            results[result] += number
            if result != CANCELLED:
                exits[exit_name] += number
        yield NodeFigures(
            node=node,
            came=sum(steps.values()) if node.kind in TRIGGERS else came[node.id],
            failed=results["failed"],
            skipped=results["skipped"],
            lost=steps["", "failed"] + results[CANCELLED],
            waiting=standing.get(node.id, 0),
            exits=exits,
        )


def _left(workflow_id: int, since: date, version_id: int | None) -> defaultdict[str, Counter[tuple[str, str]]]:
    """Return by node how many steps were left by which exit and with which result; "" where the run ended."""
    row = WorkflowNodeDay
    query = (
        select(row.node_id, row.exit, row.result, func.sum(row.number))
        .where(row.workflow_id == workflow_id, row.day >= since)
        .group_by(row.node_id, row.exit, row.result)
    )
    if version_id is not None:
        query = query.where(row.version_id == version_id)
    found: defaultdict[str, Counter[tuple[str, str]]] = defaultdict(Counter)
    for node_id, exit_name, result, number in db.session.execute(query):
        found[node_id][exit_name, result] += int(number)
    return found
