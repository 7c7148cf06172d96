"""Undo a change of tags on many friends: only what it changed itself, and only where nothing has changed since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from sqlalchemy import Row, delete, func, select, text, update

from app.core.clock import database_now, now
from app.core.db import db
from app.core.errors import Conflict, NotFound
from app.core.events import announce
from app.core.i18n import _, _l
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.models import Run, RunState
from app.core.runs.operations import start
from app.core.runs.queries import run_ahead
from app.core.runs.registry import RunKind, SliceResult, register
from app.friends.events import TagAdded, TagRemoved
from app.friends.list_models import KeptChange, KeptChangeSlice
from app.friends.operations.bulk import ADD, BULK_UNDO, IN_TURN
from app.friends.queries.tags import living_tags
from app.friends.sources import UNDO
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

# Rows that one pass of the clean-up deletes.
AT_ONCE = 100
# One row tells all timelines of a slice: a line for each friend would take longer than undoing it.
_TOLD = """
    INSERT INTO undone_tags (account_id, kind, occurred_at, tag_id, name, member_id, friend_ids,
                             first_friend_id, last_friend_id)
    SELECT :account_id, :kind, :occurred_at, :tag_id, :name, :member_id,
           array_agg(friend_id ORDER BY friend_id), min(friend_id), max(friend_id)
    FROM changed HAVING count(*) > 0
    RETURNING array_to_string(friend_ids, ' ')
"""
# A tag that was put on and not touched since carries the time at which that was done. Taking the rows in an order first
# would take twice as long: should another change of these tags take them the other way round, the run tries again.
_TAKE_OFF = text(f"""
    WITH changed AS (
        DELETE FROM friend_tags
        WHERE tag_id = :tag_id AND added_at = :changed_at
          AND friend_id = ANY (ARRAY(SELECT unnest(friend_ids) FROM bulk_change_slices WHERE id = :slice_id))
        RETURNING friend_id
    )
    {_TOLD}
""")  # noqa: S608
# A tag that was taken off and not touched since is not there, and the timeline says nothing of it after that time, or
# only what has been undone itself: each change since has its opposite among what was undone.
_PUT_BACK = text(f"""
    WITH kept AS MATERIALIZED (
        SELECT friend.id AS friend_id, friend.added_at, friend.source_id
        FROM bulk_change_slices, unnest(friend_ids, bulk_change_slices.added_at, source_ids)
             AS friend (id, added_at, source_id)
        WHERE bulk_change_slices.id = :slice_id
    ),
    undone AS (
        SELECT friend_id, count(*) FILTER (WHERE kind = 'tag_removed') AS added,
               count(*) FILTER (WHERE kind = 'tag_added') AS removed
        FROM undone_tags, unnest(friend_ids) AS friend_id
        WHERE account_id = :account_id AND tag_id = :tag_id AND occurred_at > :changed_at
          AND first_friend_id <= (SELECT max(friend_id) FROM kept)
          AND last_friend_id >= (SELECT min(friend_id) FROM kept)
        GROUP BY friend_id
    ),
    changed AS (
        INSERT INTO friend_tags (tag_id, friend_id, added_at, source_id)
        SELECT tags.id, kept.friend_id, kept.added_at, kept.source_id
        FROM kept
        JOIN tags ON tags.id = :tag_id AND tags.account_id = :account_id AND tags.deleted_at IS NULL
        JOIN friends ON friends.id = kept.friend_id AND friends.account_id = :account_id
        LEFT JOIN undone ON undone.friend_id = kept.friend_id
        WHERE (
            SELECT count(*) FILTER (WHERE activities.kind = 'tag_added') = coalesce(undone.added, 0)
               AND count(*) FILTER (WHERE activities.kind = 'tag_removed') = coalesce(undone.removed, 0)
            FROM activities
            WHERE activities.friend_id = kept.friend_id AND occurred_at > :changed_at
              AND activities.kind IN ('tag_added', 'tag_removed') AND data -> 'tag_id' = to_jsonb(tags.id))
        ORDER BY tags.id, kept.friend_id
        ON CONFLICT DO NOTHING RETURNING friend_id
    )
    {_TOLD}
