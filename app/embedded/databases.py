"""Throw-away databases beside the one a URL names, for tests and benchmarks."""

from urllib.parse import urlsplit, urlunsplit

import psycopg
from psycopg import sql


def create_database(url: str, name: str, *, template: str = "template0") -> str:
    """Creates an empty database (or a copy of `template`, which must not be in use) and returns its URL."""
    with _connect(url) as connection:
        statement = sql.SQL("CREATE DATABASE {} TEMPLATE {}")
        connection.execute(statement.format(sql.Identifier(name), sql.Identifier(template)))
    return database_url(url, name)


def drop_database(url: str, name: str) -> None:
    """Drops a database, ending the connections to it; does nothing when there is none of that name."""
    with _connect(url) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))


def database_url(url: str, name: str) -> str:
    """The URL of another database on the same server."""
    return urlunsplit(urlsplit(url)._replace(path=f"/{name}"))


def _connect(url: str) -> psycopg.Connection:
    address = url.replace("postgresql+psycopg://", "postgresql://", 1)
    return psycopg.connect(database_url(address, "postgres"), autocommit=True)
