"""Play a test run from its beginning: each press is one decision of the engine, waits are passed over.

It is played again for each page from what was pressed, so that a step back only leaves out the last press.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from typing import Any

from app.core.clock import pretending
from app.core.i18n import Text, day, zone
from app.messages.preview.phone import Phone, phone
from app.workflows.definition.deciding import decide
from app.workflows.definition.decisions import Do, Fail
from app.workflows.definition.graph import ERROR, NEXT, Graph, Node
from app.workflows.definition.kinds import kind_of
from app.workflows.definition.naming import names_in
from app.workflows.definition.state import Arrival
from app.workflows.definition.summaries import summaries_of
from app.workflows.engine.applying import apply_outcome, arrival_of, leave, task_of
from app.workflows.engine.loading import FactLoader, friend_values, who_fits
from app.workflows.engine.performing import Done, Outcome
from app.workflows.engine.resuming import ANSWER
from app.workflows.engine.runs import ClaimedRun, PastStep
from app.workflows.engine.spam import IS_SPAM, in_spam
from app.workflows.history.steps import NodeName, exit_label, node_name, sentences_of, trigger_words
from app.workflows.history.words import RESULT_COLOURS, RESULTS, STATE_COLOURS, STATES, awaited_words
from app.workflows.models import OPEN, WorkflowRunState
from app.workflows.simulation import world
from app.workflows.simulation.effects import MESSAGES, Told, pretend
from app.workflows.simulation.explaining import BranchWay, ConditionReason, condition_reasons, ways_of
from app.workflows.simulation.setups import NO_FIT, NO_MATCH, PlayedSetup, chosen_trigger, responds, trigger_data
from app.workflows.triggers.messages import MESSAGE, POSTBACK

# What can be pressed: do the step, let it fail, give it the event that it waits for, or let the time pass.
GO, FAIL, EVENT, PASS = "go", "fail", "event", "pass"
PRESSES = (GO, FAIL, EVENT, PASS)


@dataclass(frozen=True)
class PlayedPress:
    """What was pressed at a node; `text` is what the friend answers, `data` that of a button that they tap instead.

    `params` hold the moment that they have chosen, as LINE tells it: {"date": "2026-12-24"}.
    """

    node: str
    do: str
    text: str = ""
    data: str | None = None
    params: Mapping[str, str] = field(default_factory=dict)

    @property
    def said(self) -> Text:
        """Return what the friend has written, tapped or chosen."""
        return moment_words(*next(iter(self.params.items()))) if self.params else self.text


def moment_words(mode: str, chosen: str) -> Text:
    """Return a date, a time or both as the reader's language writes them."""
    return chosen if mode == "time" else " ".join([day(date.fromisoformat(chosen[:10])), chosen[11:]]).strip()


@dataclass(frozen=True)
class PlayedStep:
    """What is shown of a step, or of a question that was asked; `said` is what the friend answered before it.

    `is_tapped`: it is the button that they tapped; `is_chosen`: it is the moment that they chose.
    """

    name: NodeName
    at: datetime
    result: Text = ""
    colour: str = ""
    sentences: Sequence[Text] = ()
    exit: Text = ""
    ways: Sequence[BranchWay] = ()
    phone: Phone | None = None
    said: Text = ""
    is_tapped: bool = False
    is_chosen: bool = False


@dataclass(frozen=True)
class PlayedStanding:
    """Where the test run stands: at a step that is to be done, or waiting for an event until a moment."""

    node: Node
    name: NodeName
    waits: Text = ""
    takes_text: bool = False
    may_fail: bool = False


@dataclass
class PlayedTest:
    """A test run as it is shown. `used` counts the presses that still fit; the others were left out."""

    trigger: NodeName | None = None
    trigger_words: Text = ""
    refusal: Text = ""
    refusal_reasons: Sequence[ConditionReason] = ()
    lines: list[PlayedStep] = field(default_factory=list)
    standing: PlayedStanding | None = None
    end: Text = ""
    end_colour: str = ""
    answers: Mapping[str, Any] = field(default_factory=dict)
    used: int = 0


