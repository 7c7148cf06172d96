"""An installation of one test alone, which may be broken: servers that restart, workers that are killed."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from app.core import queue
from app.core.config import Config
from app.core.db import db
from app.core.queue import Queue
from app.embedded import postgresql, redis_server, servers
from app.embedded.data_directory import data_directory_for
from app.factory import create_app
from app.team.rate_limits import limiter
from tests.conftest import ENCRYPTION_KEY
from tests.support.processes import ROOT


@dataclass
class Installation:
    """Servers, application and environment of one test alone, so that it may break them."""

    app: Flask
    env: dict[str, str]
    directory: Path

    def restart_database(self) -> None:
        place = data_directory_for(self.directory)
        postgresql.stop(place)
        postgresql.start(place, durable=False)

    def cut_connections(self) -> None:
        """Every connection to the database ends, in whatever it was doing."""
        with db.engine.connect() as connection:
            others = text("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid <> pg_backend_pid()")
            connection.execute(others)

    def empty_redis(self) -> None:
        self.app.extensions["redis"].flushall()

    def restart_redis(self) -> None:
        """It comes back with nothing in it."""
        place = data_directory_for(self.directory)
        self.app.extensions["redis"].flushall()
        redis_server.stop(place)
        redis_server.start(place)


def use_redis_of(app: Flask, config: Config) -> None:
    """Point what a process has once, the queue and the limiter, at the application's Redis again."""
    queue.init_app(app, config.redis_url)
    limiter.init_app(app)


@contextmanager
def own_installation(others: Flask, config: Config, directory: Path, **settings: str) -> Iterator[Installation]:
    """Start servers for one test; afterwards queue and limiter are those of the `others` again, set by `config`."""
    started = servers.start(directory, durable=False)
    env = {
        "DATABASE_URL": started.database_url,
        "REDIS_URL": started.redis_url,
        "SECRET_KEY": "for tests only, not a secret at all",
        "ENCRYPTION_KEYS": ENCRYPTION_KEY,
        "LOG_LEVEL": "WARNING",
        "WORKER_BULK_THREADS": "2",
        **settings,
    }
    app = create_app(Config.from_env(env))
    try:
        with app.app_context():
            upgrade()
            yield Installation(app, env, directory)
            db.session.remove()
            db.engine.dispose()
    finally:
        use_redis_of(others, config)
        started.stop()
        servers.erase(directory)


@contextmanager
def sweeping(app: Flask) -> Iterator[None]:
    """What the scheduler does, only more often."""
    stop = threading.Event()

    def sweep() -> None:
        while not stop.wait(0.2):
            with app.app_context():
                queue.wake("core.due.sweep", queue=Queue.SWEEPS)

    thread = threading.Thread(target=sweep)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()


class Nursery:
    """Workers on demand."""

    def __init__(self, env: dict[str, str], log: Path) -> None:
        self._log = log.open("wb")
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.support.nursery"],
            cwd=ROOT,
            env={**os.environ, **env, "PYTHONPATH": str(ROOT)},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            start_new_session=True,
        )
        assert self.process.stdout and self.process.stdout.readline().strip() == "ready"

    def worker(self) -> int:
        assert self.process.stdin and self.process.stdout
        self.process.stdin.write("\n")
        self.process.stdin.flush()
        return int(self.process.stdout.readline())

    def close(self) -> None:
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()
        self._log.close()


@contextmanager
def real_worker(env: dict[str, str], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`python worker.py`, which serves all classes."""
    with log.open("ab") as out:
        process = subprocess.Popen(
            [sys.executable, "worker.py"],
            cwd=ROOT,
            env={**os.environ, **env},
            stdout=out,
            stderr=out,
            start_new_session=True,
        )
        try:
            yield process
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
