"""Streaming all friends in a segment of half a million beside COPY (SELECT …) TO STDOUT, read by the same driver.

The reference makes the same tuples of what COPY sends. Each side runs in a process of its own that tells its peak of
memory; a twelfth of the members must take as much as all of them.
"""

from __future__ import annotations

from collections.abc import Callable
from time import perf_counter
from typing import Any

from sqlalchemy import create_engine

from app.core.config import Config
from app.core.db import WORK_MEMORY, db
from app.factory import create_app
from app.segments.conditions.compiler import compile_definition
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import catalogue
from app.segments.queries.members import stream_friends
from bench._segments import install
from bench.friend_import import apart
from bench.harness import Result, alternate, installation, peak_rss_mb

# Six in ten carry the commonest tag, one in twenty the fifth.
FRIENDS = 835_000
ROUNDS = 5
# Members, seconds, peak of memory in MB.
Figures = tuple[int, float, float]


def run() -> list[Result]:
    """Measure the rate against COPY's, and memory for many members against memory for few."""
    with installation("segment_members") as place:
        with place.app.app_context(), db.engine.connect() as connection:
            account_id, tags = install(connection, FRIENDS)
        many, few = tags[0], tags[4]
        few_mb = apart(stream, place.env, account_id, few)[2]
        seen: dict[str, Figures] = {}

        def rate(side: Callable[..., Figures], address: Any) -> float:
            seen[side.__name__] = found = apart(side, address, account_id, many)
            return found[0] / found[1]

        value, reference = alternate(
            lambda: rate(stream, place.env), lambda: rate(copy, place.database_url), rounds=ROUNDS
        )
    members, _, peak = seen["stream"]
    if members != seen["copy"][0]:
        raise AssertionError(f"Not the same members: {seen}")
    return [
        Result("segment_members", value, "friends/s", reference, "higher", members, peak),
        Result("segment_members.memory", peak, "MB", few_mb, "lower", members, peak),
    ]


def stream(env: dict[str, str], account_id: int, tag: int) -> Figures:
    """Read the members as a broadcast reads its recipients."""
    app = create_app(Config.from_env(env))
    with app.app_context():
        conditions = [{"property": "tag", "operator": "contains_any", "values": [tag]}]
        raw = {"version": 1, "groups": [{"conditions": conditions}]}
        begin = perf_counter()
        compiled = compile_definition(parse_definition(raw, catalogue(account_id)).definition)
        members = sum(1 for friend_id, line_user_id in stream_friends(compiled))
        return members, perf_counter() - begin, peak_rss_mb()


def copy(database_url: str, account_id: int, tag: int) -> Figures:
    """Read the rows in the quickest way that PostgreSQL has."""
    with create_engine(database_url).connect() as connection:
        driver: Any = connection.connection.driver_connection
        driver.execute(f"SET work_mem = '{WORK_MEMORY}'")
        begin, members = perf_counter(), 0
        statement = f"""
            COPY (SELECT id, line_user_id FROM friends WHERE account_id = {account_id}
                  AND id IN (SELECT friend_id FROM friend_tags WHERE tag_id = {tag})) TO STDOUT (FORMAT BINARY)
        """
        with driver.cursor().copy(statement) as rows:
            rows.set_types(["int8", "text"])
            for _friend_id, _line_user_id in rows.rows():
                members += 1
        return members, perf_counter() - begin, peak_rss_mb()
