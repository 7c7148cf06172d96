"""Notice a reverse proxy that TRUSTED_PROXIES does not count.

Behind one, all visitors seem to come from the proxy's address and share what is limited by address. The proxy shows
itself by forwarding an address while the request seems to come from this machine or a private network.
"""

from __future__ import annotations

import time

import redis
import structlog
from flask import Flask, current_app

from app.core.config import Config
from app.core.web import headers

log = structlog.get_logger(__name__)
KEPT_SECONDS = 86_400
NOTED_EVERY_SECONDS = 60.0


class _Noted:
    """When this process last noted it, by the monotonic clock."""

    at = float("-inf")


def init_app(app: Flask) -> None:
    """Look at every request."""
    app.before_request(_notice)


def is_seen() -> bool:
    """Return whether such a proxy was seen within a day; raises redis.RedisError while Redis is away."""
    config: Config = current_app.config["TOMORU"]
    return bool(current_app.extensions["redis"].exists(_key(config.trusted_proxies)))


def _notice() -> None:
    config: Config = current_app.config["TOMORU"]
    if not _is_undeclared(config.trusted_proxies) or time.monotonic() - _Noted.at < NOTED_EVERY_SECONDS:
        return
    _Noted.at = time.monotonic()
    try:
        current_app.extensions["redis"].set(_key(config.trusted_proxies), 1, ex=KEPT_SECONDS)
    except (redis.RedisError, OSError) as error:
        log.warning("forwarding.not_noted", error=type(error).__name__)


def _key(hops: int) -> str:
    """Return where it is noted; what was seen says nothing of another setting."""
    return f"tomoru:untrusted-proxy:{hops}"


def _is_undeclared(hops: int) -> bool:
    if not hops:
        return headers.has_any(*headers.FORWARDED) and headers.is_nearby()
    return headers.forwarded_hops() > hops and headers.is_nearby()
