"""Tags on many friends at once: a page at once, a whole result of thousands by a run in the background."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from functools import partial
from typing import Any
from uuid import uuid4

from sqlalchemy import func, select, update

from app.core.clock import database_now, now
from app.core.db import db
from app.core.error_messages import register as register_reasons
from app.core.errors import InvalidInput, NotFound, PermanentFailure
from app.core.i18n import _, _l
from app.core.names import clean_name
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.models import Run
from app.core.runs.operations import request_cancel, start
from app.core.runs.queries import run_ahead, run_by_id
from app.core.runs.registry import RunKind, SliceResult, register
from app.friends.filters import FriendFilter, from_dict
from app.friends.friend_sets import lasting
from app.friends.list_models import KeptChange, KeptChangeSlice
from app.friends.models import Tag
from app.friends.operations.tagging import TagsChanged, add_tags, remove_tags
from app.friends.operations.tags import create_tag
from app.friends.queries.filter_sql import FRIENDS, filtering
from app.friends.queries.tags import tags_by_id, tags_by_name
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

BULK_TAGS, BULK_UNDO = "bulk_tags", "bulk_undo"
# Runs of one account that come one after the other.
IN_TURN = (BULK_TAGS, BULK_UNDO)
# How long a change can be undone.
UNDOABLE = timedelta(days=30)
ADD, REMOVE = "add", "remove"
# Up to here the request does it; above, a run.
AT_ONCE = 1_000
# Friends looked at in one slice of a run.
BATCH = 5_000
_CHANGES: dict[str, Callable[..., int]] = {ADD: add_tags, REMOVE: remove_tags}

audit.describe(
    {
        "tag.added_in_bulk": _l("put the tags %(target)s on many friends"),
        "tag.removed_in_bulk": _l("took the tags %(target)s off many friends"),
        "tag.bulk_cancelled": _l("cancelled a change of the tags %(target)s on many friends"),
    }
)
register_reasons({"friends.tags_gone": _l("The tags have been deleted, so there was nothing left to do.")})


@dataclass(frozen=True)
class Changed:
    """The result of a bulk change: how many friends it was for and how many it changed; or the run that does it."""

    matched: int = 0
    changed: int = 0
    run: Run | None = None
    tags: Sequence[Tag] = ()


@dataclass(frozen=True)
class BulkTagsCursor:
    """Friends up to this id were looked at."""

    after: int = 0


@operation(Permission.TAGS)
def change_tags_of_chosen(
    account_id: int,
    friend_ids: Sequence[int],
    action: str,
    tag_ids: Sequence[int],
    *,
    new_tag: str = "",
    actor: Actor,
) -> Changed:
    """Add or remove these tags on these friends now, `new_tag` too, which is made first where there is none.

    It can be undone. Raises InvalidInput.
    """
    tags = _checked_tags(account_id, action, tag_ids, new_tag, actor)
    return _change_now(account_id, friend_ids, action, tags, actor=actor)


@operation(Permission.TAGS)
def change_tags_of_all(
    account_id: int,
    friend_filter: FriendFilter,
    action: str,
    tag_ids: Sequence[int],
    *,
    new_tag: str = "",
    actor: Actor,
) -> Changed:
    """Add or remove these tags on all friends who fit now: at once when they are few, otherwise by a run.

    Friends who come later are left alone, also while the run is under way. Raises InvalidInput.
    """
    fits = [FRIENDS.c.account_id == account_id, *filtering(account_id, friend_filter).indexed()]
    few = list(db.session.scalars(select(FRIENDS.c.id).where(*fits).limit(AT_ONCE + 1)))
    tags = _checked_tags(account_id, action, tag_ids, new_tag, actor)
    if len(few) <= AT_ONCE:
        return _change_now(account_id, few, action, tags, actor=actor)
    newest = db.session.scalar(select(func.max(FRIENDS.c.id)).where(FRIENDS.c.account_id == account_id))
    change = _kept(account_id, action, tags, actor)
    wanted = lasting(account_id, friend_filter)
    task = {"filter": wanted.as_dict(), "until": newest, "action": action, "tag_ids": [tag.id for tag in tags]}
    parameters = {**task, "names": [tag.name for tag in tags], "change_id": change.id}
    run, _is_new = start(BULK_TAGS, account_id, account_id=account_id, actor=actor, input=parameters, slot=uuid4().hex)
    change.run_id = run.id
    _audit(account_id, action, tags, actor, run=run.id)
    return Changed(run=run, tags=tags)


@operation(Permission.TAGS)
def cancel_change(account_id: int, run_id: int, *, actor: Actor) -> bool:
    """Stop a change in the background; what it has done stays. False when it had ended already. Raises NotFound."""
    run = run_by_id(BULK_TAGS, account_id, run_id)
    if run is None:
        raise NotFound
    is_asked = request_cancel(run)
    if is_asked:
        names = ", ".join(run.input["names"])
        audit.record(actor, "tag.bulk_cancelled", target_name=names, account_id=account_id, run=run.id)
    return is_asked


def advance(lease: Lease) -> SliceResult:
    """Do one slice: count first, then read the next friends by id and change those who fit.

    Changes of one account come one after the other, so that the last one that was started has the last word.
    """
    if lease.run.total is None:
        if ahead := run_ahead(lease.run, IN_TURN):
            lease.wait_for(ahead)
            return SliceResult.WAIT
        lease.save(total=_count(lease.run))
    elif not _change_next(lease):
        return SliceResult.DONE
    db.session.commit()
    return SliceResult.MORE


def _count(run: Run) -> int:
    friend_filter = from_dict(run.input["filter"])
    fits = [FRIENDS.c.account_id == run.subject_id, FRIENDS.c.id <= run.input["until"]]
    query = select(func.count()).select_from(FRIENDS).where(*fits, *filtering(run.subject_id, friend_filter).indexed())
    return db.session.scalars(query).one()


def _change_next(lease: Lease) -> bool:
    run, after = lease.run, lease.cursor(BulkTagsCursor).after
    within = [FRIENDS.c.account_id == run.subject_id, FRIENDS.c.id > after, FRIENDS.c.id <= run.input["until"]]
    ahead = select(FRIENDS.c.id).where(*within).order_by(FRIENDS.c.id).limit(BATCH).subquery()
    last = db.session.scalar(select(func.max(ahead.c.id)))
    if last is None:
        return False
    if not tags_by_id(run.subject_id, run.input["tag_ids"]):
        raise PermanentFailure("friends.tags_gone")
    friend_filter = from_dict(run.input["filter"])
    fits = select(FRIENDS.c.id).where(
        *within, FRIENDS.c.id <= last, *filtering(run.subject_id, friend_filter).tests(FRIENDS)
    )
    chosen = list(db.session.scalars(fits))
    starter, change_id = Actor.of_record(run.actor, Permission.TAGS), run.input.get("change_id")
    changed = _change(run.subject_id, chosen, run.input["action"], run.input["tag_ids"], change_id, starter)
    lease.save(cursor=BulkTagsCursor(last), add={"matched": len(chosen), "changed": changed}, done=len(chosen))
    return True


def _change_now(
    account_id: int, friend_ids: Sequence[int], action: str, tags: Sequence[Tag], *, actor: Actor
) -> Changed:
    mine = select(FRIENDS.c.id).where(FRIENDS.c.account_id == account_id, FRIENDS.c.id.in_(friend_ids[:AT_ONCE]))
    chosen = list(db.session.scalars(mine))
    if not chosen:
        raise InvalidInput(friend=_("Choose at least one friend."))
    change = _kept(account_id, action, tags, actor, settled_at=database_now())
    changed = _change(account_id, chosen, action, [tag.id for tag in tags], change.id, actor)
    if not changed:
        # There is nothing that could be undone.
        db.session.delete(change)
    _audit(account_id, action, tags, actor, friends=len(chosen))
    return Changed(len(chosen), changed, tags=tags)


def _change(
    account_id: int, friend_ids: Sequence[int], action: str, tag_ids: Sequence[int], change_id: int | None, actor: Actor
) -> int:
    """Change the friends, and keep what was changed where the change is kept; returns how many friends changed."""
    note = partial(_keep, change_id) if change_id else None
    changed = _CHANGES[action](account_id, friend_ids, tag_ids, source="bulk", note=note, actor=actor)
    if change_id:
        more = {"matched": KeptChange.matched + len(friend_ids), "changed": KeptChange.changed + changed}
        _write(change_id, more)
    return changed


def _keep(change_id: int, changed: TagsChanged) -> None:
    """Store what was changed, tag by tag."""
    by_tag: defaultdict[int, list[Any]] = defaultdict(list)
    for row in changed.rows:
        by_tag[row.tag_id].append(row)
    for tag_id, rows in by_tag.items():
        kept = KeptChangeSlice(change_id=change_id, tag_id=tag_id, changed_at=changed.at)
        rows.sort(key=lambda row: row.friend_id)
        kept.friend_ids = [row.friend_id for row in rows]
        if "added_at" in rows[0]._fields:
            kept.added_at, kept.source_ids = [row.added_at for row in rows], [row.source_id for row in rows]
        db.session.add(kept)
    _write(change_id, {"pairs": KeptChange.pairs + len(changed.rows)})


def _write(change_id: int, values: Mapping[str, Any]) -> None:
    write = update(KeptChange).where(KeptChange.id == change_id).values(**values)
    db.session.execute(write.execution_options(synchronize_session=False))


def _kept(account_id: int, action: str, tags: Sequence[Tag], actor: Actor, **values: Any) -> KeptChange:
    """Return the row of a change that begins now and can be undone."""
    named = [{"id": tag.id, "name": tag.name} for tag in tags]
    change = KeptChange(account_id=account_id, action=action, tags=named, actor=actor.as_record, **values)
    change.expires_at = now() + UNDOABLE
    db.session.add(change)
    db.session.flush()
    return change


def _settle(lease: Lease) -> None:
    """Note that the change is over."""
    if change_id := lease.run.input.get("change_id"):
        _write(change_id, {"settled_at": database_now()})


def _checked_tags(account_id: int, action: str, tag_ids: Sequence[int], new_tag: str, actor: Actor) -> Sequence[Tag]:
    """Return the tags, the new one among them, which is made where there is none of its name."""
    tags = list(tags_by_id(account_id, tag_ids))
    if action == ADD and new_tag.strip():
        new = _tag_named(account_id, new_tag, actor)
        tags += [new] if new.id not in {tag.id for tag in tags} else []
    if not tags or action not in _CHANGES:
        raise InvalidInput(chosen=_("Choose at least one tag."))
    return tags


def _tag_named(account_id: int, name: str, actor: Actor) -> Tag:
    try:
        clean = clean_name(name)
        return tags_by_name(account_id, [clean]).get(clean) or create_tag(account_id, clean, actor=actor)
    except InvalidInput as refusal:
        raise InvalidInput(new_tag=next(iter(refusal.fields.values()))) from refusal


def _audit(account_id: int, action: str, tags: Sequence[Tag], actor: Actor, **details: int) -> None:
    names = ", ".join(tag.name for tag in tags)
    verb = "tag.added_in_bulk" if action == ADD else "tag.removed_in_bulk"
    audit.record(actor, verb, target_name=names, account_id=account_id, **details)


register(RunKind(BULK_TAGS, _l("Tags on many friends"), advance, Queue.BULK, cursor=BulkTagsCursor, finished=_settle))