""")  # noqa: S608

audit.describe({"tag.bulk_undone": _l("undid a change of the tags %(target)s on many friends")})


@dataclass(frozen=True)
class BulkUndoCursor:
    """What was kept up to this slice has been dealt with."""

    after: int = 0


@operation(Permission.TAGS)
def undo_change(account_id: int, change_id: int, *, actor: Actor) -> Run:
    """Start the run that undoes a change, or return the one that is under way. Raises NotFound, Conflict."""
    change = _held(account_id, change_id)
    if change.expires_at <= now():
        raise Conflict(_("This change can be undone no longer: more than 30 days have passed."))
    if change.settled_at is None and change.undo_run_id is None:
        raise Conflict(_("The change is still under way. Cancel it first, or wait until it is over."))
    before = db.session.get(Run, change.undo_run_id) if change.undo_run_id else None
    if before and before.is_active:
        return before
    if change.undo_run_id and (before is None or before.state == RunState.COMPLETED):
        raise Conflict(_("This change has been undone already."))
    if not living_tags([tag["id"] for tag in change.tags]):
        raise Conflict(_("The tags of this change have been deleted since, so there is nothing left to undo."))
    names = [tag["name"] for tag in change.tags]
    task = {"change_id": change.id, "names": names}
    run, _is_new = start(BULK_UNDO, account_id, account_id=account_id, actor=actor, input=task, slot=str(change.id))
    change.undo_run_id, change.settled_at, change.closed_by = run.id, None, []
    change.undone_by = actor.as_record
    details = {"change": change.id, "run": run.id}
    audit.record(actor, "tag.bulk_undone", target_name=", ".join(names), account_id=account_id, **details)
    return run


@operation(Permission.TAGS)
def close_change(account_id: int, change_id: int, *, actor: Actor) -> None:
    """Let the friends list say no more of a change that is over to this member. Raises NotFound."""
    change = _held(account_id, change_id)
    if actor.member_id is not None and actor.member_id not in change.closed_by and change.settled_at is not None:
        change.closed_by = [*change.closed_by, actor.member_id]


def advance(lease: Lease) -> SliceResult:
    """Undo one slice of what was kept; a slice that was undone before its run was killed changes nothing again."""
    if lease.run.total is None:
        if ahead := run_ahead(lease.run, IN_TURN):
            lease.wait_for(ahead)
            return SliceResult.WAIT
        lease.save(total=_pairs(lease.run.input["change_id"]))
    elif not _undo_next(lease):
        return SliceResult.DONE
    db.session.commit()
    return SliceResult.MORE


def prune() -> None:
    """Remove changes that can be undone no longer, unless that is under way; commits."""
    over = select(KeptChange.id).where(KeptChange.expires_at < now(), KeptChange.settled_at.is_not(None))
    # A run that ended without telling, as one that was pruned.
    lost = select(KeptChange.id).where(KeptChange.expires_at < now() - timedelta(days=1))
    while ids := list(db.session.scalars(over.union(lost).limit(AT_ONCE))):
        db.session.execute(delete(KeptChange).where(KeptChange.id.in_(ids)))
        db.session.commit()


def _held(account_id: int, change_id: int) -> KeptChange:
    """Return the account's change with its row held, so that two who press Undo start one run."""
    mine = (KeptChange.id == change_id, KeptChange.account_id == account_id)
    change = db.session.scalars(select(KeptChange).where(*mine).with_for_update()).one_or_none()
    if change is None:
        raise NotFound
    return change


def _pairs(change_id: int) -> int:
    return db.session.scalar(select(KeptChange.pairs).where(KeptChange.id == change_id)) or 0


def _undo_next(lease: Lease) -> bool:
    change_id, after = lease.run.input["change_id"], lease.cursor(BulkUndoCursor).after
    columns = (KeptChangeSlice.id, KeptChangeSlice.tag_id, KeptChangeSlice.changed_at)
    size = func.cardinality(KeptChangeSlice.friend_ids).label("size")
    mine = select(*columns, size).where(KeptChangeSlice.change_id == change_id, KeptChangeSlice.id > after)
    kept = db.session.execute(mine.order_by(KeptChangeSlice.id).limit(1)).one_or_none()
    change = db.session.get(KeptChange, change_id)
    if kept is None or change is None:
        return False
    undone = _undo(change, kept, Actor.of_record(lease.run.actor, Permission.TAGS))
    more = update(KeptChange).where(KeptChange.id == change_id).values(undone=KeptChange.undone + undone)
    db.session.execute(more.execution_options(synchronize_session=False))
    lease.save(cursor=BulkUndoCursor(kept.id), add={"undone": undone}, done=kept.size)
    return True


def _undo(change: KeptChange, kept: Row[Any], actor: Actor) -> int:
    """Undo a slice; returns on how many friends that changed something."""
    is_added = change.action == ADD
    names = {tag["id"]: tag["name"] for tag in change.tags}
    values = {
        "account_id": change.account_id,
        "slice_id": kept.id,
        "tag_id": kept.tag_id,
        "name": names.get(kept.tag_id, ""),
        "changed_at": kept.changed_at,
        "occurred_at": now(),
        "kind": "tag_removed" if is_added else "tag_added",
        "member_id": actor.member_id,
    }
    # As text, which is read several times faster than an array.
    written = db.session.scalar(_TAKE_OFF if is_added else _PUT_BACK, values) or ""
    friend_ids = tuple(map(int, written.split()))
    if friend_ids:
        said = TagRemoved if is_added else TagAdded
        about: dict[str, Any] = {"account_id": change.account_id, "source": UNDO, "member_id": actor.member_id}
        announce(said(tag_id=kept.tag_id, friend_ids=friend_ids, **about))
    return len(friend_ids)


def _settle(lease: Lease) -> None:
    """Note that the undoing is over."""
    over = update(KeptChange).where(KeptChange.id == lease.run.input["change_id"]).values(settled_at=database_now())
    db.session.execute(over.execution_options(synchronize_session=False))


register(
    RunKind(
        BULK_UNDO,
        _l("Undoing a change of tags"),
        advance,
        Queue.BULK,
        cursor=BulkUndoCursor,
        finished=_settle,
    )
)
