"""What happened to friends in a period, in order: events that are stored, and moments of the clock."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from operator import attrgetter
from typing import Any

from sqlalchemy import Select, func, select, union_all

from app.core.clock import pretending
from app.core.db import db
from app.core.i18n import zone
from app.friends.models import Friend
from app.segments.conditions.sql import one_of
from app.workflows.actions.flow import STARTED_BY_WORKFLOW
from app.workflows.definition.graph import NEXT, Graph, Node
from app.workflows.definition.kinds import TRIGGERS, Clock, triggers_of
from app.workflows.engine.happenings import QUESTION_ANSWERED
from app.workflows.simulation.effects import heard_kinds
from app.workflows.simulation.replaying import changes, clicks, scans, webhooks
from app.workflows.simulation.replaying.events import ReplayedEvent, ReplayPeriod


@dataclass(frozen=True)
class ReplaySource:
    """Where events of these kinds are kept: whose they are, and the events themselves."""

    kinds: frozenset[str]
    people: Callable[[Collection[int], ReplayPeriod], Select[Any]]
    events: Callable[[ReplayPeriod, Sequence[int]], Iterator[tuple[int, ReplayedEvent]]]


USUAL = [ReplaySource(one.KINDS, one.people, one.events) for one in (webhooks, clicks, scans)]
CHANGES = ReplaySource(changes.KINDS, changes.people, changes.events)
# Those of upper layers.
_UPPER: list[ReplaySource] = []
OWN = frozenset({QUESTION_ANSWERED, STARTED_BY_WORKFLOW})
# Moments of one trigger; a period is no longer than a month.
MOST_MOMENTS = 100


def register_source(source: ReplaySource) -> None:
    """Replay events that an upper layer keeps; raises ValueError for a kind that is replayed already."""
    if any(not source.kinds.isdisjoint(one.kinds) for one in (*USUAL, CHANGES, *_UPPER)):
        raise ValueError(f"{', '.join(sorted(source.kinds))}: replayed already.")
    _UPPER.append(source)


def is_replayed(node: Node) -> bool:
    """Return whether a replay knows the events of this trigger."""
    return any(node.kind in one.kinds for one in (*USUAL, CHANGES, *_UPPER)) or _clock(node) is not None


def is_own(node: Node) -> bool:
    """Return whether a replay knows of the events of this trigger those alone that the workflow itself causes."""
    return node.kind in OWN


def hears_changes(graph: Graph) -> bool:
    """Return whether the workflow starts or goes on by changes of tags or attributes."""
    return not changes.KINDS.isdisjoint(heard_kinds(graph))


def people_query(graphs: Sequence[Graph], period: ReplayPeriod) -> Select[Any]:
    """Select the ids of all friends to whom something happened that the graphs may answer, with how much."""
    account_ids = {account_id for graph in graphs for account_id in graph.account_ids}
    found = [one.people(account_ids, period) for one in _sources(graphs)]
    for account_id, node, clock, moments in (one for graph in graphs for one in _occurrences(graph, period)):
        found += [select(_people_at(account_id, node, clock, at).subquery().c[0]) for at in moments]
    friend_id = union_all(*found).subquery("people").c[0]
    return select(friend_id.label("friend_id"), func.count().label("events")).group_by(friend_id)


def stories(graph: Graph, period: ReplayPeriod, friend_ids: Sequence[int]) -> dict[int, list[ReplayedEvent]]:
    """Return what happened to each of these friends, the first event first."""
    found: defaultdict[int, list[ReplayedEvent]] = defaultdict(list)
    for one in _sources([graph]):
        for friend_id, event in one.events(period, friend_ids):
            found[friend_id].append(event)
    for friend_id, event in _timed(graph, period, friend_ids):
        found[friend_id].append(event)
    return {friend_id: sorted(some, key=attrgetter("at", "key")) for friend_id, some in found.items()}


def accounts_of_friends(friend_ids: Sequence[int]) -> dict[int, int]:
    """Return the account of each friend."""
    rows = db.session.execute(select(Friend.id, Friend.account_id).where(one_of(Friend.id, friend_ids)))
    return {row.id: row.account_id for row in rows}


def _clock(node: Node) -> Clock | None:
    kind = TRIGGERS.get(node.kind)
    return kind.clock if kind else None


def _occurrences(graph: Graph, period: ReplayPeriod) -> Iterator[tuple[int, Node, Clock, Sequence[datetime]]]:
    """Yield the moments of triggers that follow the clock, for each account."""
    for node in triggers_of(graph):
        clock = _clock(node)
        if clock is None or graph.after(node, NEXT) is None:
            continue
        moments: list[datetime] = []
        at = clock.next(node.settings, period.since, zone())
        while at is not None and at < period.until and len(moments) < MOST_MOMENTS:
            moments.append(at)
            at = clock.next(node.settings, at, zone())
        for account_id in graph.account_ids:
            yield account_id, node, clock, moments


def _sources(graphs: Sequence[Graph]) -> Sequence[ReplaySource]:
    """Return where events are read; an import changes very many friends, so that it is asked for where it matters."""
    heard = set[str]().union(*map(heard_kinds, graphs))
    upper = [one for one in _UPPER if not one.kinds.isdisjoint(heard)]
    return [*USUAL, *upper, *([CHANGES] if any(map(hears_changes, graphs)) else ())]


def _people_at(account_id: int, node: Node, clock: Clock, at: datetime) -> Select[Any]:
    """Select the friends of a moment, whose day is today for their conditions."""
    with pretending(at):
        return clock.friends(account_id, node.settings, at, zone())


def _timed(graph: Graph, period: ReplayPeriod, friend_ids: Sequence[int]) -> Iterator[tuple[int, ReplayedEvent]]:
    for account_id, node, clock, moments in _occurrences(graph, period):
        for at in moments:
            people = _people_at(account_id, node, clock, at).subquery()
            key = f"{node.kind}:{node.id}:{clock.key(node.settings, at, zone())}"
            data = {"account_id": account_id, "at": at.isoformat()}
            for friend_id in db.session.scalars(select(people.c[0]).where(one_of(people.c[0], friend_ids))):
                yield friend_id, ReplayedEvent(at, key, node.kind, data, node_id=node.id)
