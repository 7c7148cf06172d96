"""The database: one session a request or message, plain transactions, and nothing that hides SQL.

The transaction is the request: an answer below 400 commits, any other answer and any exception rolls back.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import TYPE_CHECKING, Any, ClassVar

from flask import Flask, Response
from flask_migrate import Migrate
from flask_sqlalchemy import SQLAlchemy
from flask_sqlalchemy.session import Session
from sqlalchemy import BigInteger, Connection, DateTime, Engine, Executable, MetaData, Select, Text, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.orm import DeclarativeBase, registry
from sqlalchemy.sql import ClauseElement
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.visitors import InternalTraversal

from app.core.asked_once import asked_once
from app.core.config import Config
from app.core.db import engines
from app.core.db.kept import keep_rows

NAMES = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

TYPES: dict[Any, Any] = {
    int: BigInteger,
    str: Text,
    datetime: DateTime(timezone=True),
    dict[str, Any]: JSONB,
    list[Any]: JSONB,
}


class Base(DeclarativeBase):
    """Every table's base: big keys, text without length, aware times, JSONB."""

    registry = registry(metadata=MetaData(naming_convention=NAMES), type_annotation_map=TYPES)


# What half a million ids need in a hash; one that does not fit would be looked up row by row from a list.
WORK_MEMORY = "96MB"
_TUNE = text(
    "SELECT set_config('work_mem', :memory, true), set_config('plan_cache_mode', 'force_custom_plan', true),"
    " set_config('cursor_tuple_fraction', '1', true), set_config('jit', 'off', true)"
)
_ONE_PROCESS = text("SELECT set_config('max_parallel_workers_per_gather', '0', true)")

# The key in a session's info of the engine that it reads from for the moment, instead of the primary.
READS_FROM = "reads_from"


class RoutedSession(Session):
    """A session whose queries `core.db.replica` may send to another engine."""

    def get_bind(
        self, mapper: Any = None, clause: Any = None, bind: Engine | Connection | None = None, **kwargs: Any
    ) -> Engine | Connection:
        """Return what the statement runs on."""
        if bind is None:
            bind = self.info.get(READS_FROM)
        return super().get_bind(mapper, clause, bind, **kwargs)


db = SQLAlchemy(model_class=Base, disable_autonaming=True, session_options={"class_": RoutedSession})
migrate = Migrate()

if TYPE_CHECKING:
    Model = Base
else:
    Model = db.Model


def init_app(app: Flask, config: Config) -> None:
    """Bind the engines and make the request the transaction."""
    engines.configure(app, config)
    db.init_app(app)
    keep_rows(db.session)
    if not config.database_direct_url:
        with app.app_context():
            engines.end_idle_transactions(db.engine)
    migrate.init_app(app, db, directory=app.config["MIGRATIONS"])
    app.after_request(_end_transaction)


def tune_for_heavy_query(connection: Connection, *, ends_with_client: bool = False) -> None:
    """Raise work_mem and force custom plans for the current transaction.

    A generic plan would not know whether half of all friends carry a tag or a handful. `ends_with_client` lets
    PostgreSQL notice within two seconds that the worker which sent a long statement has died.
    """
    connection.execute(_TUNE, {"memory": WORK_MEMORY})
    if ends_with_client:
        connection.execute(text("SET LOCAL client_connection_check_interval = '2s'"))


def plan_in_one_process() -> None:
    """Let the rest of the transaction do without parallel workers: to start two of them takes 6 ms.

    PostgreSQL plans them for words that its statistics do not know, of which it expects many rows.
    """
    asked_once("plan_in_one_process", lambda: db.session.execute(_ONE_PROCESS))


def stream_rows(engine: Engine, query: Select[*tuple[Any, ...]], at_once: int) -> Iterator[Any]:
    """Rows from a cursor in the database, so that a million need no memory; a connection is held while they are read.

    It needs no application context, since files are written after the request is over.
    """
    for _connection, rows in stream_batches(engine, query, at_once):
        yield from rows


def stream_batches(
    engine: Engine, query: Select[*tuple[Any, ...]], at_once: int
) -> Iterator[tuple[Connection, Sequence[Any]]]:
    """Return the rows of `stream_rows` in lists, with their connection, on which more may be asked about them."""
    with engine.connect() as connection:
        tune_for_heavy_query(connection)
        for rows in connection.execute(query, execution_options={"yield_per": at_once}).partitions():
            yield connection, rows


def stream_sized(
    engine: Engine, size: Select[int], query: Select[*tuple[Any, ...]], at_once: int
) -> tuple[int, Iterator[Any]]:
    """Return what `size` selects, and rows as `stream_rows` gives them, both of one moment."""
    found = _size_and_rows(engine, size, query, at_once)
    return int(next(found)), found


def _size_and_rows(engine: Engine, size: Select[int], query: Select[*tuple[Any, ...]], at_once: int) -> Iterator[Any]:
    with engine.connect().execution_options(isolation_level="REPEATABLE READ") as connection:
        tune_for_heavy_query(connection)
        yield connection.scalar(size)
        yield from connection.execution_options(stream_results=True, yield_per=at_once).execute(query)


@contextmanager
def released() -> Iterator[None]:
    """Hold no transaction inside the block, for slow clients and outside services; what was written is committed.

    Rows that were loaded before are read again when they are next used.
    """
    db.session.commit()
    yield


class Prefixed(Executable, ClauseElement):
    """A query with words before it, such as EXPLAIN, and with its parameters."""

    # By these, SQLAlchemy knows one that it has compiled before; what comes back are not the query's columns.
    _traverse_internals: ClassVar = [  # type: ignore[misc]
        ("words", InternalTraversal.dp_string),
        ("query", InternalTraversal.dp_clauseelement),
    ]
    _all_selected_columns: ClassVar = ()

    def __init__(self, words: str, query: Select[*tuple[Any, ...]]) -> None:
        self.words, self.query = words, query


@compiles(Prefixed)
def _write_prefixed(element: Prefixed, compiler: SQLCompiler, **options: Any) -> str:
    return f"{element.words} {compiler.process(element.query, **options)}"


def _end_transaction(response: Response) -> Response:
    if not db.session.registry.has():
        return response
    if response.status_code < 400:
        # The session ends with the request: nothing that it holds is read again.
        db.session().expire_on_commit = False
        db.session.commit()
    else:
        db.session.rollback()
    return response
