"""Take a deleted tag or attribute off all friends by a run, after the pages have stopped showing it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from sqlalchemy import delete, text

from app.core.clock import now
from app.core.db import db
from app.core.i18n import _l
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.operations import start
from app.core.runs.registry import RunKind, SliceResult, register
from app.friends.models import AttributeDefinition, Tag
from app.friends.operations.friends import LOCK_ORDER_SQL
from app.friends.values import CUSTOM
from app.team.actors import Actor

TAG_DELETION = "tag_deletion"
ATTRIBUTE_DELETION = "attribute_deletion"
BATCH = 10_000

_UNTAG = text("""
    DELETE FROM friend_tags
    WHERE tag_id = :tag_id AND friend_id IN (
        SELECT friend_id FROM friend_tags WHERE tag_id = :tag_id ORDER BY friend_id LIMIT :batch FOR UPDATE)
""")
_LAST_OF_BATCH = text("""
    SELECT max(id) FROM (
        SELECT id FROM friends WHERE account_id = :account_id AND id > :after ORDER BY id LIMIT :batch) AS batch
""")
# In the common order, before the updates, which take rows in any order; sources are written under the friend's lock.
_HOLD = text(f"""
    SELECT id FROM friends
    WHERE account_id = :account_id AND id > :after AND id <= :last
      AND (attributes ? CAST(:key AS text) OR EXISTS (
          SELECT FROM friend_value_sources WHERE friend_id = friends.id AND sources ? CAST(:name AS text)))
    ORDER BY {LOCK_ORDER_SQL} FOR NO KEY UPDATE OF friends
""")  # noqa: S608
_FORGET = text("""
    UPDATE friends SET attributes = attributes - CAST(:key AS text)
    WHERE account_id = :account_id AND id > :after AND id <= :last AND attributes ? CAST(:key AS text)
""")
_FORGET_SOURCES = text("""
    UPDATE friend_value_sources SET sources = sources - CAST(:name AS text)
    FROM friends
    WHERE friends.id = friend_id AND account_id = :account_id AND friends.id > :after AND friends.id <= :last
      AND sources ? CAST(:name AS text)
""")


@dataclass(frozen=True)
class AttributeDeletionCursor:
    """Friends up to this id have lost the attribute."""

    after: int = 0


def start_deletion(row: Tag | AttributeDefinition, *, actor: Actor) -> None:
    """Hide a tag or attribute from every page, and start the run that takes it off the friends."""
    row.deleted_at = now()
    kind, name = (TAG_DELETION, "tag_id") if isinstance(row, Tag) else (ATTRIBUTE_DELETION, "definition_id")
    account_id = row.account_id
    start(kind, account_id, account_id=account_id, actor=actor, input={name: row.id}, slot=str(row.id))


def erase_tag(lease: Lease) -> SliceResult:
    """Take the tag off one batch of friends; when none is left, the tag goes too."""
    tag_id = lease.run.input["tag_id"]
    freed = db.session.execute(_UNTAG, {"tag_id": tag_id, "batch": BATCH}).rowcount  # type: ignore[attr-defined]
    if freed == 0:
        db.session.execute(delete(Tag).where(Tag.id == tag_id))
    lease.save(done=freed)
    db.session.commit()
    return SliceResult.MORE if freed else SliceResult.DONE


def erase_attribute(lease: Lease) -> SliceResult:
    """Drop the attribute's value from one batch of friends; after the last batch, the attribute goes too."""
    definition = db.session.get(AttributeDefinition, lease.run.input["definition_id"])
    if definition is None:
        return SliceResult.DONE
    after = lease.cursor(AttributeDeletionCursor).after
    values: dict[str, Any] = {"account_id": definition.account_id, "after": after, "batch": BATCH}
    last = db.session.scalar(_LAST_OF_BATCH, values)
    if last is None:
        db.session.delete(definition)
    else:
        values |= {"last": last, "key": definition.key, "name": CUSTOM + definition.key}
        for statement in (_HOLD, _FORGET, _FORGET_SOURCES):
            db.session.execute(statement, values)
        lease.save(cursor=AttributeDeletionCursor(last))
    db.session.commit()
    return SliceResult.DONE if last is None else SliceResult.MORE


register(RunKind(TAG_DELETION, _l("Deletion of a tag"), erase_tag, Queue.BULK))
register(
    RunKind(
        ATTRIBUTE_DELETION,
        _l("Deletion of an attribute"),
        erase_attribute,
        Queue.BULK,
        cursor=AttributeDeletionCursor,
    )
)
