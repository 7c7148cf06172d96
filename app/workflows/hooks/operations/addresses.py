"""Make the address of a trigger, and renew its secret."""

from __future__ import annotations

from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import _l
from app.core.secrets import new_token
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.workflows.definition.graph import Graph, read_graph
from app.workflows.engine.happenings import WEBHOOK_RECEIVED
from app.workflows.hooks.models import WorkflowHook
from app.workflows.hooks.queries import hooks_of
from app.workflows.models import Workflow
from app.workflows.queries.drafts import draft_of, working_graph
from app.workflows.queries.workflows import get_version, get_workflow
from app.workflows.signing import new_secret

audit.describe(
    {
        "workflow.hook_made": _l("made an address for the incoming webhook of the workflow %(target)s"),
        "workflow.hook_renewed": _l("renewed the key of an incoming webhook of the workflow %(target)s"),
    }
)


@operation(Permission.WORKFLOWS)
def make_secret(workflow_id: int, account_id: int, node_id: str, *, actor: Actor) -> tuple[WorkflowHook, str]:
    """Make the address of a trigger for an account, or renew its secret; returns both, the secret for the only time.

    An earlier secret is good no longer. Raises NotFound, also for an account that is not the actor's, and for a step
    that is no incoming webhook of this account.
    """
    workflow = get_workflow(workflow_id, actor, lock=True)
    if not actor.may_see_account(account_id) or not _is_trigger(workflow, account_id, node_id):
        raise NotFound
    secret, hook = new_secret(), hooks_of(workflow.id, node_id).get(account_id)
    if hook is None:
        about = {"workflow_id": workflow.id, "account_id": account_id, "node_id": node_id}
        hook = WorkflowHook(code=new_token(), secret=secret, **about)
        db.session.add(hook)
        audit.record(actor, "workflow.hook_made", target=workflow, account_id=account_id)
    else:
        hook.secret, hook.renewed_at = secret, now()
        audit.record(actor, "workflow.hook_renewed", target=workflow, account_id=account_id)
    db.session.flush()
    return hook, secret


def _is_trigger(workflow: Workflow, account_id: int, node_id: str) -> bool:
    """Return whether the workflow, as it is edited or as it answers, has this incoming webhook for the account."""
    graphs = [working_graph(workflow, draft_of(workflow.id))]
    if workflow.active_version is not None:
        graphs.append(read_graph(get_version(workflow, workflow.active_version).graph))
    return any(_has_trigger(one, account_id, node_id) for one in graphs)


def _has_trigger(graph: Graph, account_id: int, node_id: str) -> bool:
    node = graph.node(node_id)
    return account_id in graph.account_ids and node is not None and node.kind == WEBHOOK_RECEIVED
