"""Which requests are tried again at once, and what the caller is told of those that are given up."""

from __future__ import annotations

import random
from typing import Any

import structlog

from app.core import lenient_json
from app.core.errors import RetryLater
from app.core.outgoing.exchange import Answer, NotSent
from app.integrations.hubspot.gateway.errors import PerhapsDone
from app.integrations.hubspot.gateway.requests import HubSpotRequest

log = structlog.get_logger(__name__)
# Tries of one request before its trouble is shown to the caller: while a page waits, and in a loop.
LIVE_TRIES, SYNC_TRIES = 2, 4
# HubSpot has not done what it answers so.
REFUSED = frozenset({"hubspot.rate_limited", "hubspot.daily_limit", "hubspot.locked", "hubspot.moving"})
# All processes wait for these before the next request, which knows whether that takes too long.
WAITED_FOR = frozenset({"hubspot.rate_limited", "hubspot.daily_limit", "hubspot.moving"})


def wait_before(request: HubSpotRequest[Any], error: RetryLater, attempt: int, tries: int) -> float | None:
    """Return the seconds until the next try; None when there is none, because it would not help or may do harm."""
    if attempt >= tries or (isinstance(error, NotSent) and error.code == "hubspot.limiter_away"):
        return None
    if not (request.is_repeatable or _has_done_nothing(error)):
        return None
    if error.code in WAITED_FOR:
        return None if isinstance(error, NotSent) else 0.0
    if error.code == "hubspot.locked":
        return error.after
    return min(error.after, 0.25 * 2.0 ** (attempt - 1)) * random.uniform(0.5, 1.5)


def final(request: HubSpotRequest[Any], error: RetryLater) -> RetryLater:
    """Return the error as the caller gets it: for what must not be done twice, PerhapsDone where it may be done."""
    if request.is_repeatable or _has_done_nothing(error):
        return error
    return PerhapsDone(error.code, error.after, **error.params)


def note(request: HubSpotRequest[Any], answer: Answer) -> None:
    """Log a refusal with the id that HubSpot's support asks for; addresses may hold a key and are left out."""
    correlation = lenient_json.text(answer.body, "correlationId") or answer.headers.get("x-hubspot-correlation-id")
    category = lenient_json.text(answer.body, "category")
    told = {"status": answer.status, "category": category, "correlation": correlation}
    log.info("hubspot.refused", method=request.method, path=request.path, **told)


def _has_done_nothing(error: RetryLater) -> bool:
    return isinstance(error, NotSent) or error.code in REFUSED
