"""/metrics for Prometheus: requests counted by every web process, and the state of the installation from its stores.

gunicorn's processes share their counts through files (gunicorn.conf.py names the directory). What the stores know is
asked at each scrape, so that it is right whichever process answers. Upper layers register figures of their own.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterable, Iterator

import redis
from flask import Flask, Response, current_app
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from sqlalchemy import func, select
from sqlalchemy.exc import SQLAlchemyError

from app.core import heartbeats
from app.core.config import Config
from app.core.db import connections, db, replica
from app.core.due import queries as due_queries
from app.core.due.registry import DUE_KINDS
from app.core.errors import NotFound
from app.core.queue import Queue, waiting
from app.core.runs.models import Run
from app.core.scheduler.leader import leader
from app.core.secrets import same
from app.core.web import headers
from app.core.worker_classes import STARTED

Figures = Callable[[], Iterable[Metric]]

_requests = CollectorRegistry()
_count = Counter("tomoru_requests", "Requests answered.", ("endpoint", "method", "status"), registry=_requests)
_seconds = Histogram(
    "tomoru_request_seconds", "Seconds until the answer began.", ("endpoint", "method"), registry=_requests
)
_offered: list[Figures] = []


def offer(figures: Figures) -> Figures:
    """Decorator: ask this function at every scrape."""
    if figures not in _offered:
        _offered.append(figures)
    return figures


def observe(endpoint: str, method: str, status: int, seconds: float) -> None:
    """Count one answered request."""
    _count.labels(endpoint, method, str(status)).inc()
    _seconds.labels(endpoint, method).observe(seconds)


def init_app(app: Flask) -> None:
    """Register the address; the view itself decides who may read it."""
    metrics.access = "public"  # type: ignore[attr-defined]
    app.add_url_rule("/metrics", view_func=metrics)


def metrics() -> Response:
    """Answer with everything in Prometheus' text form; "not found" for clients that may not read it."""
    config: Config = current_app.config["TOMORU"]
    if not _may_read(config.metrics_token):
        raise NotFound
    state = CollectorRegistry()
    state.register(_State())
    body = generate_latest(_shared_requests()) + generate_latest(state)
    return Response(body, content_type=CONTENT_TYPE_LATEST)


def _may_read(token: str) -> bool:
    """Return whether the client has the token; without one set, whether it is this machine and no proxy on it."""
    if token:
        return same(headers.bearer_token(), token)
    return headers.client_address() in headers.LOOPBACK and not headers.has_any(*headers.FORWARDED)


def _shared_requests() -> CollectorRegistry:
    if "PROMETHEUS_MULTIPROC_DIR" not in os.environ:
        return _requests
    registry = CollectorRegistry()
    MultiProcessCollector(registry)  # type: ignore[no-untyped-call]
    return registry


class _State:
    """Asks every source; one whose store is away is left out and counted as such."""

    def collect(self) -> Iterator[Metric]:
        away = 0
        for figures in (*OWN, *_offered):
            try:
                yield from list(figures())
            except (SQLAlchemyError, redis.RedisError, OSError):
                db.session.rollback()
                away += 1
        yield GaugeMetricFamily("tomoru_sources_away", "Figures missing because a store is away.", value=away)


def _queue_lengths() -> Iterator[Metric]:
    family = GaugeMetricFamily("tomoru_queue_messages", "Messages in a queue.", labels=("queue", "delayed"))
    for queue in Queue:
        ready, delayed = waiting(queue)
        family.add_metric((queue.value, "no"), ready)
        family.add_metric((queue.value, "yes"), delayed)
    yield family


def _runs() -> Iterator[Metric]:
    family = GaugeMetricFamily("tomoru_runs", "Pieces of long work by kind and state.", labels=("kind", "state"))
    counted = select(Run.kind, Run.state, func.count()).group_by(Run.kind, Run.state)
    for kind, state, number in db.session.execute(counted):
        family.add_metric((kind, state), number)
    yield family


def _due_rows() -> Iterator[Metric]:
    due = GaugeMetricFamily("tomoru_due_rows", "Rows that are due now, at most 100,000.", labels=("kind",))
    oldest = GaugeMetricFamily("tomoru_due_oldest_seconds", "How long the first due row waits.", labels=("kind",))
    for kind in DUE_KINDS.values():
        state = due_queries.state_of(kind)
        due.add_metric((kind.name,), state.due)
        oldest.add_metric((kind.name,), state.oldest)
    yield from (due, oldest)


def _due_counters() -> Iterator[Metric]:
    counted_so_far = due_queries.counters()
    for what, words in (("retried", "Tries that were refused"), ("given_up", "Rows that were given up")):
        family = CounterMetricFamily(f"tomoru_due_{what}", f"{words}.", labels=("kind",))
        for (counted, kind_name), number in counted_so_far.items():
            if counted == what:
                family.add_metric((kind_name,), number)
        yield family


def _scheduler() -> Iterator[Metric]:
    yield GaugeMetricFamily("tomoru_scheduler_leads", "Whether a scheduler leads.", value=float(leader() is not None))


def _connections() -> Iterator[Metric]:
    found = connections.counted()
    family = GaugeMetricFamily("tomoru_database_connections", "Connections to PostgreSQL.", labels=("what",))
    for what, number in (("used", found.used), ("allowed", found.most), ("wanted", found.wanted)):
        family.add_metric((what,), number)
    yield family


def _processes_alive() -> Iterator[Metric]:
    family = GaugeMetricFamily("tomoru_process_alive", "Whether a process of this kind lives.", labels=("kind",))
    for kind in ("scheduler", *map(heartbeats.worker_kind, STARTED)):
        family.add_metric((kind,), float(heartbeats.is_alive(kind)))
    yield family


def _replica() -> Iterator[Metric]:
    """Only where there is a replica; while it is away there is no figure of how far it is behind."""
    found = replica.replica()
    if found is None:
        return
    yield GaugeMetricFamily("tomoru_replica_used", "Whether the replica is read.", value=float(found.is_usable()))
    behind = found.behind()
    if behind is not None:
        yield GaugeMetricFamily("tomoru_replica_behind_seconds", "How far the replica is behind.", value=behind)


OWN: tuple[Figures, ...] = (
    _queue_lengths,
    _runs,
    _due_rows,
    _due_counters,
    _scheduler,
    _processes_alive,
    _connections,
    _replica,
)
