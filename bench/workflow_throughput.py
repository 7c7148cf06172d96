"""Friends add the account, and a workflow branches, tags and greets them: events a second, from the row to LINE.

Ours is one worker process: threads that process stored events, and two that advance runs, as the worker class has them.
The reference is one process of eight threads of a bare Dramatiq actor, which does one UPDATE and one push for each
message. LINE's stand-in answers both after 30 ms. `BENCH_EVENTS=1000` sends fewer.
"""

from __future__ import annotations

import json
import os
import threading
from concurrent.futures import ProcessPoolExecutor
from itertools import count
from multiprocessing import get_context
from time import perf_counter, sleep
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import dramatiq
import psycopg
import requests
from dramatiq.brokers.stub import StubBroker
from flask import Flask
from sqlalchemy import text

from app.core.config import Config
from app.core.db import db
from app.factory import create_app
from app.friends.models import Tag
from app.line.operations import processing
from app.team.actors import SYSTEM
from app.workflows.definition.graph import Graph, Node
from app.workflows.engine.advancing import advance_due
from app.workflows.operations.life import create_workflow, start
from bench import push_rate
from bench.friend_import import store_account
from bench.harness import Result, alternate, installation
from tests.support.sandbox import SandboxServer

EVENTS = 10_000
ROUNDS = 2
EVENT_THREADS, RUN_THREADS, BARE_THREADS = 4, 2, 8
_numbers = count(1)
_FORGET = text("DELETE FROM friends; DELETE FROM webhook_events; DELETE FROM message_sends; DELETE FROM reply_tokens")
_STORE = text("""
    INSERT INTO webhook_events (account_id, event_id, type, source_id, occurred_at, payload)
    SELECT :account_id, 'bench-' || :round || '-' || person.user_id, 'follow', person.user_id, now(),
           jsonb_build_object(
               'type', 'follow', 'mode', 'active', 'timestamp', (extract(epoch FROM now()) * 1000)::bigint,
               'source', jsonb_build_object('type', 'user', 'userId', person.user_id),
               'webhookEventId', 'bench-' || :round || '-' || person.user_id,
               'deliveryContext', jsonb_build_object('isRedelivery', false),
               'follow', jsonb_build_object('isUnblocked', false))
    FROM unnest(CAST(:people AS text[])) AS person (user_id)
""")
_LEFT = text("SELECT (SELECT count(*) FROM workflow_runs WHERE state = 'succeeded')")


