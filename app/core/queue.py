"""Dramatiq on Redis. The queue only wakes: whatever must happen is a row, and a message is a nudge that may be lost.

`after_commit` enqueues by actor name once the transaction is through, so that operations never import jobs. A broker
that is down costs the nudge, never the work: the sweep finds the row.
"""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import Any, ParamSpec, TypeVar, cast

import dramatiq
import redis
import structlog
from dramatiq.common import dq_name
from dramatiq.middleware import AgeLimit, Callbacks, CurrentMessage, Retries, TimeLimit
from flask import Flask
from sqlalchemy import event
from sqlalchemy.orm import Session, SessionTransaction

from app.core import redis_client
from app.core.broker import WakingBroker
from app.core.errors import PermanentFailure

log = structlog.get_logger(__name__)
P = ParamSpec("P")
R = TypeVar("R")


class Queue(StrEnum):
    """Where messages wait; `core.worker_classes` says which worker class serves each."""

    WEBHOOKS = "webhooks"
    MAIL = "mail"
    # Short looks for rows that a lost message or a dead worker left lying.
    SWEEPS = "sweeps"
    SENDING = "sending"
    # Steps of workflows.
    WORKFLOWS = "workflows"
    # Broadcasts, apart so that they never hold back single sends.
    BROADCASTS = "broadcasts"
    # Short background work.
    BULK = "bulk"
    # Imports, whose slices may be long.
    SYNC = "sync"


def _worth_retrying(retries: int, error: BaseException) -> bool:
    return retries < 5 and not isinstance(error, PermanentFailure)


broker = WakingBroker(
    client=redis.Redis(),
    middleware=[
        AgeLimit(),
        TimeLimit(time_limit=10 * 60 * 1000),
        Callbacks(),
        CurrentMessage(),
        Retries(retry_when=_worth_retrying, min_backoff=1_000, max_backoff=60_000),
    ],
)
dramatiq.set_broker(broker)


def actor(queue: Queue = Queue.BULK, **options: Any) -> Callable[[Callable[P, R]], dramatiq.Actor[P, R]]:
    """Declare an actor named by its path below `app`, without the word `jobs`: `imports.friends.advance`."""

    def declare(function: Callable[P, R]) -> dramatiq.Actor[P, R]:
        name = f"{function.__module__}.{function.__name__}".removeprefix("app.").replace(".jobs.", ".")
        declared: dramatiq.Actor[P, R] = dramatiq.actor(actor_name=name, queue_name=queue.value, **options)(function)
        return declared

    return declare


def init_app(app: Flask, url: str) -> None:
    """Point the broker at Redis; short timeouts, so that a dead Redis never holds a request."""
    client = redis_client.connect(url)
    broker.client = client
    broker.scripts = {name: client.register_script(script.script) for name, script in broker.scripts.items()}
    app.extensions["redis"] = client


def after_commit(session: Any, name: str, *args: int | str, queue: Queue = Queue.BULK, delay: float = 0) -> None:
    """Wake the actor `name` with identifiers once `session` commits; a rollback forgets it. `delay` is in seconds."""
    wakes = session().info.setdefault("wakes", {}) if callable(session) else session.info.setdefault("wakes", {})
    wakes[name, args] = (queue, delay)


def wake(name: str, *args: int | str, queue: Queue = Queue.BULK, delay: float = 0) -> bool:
    """Enqueue at once, unless an equal message waits. Returns False when Redis is away, which callers may ignore."""
    message: dramatiq.Message[Any] = dramatiq.Message(
        queue_name=queue.value, actor_name=name, args=args, kwargs={}, options={}
    )
    try:
        broker.enqueue(message, delay=int(delay * 1000) or None)
    except (redis.RedisError, OSError) as error:
        log.warning("queue.unreachable", actor=name, error=type(error).__name__)
        return False
    return True


def waiting(queue: Queue) -> tuple[int, int]:
    """Count the messages that are not finished: (due, delayed); raises redis.RedisError when Redis is away."""
    keys = (f"{broker.namespace}:{name}.msgs" for name in (queue.value, dq_name(queue.value)))
    due, delayed = (cast(int, broker.client.hlen(key)) for key in keys)
    return due, delayed


@event.listens_for(Session, "after_transaction_end")
def _send_or_forget(session: Session, transaction: SessionTransaction) -> None:
    """Only the end of the outermost transaction counts; a savepoint may still be undone with it."""
    if transaction.parent is not None:
        return
    wakes, committed = session.info.pop("wakes", {}), session.info.pop("committed", False)
    for (name, args), (queue, delay) in wakes.items() if committed else ():
        if not wake(name, *args, queue=queue, delay=delay):
            # The sweep finds the others too; a Redis that hangs costs a request one timeout, not one for each.
            break


@event.listens_for(Session, "after_commit")
def _note_commit(session: Session) -> None:
    if not session.in_nested_transaction():
        session.info["committed"] = True
