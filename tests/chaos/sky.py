"""An installation whose processes, stores and clocks a storm troubles, with one account and its friends."""

from __future__ import annotations

import os
import random
import signal
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import TypeVar
from urllib.parse import quote

from sqlalchemy import insert
from sqlalchemy.exc import SQLAlchemyError

from app.core import queue
from app.core.db import db
from app.embedded.processes import pid_in
from app.friends.models import FollowStatus, Friend
from app.line.gateway.urls import urls
from app.line.models import Account
from bench.friend_import import open_channel, store_account
from bench.harness import ROOT, installation
from bench.mixed_load import followers_of
from tests.chaos import wrong_clock
from tests.chaos.processes import Process, running
from tests.support.redis_servers import PASSWORD, RedisServer, free_port, redis_server
from tests.support.sandbox import SandboxServer

R = TypeVar("R")
T = TypeVar("T")
# Seconds that anything may take.
PATIENCE = 240.0


@dataclass
class Sky:
    """What a round may trouble."""

    here: SimpleNamespace
    line: SandboxServer
    redis: RedisServer
    processes: dict[str, Process]
    chance: random.Random
    account_id: int
    channel_id: str
    people: list[str]
    port: int
    # By how many seconds the clocks are ahead, and the file by which processes go.
    clock: Path
    skew: float = 0.0

    def kill_sender(self) -> None:
        self.processes["realtime"].crash()

    def kill_scheduler(self) -> None:
        self.processes["scheduler"].crash()

    def kill_web(self) -> None:
        self.processes["web"].crash()

    def flush_redis(self) -> None:
        self.redis.client.flushall()

    def crash_redis(self) -> None:
        self.redis.crash()

    def restart_postgresql(self) -> None:
        if pid := pid_in(self.here.stores.directory / "postgres" / "postmaster.pid"):
            os.kill(pid, signal.SIGQUIT)
        until(lambda: "PostgreSQL" in self.here.stores.restart_missing(), "PostgreSQL is back")

    @property
    def troubles(self) -> list[Callable[[], None]]:
        """Return each trouble once."""
        killed = [self.kill_sender, self.kill_scheduler, self.kill_web]
        return [*killed, self.flush_redis, self.crash_redis, self.restart_postgresql]

    def move_clock(self, seconds: float) -> None:
        """Set the clocks of the database and of all processes ahead."""
        self.skew += seconds
        surely(lambda: set_clock(self.skew))
        wrong_clock.set_file(self.clock, self.skew)


@contextmanager
def sky(
    name: str,
    people: int,
    chance: random.Random,
    unknown: int = 0,
    prepare: tuple[str, ...] = (),
    settings: Callable[[SandboxServer], dict[str, str]] = lambda _line: {},
) -> Iterator[Sky]:
    """Make an installation with its processes, and an account with friends, so many of whom LINE does not know.

    `prepare` are statements for the database before the program's processes connect, `settings` are further ones of
    these processes.
    """
    with ExitStack() as stack:
        line = stack.enter_context(SandboxServer())
        here = stack.enter_context(installation(name, ROOT / ".data" / name))
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tomoru-chaos-")))
        redis, port = stack.enter_context(redis_server(directory)), free_port()
        url = f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{redis.port}/0"
        queue.init_app(here.app, url)
        urls.use(line.url, line.url, urls.ours)
        env = here.env | {"REDIS_URL": url, "LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
        env |= {"HOST": "127.0.0.1", "PORT": str(port), "FLASK_APP": "wsgi"}
        env |= {"MEDIA_DIR": str(directory / "media")} | settings(line)
        clock = directory / "clock"
        wrong_clock.set_file(clock, 0.0)
        if prepare:
            env |= wrong_clock.by_file(clock)
        channel = open_channel(line, people)
        line.api("PATCH", f"/channels/{channel['channel_id']}", {"multicast_unknown": "reject"})
        with here.app.app_context():
            for statement in prepare:
                run_statement(statement)
            account = store_account(channel)
            found = followers_of(line, channel)
            store_friends(account, [*found, *(f"U{number:032x}" for number in range(unknown))])
            account_id = account.id
            db.session.rollback()
            processes = stack.enter_context(running(env))
            yield Sky(
                here, line, redis, processes, chance, account_id, channel["channel_id"], sorted(found), port, clock
            )


def drawn(chance: random.Random, troubles: Sequence[T]) -> list[T]:
    """Return these troubles in any order; with TROUBLES=2 only two of them, for a storm that is soon over."""
    return chance.sample(troubles, len(troubles))[: limit()]


def limit() -> int | None:
    """Return how many different troubles may strike, if not all."""
    return int(os.environ.get("TROUBLES") or 0) or None


def store_friends(account: Account, ids: list[str]) -> None:
    shared = {"account_id": account.id, "origin": "import", "follow_status": FollowStatus.FOLLOWING}
    db.session.execute(insert(Friend), [shared | {"line_user_id": one, "display_name": one[-6:]} for one in ids])
    db.session.commit()


def set_clock(skew: float) -> None:
    """Set how many seconds the database's clock is ahead; `DATABASE_CLOCK` has prepared it."""
    run_statement(f"UPDATE chaos.skew SET seconds = {skew}")


def run_statement(statement: str) -> None:
    with db.engine.begin() as connection:
        connection.exec_driver_sql(statement)


def surely(ask: Callable[[], R]) -> R:
    """Ask the database again and again while it is away."""
    for _ in range(200):
        try:
            return ask()
        except SQLAlchemyError:
            db.session.rollback()
            time.sleep(0.2)
    return ask()


def until(holds: Callable[[], object], what: str) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"It did not come about: {what}.")
        time.sleep(0.2)
