"""What hinders programs from calling a workflow."""

from __future__ import annotations

from collections.abc import Iterator

from app.core.i18n import _l
from app.workflows.definition.checks import Finding
from app.workflows.definition.graph import Graph
from app.workflows.definition.kinds import NodeProblem
from app.workflows.engine.happenings import WEBHOOK_RECEIVED
from app.workflows.hooks.queries import hooks_of_workflow
from app.workflows.queries.problems import CHECKS

NO_ADDRESS = _l("No program can call it yet: make its address and key here. A copy of a workflow needs new ones.")


def missing_addresses(workflow_id: int, graph: Graph) -> Iterator[Finding]:
    """Tell which incoming webhooks have no address for one of the accounts."""
    triggers = [node for node in graph.nodes if node.kind == WEBHOOK_RECEIVED]
    known = hooks_of_workflow(workflow_id) if triggers else set()
    for node in triggers:
        if any((node.id, account_id) not in known for account_id in graph.account_ids):
            yield Finding(NodeProblem(NO_ADDRESS, is_warning=True), node)


CHECKS.add("addresses", missing_addresses)
