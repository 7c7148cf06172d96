"""Worker classes: which queues share threads, and so may delay each other.

Dramatiq gives a worker one pool of threads that all its queues feed, so queues alone isolate nothing. Each class has
threads of its own, in a process of its own or beside other classes in one. Every queue belongs to exactly one class.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from app.core.config import Config
from app.core.queue import Queue


class WorkerClass(StrEnum):
    """The classes that `worker.py` takes by name; AGENT is not started as long as it has no queue."""

    REALTIME = "realtime"
    SENDING = "sending"
    BULK = "bulk"
    AGENT = "agent"


@dataclass(frozen=True)
class Pool:
    """Threads that serve these queues and no others; as many as the class's setting says, unless `threads` does."""

    queues: tuple[Queue, ...]
    threads: int | None = None
    # An idle queue is looked at at least this often.
    poll_ms: int = 1_000


POOLS: dict[WorkerClass, tuple[Pool, ...]] = {
    # A reply token of LINE lives one minute, and sweeps repair everything else. A mail server that does not answer
    # holds its own thread only; workflows, which wait for LINE, hold no event back.
    WorkerClass.REALTIME: (
        Pool((Queue.WEBHOOKS, Queue.SWEEPS), poll_ms=100),
        Pool((Queue.WORKFLOWS,), threads=2, poll_ms=100),
        Pool((Queue.MAIL,), threads=1),
    ),
    # Two broadcasts at once, or a third that takes turns with them. Single sends have threads of their own: while an
    # answer of the chat is brought to LINE, a member looks at the screen.
    WorkerClass.SENDING: (Pool((Queue.SENDING,), poll_ms=50), Pool((Queue.BROADCASTS,), threads=2)),
    # A slice of an import may be minutes long, and profiles of many accounts may be due: neither starves the other.
    WorkerClass.BULK: (Pool((Queue.SYNC,)), Pool((Queue.BULK,), threads=2)),
    WorkerClass.AGENT: (),
}
# Connections of a worker process beside those of its threads: heartbeats and the renewal of leases.
SPARE_CONNECTIONS = 2
# What every installation runs.
STARTED = tuple(name for name, pools in POOLS.items() if pools)


def queues_of(worker_class: WorkerClass) -> tuple[Queue, ...]:
    """Return the queues that workers of this class serve."""
    return tuple(queue for pool in POOLS[worker_class] for queue in pool.queues)


def classes_named(names: Sequence[str]) -> tuple[WorkerClass, ...]:
    """Return the classes with these names, each once; all that are started when none is named. Raises ValueError."""
    if unknown := [name for name in names if name not in STARTED]:
        raise ValueError(f"“{unknown[0]}” is no worker class; there are {', '.join(STARTED)}.")
    return tuple(dict.fromkeys(WorkerClass(name) for name in names)) or STARTED


def threads_of(config: Config, worker_class: WorkerClass, pool: Pool) -> int:
    """How many threads serve this pool: its own number, or the setting `WORKER_<CLASS>_THREADS`."""
    return pool.threads or int(getattr(config, f"worker_{worker_class}_threads"))


def connections_of(config: Config, classes: Sequence[WorkerClass]) -> int:
    """How many database connections a process that serves these classes opens at most: two for each thread."""
    return 2 * sum(threads_of(config, name, pool) for name in classes for pool in POOLS[name]) + SPARE_CONNECTIONS
