"""How long events wait from the stored row until they are processed, while they arrive at an even rate."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from sqlalchemy import text

from app.core import heartbeats
from app.core.db import db
from bench._load import post_evenly
from bench._processes import wait_until
from bench._webhooks import requests
from bench.harness import percentile

CONNECTIONS = 32


def lag_of(here: SimpleNamespace, number: int, rate: float) -> float:
    """Post so many events at the rate; seconds from the stored row to processed, below which 99 % of them lie.

    `here` has the web server's `port` and the webhook's `path`.
    """
    last = scalar("SELECT coalesce(max(id), 0) FROM webhook_events")
    post_evenly(here.port, requests(here.path, number), rate, CONNECTIONS)
    of_these = f"FROM webhook_events WHERE id > {last}"
    wait_until(lambda: scalar(f"SELECT count(processed_at) {of_these}") == number, "all events are processed", 600)
    query = text(f"SELECT extract(epoch FROM processed_at - received_at) {of_these}")
    seconds = [float(waited) for waited in db.session.scalars(query)]
    db.session.rollback()
    return percentile(seconds, 0.99)


def all_classes_are_served() -> bool:
    """Return whether a worker of every class is alive."""
    missing = heartbeats.missing_classes()
    db.session.rollback()
    return not missing


def scalar(query: str) -> Any:
    """Ask one value, and leave no transaction open."""
    value = db.session.scalar(text(query))
    db.session.rollback()
    return value
