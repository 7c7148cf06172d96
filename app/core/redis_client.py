"""The one way to a Redis client: an address becomes a client of one server, or of the server that Sentinels name.

Addresses: `redis://:password@host:6379/0`, `rediss://…` with TLS, `unix:///path?db=0`, and with Sentinels
`redis+sentinel://:password@host1:26379,host2:26379/service/0` or `rediss+sentinel://…`. Options behind `?` are those of
redis-py, such as `ssl_ca_certs`; `sentinel_username` and `sentinel_password` are for the Sentinels themselves.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Any
from urllib.parse import unquote, urlsplit

import redis
from redis.backoff import NoBackoff
from redis.connection import SSLConnection, parse_url
from redis.retry import Retry
from redis.sentinel import Sentinel

SCHEMES = ("redis", "rediss", "unix", "redis+sentinel", "rediss+sentinel")
SENTINEL_PORT = 26379


class RedisState(StrEnum):
    """AWAY: it does not answer. REFUSING: it answers a ping, but stores nothing (a replica, no memory, a full disk)."""

    OK = "ok"
    AWAY = "away"
    REFUSING = "refusing"


def state(client: redis.Redis) -> RedisState:
    """Try whether Redis stores a value."""
    try:
        client.set("tomoru:write-check", 1, ex=60)
    except redis.ResponseError:
        return RedisState.REFUSING
    except (redis.RedisError, OSError):
        return RedisState.AWAY
    return RedisState.OK


@dataclass(frozen=True)
class SentinelAddress:
    """Sentinels as (host, port), the service that they watch, and redis-py's options for both kinds of server."""

    sentinels: tuple[tuple[str, int], ...]
    service: str
    options: dict[str, Any]
    sentinel_options: dict[str, Any]


def connect(url: str, *, connect_seconds: float = 0.5, seconds: float = 2) -> redis.Redis:
    """A client that gives up quickly; one second try, since a restarted Redis has closed the old connections.

    Connects at the first command. After a failover the next connection asks the Sentinels again.
    """
    patience: dict[str, Any] = {"socket_connect_timeout": connect_seconds, "socket_timeout": seconds}
    again = Retry(NoBackoff(), 1, supported_errors=(redis.ConnectionError,))
    shared = patience | {"health_check_interval": 30, "retry": again}
    if "+sentinel:" not in url.partition("//")[0]:
        client: redis.Redis = redis.Redis.from_url(url, **shared)
        return client
    address = parse_sentinel_address(url)
    asking = {**patience, "retry": Retry(NoBackoff(), 0), **address.sentinel_options}
    sentinel = Sentinel(address.sentinels, sentinel_kwargs=asking)  # type: ignore[no-untyped-call]
    leading: redis.Redis = sentinel.master_for(address.service, **shared, **address.options)  # type: ignore[no-untyped-call]
    return leading


def check_address(url: str) -> None:
    """Raise ValueError for an address that no client can be made of; connects nowhere."""
    if "+sentinel:" in url.partition("//")[0]:
        parse_sentinel_address(url)
        return
    _port_of(url, 0)
    parse_url(url)  # type: ignore[no-untyped-call]


def parse_sentinel_address(url: str) -> SentinelAddress:
    """Read `redis+sentinel://user:password@host:port,…/service/db?options`; raises ValueError with a sentence."""
    parts = urlsplit(url)
    login, _, hosts = parts.netloc.rpartition("@")
    service, _, number = parts.path.strip("/").partition("/")
    if not service:
        raise ValueError("names no service of the Sentinels.")
    # redis-py reads what both kinds of address have in common.
    plain = f"{parts.scheme.partition('+')[0]}://{login}@host/{number or 0}?{parts.query}"
    options: dict[str, Any] = parse_url(plain)  # type: ignore[no-untyped-call]
    del options["host"]
    if number and not number.isdecimal():
        raise ValueError("ends in a database that is not a number.")
    tls: dict[str, Any] = {"ssl": True} if options.pop("connection_class", None) is SSLConnection else {}
    tls |= {name: value for name, value in options.items() if name.startswith("ssl_")}
    own = {name: options.pop(f"sentinel_{name}", None) for name in ("username", "password")}
    sentinels = tuple(_host_and_port(host) for host in hosts.split(","))
    return SentinelAddress(sentinels, unquote(service), options | tls, {k: v for k, v in own.items() if v} | tls)


def _host_and_port(text: str) -> tuple[str, int]:
    found = urlsplit(f"//{text.strip()}")
    if not found.hostname:
        raise ValueError("names no host of a Sentinel.")
    return found.hostname, _port_of(f"//{text.strip()}", SENTINEL_PORT)


def _port_of(url: str, default: int) -> int:
    try:
        return urlsplit(url).port or default
    except ValueError:
        raise ValueError("names a port that is not a number.") from None
