"""Real PostgreSQL and Redis for every test, one database a test process, emptied after each test that used it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import SimpleNamespace

import pytest
import redis
from cryptography.fernet import Fernet
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from app.core.collector import settle_collector
from app.core.config import Config
from app.core.db import db
from app.core.queue import broker
from app.embedded import servers as embedded
from app.factory import create_app
from app.line.gateway.urls import urls
from app.team.models import Member
from tests.factories import team
from tests.support import bounded_statements
from tests.support.client import CheckingClient
from tests.support.database import clean, fresh_database, prepare_cleaning
from tests.support.mailbox import mailbox
from tests.support.passwords import cheap_passwords
from tests.support.pgbouncer import pgbouncer
from tests.support.processes import DATA
from tests.support.redis_servers import redis_server
from tests.support.sandbox import SandboxServer

__all__ = ["cheap_passwords", "mailbox"]
ENCRYPTION_KEY = Fernet.generate_key().decode()


def pytest_collection_finish() -> None:
    """Let Python's collector leave out the program and the thousands of tests, as it does in production."""
    settle_collector()


@pytest.fixture(scope="session")
def servers() -> Iterator[SimpleNamespace]:
    """Addresses of PostgreSQL and Redis: the environment's, or embedded ones that are shared by all test processes."""
    given = os.environ.get("TEST_DATABASE_URL"), os.environ.get("TEST_REDIS_URL")
    if all(given):
        yield SimpleNamespace(database_url=given[0], redis_url=given[1])
        return
    started = embedded.start(Path(DATA), durable=False)
    yield started
    started.stop()


@pytest.fixture(scope="session")
def config(servers: SimpleNamespace, worker_id: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Config]:
    """Settings with a database and a Redis number of this test process' own."""
    number = int(worker_id.removeprefix("gw")) if worker_id.startswith("gw") else 15
    with fresh_database(servers.database_url, f"test_{worker_id}") as url, _pooled(url) as addresses:
        yield Config.from_env(
            {
                **addresses,
                "REDIS_URL": servers.redis_url.partition("?")[0] + f"?db={number}",
                "SECRET_KEY": "for tests only, not a secret at all",
                "ENCRYPTION_KEYS": ENCRYPTION_KEY,
                "LOG_LEVEL": "ERROR",
                "LOG_FORMAT": "console",
                "MEDIA_DIR": str(tmp_path_factory.mktemp("media")),
            }
        )


@contextmanager
def _pooled(url: str) -> Iterator[dict[str, str]]:
    """The settings of a database; with TEST_PGBOUNCER=1 every test reaches it through PgBouncer in transaction mode."""
    if os.environ.get("TEST_PGBOUNCER", "0") != "1":
        yield {"DATABASE_URL": url}
        return
    with pgbouncer(url, servers=20) as pooled:
        yield {"DATABASE_URL": pooled, "DATABASE_DIRECT_URL": url}


@pytest.fixture(scope="session")
def migrated_app(config: Config) -> Iterator[Flask]:
    """The application on a migrated database."""
    bounded_statements.refuse()
    app = create_app(config)
    app.testing = True
    app.config["PROPAGATE_EXCEPTIONS"] = False
    app.test_client_class = CheckingClient
    with app.app_context():
        upgrade()
        prepare_cleaning(db.engine)
    yield app
    with app.app_context():
        db.engine.dispose()


@pytest.fixture
def app(migrated_app: Flask) -> Iterator[Flask]:
    """The application, with empty tables and an empty queue, inside an application context."""
    client: redis.Redis = migrated_app.extensions["redis"]
    client.flushdb()
    with migrated_app.app_context():
        yield migrated_app
        db.session.remove()
    with migrated_app.app_context():
        clean(db.engine)
        broker.queues.clear()


@pytest.fixture
def read_only(app: Flask) -> Iterator[None]:
    """The database takes no changes, as one of which only a replica is left."""
    name = db.engine.url.database
    db.session.commit()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = on'))
    _connect_again()
    yield
    db.session.rollback()
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(text("SET default_transaction_read_only = off"))
        connection.execute(text(f'ALTER DATABASE "{name}" RESET default_transaction_read_only'))
    _connect_again()


def _connect_again() -> None:
    db.session.remove()
    for engine in db.engines.values():
        engine.dispose()


@pytest.fixture
def refusing_redis(tmp_path: Path) -> Iterator[redis.Redis]:
    """A Redis that answers and takes no writes, as a replica whose primary is gone."""
    with redis_server(tmp_path) as server:
        server.client.execute_command("REPLICAOF", "127.0.0.1", "1")
        yield server.client


@pytest.fixture
def people(app: Flask) -> SimpleNamespace:
    """Alice administers; Bob is a member with no permission but what a test grants; Charlie sees no account at all."""
    return SimpleNamespace(
        alice=team.administrator(name="Alice", email="alice@example.com"),
        bob=team.member(name="Bob", email="bob@example.com"),
        charlie=team.member(name="Charlie", email="charlie@example.com", permissions="all", account_ids=[]),
    )


@pytest.fixture
def browser(app: Flask) -> CheckingClient:
    """A client that no one has signed in with."""
    return app.test_client()  # type: ignore[return-value]


@pytest.fixture
def as_alice(app: Flask, people: SimpleNamespace) -> CheckingClient:
    """Alice's browser."""
    return signed_in(app, people.alice)


@pytest.fixture
def as_bob(app: Flask, people: SimpleNamespace) -> CheckingClient:
    """Bob's browser."""
    return signed_in(app, people.bob)


@pytest.fixture
def as_charlie(app: Flask, people: SimpleNamespace) -> CheckingClient:
    """Charlie's browser."""
    return signed_in(app, people.charlie)


def signed_in(app: Flask, member: Member) -> CheckingClient:
    """A browser in which this member has signed in."""
    client = app.test_client()
    cookie = team.session_cookie(member)
    with client.session_transaction() as session:
        session["_user_id"] = cookie
    return client  # type: ignore[return-value]


@pytest.fixture(scope="session")
def _line_server() -> Iterator[SandboxServer]:
    server = SandboxServer.start()
    yield server
    server.stop()


@pytest.fixture
def line(_line_server: SandboxServer) -> SandboxServer:
    """The LINE sandbox, over HTTP, with no channel in it."""
    _line_server.reset()
    urls.use(_line_server.url, _line_server.url, urls.ours)
    return _line_server
