"""Work is enqueued by name: each name must have an actor, on the queue that was meant, and the worker must know it."""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from app import schedule
from app.cli import up
from app.core.queue import Queue, broker
from app.core.worker_classes import POOLS, STARTED, WorkerClass, classes_named
from tests.conventions.source import APP, ROOT, argument, calls, functions, python_files, short, text_of, tree_of

JOBS = [path for path in python_files("app") if path.name == "jobs.py" or path.parent.name == "jobs"]


@pytest.fixture(scope="module", autouse=True)
def actors() -> dict[str, str]:
    """Queue by actor name, of all actors there are."""
    for path in JOBS:
        importlib.import_module(".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__"))
    return {name: broker.get_actor(name).queue_name for name in broker.get_declared_actors()}


def enqueued() -> Iterator[tuple[str, str, str]]:
    """(place, actor name, queue) of every call that enqueues; a name made up at run time is `prefix*`."""
    for path in python_files("app"):
        for call in calls(path, "after_commit", "wake"):
            position = 1 if ast.unparse(call.func).endswith("after_commit") else 0
            name = argument(call, position, "name")
            queue = next((given.value for given in call.keywords if given.arg == "queue"), None)
            text = text_of(name)
            if isinstance(name, ast.JoinedStr):
                text = f"{text_of(name.values[0])}*"
            if text is not None:
                yield f"{short(path)}:{call.lineno}", text, ast.unparse(queue) if queue else "Queue.BULK"


def test_something_is_enqueued_at_all() -> None:
    assert len(list(enqueued())) >= 3


def test_every_enqueued_name_has_an_actor(actors: dict[str, str]) -> None:
    for place, name, _queue in enqueued():
        found = [actor for actor in actors if re.fullmatch(re.escape(name).replace(r"\*", ".+"), actor)]
        assert found, f"{place} enqueues {name}, which no actor answers to."


def test_every_name_is_enqueued_on_its_actor_s_queue(actors: dict[str, str]) -> None:
    for place, name, queue in enqueued():
        if queue.startswith("Queue.") and name in actors:
            meant = Queue[queue.removeprefix("Queue.")].value
            assert actors[name] == meant, f"{place} enqueues {name} on {meant}; its actor is on {actors[name]}."


def test_every_scheduled_name_has_an_actor_on_its_queue(actors: dict[str, str]) -> None:
    for entry in schedule.SCHEDULE:
        assert actors.get(entry.actor) == entry.queue.value, f"The schedule wakes {entry.actor} on {entry.queue}."


def test_every_sweep_is_scheduled(actors: dict[str, str]) -> None:
    sweeps = {name for name in actors if name.rpartition(".")[2].startswith(("sweep", "prune"))}
    assert sweeps <= {entry.actor for entry in schedule.SCHEDULE}


def test_the_worker_imports_every_module_of_actors() -> None:
    imported = {
        f"{node.module}.{name.name}"
        for node in ast.walk(tree_of(ROOT / "worker.py"))
        if isinstance(node, ast.ImportFrom)
        for name in node.names
    }
    wanted = {".".join(path.relative_to(ROOT).with_suffix("").parts) for path in JOBS if path.parent != APP}
    assert wanted <= imported


def test_every_queue_has_exactly_one_worker_class() -> None:
    served = [queue for pools in POOLS.values() for pool in pools for queue in pool.queues]
    assert sorted(served) == sorted(Queue)


def test_every_actor_is_on_a_queue_of_the_table(actors: dict[str, str]) -> None:
    queues = {queue.value for queue in Queue}
    assert {name: queue for name, queue in actors.items() if queue not in queues and not name.startswith("test")} == {}


def start_commands() -> dict[str, list[list[str]]]:
    """By place that says how to start an installation: the worker classes of each `worker.py` command in it."""
    written = {name: (ROOT / name).read_text() for name in ("Procfile", "compose.yaml")}
    written["units"] = "\n".join(path.read_text() for path in (ROOT / "deploy/systemd").glob("*.service"))
    found = {
        "Procfile": re.findall(r"^\w+: python worker\.py(.*)$", written["Procfile"], re.MULTILINE),
        "compose.yaml": re.findall(r"^ *command: \[.*worker\.py\"(.*)\]$", written["compose.yaml"], re.MULTILINE),
        "deploy/systemd": re.findall(r"^ExecStart=\S+python worker\.py(.*)$", written["units"], re.MULTILINE),
        "make run": [" ".join(command[2:]) for command in up.WORKERS.values()],
    }
    return {place: [re.findall(r"\w+", words) for words in commands] for place, commands in found.items()}


@pytest.mark.parametrize("place", start_commands())
def test_every_start_serves_each_class_exactly_once(place: str) -> None:
    commands = start_commands()[place]
    assert all(commands), f"{place} has a worker without a class beside others."
    assert sorted(name for command in commands for name in command) == sorted(STARTED)


def test_a_class_without_queues_is_not_started() -> None:
    assert WorkerClass.AGENT not in classes_named([])
    with pytest.raises(ValueError, match="agent"):
        classes_named(["agent"])


@pytest.mark.parametrize("path", JOBS, ids=short)
def test_actors_are_shells_around_one_operation(path: Path) -> None:
    for function in functions(path):
        assert function.body_lines <= 5, f"{function} has {function.body_lines} lines."
        assert any(name.startswith("actor(") for name in function.decorators), f"{function} is not an actor."
