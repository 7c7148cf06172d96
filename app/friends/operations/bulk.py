"""Tags on many friends at once: a page at once, a whole result of thousands by a run in the background."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from uuid import uuid4

from sqlalchemy import func, select

from app.core.db import db
from app.core.error_messages import register as register_reasons
from app.core.errors import InvalidInput, NotFound, PermanentFailure
from app.core.i18n import _, _l
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.models import Run
from app.core.runs.operations import request_cancel, start
from app.core.runs.queries import run_by_id
from app.core.runs.registry import RunKind, SliceResult, register
from app.friends.filters import FriendFilter, from_dict
from app.friends.models import Tag
from app.friends.operations.tagging import add_tags, remove_tags
from app.friends.queries.filter_sql import FRIENDS, filtering
from app.friends.queries.tags import tags_by_id
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

BULK_TAGS = "bulk_tags"
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


@dataclass(frozen=True)
class BulkTagsCursor:
    """Friends up to this id were looked at."""

    after: int = 0


@operation(Permission.TAGS)
def change_tags_of_chosen(
    account_id: int, friend_ids: Sequence[int], action: str, tag_ids: Sequence[int], *, actor: Actor
) -> Changed:
    """Add or remove these tags on these friends now. Raises InvalidInput(chosen, friend)."""
    tags = _checked_tags(account_id, action, tag_ids)
    mine = select(FRIENDS.c.id).where(FRIENDS.c.account_id == account_id, FRIENDS.c.id.in_(friend_ids[:AT_ONCE]))
    chosen = list(db.session.scalars(mine))
    if not chosen:
        raise InvalidInput(friend=_("Choose at least one friend."))
    changed = _CHANGES[action](account_id, chosen, [tag.id for tag in tags], source="bulk", actor=actor)
    _audit(account_id, action, tags, actor, friends=len(chosen))
    return Changed(len(chosen), changed)


@operation(Permission.TAGS)
def change_tags_of_all(
    account_id: int, friend_filter: FriendFilter, action: str, tag_ids: Sequence[int], *, actor: Actor
) -> Changed:
    """Add or remove these tags on all friends who fit now: at once when they are few, otherwise by a run.

    Friends who come later are left alone, also while the run is under way. Raises InvalidInput(chosen, friend).
    """
    tags = _checked_tags(account_id, action, tag_ids)
    fits = [FRIENDS.c.account_id == account_id, *filtering(account_id, friend_filter).indexed()]
    few = list(db.session.scalars(select(FRIENDS.c.id).where(*fits).limit(AT_ONCE + 1)))
    if len(few) <= AT_ONCE:
        return change_tags_of_chosen(account_id, few, action, tag_ids, actor=actor)
    newest = db.session.scalar(select(func.max(FRIENDS.c.id)).where(FRIENDS.c.account_id == account_id))
    task = {"filter": friend_filter.as_dict(), "until": newest, "action": action, "tag_ids": [tag.id for tag in tags]}
    names = [tag.name for tag in tags]
    parameters = {**task, "names": names}
    run, _is_new = start(BULK_TAGS, account_id, account_id=account_id, actor=actor, input=parameters, slot=uuid4().hex)
    _audit(account_id, action, tags, actor, run=run.id)
    return Changed(run=run)


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
    """Do one slice: count first, then read the next friends by id and change those who fit."""
    if lease.run.total is None:
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
    change, starter = _CHANGES[run.input["action"]], Actor.of_record(run.actor, Permission.TAGS)
    changed = change(run.subject_id, chosen, run.input["tag_ids"], source="bulk", actor=starter)
    lease.save(cursor=BulkTagsCursor(last), add={"matched": len(chosen), "changed": changed}, done=len(chosen))
    return True


def _checked_tags(account_id: int, action: str, tag_ids: Sequence[int]) -> Sequence[Tag]:
    tags = tags_by_id(account_id, tag_ids)
    if not tags or action not in _CHANGES:
        raise InvalidInput(chosen=_("Choose at least one tag."))
    return tags


def _audit(account_id: int, action: str, tags: Sequence[Tag], actor: Actor, **details: int) -> None:
    names = ", ".join(tag.name for tag in tags)
    verb = "tag.added_in_bulk" if action == ADD else "tag.removed_in_bulk"
    audit.record(actor, verb, target_name=names, account_id=account_id, **details)


register(RunKind(BULK_TAGS, _l("Tags on many friends"), advance, Queue.BULK, cursor=BulkTagsCursor))
