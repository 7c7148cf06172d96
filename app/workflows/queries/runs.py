"""Find runs of a workflow: a page of them as asked for, one with its steps, and what belongs to them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any

from sqlalchemy import BigInteger, ColumnElement, Select, and_, any_, exists, func, literal, or_, select
from sqlalchemy.dialects.postgresql import ARRAY

from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import zone
from app.core.pages import Page, PagePosition, TimeOrder, newest_first
from app.friends.filters import FriendFilter
from app.friends.models import Friend
from app.friends.queries.filter_sql import FRIENDS, Filtering, filtering
from app.messages.sending.causes import CauseKind
from app.messages.sending.models import MessageSend
from app.team.actors import Actor
from app.workflows.models import Workflow, WorkflowRun, WorkflowStep, WorkflowVersion
from app.workflows.queries.workflows import visible_to

# Up to so many friends are looked up by a search first; of more, runs are looked at one after the other.
MOST_LOOKED_UP = 1_000
# How many runs a friend's page shows.
MOST_OF_FRIEND = 20


@dataclass(frozen=True)
class StepTaken:
    """A step to which runs have come since a day, or which they have left with a result."""

    node_id: str
    since: date
    result: str | None = None


@dataclass(frozen=True)
class RunScope:
    """Which runs of a workflow are listed: in a state, at a node, of friends whom a search finds, of a version.

    `step` narrows them to those that have come to a step since a day.
    """

    workflow: Workflow
    actor: Actor
    state: str | None = None
    node_id: str | None = None
    search: str = ""
    step: StepTaken | None = None
    version: WorkflowVersion | None = None

    @property
    def is_narrowed(self) -> bool:
        """Return whether some runs are left out."""
        return bool(self.state or self.node_id or self.search or self.step or self.version)


def runs_page(scope: RunScope, order: TimeOrder, place: PagePosition) -> Page[WorkflowRun]:
    """Return a page of these runs by the time at which they started."""
    query = select(WorkflowRun).where(*conditions_of(scope))
    return newest_first(query, WorkflowRun.started_at, oldest=order.is_oldest_first, **place.keys)


def conditions_of(scope: RunScope) -> list[ColumnElement[bool]]:
    """Return the conditions of these runs."""
    found = [WorkflowRun.workflow_id == scope.workflow.id, *_is_known(scope.actor)]
    if scope.state:
        found.append(WorkflowRun.state == scope.state)
    if scope.node_id:
        found.append(WorkflowRun.node_id == scope.node_id)
    if scope.search:
        found.append(_is_of(scope))
    if scope.step:
        found.append(_came_to(scope.step))
    if scope.version:
        found.append(WorkflowRun.version_id == scope.version.id)
    return found


def _came_to(step: StepTaken) -> ColumnElement[bool]:
    """Return the condition that a run began at the step, has left it or stands there."""
    row, since = WorkflowStep, datetime.combine(step.since, time.min, zone())
    taken = select(row.run_id).where(row.run_id == WorkflowRun.id, row.node_id == step.node_id, row.at >= since)
    if step.result:
        return exists(taken.where(row.result == step.result).correlate(WorkflowRun))
    began = and_(WorkflowRun.trigger_node == step.node_id, WorkflowRun.started_at >= since)
    return or_(began, WorkflowRun.node_id == step.node_id, exists(taken.correlate(WorkflowRun)))


def _is_known(actor: Actor) -> list[ColumnElement[bool]]:
    """Return the condition that the run is on an account of the actor; earlier versions may have had others."""
    return [] if actor.accounts is None else [WorkflowRun.account_id.in_(actor.accounts)]


def _is_of(scope: RunScope) -> ColumnElement[bool]:
    """Return the condition that the run's friend fits the search."""
    wanted = FriendFilter(search=scope.search)
    accounts = [one for one in _accounts_of(scope.workflow.id) if scope.actor.may_see_account(one)]
    filters = {one: filtering(one, wanted) for one in accounts}
    some = or_(*(and_(FRIENDS.c.account_id == one, *narrowing.indexed()) for one, narrowing in filters.items()))
    found = db.session.scalars(select(FRIENDS.c.id).where(some).limit(MOST_LOOKED_UP + 1)).all() if filters else []
    if len(found) <= MOST_LOOKED_UP:
        return WorkflowRun.friend_id == any_(literal(list(found), ARRAY(BigInteger)))
    return exists(_looked_at(filters))


