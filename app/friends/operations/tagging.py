"""Putting tags on friends and taking them off: set-based, noted on each friend's timeline, announced."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import TextClause, text

from app.core.clock import now
from app.core.db import db
from app.core.events import announce
from app.friends.events import TagAdded, TagRemoved

# Friends and tags of other accounts, and tags that are being deleted, fall out here whatever was asked for.
_MEANT = """
    SELECT tags.id AS tag_id, tags.name, friends.id AS friend_id
    FROM tags JOIN friends ON friends.account_id = tags.account_id
    WHERE tags.account_id = :account_id AND tags.deleted_at IS NULL
      AND tags.id = ANY(:tag_ids) AND friends.id = ANY(:friend_ids)
"""
_NOTED = """
    INSERT INTO activities (account_id, friend_id, kind, occurred_at, data, member_id)
    SELECT :account_id, changed.friend_id, :kind, :occurred_at,
           jsonb_build_object('tag_id', changed.tag_id, 'name', tags.name, 'source', CAST(:source AS text)), :member_id
    FROM changed JOIN tags ON tags.id = changed.tag_id
"""
# Rows are taken in one order everywhere, so that two who tag the same friends wait for each other.
_ADD = text(f"""
    WITH meant AS ({_MEANT}),
    changed AS (
        INSERT INTO friend_tags (tag_id, friend_id)
        SELECT tag_id, friend_id FROM meant ORDER BY tag_id, friend_id
        ON CONFLICT DO NOTHING RETURNING tag_id, friend_id
    ),
    noted AS ({_NOTED})
    SELECT tag_id, friend_id FROM changed
""")  # noqa: S608
_REMOVE = text(f"""
    WITH meant AS ({_MEANT}),
    held AS (
        SELECT friend_tags.tag_id, friend_tags.friend_id
        FROM friend_tags JOIN meant USING (tag_id, friend_id) ORDER BY tag_id, friend_id FOR UPDATE OF friend_tags
    ),
    changed AS (
        DELETE FROM friend_tags USING held
        WHERE friend_tags.tag_id = held.tag_id AND friend_tags.friend_id = held.friend_id
        RETURNING friend_tags.tag_id, friend_tags.friend_id
    ),
    noted AS ({_NOTED})
    SELECT tag_id, friend_id FROM changed
""")  # noqa: S608


def add_tags(
    account_id: int,
    friend_ids: Sequence[int],
    tag_ids: Sequence[int],
    *,
    source: str,
    member_id: int | None = None,
) -> int:
    """Put these tags on these friends; returns how many friends changed. Announces TagAdded for each tag."""
    changed = _change(_ADD, "tag_added", account_id, friend_ids, tag_ids, source, member_id)
    for tag_id, tagged in _by_tag(changed):
        announce(TagAdded(account_id=account_id, tag_id=tag_id, friend_ids=tagged, source=source, member_id=member_id))
    return len({friend_id for _, friend_id in changed})


def remove_tags(
    account_id: int,
    friend_ids: Sequence[int],
    tag_ids: Sequence[int],
    *,
    source: str,
    member_id: int | None = None,
) -> int:
    """Take these tags off these friends; returns how many friends changed. Announces TagRemoved for each tag."""
    changed = _change(_REMOVE, "tag_removed", account_id, friend_ids, tag_ids, source, member_id)
    for tag_id, freed in _by_tag(changed):
        announce(TagRemoved(account_id=account_id, tag_id=tag_id, friend_ids=freed, source=source, member_id=member_id))
    return len({friend_id for _, friend_id in changed})


def _change(
    statement: TextClause,
    kind: str,
    account_id: int,
    friend_ids: Sequence[int],
    tag_ids: Sequence[int],
    source: str,
    member_id: int | None,
) -> list[tuple[int, int]]:
    values: dict[str, Any] = {"account_id": account_id, "friend_ids": list(friend_ids), "tag_ids": list(tag_ids)}
    values |= {"kind": kind, "occurred_at": now(), "source": source, "member_id": member_id}
    db.session.flush()
    return [(tag_id, friend_id) for tag_id, friend_id in db.session.execute(statement, values)]


def _by_tag(changed: Iterable[tuple[int, int]]) -> list[tuple[int, tuple[int, ...]]]:
    friends: defaultdict[int, list[int]] = defaultdict(list)
    for tag_id, friend_id in changed:
        friends[tag_id].append(friend_id)
    return [(tag_id, tuple(sorted(found))) for tag_id, found in sorted(friends.items())]
