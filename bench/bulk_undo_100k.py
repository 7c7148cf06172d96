"""Undoing a tag on 100,000 friends, beside the same DELETE in slices of 5,000 with the check "unchanged since".

The reference deletes a friend's tag where it still carries the time of the change, reads what it deleted, and commits
each slice. Ours also writes each friend's timeline, announces the change, saves where the run stands, and can be
killed at any moment. `BENCH_FRIENDS=10000` is smaller.
"""

from __future__ import annotations

import os
from time import perf_counter

from sqlalchemy import Connection, select, text

from app.core.db import db
from app.core.runs.lease import claim
from app.core.runs.operations import advance
from app.friends.filters import FriendFilter
from app.friends.list_models import KeptChange
from app.friends.operations.bulk import ADD, change_tags_of_all
from app.friends.operations.bulk_undo import undo_change
from app.team.actors import Actor, ActorKind
from app.team.permissions import Permission
from bench._segments import install
from bench.harness import Result, alternate, installation

FRIENDS = int(os.environ.get("BENCH_FRIENDS", "100000"))
SLICE = 5_000
ROUNDS = 3
ACTOR = Actor(ActorKind.SYSTEM, None, "Bench", frozenset({Permission.TAGS}))
_TAG = text("INSERT INTO tags (account_id, name) VALUES (:account_id, :name) RETURNING id")
_NEXT = text("""
    DELETE FROM friend_tags
    USING (SELECT friend_id, added_at FROM given WHERE friend_id > :after ORDER BY friend_id LIMIT :size) AS slice
    WHERE friend_tags.tag_id = :tag_id AND friend_tags.friend_id = slice.friend_id
      AND friend_tags.added_at = slice.added_at
    RETURNING friend_tags.friend_id
""")


def run() -> list[Result]:
    """Measure both, each time on a tag of its own that every friend carries."""
    with installation("bulk_undo_100k") as place, place.app.app_context(), db.engine.connect() as connection:
        account_id, _tags = install(connection, FRIENDS)
        names = iter(range(100))
        ours, by_hand = alternate(
            lambda: _undo(account_id, _tagged(account_id, next(names))),
            lambda: _delete(connection, _tagged(account_id, next(names))),
            rounds=ROUNDS,
        )
    return [Result("bulk_undo_100k", ours, "s", by_hand, "lower", FRIENDS)]


def _tagged(account_id: int, number: int) -> KeptChange:
    """Put a new tag on everyone by a run."""
    tag_id = db.session.execute(_TAG, {"account_id": account_id, "name": f"Undo {number}"}).scalar_one()
    run = change_tags_of_all(account_id, FriendFilter(), ADD, [tag_id], actor=ACTOR).run
    if run is None:
        raise AssertionError("Too few friends for a run.")
    db.session.commit()
    advance(run.id)
    return db.session.scalars(select(KeptChange).order_by(KeptChange.id.desc()).limit(1)).one()


def _undo(account_id: int, change: KeptChange) -> float:
    run = undo_change(account_id, change.id, actor=ACTOR)
    db.session.commit()
    begin = perf_counter()
    advance(run.id)
    seconds = perf_counter() - begin
    db.session.refresh(change)
    if change.undone != FRIENDS or claim(run.id) is not None:
        raise AssertionError(f"{change.undone} of {FRIENDS} were undone.")
    return seconds


def _delete(connection: Connection, change: KeptChange) -> float:
    tag_id = change.tags[0]["id"]
    connection.execute(text("DROP TABLE IF EXISTS given"))
    given = "CREATE TEMPORARY TABLE given AS SELECT friend_id, added_at FROM friend_tags WHERE tag_id = :tag_id"
    connection.execute(text(given), {"tag_id": tag_id})
    connection.execute(text("CREATE INDEX ON given (friend_id)"))
    connection.execute(text("ANALYZE given"))
    connection.commit()
    begin, after, deleted = perf_counter(), 0, 0
    while ids := connection.scalars(_NEXT, {"after": after, "size": SLICE, "tag_id": tag_id}).all():
        connection.commit()
        after, deleted = max(ids), deleted + len(ids)
    seconds = perf_counter() - begin
    if deleted != FRIENDS:
        raise AssertionError(f"{deleted} of {FRIENDS} were deleted.")
    return seconds