def _looked_at(filters: dict[int, Filtering]) -> Select[int]:
    fits = or_(*(and_(FRIENDS.c.account_id == one, *narrowing.tests(FRIENDS)) for one, narrowing in filters.items()))
    # The offset keeps PostgreSQL from collecting all friends whom a common word finds.
    return select(FRIENDS.c.id).where(FRIENDS.c.id == WorkflowRun.friend_id, fits).correlate(WorkflowRun).offset(0)


def _accounts_of(workflow_id: int) -> Sequence[int]:
    """Return the ids of the accounts that a version of the workflow answered for."""
    listed = func.jsonb_array_elements_text(WorkflowVersion.graph["accounts"]).cast(BigInteger)
    return db.session.scalars(select(listed).distinct().where(WorkflowVersion.workflow_id == workflow_id)).all()


def get_run(workflow: Workflow, run_id: int, actor: Actor, *, lock: bool = False) -> WorkflowRun:
    """Return a run; raises NotFound for one that is not the workflow's or on an account that is not the actor's."""
    query = select(WorkflowRun).where(WorkflowRun.id == run_id, WorkflowRun.workflow_id == workflow.id)
    if lock:
        query = query.with_for_update().execution_options(populate_existing=True)
    found = db.session.scalars(query.where(*_is_known(actor))).one_or_none()
    if found is None:
        raise NotFound
    return found


def open_runs_of(friend_id: int, actor: Actor) -> list[tuple[WorkflowRun, Workflow]]:
    """Return the runs in which a friend is now, of workflows that the actor may know, the newest first."""
    query = (
        select(WorkflowRun, Workflow)
        .join(Workflow, Workflow.id == WorkflowRun.workflow_id)
        .where(WorkflowRun.friend_id == friend_id, WorkflowRun.ended_at.is_(None), visible_to(actor))
        .order_by(WorkflowRun.started_at.desc(), WorkflowRun.id.desc())
        .limit(MOST_OF_FRIEND)
    )
    return [(run, workflow) for run, workflow in db.session.execute(query)]


def steps_of(run_id: int) -> Sequence[WorkflowStep]:
    """Return the steps of a run that are over, the first one first."""
    query = select(WorkflowStep).where(WorkflowStep.run_id == run_id).order_by(WorkflowStep.number)
    return db.session.scalars(query).all()


def version_numbers(version_ids: Collection[int]) -> dict[int, int]:
    """Return the numbers of versions by id."""
    query = select(WorkflowVersion.id, WorkflowVersion.number).where(WorkflowVersion.id.in_(version_ids))
    return {row.id: row.number for row in db.session.execute(query)}


def friends_by_id(friend_ids: Collection[int]) -> dict[int, Any]:
    """Return id, name and picture of these friends by id."""
    query = select(Friend.id, Friend.display_name, Friend.picture_url).where(Friend.id.in_(friend_ids))
    return {friend.id: friend for friend in db.session.execute(query)}


def send_of_run(run: WorkflowRun, send_id: int) -> MessageSend:
    """Return what a step of the run has sent; raises NotFound for a send of something else."""
    send = db.session.get(MessageSend, send_id)
    is_mine = send is not None and send.cause_kind == CauseKind.WORKFLOW and send.friend_id == run.friend_id
    if send is None or not is_mine or send.cause_id.partition(":")[0] != str(run.id):
        raise NotFound
    return send
