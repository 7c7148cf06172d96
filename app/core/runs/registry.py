"""The registry of kinds of run: what upper floors offer to the one machine that advances runs."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from app.core.i18n import Text
from app.core.queue import Queue
from app.core.runs.lease import Lease


class SliceResult(Enum):
    """What a slice says at its end. WAIT: it is not this run's turn yet; it is asked again after a moment."""

    MORE = "more"
    DONE = "done"
    WAIT = "wait"


@dataclass(frozen=True)
class RunKind:
    """A kind of run. `slice` does bounded work (a few seconds) through the lease and says whether there is more.

    It must be repeatable: it may be killed at any point and is then called again with what was last saved.
    """

    name: str
    label: Text
    slice: Callable[[Lease], SliceResult]
    queue: Queue = Queue.SYNC
    # How often in a row a service may say "later" without any progress before the run ends as failed.
    patience: int = 12
    # Called once in the transaction that ends the run, whatever the end.
    finished: Callable[[Lease], None] | None = None


_kinds: dict[str, RunKind] = {}


def register(kind: RunKind) -> RunKind:
    """Offer a kind of run; registering the same name again replaces it."""
    _kinds[kind.name] = kind
    return kind


def kind_named(name: str) -> RunKind:
    """The registered kind; KeyError when the package that offers it is not loaded."""
    return _kinds[name]


def kind_names() -> list[str]:
    """All registered kinds; a run of another kind waits until the package that offers it is back."""
    return list(_kinds)
