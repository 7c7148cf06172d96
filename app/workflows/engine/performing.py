"""Do the effects that were decided, in sets. Each kind of effect registers one performer.

`inside` runs in the transaction that stores the steps; what is not over then goes on `outside`, where no transaction
is open. Both may be called again for the same task after a worker died: its key tells that it was done before.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import timedelta
from types import MappingProxyType
from typing import Any, NamedTuple

from app.core.due.backoff import Backoff
from app.team.actors import Actor, ActorKind
from app.team.permissions import Permission
from app.workflows.definition.decisions import Effect
from app.workflows.definition.state import NOTHING


class Task(NamedTuple):
    """An effect to be done for a run. `tries` counts the times that it was put off."""

    run_id: int
    key: str
    workflow_id: int
    workflow_name: str
    account_id: int
    friend_id: int
    node_id: str
    effect: Any
    chain: tuple[int, ...] = ()
    trigger: Mapping[str, Any] = NOTHING
    answers: Mapping[str, Any] = NOTHING
    tries: int = 0


class Done(NamedTuple):
    """The effect is done, or there was nothing to do ("skipped"). `answers` are kept with the run."""

    note: Mapping[str, Any] = NOTHING
    answers: Mapping[str, Any] = NOTHING
    result: str = "done"


class Failed(NamedTuple):
    """The effect was not done and will not be. `answers` are kept with the run all the same."""

    code: str
    values: Mapping[str, Any] = NOTHING
    note: Mapping[str, Any] = NOTHING
    answers: Mapping[str, Any] = NOTHING


class PutOff(NamedTuple):
    """The effect is to be tried again after a while, or when one of these events comes; `code` and `values` say why."""

    after: timedelta
    code: str
    awaits: tuple[str, ...] = ()
    values: Mapping[str, Any] = NOTHING


Outcome = Done | Failed | PutOff
# By key of the task. A task that is left out goes on outside, or is put off when it is left out there, too.
Outcomes = Mapping[str, Outcome]


def _none(_tasks: Sequence[Task]) -> Outcomes:
    return {}


@dataclass(frozen=True)
class Performer:
    """How effects of one kind are done.

    `most_outside` is how many go outside in one sitting, where more could take longer than their lease.
    """

    inside: Callable[[Sequence[Task]], Outcomes] = _none
    outside: Callable[[Sequence[Task]], Outcomes] = _none
    most_outside: int | None = None


PERFORMERS: dict[type[Effect], Performer] = {}
# Of calls to other services: about three hours of tries.
BACKOFF = Backoff(first=timedelta(seconds=10), longest=timedelta(hours=1), most=12)
UNFINISHED = PutOff(timedelta(minutes=1), "workflows.unfinished")
_NO_CAUSE: Mapping[int, tuple[int, ...]] = MappingProxyType({})
# Which workflows stand behind what is being done to a friend, while effects are done inside.
_causing: ContextVar[Mapping[int, tuple[int, ...]]] = ContextVar("causing", default=_NO_CAUSE)


def performer(kind: type[Effect], one: Performer) -> None:
    """Register how effects of this kind are done; raises ValueError for a kind that has a performer."""
    if kind in PERFORMERS:
        raise ValueError(f"{kind.__name__} has a performer.")
    PERFORMERS[kind] = one


def again(task: Task, code: str, *, after: float = 0, last: Failed | None = None) -> Outcome:
    """Return that the effect is tried again after the back-off, at least `after` seconds; the last try has failed."""
    if task.tries + 1 >= BACKOFF.most:
        return last or Failed(code)
    wait = max(BACKOFF.wait(task.tries + 1), timedelta(seconds=after))
    return PutOff(wait, code, values=last.values if last else {})


def workflow_actor(workflow_id: int, account_id: int, name: str = "") -> Actor:
    """Return the workflow as an actor for what it does to a friend of the account."""
    permissions = frozenset({Permission.WORKFLOWS, Permission.TAGS, Permission.FRIENDS, Permission.CHAT})
    return Actor(ActorKind.WORKFLOW, workflow_id, name, permissions, frozenset({account_id}))


def causing_chain(friend_id: int) -> tuple[int, ...]:
    """Return the ids of the workflows by whose doing something happens to this friend just now."""
    return _causing.get().get(friend_id, ())


def perform_inside(tasks: Sequence[Task]) -> dict[str, Outcome]:
    """Do what belongs into the transaction, kind by kind; one task of a friend after the other."""
    outcomes: dict[str, Outcome] = {}
    for some in _rounds(tasks):
        with _caused_by(some):
            outcomes |= _each_kind(some, lambda one: one.inside)
    return outcomes


def beyond_sitting(tasks: Sequence[Task]) -> set[int]:
    """Return the runs of those tasks that another sitting is to do outside, since this one has enough of their kind."""
    found: set[int] = set()
    for kind, some in by_kind(tasks).items():
        most = PERFORMERS[kind].most_outside
        found.update(task.run_id for task in some[most:] if most is not None)
    return found


def perform_outside(tasks: Sequence[Task]) -> dict[str, Outcome]:
    """Do what is left, kind by kind; what is not over then is put off."""
    outcomes = _each_kind(tasks, lambda one: one.outside)
    return {task.key: outcomes.get(task.key, UNFINISHED) for task in tasks}


def _each_kind(
    tasks: Sequence[Task], way: Callable[[Performer], Callable[[Sequence[Task]], Outcomes]]
) -> dict[str, Outcome]:
    outcomes: dict[str, Outcome] = {}
    for kind, some in by_kind(tasks).items():
        outcomes.update(way(PERFORMERS[kind])(some))
    return outcomes


def by_kind(tasks: Sequence[Task]) -> Mapping[type[Effect], list[Task]]:
    """Return the tasks by the kind of their effects, in their order."""
    found: defaultdict[type[Effect], list[Task]] = defaultdict(list)
    for task in tasks:
        found[type(task.effect)].append(task)
    return found


def _rounds(tasks: Sequence[Task]) -> list[list[Task]]:
    """Divide the tasks so that each friend has one in a round, which alone causes what happens to the friend in it."""
    rounds: list[list[Task]] = []
    seen: Counter[int] = Counter()
    for task in tasks:
        if seen[task.friend_id] == len(rounds):
            rounds.append([])
        rounds[seen[task.friend_id]].append(task)
        seen[task.friend_id] += 1
    return rounds


@contextmanager
def _caused_by(tasks: Sequence[Task]) -> Iterator[None]:
    token = _causing.set({task.friend_id: (*task.chain, task.workflow_id) for task in tasks})
    try:
        yield
    finally:
        _causing.reset(token)
