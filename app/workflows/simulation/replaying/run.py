"""The run of a replay: first the friends to whom something happened, then a few hundred of them in each slice."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate
from typing import Any

from sqlalchemy import delete, insert, literal, select

from app.core import error_messages
from app.core.collector import undisturbed
from app.core.db import db
from app.core.errors import PermanentFailure
from app.core.i18n import _l
from app.core.queue import Queue
from app.core.runs.keepalive import renewing_lease
from app.core.runs.lease import Lease
from app.core.runs.models import Run
from app.core.runs.registry import RunKind, SliceResult, register
from app.segments.conditions.sql import one_of
from app.workflows.definition.graph import Graph, read_graph
from app.workflows.engine.loading import graph_of
from app.workflows.models import WorkflowEntry
from app.workflows.simulation import world
from app.workflows.simulation.models import WorkflowReplay, WorkflowReplayFriend
from app.workflows.simulation.removing import remove_replays
from app.workflows.simulation.replaying.events import ReplayPeriod
from app.workflows.simulation.replaying.figures import CAPPED, ReplayedSend, read_figures
from app.workflows.simulation.replaying.machine import ReplayedFriend, ReplayMachine
from app.workflows.simulation.replaying.story import accounts_of_friends, people_query, stories

REPLAY = "workflow_replay"
# Friends of one slice, and their events: sets are large enough, and a slice takes a few seconds and little memory.
AT_ONCE, EVENTS_AT_ONCE = 2_000, 10_000
# The id of a row comes from its sequence.
_STORE_SENDS = "COPY workflow_replay_sends (replay_id, friend_id, account_id, node_id, at, messages, via) FROM STDIN"
GONE = "workflows.replay_gone"
error_messages.register({GONE: _l("The replay was deleted.")})


@dataclass(frozen=True)
class ReplayCursor:
    """Friends up to this id were done."""

    after: int = 0


def advance(lease: Lease) -> SliceResult:
    """Do one slice."""
    replay = db.session.get(WorkflowReplay, lease.run.subject_id)
    if replay is None:
        raise PermanentFailure(GONE)
    if lease.run.total is None:
        with renewing_lease(lease):
            lease.save(total=_store_people(replay))
    elif not _replay_next(lease, replay):
        return SliceResult.DONE
    db.session.commit()
    return SliceResult.MORE


def _store_people(replay: WorkflowReplay) -> int:
    db.session.refresh(replay, with_for_update=True)
    db.session.execute(delete(WorkflowReplayFriend).where(WorkflowReplayFriend.replay_id == replay.id))
    people = people_query(_graphs(replay), _period(replay)).subquery()
    rows = select(literal(replay.id), people.c.friend_id, people.c.events)
    stored: Any = db.session.execute(
        insert(WorkflowReplayFriend).from_select(["replay_id", "friend_id", "events"], rows)
    )
    return int(stored.rowcount)


def _graphs(replay: WorkflowReplay) -> list[Graph]:
    active = [graph_of(replay.active_version_id)] if replay.active_version_id else []
    return [read_graph(replay.graph), *active]


def _period(replay: WorkflowReplay) -> ReplayPeriod:
    return ReplayPeriod(replay.since, replay.until)


def _replay_next(lease: Lease, replay: WorkflowReplay) -> bool:
    friend_ids = _next_people(replay.id, lease.cursor(ReplayCursor).after)
    if not friend_ids:
        return False
    graphs, period, workflow_id = _graphs(replay), _period(replay), replay.workflow_id
    version_id = replay.active_version_id or 0
    with renewing_lease(lease), undisturbed():
        played = [
            replayed(graph, workflow_id, version_id if number else 0, period, friend_ids)
            for number, graph in enumerate(graphs)
        ]
    lease.prolong()
    _store(lease.run.subject_id, played)
    lease.save(cursor=ReplayCursor(friend_ids[-1]), done=len(friend_ids))
    return True


def _next_people(replay_id: int, after: int) -> list[int]:
    """Return the next friends, as many as a slice takes, with no more events than it takes; at least one."""
    table = WorkflowReplayFriend
    query = select(table.friend_id, table.events).where(table.replay_id == replay_id, table.friend_id > after)
    rows = db.session.execute(query.order_by(table.friend_id).limit(AT_ONCE)).all()
    totals = accumulate(row.events for row in rows)
    fitting = [row.friend_id for row, total in zip(rows, totals, strict=True) if total <= EVENTS_AT_ONCE]
    return fitting or [row.friend_id for row in rows[:1]]


def replayed(
    graph: Graph, workflow_id: int, version_id: int, period: ReplayPeriod, friend_ids: Sequence[int]
) -> ReplayMachine:
    """Return what a version would have done for these friends; nothing is written."""
    told, accounts = stories(graph, period, friend_ids), accounts_of_friends(friend_ids)
    entered = _entered_before(workflow_id, period, friend_ids)
    people = [
        ReplayedFriend(one, accounts[one], told[one], entered.get(one))
        for one in friend_ids
        if one in told and accounts.get(one) in graph.account_ids
    ]
    with world.pretended(friend_ids):
        machine = ReplayMachine(graph, workflow_id, version_id, period.until)
        machine.run(people)
    return machine


def _entered_before(workflow_id: int, period: ReplayPeriod, friend_ids: Sequence[int]) -> Mapping[int, Any]:
    query = select(WorkflowEntry.friend_id, WorkflowEntry.entered_at).where(
        WorkflowEntry.workflow_id == workflow_id,
        one_of(WorkflowEntry.friend_id, friend_ids),
        WorkflowEntry.entered_at < period.since,
    )
    return {row.friend_id: row.entered_at for row in db.session.execute(query)}


def _store(replay_id: int, played: Sequence[ReplayMachine]) -> None:
    """Add the figures of a slice, and what the edited version would have sent."""
    replay = db.session.get_one(WorkflowReplay, replay_id, populate_existing=True, with_for_update=True)
    for name, machine in zip(("drafted", "active"), played, strict=False):
        figures = read_figures(getattr(replay, name))
        figures.add(machine.figures)
        setattr(replay, name, figures.as_json())
    if len(played) > 1:
        first, second = (_by_friend(one.sent) for one in played)
        replay.compared = dict(Counter(replay.compared) + _compared(first, second))
    _store_sends(replay_id, played[0].sent)
    db.session.flush()


def _store_sends(replay_id: int, sent: Sequence[ReplayedSend]) -> None:
    """Copy what would have been sent into its table, within the session's transaction."""
    driver: Any = db.session.connection().connection.driver_connection
    with driver.cursor() as cursor, cursor.copy(_STORE_SENDS) as copy:
        for one in sent:
            copy.write_row((replay_id, *one))


def _by_friend(sent: Sequence[ReplayedSend]) -> Counter[int]:
    found: Counter[int] = Counter()
    for one in sent:
        if one.via != CAPPED:
            found[one.friend_id] += one.messages
    return found


def _compared(first: Counter[int], second: Counter[int]) -> Counter[str]:
    """Count the friends who get more messages by the first version than by the second, fewer, or as many."""
    found: Counter[str] = Counter()
    for friend_id in first | second:
        difference = first[friend_id] - second[friend_id]
        found["more" if difference > 0 else "fewer" if difference < 0 else "same"] += 1
    return found


def _forget(run_ids: Sequence[int]) -> None:
    """Remove the replays of runs that are removed."""
    remove_replays(WorkflowReplay.id.in_(select(Run.subject_id).where(Run.id.in_(run_ids))))


register(RunKind(REPLAY, _l("Replay of a workflow"), advance, Queue.BULK, cursor=ReplayCursor, pruned=_forget))
