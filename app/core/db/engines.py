"""How the database is connected to: the engine of the program, of what needs a session of its own, and of a replica.

`DATABASE_URL` may lead to PgBouncer in transaction mode, where each transaction may come to another session of the
server. So the program keeps no state in a session: limits are set for a transaction, locks are those of a transaction,
cursors live inside one. What is different connects directly (`DATABASE_DIRECT_URL`): migrations, which hold a lock for
longer, and the webhook intake, whose one connection has time limits and a prepared statement.
"""

from __future__ import annotations

from typing import Any

from flask import Flask
from sqlalchemy import Connection, Engine, event, text
from sqlalchemy.pool import NullPool

from app.core.config import Config, WrongSetting

# A server that has vanished from the network is noticed within seconds, not when the operating system gives up on it.
CONNECTING: dict[str, int] = {
    "connect_timeout": 5,
    "keepalives_idle": 30,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
DIRECT, REPLICA = "direct", "replica"
# A replica that does not answer must not hold up a page; the primary is asked instead.
REPLICA_CONNECT_SECONDS = 2
# How long a request waits for one of its process' connections before it is refused.
POOL_SECONDS = 10
# Longer than any of our transactions waits for Python or for a reader of an export.
IDLE_TRANSACTION = "60s"


def configure(app: Flask, config: Config) -> None:
    """Enter the engines' addresses and options into Flask-SQLAlchemy's settings."""
    app.config["SQLALCHEMY_DATABASE_URI"] = config.database_url
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = {
        **_pool(config.database_pool),
        "connect_args": connect_arguments(config, "tomoru"),
    }
    app.config["SQLALCHEMY_BINDS"] = {DIRECT: _direct(config)}
    if config.database_replica_url:
        app.config["SQLALCHEMY_BINDS"][REPLICA] = _replica(config)


def connect_arguments(config: Config, name: str) -> dict[str, Any]:
    """psycopg's arguments for a connection to `DATABASE_URL`; behind a pooler it prepares no statements."""
    prepares = {"prepare_threshold": None} if config.database_direct_url else {}
    return {**CONNECTING, "application_name": name, **prepares}


def require_session(connection: Connection) -> None:
    """Raise WrongSetting when a pooler stands before PostgreSQL: it gives a process id of its own invention."""
    driver: Any = connection.connection.driver_connection
    if driver.info.backend_pid != connection.scalar(text("SELECT pg_backend_pid()")):
        raise WrongSetting(
            "DATABASE_DIRECT_URL", "must lead to PostgreSQL itself: DATABASE_URL, or this one, leads to a pooler."
        )


def end_idle_transactions(engine: Engine) -> None:
    """Have PostgreSQL end a session of this engine that leaves a transaction open, as that of a lost host does.

    Not for connections to a pooler, whose sessions of the server are shared; there the server has the setting.
    """

    @event.listens_for(engine, "connect")
    def limit(connection: Any, _record: Any) -> None:
        connection.execute("SELECT set_config('idle_in_transaction_session_timeout', %s, false)", [IDLE_TRANSACTION])
        connection.commit()


def _pool(most: int) -> dict[str, Any]:
    """Keep half of these connections, and open the others only in a rush."""
    kept = (most + 1) // 2
    return {
        "pool_size": kept,
        "max_overflow": most - kept,
        "pool_timeout": POOL_SECONDS,
        "pool_pre_ping": True,
        "pool_recycle": 1800,
        # Errors end in the log, and parameters are people's data.
        "hide_parameters": True,
    }


def _direct(config: Config) -> dict[str, Any]:
    return {
        "url": config.database_direct_url or config.database_url,
        "poolclass": NullPool,
        "hide_parameters": True,
        "connect_args": {**CONNECTING, "application_name": "tomoru-direct"},
    }


def _replica(config: Config) -> dict[str, Any]:
    # A replica may be behind a pooler of its own.
    patience = {"connect_timeout": REPLICA_CONNECT_SECONDS, "prepare_threshold": None}
    return {
        "url": config.database_replica_url,
        **_pool(config.database_pool),
        "connect_args": {**CONNECTING, "application_name": "tomoru-replica", **patience},
    }
