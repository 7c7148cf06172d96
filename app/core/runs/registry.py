"""Kinds of run that upper layers register, so that `core.runs` can advance them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from app.core.i18n import Text
from app.core.queue import Queue
from app.core.registry import Registry
from app.core.runs.cursors import NoCursor
from app.core.runs.lease import Lease


class SliceResult(Enum):
    """What a slice says at its end. WAIT: another run comes first, as `lease.wait_for` says."""

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
    # How often in a row the database may fail a slice without any progress before the run ends as failed. A service
    # that says "later" is waited for without end: only what will never work is final.
    patience: int = 12
    # The dataclass that says where a run stands; every field has a default, at which runs begin.
    cursor: type[Any] = NoCursor
    # Called once in the transaction that ends the run, whatever the end.
    finished: Callable[[Lease], None] | None = None
    # Keep the newest completed run of each subject when old ones are pruned.
    keeps_latest: bool = False
    # Called with the numbers of runs that are pruned, in the transaction that does it.
    pruned: Callable[[Sequence[int]], None] | None = None


# A run of a kind that is not registered waits until the package that offers it is back.
RUN_KINDS: Registry[RunKind] = Registry("run kind")


def register(kind: RunKind) -> RunKind:
    """Add a kind of run; raises ValueError for a name that is taken."""
    return RUN_KINDS.add(kind.name, kind)
