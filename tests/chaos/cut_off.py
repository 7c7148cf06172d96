"""The storm `hosts`: make hosts, import, cut one off, reconnect it. It needs root on Linux."""

from __future__ import annotations

import random
import time
from contextlib import ExitStack
from dataclasses import dataclass
from types import SimpleNamespace

import click

from app.core import heartbeats
from app.core.db import db
from app.imports.friends.operations import start_friend_import
from app.team.actors import SYSTEM
from bench._processes import wait_until
from bench._webhooks import connect_account
from bench.friend_import import open_channel, store_account
from bench.harness import installation
from bench.mixed_load import followers_of
from tests.chaos import verdict
from tests.chaos.hosts import WEB, WORKER, running
from tests.chaos.network import Host, missing, network
from tests.chaos.stores import stores
from tests.chaos.webhooks import Deliveries, delivered_to, listens
from tests.support.pgbouncer import PROGRAM

WEBS, WORKERS = ("web1", "web2"), ("worker1", "worker2")
ACCOUNTS = 4
# By seconds of the cut, so that the imports outlast it; at least so many that they are under way when it comes.
FRIENDS_A_SECOND, FEWEST = 300, 3_000
PATIENCE = 1_800.0


@dataclass
class Round:
    """One installation on its hosts, and what is imported."""

    here: SimpleNamespace
    hosts: dict[str, Host]
    seconds: int
    chance: random.Random
    path: str = ""

    @property
    def webs(self) -> list[Host]:
        """The hosts that webhooks are delivered to."""
        return [self.hosts[name] for name in WEBS]

    @property
    def workers(self) -> list[Host]:
        """The hosts that import, one of which is cut off."""
        return [self.hosts[name] for name in WORKERS]


def cannot_run() -> str:
    """Say why it cannot be tried here; empty when it can."""
    return missing() or ("" if PROGRAM else "PgBouncer is missing (Debian's package pgbouncer)")


def run(seconds: int, chance: random.Random) -> tuple[list[str], str]:
    """Return what is wrong, and what was done in words."""
    with ExitStack() as stack:
        hosts = stack.enter_context(network((*WEBS, *WORKERS)))
        here = stack.enter_context(installation("chaos"))
        env = stack.enter_context(stores(here))
        stack.enter_context(here.app.app_context())
        one = Round(here, hosts, seconds, chance)
        one.path = f"/webhooks/line/{connect_account()}"
        stack.enter_context(running(one.webs, WEB, env))
        stack.enter_context(running(one.workers, WORKER, env))
        wait_until(lambda: all(listens(host) for host in one.webs), "both web hosts listen")
        wait_until(lambda: _workers_alive() == len(WORKERS), "both worker hosts are alive")
        return _import_and_cut(one)


def _import_and_cut(one: Round) -> tuple[list[str], str]:
    followers, run_ids = _start_imports(one)
    victim = one.chance.choice(one.workers)
    share = one.chance.uniform(0.1, 0.4)
    with delivered_to(one.webs, one.path) as deliveries:
        total = sum(map(len, followers.values()))
        wait_until(lambda: _done(run_ids) >= share * total, "the imports are under way", PATIENCE)
        left = _cut_off(one, victim, run_ids)
        wait_until(lambda: _active(run_ids) == 0, "the imports end", PATIENCE)
    wait_until(lambda: _unprocessed() == 0, "the webhook events are processed")
    return _judge(followers, run_ids, deliveries), (
        f"{total:,} friends of {ACCOUNTS} accounts each once, {deliveries.accepted:,} webhooks each processed, "
        f"{victim.name} cut off at {share:.0%} of the import for {one.seconds} s, {left:,} friends left after it"
    )


def _start_imports(one: Round) -> tuple[dict[int, list[str]], list[int]]:
    """Start an import for each account; gives LINE's followers by account, and the runs."""
    friends = max(FEWEST, FRIENDS_A_SECOND * one.seconds)
    followers, run_ids = {}, []
    for _ in range(ACCOUNTS):
        channel = open_channel(one.here.line, friends)
        account = store_account(channel)
        followers[account.id] = followers_of(one.here.line, channel)
        run, _ = start_friend_import(account, actor=SYSTEM)
        run_ids.append(run.id)
    db.session.commit()
    return followers, run_ids


def _cut_off(one: Round, victim: Host, run_ids: list[int]) -> int:
    """Pull the host's cable for the time; gives how many friends are left to import when it is back."""
    victim.cut_off()
    try:
        click.echo(f"chaos: {victim.name} is cut off")
        time.sleep(one.seconds)
    finally:
        victim.reconnect()
    click.echo(f"chaos: {victim.name} is back")
    return int(verdict.scalar("SELECT sum(coalesce(total, done) - done) FROM runs WHERE id = ANY(:ids)", ids=run_ids))


def _judge(followers: dict[int, list[str]], run_ids: list[int], deliveries: Deliveries) -> list[str]:
    faults = verdict.faults_of_imports(followers, run_ids) + verdict.faults_of_webhooks(deliveries)
    db.session.rollback()
    return faults


def _workers_alive() -> int:
    kind = heartbeats.worker_kind(heartbeats.STARTED[-1])
    return int(verdict.scalar("SELECT count(*) FROM heartbeats WHERE kind = :kind", kind=kind))


def _done(run_ids: list[int]) -> int:
    return int(verdict.scalar("SELECT sum(done) FROM runs WHERE id = ANY(:ids)", ids=run_ids))


def _active(run_ids: list[int]) -> int:
    query = "SELECT count(*) FROM runs WHERE id = ANY(:ids) AND state IN ('queued', 'running')"
    return int(verdict.scalar(query, ids=run_ids))


def _unprocessed() -> int:
    return int(verdict.scalar("SELECT count(*) FROM webhook_events WHERE processed_at IS NULL"))
