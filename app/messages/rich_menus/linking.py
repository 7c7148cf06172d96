"""Link the friends of a segment to a menu, or to none, 500 at a time, by a run with progress."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from uuid import uuid4

from sqlalchemy import Select, delete, func, select
from sqlalchemy.dialects.postgresql import insert

from app.core import error_messages
from app.core.db import db, released
from app.core.errors import Conflict, NotFound, PermanentFailure
from app.core.i18n import _l
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.models import Run
from app.core.runs.operations import request_cancel, start
from app.core.runs.queries import run_ahead, run_by_id
from app.core.runs.registry import RunKind, SliceResult, register
from app.friends.queries.filter_sql import FRIENDS
from app.line.gateway.rich_menus import MOST_PEOPLE, RichMenuClient
from app.messages.rich_menus.models import RichMenu, SegmentLink
from app.messages.rich_menus.queries import LINKING, PUBLISHING, get_menu
from app.segments.models import Segment
from app.segments.queries.audience import NotKnownYet, audience_of, require_known
from app.segments.queries.segments import get_segment, reading_of
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

# The conditions are asked once for so many friends.
BATCH = 5_000

audit.describe(
    {
        "rich_menu.linked": _l("linked the segment %(segment)s to the rich menu %(target)s"),
        "rich_menu.unlinked": _l("took the rich menu off the segment %(segment)s"),
        "rich_menu.link_cancelled": _l("cancelled the change of rich menus for the segment %(segment)s"),
    }
)
error_messages.register(
    {
        "rich_menus.segment_gone": _l("The segment was deleted, so there was nothing left to do."),
        "rich_menus.not_at_line": _l("The rich menu is not at LINE any more."),
    }
)


@dataclass(frozen=True)
class LinkingCursor:
    """Friends up to this id were done."""

    after: int = 0


@operation(Permission.RICH_MENUS)
def link_segment(account_id: int, menu_id: int, segment_id: int, *, actor: Actor) -> Run:
    """Show the menu to everyone who is in the segment when their turn comes; raises NotFound, Conflict."""
    menu, segment = get_menu(account_id, menu_id), get_segment(account_id, segment_id)
    if not menu.is_published:
        raise Conflict(_l("Publish the rich menu first."))
    _require_known(segment)
    audit.record(actor, "rich_menu.linked", target=menu, account_id=account_id, segment=segment.name)
    return _start(account_id, segment, menu, actor)


@operation(Permission.RICH_MENUS)
def unlink_segment(account_id: int, segment_id: int, *, actor: Actor) -> Run:
    """Show the default to everyone in the segment again; raises NotFound."""
    segment = get_segment(account_id, segment_id)
    _require_known(segment)
    audit.record(actor, "rich_menu.unlinked", account_id=account_id, segment=segment.name)
    return _start(account_id, segment, None, actor)


def _require_known(segment: Segment) -> None:
    try:
        require_known(reading_of(segment).definition)
    except NotKnownYet as reason:
        raise Conflict(str(reason)) from None


def _start(account_id: int, segment: Segment, menu: RichMenu | None, actor: Actor) -> Run:
    task = {
        "segment_id": segment.id,
        "segment": segment.name,
        "menu_id": menu.id if menu else None,
        "menu": menu.name if menu else "",
    }
    cursor = LinkingCursor()
    run, _is_new = start(
        LINKING, account_id, account_id=account_id, actor=actor, input=task, cursor=cursor, slot=uuid4().hex
    )
    return run


@operation(Permission.RICH_MENUS)
def cancel_linking(account_id: int, run_id: int, *, actor: Actor) -> bool:
    """Stop a run; friends who were done stay as they are. False when it had ended already. Raises NotFound."""
    run = run_by_id(LINKING, account_id, run_id)
    if run is None:
        raise NotFound
    is_asked = request_cancel(run)
    if is_asked:
        audit.record(actor, "rich_menu.link_cancelled", account_id=account_id, segment=run.input["segment"])
    return is_asked


def advance(lease: Lease) -> SliceResult:
    """Count first, then do the next friends by id; an account's publications and links come one after the other."""
    if ahead := run_ahead(lease.run, (PUBLISHING, LINKING)):
        lease.wait_for(ahead)
        return SliceResult.WAIT
    if lease.run.total is None:
        members = _members(lease.run).subquery()
        lease.save(total=db.session.scalars(select(func.count()).select_from(members)).one())
        db.session.commit()
        return SliceResult.MORE
    return SliceResult.MORE if _do_next(lease) else SliceResult.DONE


def _members(run: Run) -> Select[Any]:
    segment = db.session.get(Segment, run.input["segment_id"], populate_existing=True)
    if segment is None:
        raise PermanentFailure("rich_menus.segment_gone")
    return audience_of(segment).members(FRIENDS.c.id, FRIENDS.c.line_user_id)


def _do_next(lease: Lease) -> bool:
    """Each call to LINE is saved by itself; one that is repeated after a kill changes nothing."""
    members = _members(lease.run).subquery()
    after = lease.cursor(LinkingCursor).after
    query = select(members.c.id, members.c.line_user_id).where(members.c.id > after)
    found = db.session.execute(query.order_by(members.c.id).limit(BATCH)).all()
    client = RichMenuClient(lease.run.subject_id)
    for start_at in range(0, len(found), MOST_PEOPLE):
        some = found[start_at : start_at + MOST_PEOPLE]
        line_menu_id = _line_menu_id(lease.run)
        with released():
            _change(client, line_menu_id, [row.line_user_id for row in some])
        lease.save(cursor=LinkingCursor(some[-1].id), done=len(some))
        _note(lease.run)
        db.session.commit()
    return bool(found)


def _note(run: Run) -> None:
    """Store to which menu the segment's friends are linked, and how many were so far."""
    segment_id, menu_id = run.input["segment_id"], run.input["menu_id"]
    if menu_id is None:
        db.session.execute(delete(SegmentLink).where(SegmentLink.segment_id == segment_id))
        return
    values = {"menu_id": menu_id, "people": run.done, "linked_at": func.now()}
    query = insert(SegmentLink).values(segment_id=segment_id, **values)
    db.session.execute(query.on_conflict_do_update(index_elements=["segment_id"], set_=values))


def _line_menu_id(run: Run) -> str | None:
    """Return LINE's id of the menu as it is now, None to unlink; raises PermanentFailure when it is not there."""
    if run.input["menu_id"] is None:
        return None
    menu = db.session.get(RichMenu, run.input["menu_id"], populate_existing=True)
    if menu is None or menu.line_menu_id is None:
        raise PermanentFailure("rich_menus.not_at_line")
    return menu.line_menu_id


def _change(client: RichMenuClient, line_menu_id: str | None, user_ids: list[str]) -> None:
    if line_menu_id is None:
        client.unlink_many(user_ids)
    else:
        client.link_many(line_menu_id, user_ids)


register(RunKind(LINKING, _l("Rich menu for a segment"), advance, Queue.SYNC, cursor=LinkingCursor))
