"""One log line and one measurement for each request: what was asked for by name, never the address or its query."""

from __future__ import annotations

import time

import structlog
from flask import Flask, Response, g, request

from app.core.web import metrics

log = structlog.get_logger(__name__)
# Asked for by machines, often; a line for each would hide the rest. They are counted all the same.
QUIET = {"healthz", "readyz", "statusz", "metrics", "static", "webhooks.receive", "tracked.follow"}


def init_app(app: Flask) -> None:
    """Measure from the first hook to the last; so this must be the first to register, for hooks after run backwards."""
    app.before_request(_start)
    app.after_request(_finish)


def _start() -> None:
    g.started = time.perf_counter()


def _finish(response: Response) -> Response:
    seconds = time.perf_counter() - g.get("started", time.perf_counter())
    endpoint, method = request.endpoint or "unknown", request.method
    metrics.observe(endpoint, method, response.status_code, seconds)
    if endpoint not in QUIET or response.status_code >= 500:
        status, duration = response.status_code, round(seconds * 1000)
        log.info("request.finished", method=method, endpoint=endpoint, status=status, ms=duration)
    return response
