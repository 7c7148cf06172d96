"""Go through the stories of friends: events wake and start runs, waits end at their simulated moments.

Friends do not touch each other, so that many go ahead side by side, one day after the other: in each round of a day,
each takes the next thing that happens to them, and conditions and effects of all are asked and done in sets. Conditions
on dates take the day for today. Decisions are the engine's.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, time, timedelta
from functools import lru_cache
from itertools import count
from typing import Any

from app.core.clock import pretending
from app.core.i18n import zone
from app.messages.sending.frequency import cap_of
from app.workflows.actions.sending import SendMessages
from app.workflows.definition.deciding import decide
from app.workflows.definition.decisions import Do
from app.workflows.definition.graph import NEXT, Graph, Node
from app.workflows.definition.kinds import ACTIONS, TRIGGERS, sends_after, triggers_of
from app.workflows.definition.moments import at_time, days_after
from app.workflows.definition.structure import following
from app.workflows.engine.advancing import arrives, circle_of, runs_by_outcome
from app.workflows.engine.applying import apply_outcome, arrival_of, leave, task_of
from app.workflows.engine.entering import may_enter
from app.workflows.engine.happenings import Happening
from app.workflows.engine.loading import FactLoader
from app.workflows.engine.performing import Done, Outcome, Task
from app.workflows.engine.resuming import ANSWER, SHARED
from app.workflows.engine.runs import ClaimedRun
from app.workflows.models import OPEN, OnBlock, ReEntry, WorkflowRunState
from app.workflows.simulation.effects import LEFT_TO_PERSON, Told, pretend
from app.workflows.simulation.replaying.events import ReplayedEvent
from app.workflows.simulation.replaying.figures import CAPPED, PUSH, REPLY, ReplayedSend, ReplayFigures
from app.workflows.triggers.friends import BLOCK, FRIEND_ADD

BEGINNING = datetime.min.replace(tzinfo=UTC)
# A friend, when something happens to them next, and the event; None for a wait that is over.
Going = tuple["ReplayedFriend", datetime, ReplayedEvent | None]
_RUNNING, _WAITING = WorkflowRunState.RUNNING, WorkflowRunState.WAITING
_SENT = {
    REPLY: Done({"via": REPLY}),
    PUSH: Done({"via": PUSH}),
    CAPPED: Done({"capped": True}, result="skipped"),
}


@dataclass
class ReplayedFriend:
    """A friend on their way through the story."""

    id: int
    account_id: int
    story: Sequence[ReplayedEvent]
    entered_at: datetime | None = None
    place: int = 0
    now: datetime = BEGINNING
    is_blocked: bool = False
    can_reply: bool = False
    runs: list[ReplayedRun] = field(default_factory=list)
    pushed: list[datetime] = field(default_factory=list)
    # Keys of the events that have started a run, and of the last one that belongs to a question.
    started: set[str] = field(default_factory=set)
    taken: str | None = None

    def upcoming(self, until: datetime) -> Going | None:
        """Return what happens next before a moment; None where nothing does."""
        event = self.story[self.place] if self.place < len(self.story) else None
        first = None if event is None else event.at
        for run in self.runs:
            over = run.until
            if over is not None and run.state == _WAITING and (first is None or over < first):
                first, event = over, None
        return None if first is None or first >= until else (self, first, event)


@dataclass(slots=True)
class ReplayedRun(ClaimedRun):
    """A run in memory alone, with its friend."""

    person: ReplayedFriend = field(kw_only=True, repr=False, compare=False)
    # It has handed the friend over to a person. Whether one answers other runs is not known of the past.
    is_with_person: bool = False


class ReplayMachine:
    """One version of a workflow, and what it would have done for some friends."""

    def __init__(self, graph: Graph, workflow_id: int, version_id: int, until: datetime) -> None:
        self._graph, self._workflow_id, self._version_id, self._until = graph, workflow_id, version_id, until
        self._facts, self._numbers, self._zone = FactLoader(is_certain=False), count(1), zone()
        self._triggers = [(node, self._prepared(node)) for node in triggers_of(graph) if _may_start(graph, node)]
        self._senders = {
            node.id for node, _settings in self._triggers if sends_after(graph, following(graph, [node.id]))
        }
        self._caps = {account_id: cap_of(account_id) for account_id in graph.account_ids}
        self.figures = ReplayFigures()
        self.sent: list[ReplayedSend] = []

    def run(self, people: Sequence[ReplayedFriend]) -> None:
        """Go through all that happened to these friends."""
        going = _moving(people, self._until)
        while going:
            first = min(at for _person, at, _event in going)
            midnight = at_time(days_after(first.astimezone(self._zone).date(), 1), time(0), self._zone)
            with pretending(first):
                going = self._day(going, min(midnight, self._until))
        self.figures.count_sends(self.sent)
        standing = [run for one in people for run in one.runs]
        self.figures.runs.update(str(run.state) for run in standing)
        self._count_steps(standing)
        self.figures.nodes.update(f"{run.node_id}||{run.state}" for run in standing)

    def _day(self, going: Sequence[Going], until: datetime) -> list[Going]:
        """Go through all that happens before a moment; returns the friends to whom something happens later."""
        later = [one for one in going if one[1] >= until]
        moving = [one for one in going if one[1] < until]
        while moving:
            self._round(moving)
            found = _moving([one[0] for one in moving], self._until)
            later += [one for one in found if one[1] >= until]
            moving = [one for one in found if one[1] < until]
        return later

    def _prepared(self, node: Node) -> Mapping[str, Any]:
        kind = TRIGGERS[node.kind]
        return {**kind.prepare(node.settings), "workflow_id": self._workflow_id, "node_id": node.id}

    def _round(self, moving: Sequence[Going]) -> None:
        for person, at, event in moving:
            person.now, person.can_reply = at, bool(event and event.may_reply)
            if event is not None:
                person.place += 1
            else:
                _wake(person)
        self._tell([(person, event) for person, _at, event in moving if event])
        self._advance(run for person, _at, _event in moving for run in person.runs)
        for person, _at, event in moving:
            if event is not None and event.kind == BLOCK:
                self._block(person)
        self._forget_ended(person for person, _at, _event in moving)

    def _tell(self, told: Sequence[tuple[ReplayedFriend, ReplayedEvent]]) -> None:
        """Give events first to the runs that wait for them; an answer that belongs to a question starts nothing."""
        for person, event in told:
            self._take_in(person, event)
        self._enter([(person, event) for person, event in told if person.taken != event.key])

    def _take_in(self, person: ReplayedFriend, event: ReplayedEvent) -> None:
        """Note follows and blocks, and give the event to the runs that wait for it."""
        person.taken = None
        if event.kind == FRIEND_ADD:
            person.is_blocked = False
            for run in person.runs:
                if run.state == WorkflowRunState.HELD and run.problem == "workflows.blocked":
                    run.state, run.problem = WorkflowRunState.WAITING, None
        word = event.word
        waiting = [run for run in person.runs if run.awaits and word in run.awaits]
        if word == ANSWER and len(waiting) > 1:
            waiting = sorted(waiting, key=lambda run: (str(run.begun.get("asked_at", "")), run.id))[-1:]
        for run in waiting:
            if word == ANSWER and SHARED not in (run.awaits or ()):
                person.taken = event.key
            run.event = {"kind": event.kind, "key": event.key, **event.data}
            run.awaits = None
            if run.state == WorkflowRunState.WAITING:
                run.state = WorkflowRunState.RUNNING

    def _enter(self, told: Sequence[tuple[ReplayedFriend, ReplayedEvent]]) -> None:
        """Start the runs that these events start, each event once."""
        entered: set[tuple[int, str]] = set()
        for node, settings in self._triggers:
            fitting = [one for one in told if self._matches(node, settings, one[1])]
            meant = [one for one in fitting if (one[0].id, one[1].key) not in entered]
            for person, event in self._narrowed(node, meant):
                if event.node_id and person.is_blocked:
                    continue
                entered.add((person.id, event.key))
                if event.key not in person.started and self._may_enter(person):
                    person.entered_at = person.now
                    person.started.add(event.key)
                    person.runs.append(self._started(node, person, event))
                    self.figures.runs["started"] += 1
                    self.figures.nodes[f"{node.id}|{NEXT}|done"] += 1

    def _matches(self, node: Node, settings: Mapping[str, Any], event: ReplayedEvent) -> bool:
        if event.kind != node.kind or (not event.may_send and node.id in self._senders):
            return False
        return event.node_id == node.id if event.node_id else TRIGGERS[node.kind].matches(settings, event.data)

    def _narrowed(
        self, node: Node, meant: Sequence[tuple[ReplayedFriend, ReplayedEvent]]
    ) -> Iterator[tuple[ReplayedFriend, ReplayedEvent]]:
        conditions = node.settings.get("conditions") or {}
        by_account: defaultdict[int, list[tuple[ReplayedFriend, ReplayedEvent]]] = defaultdict(list)
        for one in meant:
            by_account[one[0].account_id].append(one)
        for account_id, some in by_account.items():
            stored = conditions.get(str(account_id))
            people = {person.id for person, _event in some}
            fitting = self._facts.who_fits(account_id, [stored], people)[0] if stored else people
            yield from (one for one in some if one[0].id in fitting)

    def _may_enter(self, person: ReplayedFriend) -> bool:
        rule, days = self._graph.entry.re_entry, self._graph.entry.days
        if rule == ReEntry.NOT_WHILE_RUNNING:
            return not any(run.state in OPEN for run in person.runs)
        return rule == ReEntry.EVERY or may_enter(rule, days, person.entered_at, person.now)

    def _started(self, node: Node, person: ReplayedFriend, event: ReplayedEvent) -> ReplayedRun:
        run = ReplayedRun(
            person=person,
            id=next(self._numbers),
            workflow_id=self._workflow_id,
            version_id=self._version_id,
            account_id=person.account_id,
            friend_id=person.id,
            graph=self._graph,
            state=WorkflowRunState.RUNNING,
            node_id=node.exits.get(NEXT),
            steps=0,
            trigger={"kind": event.kind, **event.data},
            answers={},
            chain=list(event.chain),
            begun={},
            event=None,
        )
        if run.workflow_id in run.chain:
            run.end(WorkflowRunState.FAILED, "workflows.circle", {"workflows": circle_of(run)})
        return run

    def _advance(self, runs: Iterable[ReplayedRun]) -> None:
        """Let these runs go as far as they can; those that arrive alike are decided once."""
        moving = _arriving(runs)
        while moving:
            dos: list[tuple[Sequence[ReplayedRun], Do]] = []
            for some, facts in self._facts.alike(moving, at_one_moment=False):
                first = some[0]
                node = self._graph.by_id[first.node_id or ""]
                decision = decide(arrival_of(first, node, facts, first.person.now, self._zone))
                if isinstance(decision, Do):
                    dos.append((some, decision))
                else:
                    leave(some, decision)
            woken = self._do(dos) if dos else ()
            moving = _arriving((*moving, *woken) if woken else moving)

    def _do(self, dos: Sequence[tuple[Sequence[ReplayedRun], Do]]) -> Iterable[ReplayedRun]:
        """Pretend these effects; returns the runs that started or went on because of them."""
        sends: list[tuple[ReplayedRun, SendMessages]] = []
        tasks: dict[str, Task] = {}
        acting: dict[str, ReplayedRun] = {}
        for some, do in dos:
            if isinstance(do.effect, SendMessages):
                sends += [(run, do.effect) for run in some]
                continue
            for run in some:
                task = task_of(run, do, "")
                tasks[task.key], acting[task.key] = task, run
        sends.sort(key=lambda one: one[0].id)
        outcomes = {run.id: self._send(run, effect) for run, effect in sends}
        told = Told(self._graph)
        if tasks:
            done = pretend(list(tasks.values()), told)
            outcomes |= {task.run_id: done[key] for key, task in tasks.items()}
            for key, run in acting.items():
                run.is_with_person |= self._hands_over(run) and isinstance(done[key], Done)
        for some, do in dos:
            for outcome, runs in runs_by_outcome(some, outcomes):
                apply_outcome(runs, do, outcome, runs[0].person.now)
        caused = [(acting[key].person, tasks[key], one) for key, some in told.by_task.items() for one in some]
        return self._tell_caused(caused) if caused else ()

    def _hands_over(self, run: ReplayedRun) -> bool:
        kind = ACTIONS.get(self._graph.by_id[run.node_id or ""].kind)
        return kind is not None and kind.hands_over

    def _tell_caused(self, caused: Sequence[tuple[ReplayedFriend, Task, Happening]]) -> Iterable[ReplayedRun]:
        """Tell what the workflow itself has caused; returns the runs that have begun to move because of it."""
        people = {person.id: person for person, _task, _one in caused}.values()
        before = {run.id for person in people for run in person.runs if run.state == _RUNNING}
        self._tell([(person, _caused(task, person, one)) for person, task, one in caused])
        return [run for person in people for run in person.runs if run.id not in before]

    def _send(self, run: ReplayedRun, effect: SendMessages) -> Outcome:
        """Count what would be sent: a reply where the event gave a token for one, else a push that the cap may stop."""
        if run.is_with_person and effect.is_behind_person:
            return LEFT_TO_PERSON
        person = run.person
        via = REPLY if person.can_reply else PUSH
        if via == PUSH and effect.is_capped and self._is_over_cap(person):
            via = CAPPED
        elif via == PUSH:
            person.pushed.append(person.now)
        person.can_reply = False
        number = _number_of_messages(effect.content)
        sent = ReplayedSend(person.id, person.account_id, run.node_id or "", person.now, number, via)
        self.sent.append(sent)
        return _SENT[via]

    def _is_over_cap(self, person: ReplayedFriend) -> bool:
        cap = self._caps.get(person.account_id)
        if cap is None:
            return False
        since = person.now - timedelta(days=cap.days)
        return sum(at >= since for at in person.pushed) >= cap.most

    def _block(self, person: ReplayedFriend) -> None:
        """End or freeze what waits, as the workflow says."""
        person.is_blocked = True
        is_freezing = self._graph.entry.on_block == OnBlock.FREEZE
        for run in person.runs:
            if run.state == WorkflowRunState.WAITING and is_freezing:
                run.state, run.problem = WorkflowRunState.HELD, "workflows.blocked"
            elif run.state == WorkflowRunState.WAITING:
                run.end(WorkflowRunState.CANCELLED, "workflows.blocked")

    def _forget_ended(self, people: Iterable[ReplayedFriend]) -> None:
        """Count the runs that have ended, with their steps, and leave them out."""
        ended = []
        for person in people:
            over = [run for run in person.runs if run.state not in OPEN]
            if over:
                ended += over
                person.runs = [run for run in person.runs if run.state in OPEN]
        self.figures.runs.update(str(run.state) for run in ended)
        self._count_steps(ended)

    def _count_steps(self, runs: Iterable[ReplayedRun]) -> None:
        steps = Counter((step.node.id, step.exit, step.result) for run in runs for step in run.new_steps)
        self.figures.nodes.update({f"{place}|{taken or ''}|{how}": many for (place, taken, how), many in steps.items()})


@lru_cache(maxsize=100)
def _number_of_messages(content: str) -> int:
    return len(json.loads(content).get("messages", ()))


def _may_start(graph: Graph, node: Node) -> bool:
    return graph.after(node, NEXT) is not None and TRIGGERS[node.kind].unavailable() is None


def _moving(people: Sequence[ReplayedFriend], until: datetime) -> list[Going]:
    """Return the friends to whom something happens before a moment, each with the next thing."""
    return [found for one in people if (found := one.upcoming(until))]


def _caused(task: Task, person: ReplayedFriend, one: Happening) -> ReplayedEvent:
    """Return what happens to a friend by the workflow's own doing."""
    chain = (*task.chain, task.workflow_id)
    return ReplayedEvent(person.now, one.key, one.kind, one.data, one.word, chain=chain)


def _arriving(runs: Iterable[ReplayedRun]) -> list[ReplayedRun]:
    """Return those of these runs for which something is to be decided now."""
    return [run for run in runs if run.state == _RUNNING and arrives(run)]


def _wake(person: ReplayedFriend) -> None:
    """Let the waits end that are over by now."""
    for run in person.runs:
        if run.state == WorkflowRunState.WAITING and run.until is not None and run.until <= person.now:
            run.state = WorkflowRunState.RUNNING
