"""Nudges: sent once the transaction is through, forgotten with it, and never in the way when Redis is down."""

from __future__ import annotations

from collections.abc import Iterator

import dramatiq
import pytest
import redis
from flask import Flask
from sqlalchemy import text

from app.core import queue
from app.core.db import db
from app.core.queue import Queue, broker

NAME = "tests.nudge"


def messages(app: Flask, queue_name: str = "bulk") -> list[tuple[str, tuple[int | str, ...]]]:
    """What waits in a queue."""
    client: redis.Redis = app.extensions["redis"]
    waiting = client.hvals(f"dramatiq:{queue_name}.msgs")
    decoded = [dramatiq.Message.decode(raw) for raw in waiting]  # type: ignore[union-attr]
    return sorted((message.actor_name, tuple(message.args)) for message in decoded)


@pytest.fixture
def dead_redis(app: Flask) -> Iterator[None]:
    alive = app.extensions["redis"]
    queue.init_app(app, "redis://127.0.0.1:1/0")
    yield
    app.extensions["redis"] = broker.client = alive
    broker.scripts = {name: alive.register_script(script.script) for name, script in broker.scripts.items()}


def nudge(*args: int | str, **options: object) -> None:
    db.session.execute(text("SELECT 1"))
    queue.after_commit(db.session, NAME, *args, **options)  # type: ignore[arg-type]


def test_a_nudge_goes_out_with_the_commit_and_not_before(app: Flask) -> None:
    nudge(1)
    assert messages(app) == []
    db.session.commit()
    assert messages(app) == [(NAME, (1,))]


def test_a_rollback_forgets_the_nudge_for_good(app: Flask) -> None:
    nudge(1)
    db.session.rollback()
    db.session.execute(text("SELECT 1"))
    db.session.commit()
    assert messages(app) == []


def test_a_failing_commit_sends_nothing(app: Flask) -> None:
    nudge(1)
    with pytest.raises(Exception, match="nowhere"):
        db.session.execute(text("SELECT nowhere"))
    db.session.rollback()
    assert messages(app) == []


def test_a_released_savepoint_sends_nothing_until_the_whole_is_committed(app: Flask) -> None:
    with db.session.begin_nested():
        nudge(1)
    assert messages(app) == []
    db.session.commit()
    assert messages(app) == [(NAME, (1,))]


def test_a_released_savepoint_is_undone_with_the_whole(app: Flask) -> None:
    with db.session.begin_nested():
        nudge(1)
    db.session.rollback()
    assert messages(app) == []


def test_a_savepoint_that_is_undone_leaves_the_other_nudges(app: Flask) -> None:
    nudge(1)
    savepoint = db.session.begin_nested()
    db.session.execute(text("SELECT 2"))
    savepoint.rollback()
    db.session.commit()
    assert messages(app) == [(NAME, (1,))]


def test_the_same_nudge_twice_in_a_transaction_is_one(app: Flask) -> None:
    nudge(1)
    nudge(1)
    nudge(2)
    db.session.commit()
    assert messages(app) == [(NAME, (1,)), (NAME, (2,))]


def test_the_next_transaction_does_not_send_it_again(app: Flask) -> None:
    nudge(1)
    db.session.commit()
    db.session.execute(text("SELECT 1"))
    db.session.commit()
    assert messages(app) == [(NAME, (1,))]


def test_a_delay_and_a_queue_are_kept(app: Flask) -> None:
    nudge(1, queue=Queue.SYNC, delay=60)
    db.session.commit()
    assert messages(app, "sync") == []
    assert messages(app, "sync.DQ") == [(NAME, (1,))]


@pytest.mark.usefixtures("dead_redis")
def test_a_dead_redis_loses_the_nudge_and_never_the_work(app: Flask) -> None:
    db.session.execute(text("INSERT INTO heartbeats (name, kind, beat_at) VALUES ('kept', 'test', now())"))
    nudge(1)
    db.session.commit()
    assert db.session.scalar(text("SELECT name FROM heartbeats")) == "kept"
    assert queue.wake(NAME, 1) is False


def test_a_restarted_redis_is_found_again(app: Flask) -> None:
    """The server closes every connection, as a restart does; the next nudge must still arrive."""
    client: redis.Redis = app.extensions["redis"]
    assert queue.wake(NAME, 1)
    client.client_kill_filter(_type="normal", skipme=False)
    assert queue.wake(NAME, 2)
    assert messages(app) == [(NAME, (1,)), (NAME, (2,))]


def test_an_actor_is_named_by_its_path(app: Flask) -> None:
    def remind() -> None: ...

    remind.__module__ = "app.friends.jobs"
    declared = queue.actor(Queue.SYNC)(remind)
    del broker.actors[declared.actor_name]
    assert (declared.actor_name, declared.queue_name) == ("friends.remind", "sync")
