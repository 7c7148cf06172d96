"""Send a test: what a *Send webhook* step posts, once, with the data of a chosen friend and outside of any run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sqlalchemy import select

from app.core.db import db
from app.core.error_messages import sentence
from app.core.errors import NotAllowed, NotFound
from app.core.i18n import Text, _l, sentences
from app.core.outgoing.posting import HostAnswer
from app.core.secrets import new_token
from app.friends.models import Friend
from app.messages.composer.preview_data import friends_to_show
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission
from app.workflows.actions.webhooks import SEND_WEBHOOK, effect_of, excerpt_of, kept_of, post_once
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import ACTIONS, NodeProblem
from app.workflows.engine.performing import Failed, Task
from app.workflows.models import Workflow
from app.workflows.queries.drafts import draft_of, working_graph
from app.workflows.queries.workflows import get_workflow
from app.workflows.texts import ANSWER, TRIGGER, own_types

# What stands for answers, and for what a trigger tells.
SAMPLE = "sample"
INCOMPLETE = _l("Not sent: something is missing in the step. Fill it in first.")
audit.describe({"workflow.webhook_tested": _l("sent a test of a webhook of the workflow %(target)s")})


@dataclass(frozen=True)
class WebhookTrial:
    """What came of a test: status and beginning of the answer and what a run would keep of it, or why there is none."""

    status: int | None = None
    answer: str = ""
    kept: Mapping[str, Any] = field(default_factory=dict)
    problem: Text = ""

    @property
    def is_taken(self) -> bool:
        """Return whether the step of a run would go on."""
        return self.status is not None and 200 <= self.status < 300


@operation(Permission.EXPORT)
def try_webhook(workflow_id: int, node_id: str, friend_id: int, *, actor: Actor) -> WebhookTrial:
    """Post what the step, as it is edited, sends of the friend; no run begins, and nothing is tried again.

    Raises NotFound, also for a friend of another account, and NotAllowed.
    """
    if not (actor.may(Permission.WORKFLOWS) and actor.may(Permission.FRIENDS)):
        raise NotAllowed
    workflow, graph, node = webhook_step(workflow_id, node_id, actor)
    mine = select(Friend).where(Friend.id == friend_id, Friend.account_id.in_(graph.account_ids))
    friend = db.session.scalars(mine).one_or_none()
    if friend is None or not actor.may_see_account(friend.account_id):
        raise NotFound
    if wrong := _problems(graph, node):
        return WebhookTrial(problem=sentences([INCOMPLETE, wrong[0].message]))
    audit.record(actor, "workflow.webhook_tested", target=workflow, account_id=friend.account_id)
    task = _task(workflow, graph, node, friend)
    return _told(task, post_once(task))


def webhook_step(workflow_id: int, node_id: str, actor: Actor) -> tuple[Workflow, Graph, Node]:
    """Return the step with its workflow and graph, as they are edited; raises NotFound."""
    workflow = get_workflow(workflow_id, actor)
    graph = working_graph(workflow, draft_of(workflow.id))
    node = graph.node(node_id)
    if node is None or node.kind != SEND_WEBHOOK or not all(map(actor.may_see_account, graph.account_ids)):
        raise NotFound
    return workflow, graph, node


def friends_for_test(graph: Graph, search: str, chosen: int | None) -> Sequence[Friend]:
    """Return friends of the workflow's accounts who fit the search, with the chosen one."""
    return [friend for account_id in graph.account_ids for friend in friends_to_show(account_id, search, chosen)]


def _problems(graph: Graph, node: Node) -> Sequence[NodeProblem]:
    kind = ACTIONS[node.kind]
    return [*kind.check(node, graph.account_ids), *kind.check_within(graph, node)]


def _task(workflow: Workflow, graph: Graph, node: Node, friend: Friend) -> Task:
    own = own_types(graph)
    return Task(
        run_id=0,
        key=f"test:{new_token()[:16]}",
        workflow_id=workflow.id,
        workflow_name=workflow.name,
        account_id=friend.account_id,
        friend_id=friend.id,
        node_id=node.id,
        effect=effect_of(node),
        trigger={one.removeprefix(TRIGGER): SAMPLE for one in own if one.startswith(TRIGGER)},
        answers={one.removeprefix(ANSWER): SAMPLE for one in own if one.startswith(ANSWER)},
    )


def _told(task: Task, result: Any) -> WebhookTrial:
    if isinstance(result, HostAnswer):
        return WebhookTrial(result.status, excerpt_of(result), kept_of(task.effect, result))
    values = result.values if isinstance(result, Failed) else None
    return WebhookTrial(problem=sentence(result.code, values))
