"""Looking at embedded servers from outside: their processes, and what they answer."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import psutil
import psycopg
import redis

from app.embedded.servers import Servers


def ask(servers: Servers, statement: str) -> Any:
    """The first value that PostgreSQL answers, if there is one."""
    with psycopg.connect(servers.database_url.replace("+psycopg", ""), autocommit=True) as connection:
        cursor = connection.execute(statement)
        return cursor.fetchone()[0] if cursor.description else None


def postgres_process(servers: Servers) -> psutil.Process:
    """The server that all of PostgreSQL's other processes belong to."""
    return psutil.Process(int((servers.directory / "postgres" / "postmaster.pid").read_text().split()[0]))


def redis_client(servers: Servers) -> redis.Redis:
    """A client of the embedded Redis."""
    return redis.Redis.from_url(servers.redis_url)


def redis_process(servers: Servers) -> psutil.Process:
    """The Redis server."""
    return psutil.Process(redis_client(servers).info("server")["process_id"])


def is_gone(process: psutil.Process) -> bool:
    """Whether a process has ended; one that no one has collected yet has."""
    try:
        return process.status() == psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return True


def wait_for(condition: Callable[[], bool], seconds: float = 20) -> None:
    """Returns when the condition holds and fails the test when it does not come true."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "This did not come true in time."
        time.sleep(0.02)