def play(graph: Graph, workflow_id: int, setup: PlayedSetup, choices: Sequence[PlayedPress]) -> PlayedTest:
    """Play the test run; nothing that happens in it is kept. The transaction is rolled back."""
    with world.pretended([setup.friend_id] if setup.friend_id else []):
        friend_id = setup.friend_id or world.invent(setup.account_id, setup.name, setup.tag_ids, setup.values)
        return _Play(graph, workflow_id, setup, friend_id).all(choices)


class _Play:
    """One playing of a test run."""

    def __init__(self, graph: Graph, workflow_id: int, setup: PlayedSetup, friend_id: int) -> None:
        self._graph, self._setup = graph, setup
        self._workflow_id, self._friend_id = workflow_id, friend_id
        self._said, self._names = summaries_of(graph), names_in(graph)
        self._facts = FactLoader(is_certain=False)
        self._now = setup.moment
        self._played = PlayedTest()

    def all(self, choices: Sequence[PlayedPress]) -> PlayedTest:
        """Start, press everything that still fits, and return what is to be shown."""
        node = chosen_trigger(self._graph, self._setup)
        if node is None:
            return self._played
        data = trigger_data(node, self._workflow_id, self._setup)
        self._played.trigger, self._played.trigger_words = self._name(node), trigger_words(data)
        with pretending(self._now):
            if self._is_refused(node, data):
                return self._played
        self._run = self._started(node, data)
        for choice in choices:
            if self._run.state not in OPEN or choice.node != self._run.node_id or not self._press(choice):
                break
            self._played.used += 1
        return self._shown()

    def _is_refused(self, node: Node, data: Mapping[str, Any]) -> bool:
        if in_spam([self._friend_id]):
            self._played.refusal = IS_SPAM
            return True
        if not responds(node, self._workflow_id, data):
            self._played.refusal = NO_MATCH
            return True
        stored = (node.settings.get("conditions") or {}).get(str(self._setup.account_id))
        if stored and self._friend_id not in who_fits(self._setup.account_id, [stored], [self._friend_id])[0]:
            self._played.refusal = NO_FIT
            values = friend_values([self._friend_id])[self._friend_id]
            reasons = condition_reasons(stored, self._setup.account_id, self._friend_id, values)
            self._played.refusal_reasons = list(reasons)
            return True
        return False

    def _started(self, node: Node, data: Mapping[str, Any]) -> ClaimedRun:
        return ClaimedRun(
            id=0,
            workflow_id=self._workflow_id,
            version_id=0,
            account_id=self._setup.account_id,
            friend_id=self._friend_id,
            graph=self._graph,
            state=WorkflowRunState.RUNNING if node.exits.get(NEXT) else WorkflowRunState.SUCCEEDED,
            node_id=node.exits.get(NEXT),
            steps=0,
            trigger=dict(data),
            answers={},
            chain=[],
            begun={},
            event=None,
        )

    def _press(self, choice: PlayedPress) -> bool:
        """Do what was pressed; returns False for what cannot be pressed here."""
        run = self._run
        is_waiting = run.state == WorkflowRunState.WAITING
        if choice.do in (GO, FAIL) and not is_waiting:
            self._decide(is_failing=choice.do == FAIL)
        elif choice.do == PASS and is_waiting and run.until:
            self._pass()
            self._decide()
        elif choice.do == EVENT and is_waiting and run.awaits:
            run.event, run.state = self._event(choice), WorkflowRunState.RUNNING
            self._decide(answer=choice)
        else:
            return False
        while run.state == WorkflowRunState.WAITING and run.until and not run.awaits:
            self._pass()
            self._decide()
        return True

    def _pass(self) -> None:
        """Let the time pass until the run is due."""
        self._now = max(self._now, self._run.until or self._now)
        self._run.state = WorkflowRunState.RUNNING

    def _event(self, choice: PlayedPress) -> dict[str, Any]:
        word = next(one for one in self._run.awaits or ())
        if word == ANSWER and choice.data is not None:
            return {"kind": POSTBACK, "data": choice.data, "params": dict(choice.params)}
        if word == ANSWER:
            return {"kind": MESSAGE, "type": "text", "text": choice.text}
        return {"kind": word.partition(":")[0]}

    def _decide(self, *, is_failing: bool = False, answer: PlayedPress | None = None) -> None:
        with pretending(self._now):
            self._decide_now(is_failing=is_failing, answer=answer)

    def _decide_now(self, *, is_failing: bool, answer: PlayedPress | None) -> None:
        run, node = self._run, self._graph.node(self._run.node_id)
        if node is None:
            run.end(WorkflowRunState.SUCCEEDED)
            return
        run.take_event()
        arrival = arrival_of(run, node, self._facts.facts([run])[run.id], self._now, zone())
        decision = Fail("workflows.tried_failure") if is_failing else decide(arrival)
        outcome: Outcome | None = None
        if isinstance(decision, Do):
            outcome = pretend([task_of(run, decision, "")], Told(self._graph))[run.key]
            apply_outcome([run], decision, outcome, self._now)
        else:
            leave([run], decision)
        self._note(arrival, outcome, answer)

    def _note(self, arrival: Arrival, outcome: Outcome | None, answer: PlayedPress | None) -> None:
        """Write down the steps that are over, and a question that has been asked."""
        run, drawn = self._run, _phone(outcome)
        ways = self._ways(arrival)
        said: dict[str, Any] = {}
        if answer:
            said = {"said": answer.said, "is_tapped": answer.data is not None, "is_chosen": bool(answer.params)}
        if not run.new_steps and (drawn or said.get("said")):
            self._played.lines.append(PlayedStep(self._name(arrival.node), self._now, phone=drawn, **said))
        for number, step in enumerate(run.new_steps):
            first = {"phone": drawn, "ways": ways, **said} if number == 0 else {}
            self._played.lines.append(self._line(step, **first))
        run.new_steps.clear()
        if run.state == WorkflowRunState.RUNNING and self._graph.node(run.node_id) is None:
            run.end(WorkflowRunState.SUCCEEDED)

    def _ways(self, arrival: Arrival) -> list[BranchWay]:
        if not self._run.new_steps:
            return []
        values = friend_values([self._friend_id])[self._friend_id]
        return ways_of(arrival, self._run.new_steps[0].exit or "", values)

    def _line(self, step: PastStep, **more: Any) -> PlayedStep:
        note = {**step.note, "account_id": self._setup.account_id}
        return PlayedStep(
            name=self._name(step.node),
            at=self._now,
            result=RESULTS[step.result],
            colour=RESULT_COLOURS[step.result],
            sentences=sentences_of(note, shows_friend=True),
            exit=exit_label(step.node, step.exit),
            **more,
        )

    def _name(self, node: Node) -> NodeName:
        return node_name(node.kind, node, self._said, names=self._names)

    def _shown(self) -> PlayedTest:
        run, node = self._run, self._graph.node(self._run.node_id)
        self._played.answers = dict(run.answers)
        if run.state in OPEN and node is not None:
            is_waiting = run.state == WorkflowRunState.WAITING
            waits = awaited_words(set(run.awaits or ()), run.begun, run.until) if is_waiting else ""
            takes_text = is_waiting and ANSWER in (run.awaits or ())
            may_fail = not is_waiting and any(one.name == ERROR for one in _exits(node))
            self._played.standing = PlayedStanding(node, self._name(node), waits, takes_text, may_fail)
        else:
            state = run.state if run.state not in OPEN else WorkflowRunState.SUCCEEDED
            self._played.end, self._played.end_colour = STATES[state], STATE_COLOURS[state]
        return self._played


def _exits(node: Node) -> Sequence[Any]:
    kind = kind_of(node)
    return kind.exits(node) if kind else ()


def _phone(outcome: Outcome | None) -> Phone | None:
    messages = outcome.note.get(MESSAGES) if isinstance(outcome, Done) else None
    return phone(messages) if messages else None
