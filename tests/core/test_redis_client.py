"""Redis with a password, behind TLS, and where Sentinels say: real servers, and everything that speaks to Redis."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from urllib.parse import quote

import pytest
import redis
from flask import Flask

from app.core import queue
from app.core.config import Config
from app.core.limits import TokenBucket
from app.core.queue import Queue, waiting
from app.core.redis_client import connect, parse_sentinel_address
from app.factory import create_app
from app.team.rate_limits import limiter
from tests.support.breakable import use_redis_of
from tests.support.redis_servers import HOST, PASSWORD, RedisServer, redis_server, tls_in_front
from tests.support.waiting import wait_until

LOGIN = f":{quote(PASSWORD, safe='')}"
SERVICE = "tomoru"


@pytest.fixture
def server(tmp_path: Path) -> Iterator[RedisServer]:
    with redis_server(tmp_path) as started:
        yield started


@pytest.fixture
def queue_of_all(migrated_app: Flask, config: Config) -> Iterator[None]:
    """Afterwards the queue and the limiter are again those of all tests."""
    yield
    use_redis_of(migrated_app, config)


def test_a_sentinel_address_is_read_whole() -> None:
    address = parse_sentinel_address(
        "rediss+sentinel://tomoru:p%40ss@one.example:1,two.example,[::1]:3/my%20service/4"
        "?ssl_ca_certs=/etc/ca.pem&sentinel_password=other&ssl_check_hostname=false"
    )
    assert address.sentinels == (("one.example", 1), ("two.example", 26379), ("::1", 3))
    assert address.service == "my service"
    tls = {"ssl": True, "ssl_ca_certs": "/etc/ca.pem", "ssl_check_hostname": False}
    assert address.options == {"username": "tomoru", "password": "p@ss", "db": 4} | tls
    assert address.sentinel_options == {"password": "other"} | tls


def test_the_password_opens_redis_and_a_wrong_one_does_not(server: RedisServer) -> None:
    assert connect(f"redis://{LOGIN}@{HOST}:{server.port}/2").ping()
    with pytest.raises(redis.AuthenticationError):
        connect(f"redis://:wrong@{HOST}:{server.port}/2").ping()


@pytest.mark.usefixtures("queue_of_all")
def test_everything_speaks_tls_and_trusts_only_the_named_certificate(
    server: RedisServer, config: Config, tmp_path: Path
) -> None:
    with tls_in_front(server.port, tmp_path) as (port, certificate):
        address = f"rediss://{LOGIN}@{HOST}:{port}/0"
        with pytest.raises(redis.ConnectionError):
            connect(address).ping()
        speaks_in_every_way(create_app(replace(config, redis_url=f"{address}?ssl_ca_certs={quote(str(certificate))}")))
    assert server.client.dbsize() > 0


@pytest.mark.usefixtures("queue_of_all")
def test_after_a_failover_everything_goes_on_with_the_new_leader(
    server: RedisServer, config: Config, tmp_path: Path
) -> None:
    watch = (
        f"sentinel monitor {SERVICE} {HOST} {server.port} 1",
        f'sentinel auth-pass {SERVICE} "{PASSWORD}"',
        f"sentinel down-after-milliseconds {SERVICE} 500",
        f"sentinel failover-timeout {SERVICE} 3000",
    )
    with (
        redis_server(tmp_path, f"replicaof {HOST} {server.port}") as replica,
        redis_server(tmp_path, *watch, sentinel=True) as sentinel,
    ):
        wait_until(lambda: sentinel.client.sentinel_slaves(SERVICE), "the Sentinel knows the replica")
        wait_until(lambda: replica.client.info("replication")["master_link_status"] == "up", "the replica follows")
        # The first Sentinel of the list is away, as after the loss of a host.
        address = f"redis+sentinel://{LOGIN}@{HOST}:1,{HOST}:{sentinel.port}/{SERVICE}/0"
        app = create_app(replace(config, redis_url=address))
        speaks_in_every_way(app)
        assert server.client.dbsize() > 0
        server.stop()
        wait_until(lambda: replica.client.info("replication")["role"] == "master", "the replica leads")
        wait_until(lambda: answers(app.extensions["redis"]), "the client finds the new leader")
        replica.client.flushall()
        speaks_in_every_way(app)
        assert replica.client.dbsize() > 0


def speaks_in_every_way(app: Flask) -> None:
    """A wake, the pace of requests to LINE, the count of tries of a stranger, /readyz."""
    before = waiting(Queue.BULK)[0]
    assert queue.wake("tests.nudge", before, queue=Queue.BULK)
    assert waiting(Queue.BULK)[0] == before + 1
    assert TokenBucket(queue.broker.client, "test", rate=1000, burst=10).take() == 0
    assert limiter.storage.check()
    assert limiter.storage.incr("tests:tries", 60) >= 1
    assert app.test_client().get("/readyz").json["checks"]["redis"]  # type: ignore[index]


def answers(client: redis.Redis) -> bool:
    with suppress(redis.RedisError):
        return bool(client.ping())
    return False
