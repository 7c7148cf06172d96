"""Values of 100,000 contacts in one write, beside COPY into a table and one UPDATE written by hand.

The reference stores the same four values and nothing else; ours also checks them, keeps who wrote each and when, writes
an activity for each friend and announces what changed. `BENCH_CONTACTS=10000` is shorter.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection, text

from app.core.db import db
from app.friends.operations.attributes import set_attributes_many
from app.friends.operations.tagging import add_tags_many
from app.friends.sources import Source
from app.team.actors import SYSTEM
from bench._segments import install
from bench.harness import Result, alternate, installation, milliseconds

CONTACTS = int(os.environ.get("BENCH_CONTACTS", "100000"))
ROUNDS = 3
SOURCE = Source("bench", "1", "Bench")
_UPDATE = """
    UPDATE friends SET email = given.email, company = given.company, updated_at = now(),
           attributes = attributes || jsonb_build_object('points', given.points, 'size', given.size)
    FROM given WHERE friends.id = given.id
"""
_TAG = "INSERT INTO friend_tags (tag_id, friend_id) SELECT tag_id, friend_id FROM tagged ON CONFLICT DO NOTHING"
Contact = tuple[int, dict[str, Any]]


def run() -> list[Result]:
    """Measure contacts a second with every value changed, with none changed, and tags a second."""
    with installation("set_attributes_many") as place, place.app.app_context(), db.engine.connect() as connection:
        account_id, tags = install(connection, CONTACTS)
        ids = list(connection.scalars(text("SELECT id FROM friends ORDER BY id")))
        version = iter(range(1_000))

        def ours() -> float:
            return _undone(lambda: _store(account_id, _contacts(ids, next(version))))

        def by_hand() -> float:
            return _copied(connection, _contacts(ids, next(version)))

        changed, reference = alternate(ours, by_hand, rounds=ROUNDS)
        _store(account_id, same := _contacts(ids, 0))
        db.session.commit()
        unchanged = _undone(lambda: _store(account_id, same))
        pairs = [(friend_id, tags[-1 - friend_id % 3]) for friend_id in ids]
        tagged, tags_by_hand = alternate(
            lambda: _undone(lambda: add_tags_many(account_id, pairs, source=SOURCE, actor=SYSTEM)),
            lambda: _copied_tags(connection, pairs),
            rounds=ROUNDS,
        )
    return [
        _rate("set_attributes_many", changed, reference),
        _rate("set_attributes_many.unchanged", unchanged, reference),
        _rate("set_attributes_many.tags", tagged, tags_by_hand),
    ]


def _rate(name: str, ours: float, reference: float) -> Result:
    return Result(name, CONTACTS / ours * 1000, "friends/s", CONTACTS / reference * 1000, "higher", CONTACTS)


def _contacts(ids: list[int], version: int) -> list[Contact]:
    return [
        (
            number,
            {
                "email": f"person.{number}@shop{version}.example.com",
                "company": f"Company {number % 500} {version}",
                "attributes.points": number % 1000 + version,
                "attributes.size": f"S{version}",
            },
        )
        for number in ids
    ]


def _store(account_id: int, contacts: list[Contact]) -> None:
    stored = set_attributes_many(account_id, contacts, source=SOURCE, actor=SYSTEM)
    if stored.changed + stored.unchanged != len(contacts) or stored.refusals:
        raise AssertionError(stored)


def _undone(action: Callable[[], object]) -> float:
    """Undo what the block writes, so that both sides begin with the same rows each time."""
    db.session.rollback()
    try:
        return milliseconds(action)
    finally:
        db.session.rollback()


def _copied(connection: Connection, contacts: list[Contact]) -> float:
    rows = [(number, *values.values()) for number, values in contacts]
    table = "CREATE TEMP TABLE given (id bigint, email text, company text, points int, size text) ON COMMIT DROP"
    return _by_hand(connection, table, "COPY given FROM STDIN", rows, _UPDATE)


def _copied_tags(connection: Connection, pairs: list[tuple[int, int]]) -> float:
    table = "CREATE TEMP TABLE tagged (friend_id bigint, tag_id bigint) ON COMMIT DROP"
    return _by_hand(connection, table, "COPY tagged FROM STDIN", pairs, _TAG)


def _by_hand(connection: Connection, table: str, copy: str, rows: list[Any], statement: str) -> float:
    driver: Any = connection.connection.driver_connection

    def write() -> None:
        driver.execute(table)
        with driver.cursor().copy(copy) as target:
            for row in rows:
                target.write_row(row)
        driver.execute(statement)

    driver.autocommit = False
    try:
        return milliseconds(write)
    finally:
        driver.rollback()
