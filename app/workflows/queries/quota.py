"""Whether the message units of the month are enough for a workflow, as it was sending lately."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from sqlalchemy import func, select

from app.core import clock
from app.core.db import db
from app.core.i18n import _, count, today
from app.line.models import Account
from app.messages.broadcasts.quota import month_of, units_of
from app.workflows.definition.checks import Finding, connected
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import NodeProblem, sends_after
from app.workflows.models import WorkflowNodeDay

# What was sent in so many days tells what will be.
RECENT = timedelta(days=7)


def quota_doubts(workflow_id: int, graph: Graph) -> Iterator[Finding]:
    """Tell where the units of the month are used up, or will be at the present rate; each at the first step that sends.

    Replies need no units, so that fewer may be used.
    """
    reached = connected(graph)
    senders = [node for node in graph.nodes if node.id in reached and sends_after(graph, [node.id])]
    left = _left_of(graph.account_ids) if senders else []
    if not left:
        return
    yield from (_used_up(account, senders[0]) for account, units in left if units == 0)
    has_units = sum(units for _account, units in left)
    expected = _until_end_of_month(_sent_lately(workflow_id, senders))
    # An account without a limit may be the one that sends.
    if has_units and len(left) == len(graph.account_ids) and expected > has_units:
        yield _too_few(expected, has_units, senders[0])


def _left_of(account_ids: Sequence[int]) -> list[tuple[Account, int]]:
    """Return how many units each account has left; one without a limit is left out."""
    accounts = db.session.scalars(select(Account).where(Account.id.in_(account_ids)).order_by(Account.id))
    units = [(account, units_of(account, clock.now()).left) for account in accounts]
    return [(account, left) for account, left in units if left is not None]


def _sent_lately(workflow_id: int, senders: Sequence[Node]) -> int:
    days = WorkflowNodeDay
    mine = days.workflow_id == workflow_id, days.node_id.in_([node.id for node in senders])
    query = select(func.coalesce(func.sum(days.number), 0)).where(
        *mine, days.result == "done", days.day > today() - RECENT
    )
    return int(db.session.scalar(query) or 0)


def _until_end_of_month(sent: int) -> int:
    moment: datetime = clock.now()
    return round(sent * ((month_of(moment)[1] - moment) / RECENT))


def _used_up(account: Account, node: Node) -> Finding:
    words = _("%(account)s has no message units left this month, so LINE only takes replies.", account=account.name)
    return Finding(NodeProblem(words, "quota", is_warning=True), node)


def _too_few(expected: int, left: int, node: Node) -> Finding:
    words = _(
        "Messages until the end of the month at the rate of the last seven days: up to %(expected)s. "
        "Message units left: %(left)s",
        expected=count(expected),
        left=count(left),
    )
    return Finding(NodeProblem(words, "quota", is_warning=True), node)
