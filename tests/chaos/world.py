"""An installation under every load at once: people talk, friends are imported, ID links come in."""

from __future__ import annotations

import os
import random
import signal
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from urllib.parse import quote

from app.core import queue
from app.core.db import db
from app.core.runs.models import Run
from app.embedded.processes import pid_in
from app.imports.friends.operations import start_friend_import
from app.imports.id_links.operations import Options, start_import
from app.imports.id_links.upload import Sender, Upload
from app.line.models import Account
from app.team.actors import SYSTEM
from bench._processes import wait_until
from bench._webhooks import connect_account
from bench.friend_import import open_channel, store_account
from bench.harness import ROOT, installation
from bench.mixed_load import followers_of
from tests.chaos import sends, verdict
from tests.chaos.processes import Process, running
from tests.chaos.sky import run_statement
from tests.chaos.talk import Told, listens, talking
from tests.support.redis_servers import PASSWORD, RedisServer, free_port, redis_server
from tests.support.sandbox import SandboxServer

FRIENDS_A_SECOND, LINKS_A_SECOND = 150, 5_000
PATIENCE = 300.0
# Stores of its own, since a storm crashes them.
DATA = ROOT / ".data" / "chaos"


@dataclass
class World:
    """What a storm may trouble, and what must be there when it is over."""

    here: SimpleNamespace
    line: SandboxServer
    redis: RedisServer
    processes: dict[str, Process]
    chance: random.Random
    told: Told
    followers: dict[int, list[str]]
    import_id: int
    links: tuple[int, int, int]
    port: int
    # What is wrong, once everything has come to its end.
    faults: list[str] = field(default_factory=list)
    # The sends in words.
    counted: str = ""
    # Whether the database's clock was set by a day.
    has_jumped: bool = False
    # Whether PostgreSQL has crashed.
    has_crashed: bool = False

    @property
    def workers(self) -> list[Process]:
        """The processes that do the work."""
        return [self.processes["realtime"], self.processes["bulk"]]

    def crash_postgresql(self) -> None:
        """End PostgreSQL at once, as a crash does, and start it again; it recovers from its log."""
        if pid := pid_in(self.here.stores.directory / "postgres" / "postmaster.pid"):
            os.kill(pid, signal.SIGQUIT)
        wait_until(lambda: "PostgreSQL" in self.here.stores.restart_missing(), "PostgreSQL is back")
        self.has_crashed = True

    def wait_for_web(self) -> None:
        """Wait until the web, which was just started, takes connections."""
        wait_until(lambda: listens(self.port), "the web listens")

    def set_clocks_right(self) -> None:
        """Crash the processes whose clock is still wrong, and start them with the right one."""
        for process in self.processes.values():
            if process.skew:
                process.crash()

    def send_lost_file_again(self) -> None:
        """Do what a member is told to do when PostgreSQL has crashed, which empties the tables that hold files."""
        account_id, run_id, number = self.links
        if self.has_crashed and db.session.get_one(Run, run_id).reason == "id_links.file_lost":
            self.links = _send_links(db.session.get_one(Account, account_id), number)
            _wait_for_the_end()
        db.session.rollback()

    def judge(self) -> list[str]:
        """Compare what is stored with what was said, listed and sent."""
        found = verdict.faults_of_imports(self.followers, [self.import_id]) + verdict.faults_of_talk(self.told)
        found += verdict.faults_of_id_links(*self.links) + sends.faults_of_sends(
            self.line, self.links[0], has_jumped=self.has_jumped
        )
        found += sends.faults_of_incoming(self.told.messages, self.told.taken_back)
        locked = verdict.deadlocks()
        return found + ([f"{locked} deadlocks"] if locked else [])

    def words(self) -> str:
        """Return what there is each once."""
        friends, (_, _, links) = sum(map(len, self.followers.values())), self.links
        whole = f"{len(self.told.events):,} webhook events, {friends:,} friends and {links:,} ID links each once"
        return f"{whole}, {self.counted}"


@contextmanager
def world(seconds: int, chance: random.Random, prepare: tuple[str, ...] = ()) -> Iterator[World]:
    """Make it, and let everything begin; at the end of the block everything is waited for.

    `prepare` are statements for the database before the program's processes connect.
    """
    with ExitStack() as stack:
        line, here = stack.enter_context(SandboxServer()), stack.enter_context(installation("chaos_world", DATA))
        directory = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="tomoru-chaos-")))
        redis, port = stack.enter_context(redis_server(directory)), free_port()
        url = f"redis://:{quote(PASSWORD, safe='')}@127.0.0.1:{redis.port}/0"
        queue.init_app(here.app, url)
        env = here.env | {"REDIS_URL": url, "LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
        env |= {"HOST": "127.0.0.1", "PORT": str(port), "FLASK_APP": "wsgi"}
        with here.app.app_context():
            for statement in prepare:
                run_statement(statement)
            path = f"/webhooks/line/{connect_account()}"
            processes = stack.enter_context(running(env))
            loads = _begin(line, seconds)
            # A transaction that idles through the storm would be ended by the database.
            db.session.rollback()
            wait_until(lambda: listens(port), "the web listens")
            with (
                talking(port, path, chance) as told,
                sends.sending(here.app, line, loads[2][0], port, told, chance),
            ):
                made = World(here, line, redis, processes, chance, told, *loads, port)
                yield made
            _wait_for_the_end()
            made.send_lost_file_again()
            made.faults, made.counted = made.judge(), sends.counted()


def _begin(line: SandboxServer, seconds: int) -> tuple[dict[int, list[str]], int, tuple[int, int, int]]:
    channel = open_channel(line, max(500, FRIENDS_A_SECOND * seconds))
    account = store_account(channel)
    followers = {account.id: followers_of(line, channel)}
    run, _ = start_friend_import(account, actor=SYSTEM)
    db.session.commit()
    return followers, run.id, _send_links(account, max(2_000, LINKS_A_SECOND * seconds))


def _send_links(account: Account, number: int) -> tuple[int, int, int]:
    """Start an import of so many ID links; returns account, run and number."""
    rows = "".join(f"U{one:032x},member-{one}\n" for one in range(number))
    with Upload(account.id, Sender("Chaos"), "links.csv", None) as upload:
        upload.write(b"line_user_id,user_id\n" + rows.encode())
        run = start_import(account, upload, Options(), actor=SYSTEM)
        db.session.commit()
    return account.id, run.id, number


def _wait_for_the_end() -> None:
    active = "SELECT count(*) FROM runs WHERE state IN ('queued', 'running')"
    wait_until(lambda: verdict.scalar(active) == 0, "the imports end", PATIENCE)
    pending = "SELECT count(*) FROM webhook_events WHERE state = 'pending'"
    wait_until(lambda: verdict.scalar(pending) == 0, "the webhook events are processed", PATIENCE)
    wait_until(sends.are_over, "the sends are over", PATIENCE)
