"""Replay a week of messages, postbacks and follows of friends: events a second, from the stored rows to the result.

The workflow looks at its tags, tags, answers, asks, waits a day and branches by the answer. The reference makes the
engine's decisions alone, over the same events in memory, with all facts known and every effect taken as done.
`BENCH_EVENTS=1000` stores fewer.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from datetime import datetime, timedelta
from time import perf_counter
from typing import Any

from sqlalchemy import text

from app.core.clock import now
from app.core.collector import settle_collector
from app.core.db import db
from app.core.i18n import zone
from app.core.runs.operations import advance
from app.core.runs.queries import latest_run
from app.friends.models import Tag
from app.team.actors import SYSTEM
from app.workflows.definition.deciding import decide
from app.workflows.definition.decisions import Do
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import TRIGGERS, triggers_of
from app.workflows.definition.state import RunFacts
from app.workflows.engine.applying import apply_outcome, arrival_of, leave
from app.workflows.engine.loading import FactLoader
from app.workflows.engine.performing import Done
from app.workflows.engine.runs import ClaimedRun
from app.workflows.models import WorkflowRunState
from app.workflows.operations.life import create_workflow
from app.workflows.simulation.models import WorkflowReplay
from app.workflows.simulation.operations.replays import begin_replay
from app.workflows.simulation.replaying.events import ReplayedEvent, ReplayPeriod
from app.workflows.simulation.replaying.run import REPLAY
from app.workflows.simulation.replaying.story import stories
from bench._population import populate
from bench.friends_page import account_and_member
from bench.harness import Result, alternate, installation

EVENTS, DAYS, EACH = 10_000, 7, 5
ROUNDS = 3
# Of each friend: three of the five messages name coffee, and two answer.
EXPECTED_RUNS = 3
_STORE = text("""
    INSERT INTO webhook_events (account_id, event_id, type, source_id, occurred_at, received_at, state, due_at, payload)
    SELECT :account_id, 'bench-' || n, 'message', line_user_id, at, at, 'done', at,
           jsonb_build_object(
               'type', 'message', 'mode', 'active', 'replyToken', md5('reply' || n),
               'timestamp', (extract(epoch FROM at) * 1000)::bigint, 'webhookEventId', 'bench-' || n,
               'source', jsonb_build_object('type', 'user', 'userId', line_user_id),
               'message', jsonb_build_object('type', 'text', 'id', n::text, 'text', said))
    FROM (SELECT (number - 1) * :each + part AS n, line_user_id,
                 CAST(:since AS timestamptz) + (number % 1440) * interval '1 minute' + part * interval '20 hours' AS at,
                 CASE WHEN part % 2 = 0 THEN 'coffee' ELSE 'Light roast, please' END AS said
          FROM (SELECT line_user_id, row_number() OVER (ORDER BY id) AS number FROM friends
                WHERE account_id = :account_id) AS person, generate_series(0, :each - 1) AS part) AS told
