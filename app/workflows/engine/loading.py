"""Load claimed runs with their graphs, and the facts that their decisions need, for a whole batch at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache
from typing import Any, TypeVar

from sqlalchemy import select, text

from app.core.db import db
from app.core.due.claims import Claim
from app.friends.queries.filter_sql import FRIENDS
from app.friends.values import STANDARD
from app.segments.conditions.compiler import compile_many
from app.segments.conditions.definition import ParsedDefinition, parse_definitions, parse_stored
from app.segments.conditions.properties import Catalogue, catalogue
from app.segments.conditions.sql import one_of
from app.segments.queries.audience import require_known
from app.workflows.definition.graph import Graph, Node, read_graph
from app.workflows.definition.kinds import ACTIONS
from app.workflows.definition.state import RunFacts
from app.workflows.engine.runs import WHY, ClaimedRun
from app.workflows.models import WorkflowRun, WorkflowRunState, WorkflowVersion

R = TypeVar("R", bound=ClaimedRun)
# Versions never change, so that a process may keep some.
GRAPHS_KEPT = 200
DOING, BEFORE, GIVEN = "doing", "before", "given"
_FIELDS = [field.name for field in STANDARD]
# One document instead of rows, since each value of JSON in a row is read by itself.
_HELD = text("""
    WITH held AS (
        SELECT id, workflow_id, version_id, account_id, friend_id, node_id, steps, trigger, answers, chain, begun,
               event, awaits
        FROM workflow_runs WHERE id = ANY(:ids) AND leased_until = :until ORDER BY id FOR NO KEY UPDATE
    )
    SELECT json_agg(held ORDER BY id) FROM held
""")
_ACTIVE = text("SELECT id, name FROM workflows WHERE id = ANY(:ids) AND status = 'active'")


@lru_cache(maxsize=GRAPHS_KEPT)
def graph_of(version_id: int) -> Graph:
    """Return the graph of a version; raises UnreadableGraph, and NoResultFound for one that is not there."""
    stored = select(WorkflowVersion.graph).where(WorkflowVersion.id == version_id)
    return read_graph(db.session.execute(stored).scalar_one())


def hold_runs(claim: Claim) -> list[ClaimedRun]:
    """Lock the runs that are still ours until the transaction ends, and return them, the first one first."""
    rows = db.session.scalar(_HELD, {"ids": claim.ids(), "until": claim.until})
    return [_run(row) for row in rows or ()]


def _run(row: Mapping[str, Any]) -> ClaimedRun:
    begun = row["begun"]
    is_doing = bool(begun.get(DOING))
    return ClaimedRun(
        id=row["id"],
        workflow_id=row["workflow_id"],
        version_id=row["version_id"],
        account_id=row["account_id"],
        friend_id=row["friend_id"],
        graph=graph_of(row["version_id"]),
        state=WorkflowRunState.RUNNING,
        node_id=row["node_id"],
        steps=row["steps"],
        trigger=row["trigger"],
        answers=row["answers"],
        chain=row["chain"],
        begun=begun.get(BEFORE, {}) if is_doing else begun,
        event=row["event"],
        given=begun.get(GIVEN) if is_doing else None,
        is_doing=is_doing,
        awaits=row["awaits"],
    )


def put_off_because(begun: Mapping[str, Any]) -> tuple[str, Mapping[str, Any]] | None:
    """Return the code, with its values, of why the effect of a stored run was put off; None where it was not."""
    why = (begun.get(BEFORE) or {}).get(WHY) if begun.get(DOING) else None
    return (why["code"], why["values"]) if why else None


def events_of(run_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the awaited events that have come for these runs, by run."""
    table = WorkflowRun.__table__
    mine = one_of(table.c.id, list(run_ids))
    rows = db.session.execute(select(table.c.id, table.c.event).where(mine, table.c.event.is_not(None)))
    return {row.id: row.event for row in rows}


def active_workflows(ids: Collection[int]) -> dict[int, str]:
    """Return the names of those of these workflows that are active, by id."""
    rows = db.session.execute(_ACTIVE, {"ids": list(ids)}).all() if ids else ()
    return {row.id: row.name for row in rows}


