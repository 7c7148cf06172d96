"""Throw-away databases, and emptying one between tests."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy import Engine, create_engine, text
from sqlalchemy.engine import make_url

from app.core.db import db


@contextmanager
def fresh_database(server_url: str, name: str) -> Iterator[str]:
    """Create an empty database on this server, give its URL, and drop it at the end."""
    admin = create_engine(server_url, isolation_level="AUTOCOMMIT")
    with admin.connect() as connection:
        connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        connection.execute(text(f'CREATE DATABASE "{name}"'))
    try:
        yield make_url(server_url).set(database=name).render_as_string(hide_password=False)
    finally:
        with admin.connect() as connection:
            connection.execute(text(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)'))
        admin.dispose()


def prepare_cleaning(engine: Engine) -> None:
    """Store the function that empties every table, for `clean`.

    PostgreSQL plans a function's statements once for each connection, and most tables are empty already, so that this
    takes a tenth of the time of plain deletes. Truncating is slower by far where there are few rows.
    """
    names = [f'"{table.name}"' for table in reversed(db.metadata.sorted_tables)]
    deletes = "".join(f"IF EXISTS (SELECT FROM {name}) THEN DELETE FROM {name}; END IF;" for name in names)
    with engine.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA testing")
        connection.exec_driver_sql(
            f"CREATE FUNCTION testing.clean() RETURNS void LANGUAGE plpgsql AS $$ BEGIN {deletes} END $$"
        )


def clean(engine: Engine) -> None:
    """Empty every table. What is staged goes."""
    with engine.begin() as connection:
        connection.exec_driver_sql("SELECT testing.clean()")
        staged = connection.exec_driver_sql("SELECT tablename FROM pg_tables WHERE schemaname = 'staging'").scalars()
        for name in staged.all():
            connection.exec_driver_sql(f"DROP TABLE staging.{name}")
