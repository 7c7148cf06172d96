"""A wake whose equal is waiting is not enqueued again; one whose equal was taken by a worker is."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import dramatiq
import pytest
from dramatiq.errors import ConnectionClosed
from flask import Flask

from app.core import queue
from app.core.broker import WakingBroker
from app.core.queue import Queue, broker, waiting
from app.core.redis_client import connect

NAME = "tests.nudge"
ROWS = 20


def due() -> int:
    return waiting(Queue.BULK)[0]


def sweep() -> None:
    """Wake every row of a backlog, as a sweep does."""
    for number in range(ROWS):
        queue.wake(NAME, number)


def fetch(most: int = 1) -> list[dramatiq.MessageProxy]:
    """What a worker does first; it is never heard of again."""
    other = WakingBroker(client=broker.client, middleware=[])
    consumer = other.consume(Queue.BULK.value, prefetch=most, timeout=10)
    return [message for _ in range(most) if (message := next(consumer)) is not None]


def test_what_waits_already_is_not_sent_again(app: Flask) -> None:
    for _ in range(5):
        assert queue.wake(NAME, 1)
    assert due() == 1


def test_other_arguments_actors_and_queues_are_other_wakes(app: Flask) -> None:
    queue.wake(NAME, 1)
    queue.wake(NAME, 2)
    queue.wake(NAME, "1")
    queue.wake(NAME)
    queue.wake("tests.other", 1)
    queue.wake(NAME, 1, queue=Queue.SYNC)
    assert (due(), waiting(Queue.SYNC)[0]) == (5, 1)


def test_a_backlog_does_not_feed_itself(app: Flask) -> None:
    for _ in range(10):
        sweep()
    assert due() == ROWS


def test_what_a_worker_died_with_is_sent_once_more(app: Flask) -> None:
    sweep()
    assert len(fetch(3)) == 3
    for _ in range(10):
        sweep()
    assert broker.client.llen(f"dramatiq:{Queue.BULK}") == ROWS


def test_a_wake_that_comes_while_the_actor_runs_leads_to_another_run(app: Flask, worker: Actor) -> None:
    queue.wake(worker.name)
    assert worker.began.acquire(timeout=20)
    for _ in range(3):
        queue.wake(worker.name)
    # The worker may fetch each of the three before the next one comes.
    worker.may_end.release(4)
    assert worker.began.acquire(timeout=20), "The wake was lost."
    worker.instance.join()
    assert worker.runs >= 2


def test_a_delayed_wake_neither_replaces_nor_is_replaced(app: Flask) -> None:
    queue.wake(NAME, 1, delay=60)
    queue.wake(NAME, 1)
    queue.wake(NAME, 1, delay=60)
    assert waiting(Queue.BULK) == (1, 2)


def test_a_delayed_wake_that_is_due_joins_one_that_waits(app: Flask) -> None:
    queue.wake(NAME, 1)
    message: dramatiq.Message[None] = dramatiq.Message(Queue.BULK.value, NAME, (1,), {}, {"redis_message_id": "late"})
    broker.enqueue(message)
    assert due() == 1


def test_an_emptied_redis_forgets_nothing_but_messages(app: Flask) -> None:
    queue.wake(NAME, 1)
    broker.client.flushdb()
    queue.wake(NAME, 1)
    assert due() == 1


def test_a_marker_without_its_message_holds_nothing_up(app: Flask) -> None:
    queue.wake(NAME, 1)
    broker.flush(Queue.BULK.value)
    queue.wake(NAME, 1)
    assert due() == 1


def test_a_message_whose_marker_is_lost_is_sent_once_more(app: Flask) -> None:
    queue.wake(NAME, 1)
    (marker,) = broker.client.keys("dramatiq:bulk.wake:*")
    assert broker.client.ttl(marker) > 0
    broker.client.delete(marker)
    queue.wake(NAME, 1)
    queue.wake(NAME, 1)
    assert due() == 2


class Actor:
    """An actor that says when it begins and waits until it may end, with a worker of its own."""

    name = "tests.slow"

    def __init__(self) -> None:
        self.began, self.may_end, self.runs = threading.Semaphore(0), threading.Semaphore(0), 0
        self.actor = dramatiq.actor(self.run, actor_name=self.name, queue_name=Queue.BULK.value)
        self.instance = dramatiq.Worker(broker, queues={Queue.BULK.value}, worker_threads=1, worker_timeout=10)

    def run(self) -> None:
        self.runs += 1
        self.began.release()
        assert self.may_end.acquire(timeout=20)


@pytest.fixture
def worker(app: Flask) -> Iterator[Actor]:
    before = list(broker.middleware)
    slow = Actor()
    slow.instance.start()
    yield slow
    slow.may_end.release(100)
    slow.instance.stop()
    broker.middleware[:] = before
    del broker.actors[slow.name]


def test_a_redis_that_does_not_answer_is_a_broken_connection(app: Flask) -> None:
    queue.wake(NAME)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        other = WakingBroker(client=broker.client, middleware=[])
        consumer = other.consume(Queue.BULK.value, prefetch=1, timeout=10)
        message = next(consumer)
        assert message is not None
        client = connect(f"redis://127.0.0.1:{silent.getsockname()[1]}", seconds=0.05)
        other.client = client
        other.scripts = {name: client.register_script(script.script) for name, script in other.scripts.items()}
        for ask in (
            lambda: next(other.consume(Queue.BULK.value, prefetch=1, timeout=10)),
            lambda: consumer.ack(message),
        ):
            with pytest.raises(ConnectionClosed):
                ask()