class FactLoader:
    """RunFacts of the runs of a sitting; what kinds of nodes keep elsewhere is read once.

    With `is_certain` NotKnownYet is raised where it is not known yet whom a condition fits.
    """

    def __init__(self, *, is_certain: bool = True) -> None:
        self._is_certain = is_certain
        self._loaded: dict[tuple[int, int], dict[str, Any]] = {}
        self._catalogues: dict[int, Catalogue] = {}

    def facts(self, runs: Sequence[ClaimedRun]) -> dict[int, RunFacts]:
        """Return the facts of these runs, by run."""
        return {run_id: facts for some in _by_place(runs) for run_id, facts in self._at_node(some).items()}

    def alike(self, runs: Sequence[R], *, at_one_moment: bool = True) -> Iterator[tuple[Sequence[R], RunFacts]]:
        """Yield these runs with their facts, those together that get the same decision.

        Unless all are decided `at_one_moment`, kinds that look at the time decide for each run.
        """
        for some in _by_place(runs):
            facts = self._at_node(some)
            groups = _by_arrival(some, facts) if _decide_alike(some[0], at_one_moment) else [[run] for run in some]
            for group in groups:
                yield group, facts[group[0].id]

    def _at_node(self, runs: Sequence[ClaimedRun]) -> dict[int, RunFacts]:
        """Return the facts of runs of one version and account that stand at the same node."""
        first = runs[0]
        node = first.graph.node(first.node_id)
        kind, loaded = ACTIONS.get(node.kind) if node else None, self._of_version(first)
        has_values = kind is not None and node is not None and kind.needs_values(node)
        conditions = kind.conditions(node, first.account_id) if kind and node else {}
        if not has_values and not conditions:
            return dict.fromkeys((run.id for run in runs), RunFacts(loaded=loaded))
        people = {run.friend_id for run in runs}
        values = friend_values(people) if has_values else {}
        fitting = dict(zip(conditions, self.who_fits(first.account_id, list(conditions.values()), people), strict=True))
        if has_values:
            return {
                run.id: RunFacts(values.get(run.friend_id, {}), _fits(fitting, run.friend_id), loaded) for run in runs
            }
        by_friend = _shared_facts(people, fitting, loaded)
        return {run.id: by_friend[run.friend_id] for run in runs}

    def who_fits(self, account_id: int, stored: Sequence[Any], friend_ids: Collection[int]) -> list[set[int]]:
        """Return for each stored definition which of these friends fit it; the account's properties are read once."""
        if not stored:
            return []
        if account_id not in self._catalogues:
            self._catalogues[account_id] = catalogue(account_id)
        return _who_fits(
            parse_definitions(stored, self._catalogues[account_id]), friend_ids, is_certain=self._is_certain
        )

    def _of_version(self, run: ClaimedRun) -> Mapping[str, Any]:
        place = run.version_id, run.account_id
        if place not in self._loaded:
            self._loaded[place] = _load(run.graph, run.account_id)
        return self._loaded[place]


def _by_place(runs: Iterable[R]) -> Collection[list[R]]:
    """Return the runs of the same version and account that stand at the same node."""
    places: defaultdict[tuple[int, int, str | None], list[R]] = defaultdict(list)
    for run in runs:
        places[run.version_id, run.account_id, run.node_id].append(run)
    return places.values()


def _fits(fitting: Mapping[str, Collection[int]], friend_id: int) -> dict[str, bool]:
    return {name: friend_id in some for name, some in fitting.items()}


def _shared_facts(
    people: Iterable[int], fitting: Mapping[str, Collection[int]], loaded: Mapping[str, Any]
) -> dict[int, RunFacts]:
    """Return facts by friend, one object for all friends whom the same conditions fit."""
    shared: dict[tuple[bool, ...], RunFacts] = {}
    found = {}
    for friend_id in people:
        fits = _fits(fitting, friend_id)
        place = tuple(fits.values())
        found[friend_id] = shared.get(place) or shared.setdefault(place, RunFacts(fits=fits, loaded=loaded))
    return found


def _decide_alike(run: ClaimedRun, at_one_moment: bool) -> bool:
    node = run.graph.node(run.node_id)
    kind = ACTIONS.get(node.kind) if node else None
    if kind is None or node is None or (kind.looks_at_time(node) and not at_one_moment):
        return False
    return kind.decides_alike(node)


def _by_arrival(runs: Iterable[R], facts: Mapping[int, RunFacts]) -> Collection[list[R]]:
    """Return the runs of one place that arrive at their node with the same."""
    arrivals: defaultdict[tuple[int, str], list[R]] = defaultdict(list)
    for run in runs:
        brings = run.begun or run.given is not None
        arrivals[id(facts[run.id]), repr((run.begun, run.given)) if brings else ""].append(run)
    return arrivals.values()


def _load(graph: Graph, account_id: int) -> dict[str, Any]:
    by_kind: defaultdict[str, list[Node]] = defaultdict(list)
    for node in graph.nodes:
        by_kind[node.kind].append(node)
    found: dict[str, Any] = {}
    for name, nodes in by_kind.items():
        kind = ACTIONS.get(name)
        if kind is not None and kind.load is not None:
            found.update(kind.load(nodes, account_id))
    return found


def friend_values(friend_ids: Collection[int]) -> dict[int, dict[str, Any]]:
    """Return the fields of these friends by name, as decisions look at them."""
    columns = [FRIENDS.c[name] for name in (*_FIELDS, "display_name", "followed_at")]
    query = select(FRIENDS.c.id, FRIENDS.c.attributes, *columns).where(one_of(FRIENDS.c.id, list(friend_ids)))
    found = {}
    for row in db.session.execute(query).mappings():
        custom = {f"attributes.{key}": value for key, value in row["attributes"].items()}
        found[row["id"]] = {**{name: row[name] for name in (*_FIELDS, "display_name", "followed_at")}, **custom}
    return found


def who_fits(account_id: int, stored: Sequence[Any], friend_ids: Collection[int]) -> list[set[int]]:
    """Return for each stored definition which of these friends of the account fit it; a broken one fits no friend.

    Neither does one of whom this is not known yet.
    """
    return _who_fits(parse_stored(account_id, stored), friend_ids) if stored else []


def _who_fits(
    parsed: Sequence[ParsedDefinition], friend_ids: Collection[int], *, is_certain: bool = False
) -> list[set[int]]:
    if is_certain:
        for one in parsed:
            require_known(one.definition)
    found = []
    for compiled in compile_many([one.definition for one in parsed]):
        query = select(FRIENDS.c.id).where(
            compiled.mine, one_of(FRIENDS.c.id, list(friend_ids)), compiled.probing().fits
        )
        found.append(set(db.session.scalars(query)))
    return found
