"""Look for the contacts of friends who have got an ID link: a run, since a file may hold one for each friend."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import text

from app.core.db import db
from app.core.i18n import _l
from app.core.runs.lease import Lease
from app.core.runs.operations import start
from app.core.runs.registry import RunKind, SliceResult, register
from app.integrations.hubspot.sync.due import connected_for, look_for_contacts

KIND = "hubspot.id_links"
# Friends of one transaction.
PART = 10_000
_PART = text("""
    WITH part AS MATERIALIZED (
        SELECT id, line_user_id FROM friends
        WHERE account_id = :account_id AND id > :after ORDER BY id LIMIT :most
    )
    SELECT part.id, id_links.line_user_id IS NOT NULL AS is_linked
    FROM part LEFT JOIN id_links ON id_links.account_id = :account_id
         AND id_links.line_user_id = part.line_user_id AND id_links.updated_at >= :since
    ORDER BY part.id
""")


@dataclass(frozen=True)
class LookedAt:
    """The last friend that was looked at."""

    friend_id: int = 0


def look_later(account_id: int, since: datetime) -> None:
    """Look for contacts of those whose ID link was stored then or later, after the caller's transaction."""
    if connected_for(account_id):
        start(KIND, account_id, slot=since.isoformat(), input={"since": since.isoformat()})


def advance(lease: Lease) -> SliceResult:
    """Look for the contacts of the next friends."""
    account_id, after = lease.run.subject_id, lease.cursor(LookedAt).friend_id
    about = {"account_id": account_id, "after": after, "most": PART}
    since = datetime.fromisoformat(lease.run.input["since"])
    friends = db.session.execute(_PART, {**about, "since": since}).all()
    look_for_contacts(account_id, [friend.id for friend in friends if friend.is_linked])
    if friends:
        lease.save(cursor=LookedAt(friends[-1].id))
    db.session.commit()
    return SliceResult.MORE if len(friends) == PART else SliceResult.DONE


register(RunKind(KIND, _l("Find contacts by ID links"), advance, cursor=LookedAt))
