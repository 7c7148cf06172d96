"""What can be decided of a run at a node. A decision is data: the engine carries it out, a simulation only reads it.

Decisions are tuples, since one is made for every step.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any, NamedTuple

from app.workflows.definition.graph import ERROR, NEXT
from app.workflows.definition.state import NOTHING


class Effect:
    """What a step does to the world; each kind of effect is a frozen dataclass with a performer in the engine."""


class Go(NamedTuple):
    """Leave the node through an exit. `note` goes into the history; `answers` are kept with the run."""

    exit: str = NEXT
    note: Mapping[str, Any] = NOTHING
    answers: Mapping[str, Any] = NOTHING
    # A word of the history: "done", or "skipped" for a step that had nothing to do.
    result: str = "done"


class Do(NamedTuple):
    """Have an effect done, then go on with `then`; an effect that fails makes it a `Fail`.

    `skipped` is what follows instead where there was nothing to do, as for a question that was not asked. `covers` are
    ids of following nodes whose work the effect does as well; the run then stands at the last of them.
    """

    effect: Effect
    then: Go | Stay | Stop = Go()
    covers: tuple[str, ...] = ()
    skipped: Go | None = None


class Stay(NamedTuple):
    """Stay at the node until a moment or until one of these events comes, whichever is first.

    `awaits` are words such as "answer" or "tag_added:12". `begun` is given back with the next arrival at the node,
    and there holds as "note" what the step has written down so far, which `note` adds to.
    """

    until: datetime | None = None
    awaits: tuple[str, ...] = ()
    begun: Mapping[str, Any] = NOTHING
    note: Mapping[str, Any] = NOTHING


class Fail(NamedTuple):
    """The step has failed: `code` and `values` make its sentence. The run leaves by `exit` where that is drawn.

    `answers` are kept with the run all the same.
    """

    code: str
    values: Mapping[str, Any] = NOTHING
    exit: str = ERROR
    note: Mapping[str, Any] = NOTHING
    answers: Mapping[str, Any] = NOTHING


class Stop(NamedTuple):
    """End the run here, as a success."""

    note: Mapping[str, Any] = NOTHING


class Hold(NamedTuple):
    """Stand still until a member decides; `code` is the sentence that says why."""

    code: str
    begun: Mapping[str, Any] = NOTHING


Decision = Go | Do | Stay | Fail | Stop | Hold
