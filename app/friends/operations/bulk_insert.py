"""Insert friends from before the account was connected: set-based, without changing stored friends."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import text

from app.core.clock import now
from app.core.db import db
from app.core.events import announce
from app.core.lenient_json import storable
from app.friends.events import ProfilesChanged
from app.friends.operations.friends import LOCK_ORDER_SQL, hold_people

# JSON reaches the database several times cheaper than arrays do, and this is the hot path of an import.
# Rows are ordered so that two workers which insert the same people wait for each other instead of deadlocking.
_INSERT = text("""
    INSERT INTO friends (account_id, line_user_id, display_name, picture_url, status_message, language,
                         profile_fetched_at, follow_status, origin)
    SELECT :account_id, line_user_id, display_name, picture_url, status_message, language, :fetched_at,
           'following', 'import'
    FROM json_to_recordset(CAST(:profiles AS json))
         AS profile (line_user_id text, display_name text, picture_url text, status_message text, language text)
    ORDER BY line_user_id
    ON CONFLICT (account_id, line_user_id) DO NOTHING
    RETURNING id, line_user_id
""")
_CONFIRM = text(f"""
    WITH held AS MATERIALIZED (
        SELECT id FROM friends
        WHERE account_id = :account_id AND line_user_id = ANY(:ids)
          AND follow_status = 'stranger' AND status_changed_at IS NULL
        ORDER BY {LOCK_ORDER_SQL} FOR NO KEY UPDATE
    )
    UPDATE friends SET follow_status = 'following', updated_at = now() FROM held WHERE friends.id = held.id
    RETURNING friends.id
""")  # noqa: S608


@dataclass(frozen=True, slots=True)
class ImportedProfile:
    """The profile of one follower from LINE."""

    line_user_id: str
    display_name: str | None
    picture_url: str | None = None
    status_message: str | None = None
    language: str | None = None


def insert_imported(account_id: int, profiles: Sequence[ImportedProfile]) -> Sequence[int]:
    """Store followers who are not stored yet, in the caller's transaction; returns the ids of those who are new.

    Existing friends stay exactly as they are, also those who appear while this runs. Nothing is announced, and the
    friend-added date stays unknown.
    """
    if not profiles:
        return ()
    values = [{name: storable(getattr(profile, name)) for name in ImportedProfile.__slots__} for profile in profiles]
    about = {"account_id": account_id, "fetched_at": now(), "profiles": json.dumps(values)}
    new = db.session.execute(_INSERT, about).all()
    if known := {row["line_user_id"] for row in values} - {row.line_user_id for row in new}:
        hold_people(account_id, (), known)
    return [row.id for row in new]


def confirm_followers(account_id: int, line_user_ids: Sequence[str]) -> int:
    """Store that LINE lists these users as followers, in the caller's transaction; returns how many rows changed.

    Only strangers change, of whom just a message was known: those who followed or blocked since are left alone.
    """
    if not line_user_ids:
        return 0
    changed = db.session.scalars(_CONFIRM, {"account_id": account_id, "ids": list(line_user_ids)}).all()
    if changed:
        announce(ProfilesChanged(account_id=account_id, friend_ids=tuple(changed)))
    return len(changed)
