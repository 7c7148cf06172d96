"""Make links due: something of their friends is to be written to the connected services."""

from __future__ import annotations

from collections.abc import Collection
from datetime import timedelta
from typing import Any

from sqlalchemy import text

from app.core.db import db

# What happens to a friend within this time is written together.
SOON = timedelta(seconds=5)
# A worker that holds a link loses it, since it has read what was before. What is due earlier stays so.
_DUE = """
    UPDATE remote_links
    SET due_at = least(CASE WHEN attempts = 0 THEN due_at END, statement_timestamp() + :after),
        attempts = 0, leased_until = NULL, reason = NULL
    FROM held WHERE remote_links.id = held.id
"""
_CONNECTED = "JOIN integrations ON integrations.id = integration_id AND integrations.state = 'connected'"
_IS_CONNECTED = text("SELECT EXISTS (SELECT FROM integrations WHERE state = 'connected')")
_OF_FRIENDS = text(f"""
    WITH held AS (
        SELECT remote_links.id FROM remote_links {_CONNECTED}
        WHERE friend_id = ANY(:friend_ids) ORDER BY remote_links.id FOR NO KEY UPDATE OF remote_links
    ) {_DUE}
""")  # noqa: S608
_OF_MAPPED = text(f"""
    WITH held AS (
        SELECT remote_links.id FROM remote_links {_CONNECTED}
        WHERE friend_id = ANY(:friend_ids) AND EXISTS (
            SELECT FROM field_mappings AS mapped
            WHERE mapped.integration_id = remote_links.integration_id AND mapped.field = ANY(:names)
              AND NOT mapped.is_read_only
        ) ORDER BY remote_links.id FOR NO KEY UPDATE OF remote_links
    ) {_DUE}
""")  # noqa: S608
_ALL = text(f"""
    WITH held AS (
        SELECT id FROM remote_links WHERE integration_id = :integration_id AND id > :after_id
        ORDER BY id LIMIT :most FOR NO KEY UPDATE
    ), marked AS ({_DUE})
    SELECT max(id), count(*) FROM held
""")  # noqa: S608
_REFUSED = text(f"""
    WITH held AS (
        SELECT id FROM remote_links WHERE integration_id = :integration_id AND due_at IS NULL AND reason IS NOT NULL
        ORDER BY id FOR NO KEY UPDATE
    ) {_DUE}
""")  # noqa: S608
_WITH_ERROR = text(f"""
    WITH held AS (
        SELECT remote_links.id FROM remote_links
        JOIN field_mappings AS mapped ON mapped.integration_id = remote_links.integration_id
        WHERE mapped.id = :mapping_id
          AND friend_id IN (SELECT friend_id FROM field_errors WHERE mapping_id = :mapping_id)
        ORDER BY remote_links.id FOR NO KEY UPDATE OF remote_links
    ) {_DUE}
""")  # noqa: S608
_WITH_TAG = text(f"""
    WITH held AS (
        SELECT remote_links.id FROM remote_links {_CONNECTED}
        WHERE friend_id IN (SELECT friend_id FROM friend_tags WHERE tag_id = :tag_id)
        ORDER BY remote_links.id FOR NO KEY UPDATE OF remote_links
    ) {_DUE}
""")  # noqa: S608
_OF_AUDIENCE = text(f"""
    WITH part AS MATERIALIZED (
        SELECT position, friend_id FROM broadcast_recipients
        WHERE broadcast_id = :broadcast_id AND position > :after_position ORDER BY position LIMIT :most
    ), held AS (
        SELECT remote_links.id FROM remote_links {_CONNECTED}
        WHERE friend_id IN (SELECT friend_id FROM part) ORDER BY remote_links.id FOR NO KEY UPDATE OF remote_links
    ), marked AS ({_DUE})
    SELECT max(position), count(*) FROM part
""")  # noqa: S608


def mark_friends(friend_ids: Collection[int], after: timedelta = SOON) -> None:
    """Make the links of these friends due, in the caller's transaction."""
    # Thousands of ids are sent only where a service is there that could know them.
    if friend_ids and db.session.scalar(_IS_CONNECTED):
        db.session.execute(_OF_FRIENDS, {"friend_ids": sorted(set(friend_ids)), "after": after})


def mark_changed(friend_ids: Collection[int], names: Collection[str], after: timedelta = SOON) -> None:
    """Make those links of these friends due whose service may take one of these fields."""
    about = {"friend_ids": sorted(set(friend_ids)), "names": list(names), "after": after}
    db.session.execute(_OF_MAPPED, about)


def mark_tagged(tag_id: int, after: timedelta = SOON) -> None:
    """Make the links of all friends due who have this tag."""
    db.session.execute(_WITH_TAG, {"tag_id": tag_id, "after": after})


def mark_refused(integration_id: int) -> None:
    """Make the links due whose records the service refused."""
    db.session.execute(_REFUSED, {"integration_id": integration_id, "after": timedelta()})


def mark_with_error(mapping_id: int) -> None:
    """Make the links due of friends for whom one of the sides cannot hold the value of a mapped field."""
    db.session.execute(_WITH_ERROR, {"mapping_id": mapping_id, "after": timedelta()})


def mark_all(integration_id: int, most: int, after_id: int = 0) -> int | None:
    """Make the next links of an integration due; returns where to go on, None at the end."""
    about = {"integration_id": integration_id, "after_id": after_id, "most": most, "after": timedelta()}
    return _next(db.session.execute(_ALL, about).one(), most)


def mark_audience(broadcast_id: int, most: int, after_position: int = 0) -> int | None:
    """Make the links of the next people of a broadcast due; returns where to go on, None at the end."""
    about = {"broadcast_id": broadcast_id, "after_position": after_position, "most": most, "after": timedelta()}
    return _next(db.session.execute(_OF_AUDIENCE, about).one(), most)


def _next(row: Any, most: int) -> int | None:
    last, count = row
    return int(last) if count == most else None
