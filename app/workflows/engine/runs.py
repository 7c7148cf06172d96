"""A run as the engine works on it, and the kind of due rows that runs are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any, NamedTuple

from app.core import queue
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.registry import DueKind, register
from app.core.queue import Queue
from app.workflows.definition.graph import Graph, Node
from app.workflows.models import WorkflowRun, WorkflowRunState

# Claims of one run before it is failed as one that brings its worker down.
TRIES = 8
# Claims before a run is failed that ends in a fault of the program, which seldom passes.
TRIES_AFTER_FAULTS = 3
# A sitting of a batch waits for LINE and for webhooks.
LEASE = timedelta(minutes=4)
RUNS = register(
    DueKind(
        "workflows.runs",
        WorkflowRun,
        wake=lambda: queue.wake("workflows.advance", queue=Queue.WORKFLOWS),
        # `advancing` ends a run after TRIES, so that its history says why.
        backoff=Backoff(first=timedelta(seconds=10), longest=timedelta(minutes=30), most=1_000),
        lease=LEASE,
        # As many as LINE links with a rich menu in one call.
        batch=500,
        columns=(WorkflowRun.friend_id,),
    )
)

# In what a run has begun: why its effect was put off.
WHY = "put_off"


def wake() -> None:
    """Wake a worker for runs that are due, once the transaction is through."""
    queue.after_commit(db.session, "workflows.advance", queue=Queue.WORKFLOWS)


class PastStep(NamedTuple):
    """A step that is over, as the history stores it; runs that leave a node alike share one."""

    node: Node
    result: str
    exit: str | None
    note: dict[str, Any]
    # The id of the node that follows.
    next_id: str | None


@dataclass(slots=True)
class ClaimedRun:
    """A run that this worker holds; what changes is written by `saving`.

    `begun` and `given` are what the decision at the node is made from; `event` is what has come since. While
    `is_doing`, an effect of this node was begun; after its worker died it is decided from the same and done again.
    """

    id: int
    workflow_id: int
    version_id: int
    account_id: int
    friend_id: int
    graph: Graph
    state: str
    node_id: str | None
    steps: int
    trigger: dict[str, Any]
    answers: dict[str, Any]
    chain: list[int]
    begun: dict[str, Any]
    event: dict[str, Any] | None
    given: dict[str, Any] | None = None
    is_doing: bool = False
    awaits: list[str] | None = None
    problem: str | None = None
    problem_values: dict[str, Any] = field(default_factory=dict)
    # When it is due again; None: not before an event.
    until: datetime | None = None
    new_steps: list[PastStep] = field(default_factory=list)

    @property
    def key(self) -> str:
        """Return what is stable for the step at which it stands, whatever is repeated."""
        return f"{self.id}:{self.steps + 1}"

    @property
    def is_moving(self) -> bool:
        """Return whether something is to be decided now."""
        return self.state == WorkflowRunState.RUNNING

    def leave(self, step: PastStep) -> None:
        """Note a step that is over, and stand at what follows; at no node where nothing does."""
        self.steps += 1
        self.new_steps.append(step)
        self.node_id = step.next_id
        self.begun, self.given, self.event = {}, None, None
        self.is_doing, self.awaits = False, None

    def wait(self, until: datetime | None, awaits: list[str] | None, begun: dict[str, Any]) -> None:
        """Stay at the node; an awaited event that has come already makes it move at once."""
        self.begun, self.until, self.awaits, self.given, self.is_doing = begun, until, awaits, None, False
        if self.event is None:
            self.state = WorkflowRunState.WAITING

    def take_event(self) -> None:
        """Use what has come for the next decision, unless one is repeated that was made before it."""
        if not self.is_doing:
            self.given, self.event = self.event, None

    def put_off(self, until: datetime, awaits: Sequence[str], why: Mapping[str, Any]) -> None:
        """Have the effect of this node done again later, with the same key; `why` is a code and its values."""
        self.begun = {**self.begun, "tries": int(self.begun.get("tries", 0)) + 1, WHY: dict(why)}
        self.until, self.awaits, self.is_doing, self.state = until, list(awaits) or None, True, WorkflowRunState.WAITING

    def hold(self, code: str, begun: dict[str, Any]) -> None:
        """Stand still until a member decides."""
        self.state, self.problem, self.begun, self.until = WorkflowRunState.HELD, code, begun, None

    def end(self, state: WorkflowRunState, problem: str | None = None, values: dict[str, Any] | None = None) -> None:
        """End the run."""
        self.state, self.node_id, self.until, self.awaits = state, None, None, None
        self.begun, self.given, self.event = {}, None, None
        self.problem, self.problem_values = problem, values or {}