""")


def run() -> list[Result]:
    """Measure events a second."""
    size = int(os.environ.get("BENCH_EVENTS", EVENTS))
    with installation("workflow_replay") as place, place.app.app_context():
        account_id, _member = account_and_member()
        since = now().replace(minute=0, second=0, microsecond=0) - timedelta(days=DAYS)
        with db.engine.connect() as connection:
            populate(connection, account_id, size // EACH, shares=())
            connection.execute(_STORE, {"account_id": account_id, "each": EACH, "since": since})
            connection.commit()
            connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE"))
        graph = _graph(account_id)
        workflow = create_workflow("Bench", graph=graph, actor=SYSTEM)
        db.session.commit()
        period, workflow_id = ReplayPeriod(since, since + timedelta(days=DAYS)), workflow.id
        people = _people(graph, period)
        settle_collector()
        ours, pure = alternate(
            lambda: size / _replayed(workflow_id, period, size),
            lambda: size / _decided(graph, people, period.until),
            rounds=ROUNDS,
        )
    return [Result("workflow_replay", ours, "events/s", pure, "higher", size)]


def _graph(account_id: int) -> Graph:
    tag = Tag(account_id=account_id, name="Coffee")
    db.session.add(tag)
    db.session.flush()
    place = str(account_id)
    condition = {"property": "tag", "operator": "contains_any", "values": [tag.id]}
    fits = {place: {"version": 1, "groups": [{"conditions": [condition]}]}}
    light = {"source": "answer", "name": "roast", "operator": "contains", "value": "light"}
    known = [{"name": "y", "label": "Known", "conditions": fits}]
    nodes = (
        Node("t", "message", {"keywords": [{"text": "coffee", "match": "contains"}]}, {"next": "b"}),
        Node("b", "branch", {"branches": known}, {"y": "q", "else": "g"}),
        Node("g", "tag", {"tags": {place: [tag.id]}, "change": "add"}, {"next": "q"}),
        Node(
            "q",
            "question",
            {"content": _says("Which roast?"), "name": "roast", "kind": "text", "amount": 1, "unit": "days"},
            {"next": "w", "timeout": "w"},
        ),
        Node("w", "delay", {"amount": 1, "unit": "days"}, {"next": "a"}),
        Node("a", "branch", {"branches": [{"name": "l", "label": "Light", "tests": [light]}]}, {"l": "s", "else": "e"}),
        Node("s", "send_message", {"content": _says("Try our Ethiopia.")}, {"next": "e"}),
        Node("e", "stop"),
    )
    return Graph((account_id,), nodes)


def _says(words: str) -> dict[str, Any]:
    return {"version": 1, "messages": [{"kind": "text", "text": words}]}


def _replayed(workflow_id: int, period: ReplayPeriod, size: int) -> float:
    """Replay all events as a worker does; returns the seconds."""
    begin = perf_counter()
    made = begin_replay(workflow_id, period.since, period.until, actor=SYSTEM).id
    db.session.commit()
    started = latest_run(REPLAY, made)
    if started is not None:
        advance(started.id)
    seconds = perf_counter() - begin
    done = db.session.get_one(WorkflowReplay, made, populate_existing=True)
    _expect(done.drafted["runs"]["succeeded"] == EXPECTED_RUNS * size // EACH)
    return seconds


def _people(graph: Graph, period: ReplayPeriod) -> list[Sequence[ReplayedEvent]]:
    ids = list(db.session.scalars(text("SELECT id FROM friends")))
    return list(stories(graph, period, ids).values())


def _decided(graph: Graph, people: Sequence[Sequence[ReplayedEvent]], until: datetime) -> float:
    """Make the decisions of each friend, one after the other; returns the seconds."""
    loaded = FactLoader()._of_version(_started(graph, graph.by_id["t"], {}))
    facts, place = RunFacts(loaded=loaded), zone()
    triggers = [(node, TRIGGERS[node.kind].prepare(node.settings)) for node in triggers_of(graph)]
    begin = perf_counter()
    alone = [_Alone(graph, triggers, facts, place) for _story in people]
    for one, story in zip(alone, people, strict=True):
        one.go(story, until)
    seconds = perf_counter() - begin
    _expect(sum(one.ended for one in alone) == EXPECTED_RUNS * len(people))
    return seconds


def _expect(is_true: bool) -> None:
    if not is_true:
        raise AssertionError("Not all runs came to their end.")


def _started(graph: Graph, node: Node, data: Any) -> ClaimedRun:
    return ClaimedRun(
        id=1,
        workflow_id=1,
        version_id=0,
        account_id=graph.account_ids[0],
        friend_id=1,
        graph=graph,
        state=WorkflowRunState.RUNNING,
        node_id=node.exits["next"],
        steps=0,
        trigger=dict(data),
        answers={},
        chain=[],
        begun={},
        event=None,
    )


class _Alone:
    """One friend's events and the engine's decisions upon them."""

    def __init__(self, graph: Graph, triggers: Sequence[Any], facts: RunFacts, place: Any) -> None:
        self._graph, self._triggers, self._facts, self._place = graph, triggers, facts, place
        self._open: list[ClaimedRun] = []
        self.ended = 0

    def go(self, story: Sequence[ReplayedEvent], until: datetime) -> None:
        """Take each event in its turn."""
        for event in story:
            self._pass_time(event.at)
            asking = next((run for run in reversed(self._open) if run.awaits), None)
            if asking is not None:
                asking.event, asking.awaits, asking.state = dict(event.data), None, WorkflowRunState.RUNNING
                self._advance(asking, event.at)
                continue
            for node, settings in self._triggers:
                if TRIGGERS[node.kind].matches(settings, event.data):
                    run = _started(self._graph, node, event.data)
                    self._open.append(run)
                    self._advance(run, event.at)
        self._pass_time(until)

    def _pass_time(self, moment: datetime) -> None:
        while due := [run for run in self._open if run.until is not None and run.until < moment]:
            run = min(due, key=lambda one: one.until or moment)
            at, run.state = run.until or moment, WorkflowRunState.RUNNING
            self._advance(run, at)

    def _advance(self, run: ClaimedRun, at: datetime) -> None:
        while run.is_moving and (node := self._graph.node(run.node_id)) is not None:
            run.take_event()
            decision = decide(arrival_of(run, node, self._facts, at, self._place))
            if isinstance(decision, Do):
                apply_outcome([run], decision, Done(), at)
            else:
                leave([run], decision)
        if run.state != WorkflowRunState.WAITING:
            self._open.remove(run)
            self.ended += 1