def run() -> list[Result]:
    """Measure events a second."""
    size = int(os.environ.get("BENCH_EVENTS", EVENTS))
    with SandboxServer() as line, installation("workflow_throughput") as place:
        env = {**place.env, "LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
        channel = _channel(line, size)
        people = _people(line, channel, size)
        account_id = _apart(_prepare, env, channel)
        rate, bare = alternate(
            lambda: _apart(_ours, env, account_id, people, next(_numbers)),
            lambda: _apart(_bare, place.database_url, line.url, channel["token"], people),
            rounds=ROUNDS,
        )
    return [Result("workflow_throughput", rate, "events/s", bare, "higher", size)]


def _channel(line: SandboxServer, size: int) -> dict[str, Any]:
    latency = {"fixed_ms": push_rate.LATENCY_MS}
    channel = line.create_channel(kind="verified", population={"followers": size}, latency=latency)
    path = f"/channels/{channel['channel_id']}/tokens"
    return channel | {"token": line.api("POST", path, {"kind": "long-lived"})["value"]}


def _people(line: SandboxServer, channel: dict[str, Any], size: int) -> list[str]:
    found: list[str] = []
    address, after = f"/channels/{channel['channel_id']}/friends?limit=500&state=friend", ""
    while len(found) < size:
        page = line.api("GET", address + after)
        found += [one["user_id"] for one in page["friends"]]
        after = f"&cursor={page['next']}"
    return found[:size]


def _apart(work: Any, *args: Any) -> Any:
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(work, *args).result()


def _prepare(env: dict[str, str], channel: dict[str, Any]) -> int:
    """Store the account and start the workflow; returns the account's id."""
    with create_app(Config.from_env(env)).app_context():
        account = store_account(channel)
        tags = [Tag(account_id=account.id, name=name) for name in ("Japanese", "New")]
        db.session.add_all(tags)
        db.session.flush()
        place, content = str(account.id), {"version": 1, "messages": [{"kind": "text", "text": "ようこそ 🍵"}]}
        language = {"property": "tag", "operator": "contains_any", "values": [tags[0].id]}
        branch = {
            "name": "ja",
            "label": "Japanese",
            "conditions": {place: {"version": 1, "groups": [{"conditions": [language]}]}},
        }
        nodes = (
            Node("t", "friend_add", {}, {"next": "b"}),
            Node("b", "branch", {"branches": [branch]}, {"ja": "s", "else": "g"}),
            Node("g", "tag", {"tags": {place: [tags[1].id]}}, {"next": "s"}),
            Node("s", "send_message", {"content": content}),
        )
        workflow = create_workflow("Welcome", graph=Graph((account.id,), nodes), actor=SYSTEM)
        start(workflow.id, actor=SYSTEM)
        db.session.commit()
        return account.id


def _ours(env: dict[str, str], account_id: int, people: list[str], number: int) -> float:
    """Return events a second until LINE has accepted every greeting."""
    app = create_app(Config.from_env(env))
    with app.app_context():
        db.session.execute(_FORGET)
        db.session.execute(_STORE, {"account_id": account_id, "round": str(number), "people": people})
        db.session.commit()
        db.session.execute(text("ANALYZE"))
        db.session.commit()
        is_over = threading.Event()
        threads = [
            threading.Thread(target=_work, args=(app, processing.process_due, is_over)) for _ in range(EVENT_THREADS)
        ]
        threads += [threading.Thread(target=_work, args=(app, advance_due, is_over)) for _ in range(RUN_THREADS)]
        begin = perf_counter()
        for thread in threads:
            thread.start()
        while db.session.scalar(_LEFT) < len(people):
            db.session.rollback()
            sleep(0.05)
        seconds = perf_counter() - begin
        is_over.set()
        for thread in threads:
            thread.join()
    return len(people) / seconds


def _work(app: Flask, act: Any, is_over: threading.Event) -> None:
    with app.app_context():
        while not is_over.is_set():
            if not act():
                sleep(0.01)


def _bare(database_url: str, line_url: str, token: str, people: list[str]) -> float:
    """Return messages a second of an actor that does one UPDATE and one push."""
    broker = StubBroker()
    dramatiq.set_broker(broker)
    local, address = threading.local(), urlsplit(database_url.replace("+psycopg", "")).geturl()
    body = [{"type": "text", "text": "ようこそ 🍵"}]

    def greet(user_id: str) -> None:
        if not hasattr(local, "connection"):
            local.connection, local.http = psycopg.connect(address, autocommit=True), requests.Session()
        local.connection.execute("UPDATE friends SET updated_at = now() WHERE line_user_id = %s", (user_id,))
        headers = {"Authorization": f"Bearer {token}", "X-Line-Retry-Key": str(uuid4())}
        answer = local.http.post(
            f"{line_url}/v2/bot/message/push",
            data=json.dumps({"to": user_id, "messages": body}),
            headers={**headers, "Content-Type": "application/json"},
            timeout=30,
        )
        answer.raise_for_status()

    actor = dramatiq.actor(greet, broker=broker)
    for user_id in people:
        actor.send(user_id)
    worker = dramatiq.Worker(broker, worker_threads=BARE_THREADS)
    begin = perf_counter()
    worker.start()
    broker.join(actor.queue_name)
    worker.join()
    seconds = perf_counter() - begin
    worker.stop()
    return len(people) / seconds
