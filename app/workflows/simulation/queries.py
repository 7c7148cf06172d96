"""Find a member's test run, and replays with what they would have sent."""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.core.pages import Page, PagePosition, TimeOrder, newest_first
from app.friends.filters import FriendFilter
from app.friends.queries.filter_sql import FRIENDS, filtering
from app.team.actors import Actor
from app.workflows.models import Workflow
from app.workflows.queries.workflows import get_workflow
from app.workflows.simulation.models import WorkflowReplay, WorkflowReplaySend, WorkflowTestRun

# Up to so many friends are looked up by a search.
MOST_FOUND = 1_000


def begun_test(workflow_id: int, member_id: int) -> WorkflowTestRun | None:
    """Return the member's test run of a workflow; None where none was begun."""
    return db.session.get(WorkflowTestRun, (workflow_id, member_id))


def get_replay(workflow_id: int, replay_id: int, actor: Actor) -> WorkflowReplay:
    """Return a replay of the workflow; raises NotFound for one that is not there or is not for this actor."""
    workflow = get_workflow(workflow_id, actor)
    replay = db.session.get(WorkflowReplay, replay_id)
    if replay is None or replay.workflow_id != workflow.id or not _is_for(actor, replay):
        raise NotFound
    return replay


def replays_of(workflow: Workflow, actor: Actor) -> list[WorkflowReplay]:
    """Return the replays of a workflow that the actor may see, the newest first."""
    query = select(WorkflowReplay).where(WorkflowReplay.workflow_id == workflow.id)
    found = db.session.scalars(query.order_by(WorkflowReplay.id.desc()))
    return [one for one in found if _is_for(actor, one)]


def _is_for(actor: Actor, replay: WorkflowReplay) -> bool:
    return all(map(actor.may_see_account, replay.account_ids))


def sends_page(replay: WorkflowReplay, search: str, order: TimeOrder, place: PagePosition) -> Page[WorkflowReplaySend]:
    """Return a page of what friends would have got."""
    query = select(WorkflowReplaySend).where(WorkflowReplaySend.replay_id == replay.id)
    if search:
        query = query.where(WorkflowReplaySend.friend_id.in_(_found(replay.account_ids, search)))
    return newest_first(query, WorkflowReplaySend.at, oldest=order.is_oldest_first, **place.keys)


def _found(account_ids: Sequence[int], search: str) -> list[int]:
    found: list[int] = []
    for account_id in account_ids:
        narrowing = filtering(account_id, FriendFilter(search=search)).indexed()
        query = select(FRIENDS.c.id).where(FRIENDS.c.account_id == account_id, *narrowing).limit(MOST_FOUND)
        found += db.session.scalars(query)
    return found
