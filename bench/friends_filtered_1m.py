"""The friends list narrowed to a segment of three conditions, beside the hand-written SQL of the same page.

The reference is that of `friends_page`: 2 × SQL + 20 ms. Each page is written by hand in two ways, tag by tag from its
index and friend by friend in the order of the list, and the faster one counts. `BENCH_FRIENDS=100000` is smaller.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from flask.testing import FlaskClient
from sqlalchemy import Connection

from app.core.db import db
from app.core.pages import encode_key
from app.segments.friends_list.sets import key_of_segment
from app.segments.models import Segment
from bench._population import populate
from bench.friends_page import ADDED_SQL, ALLOWANCE_MS, COLUMNS, account_and_member, expect, middle, signed_in
from bench.harness import Result, alternate, installation, milliseconds

FRIENDS = int(os.environ.get("BENCH_FRIENDS", "1000000"))
ROUNDS = 25
# Of those whose share of friends is a third, a hundredth and a thousandth.
SEGMENTS = {"common": 1, "middling": 6, "rare": -2}


@dataclass(frozen=True)
class FilteredPage:
    """One page: its address, and the statements that a developer would write for it."""

    name: str
    address: str
    by_hand: tuple[str, ...]


def run() -> list[Result]:
    """Measure the first and a deep page of each segment."""
    with installation("friends_filtered_1m") as place:
        with place.app.app_context():
            engine, (account_id, member) = db.engine, account_and_member()
            with engine.connect() as connection:
                tags = populate(connection, account_id, FRIENDS)
                segments = {name: _segment(account_id, tags[at]) for name, at in SEGMENTS.items()}
                chosen = {name: tags[at] for name, at in SEGMENTS.items()}
        browser = signed_in(place.app, member)
        with engine.connect() as connection:
            pages = [
                page
                for name, segment_id in segments.items()
                for page in _pages(connection, account_id, name, segment_id, chosen[name])
            ]
            return [_result(browser, connection, page) for page in pages]


def _segment(account_id: int, tag_id: int) -> int:
    """Store a segment of friends who follow, whose tag it is, and whose e-mail address is known."""
    asked: list[tuple[str, str, list[Any]]] = [
        ("tag", "contains_any", [tag_id]),
        ("line.follow_status", "any_of", ["following"]),
        ("email", "known", []),
    ]
    conditions = [{"property": name, "operator": operator, "values": values} for name, operator, values in asked]
    definition = {"version": 1, "groups": [{"conditions": conditions}]}
    segment = Segment(account_id=account_id, name=f"Tag {tag_id}", definition=definition)
    db.session.add(segment)
    db.session.commit()
    return segment.id


def _pages(connection: Connection, account_id: int, name: str, segment_id: int, tag_id: int) -> Iterator[FilteredPage]:
    address = f"/accounts/{account_id}/friends?among={key_of_segment(segment_id)}"
    added, friend_id = middle(connection, account_id, FRIENDS)
    beyond = f"({ADDED_SQL}, id) < ('{added.isoformat()}'::timestamptz, {friend_id})"
    yield FilteredPage(f"first_{name}", address, _statements(account_id, tag_id, "true"))
    after = quote(encode_key(added.isoformat(), friend_id))
    yield FilteredPage(f"deep_{name}", f"{address}&after={after}", _statements(account_id, tag_id, beyond))


def _statements(account_id: int, tag_id: int, beyond: str) -> tuple[str, ...]:
    mine = f"account_id = {account_id} AND follow_status = 'following' AND email IS NOT NULL AND {beyond}"
    tagged = "SELECT {what} FROM friend_tags WHERE tag_id = " + str(tag_id)
    ways = (
        f"id IN ({tagged.format(what='friend_id')})",
        f"EXISTS ({tagged.format(what='')} AND friend_id = friends.id OFFSET 0)",
    )
    order = f"ORDER BY {ADDED_SQL} DESC, id DESC LIMIT 50"
    return tuple(f"SELECT {COLUMNS} FROM friends WHERE {mine} AND {way} {order}" for way in ways)


def _result(browser: FlaskClient, connection: Connection, page: FilteredPage) -> Result:
    def ours() -> float:
        return milliseconds(lambda: expect(browser.get(page.address).status_code == 200))

    queries = [
        lambda sql=sql: milliseconds(lambda: connection.exec_driver_sql(sql).all())  # type: ignore[misc]
        for sql in page.by_hand
    ]
    for side in (ours, *queries):
        side()
    measured, *references = alternate(ours, *queries, rounds=ROUNDS)
    allowed = 2 * min(references) + ALLOWANCE_MS
    return Result(f"friends_filtered_1m.{page.name}", measured, "ms", allowed, "lower", FRIENDS)
