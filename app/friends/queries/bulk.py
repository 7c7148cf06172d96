"""Changes of many friends that a page still shows, or that can be undone."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Select, bindparam, select, union_all
from sqlalchemy.dialects.postgresql import JSONB

from app.core.clock import database_now, now
from app.core.db import db
from app.core.pages import Page, PagePosition, newest_first, placed
from app.core.runs.models import Run, RunState
from app.friends.list_models import KeptChange
from app.friends.queries.tags import living_tags

# How long the list says what became of one that is over, unless a member has closed that.
REMEMBERED = timedelta(hours=1)
MOST_SHOWN = 5


@dataclass(frozen=True)
class BulkLine:
    """A change, the run that does it, and the one that undoes it; a run that was pruned, or never was, is None."""

    change: KeptChange
    run: Run | None
    undo: Run | None
    # Whether one of its tags is still there.
    has_tags: bool = True

    @property
    def active(self) -> Run | None:
        """Return the run that is under way."""
        return next((one for one in (self.undo, self.run) if one and one.is_active), None)

    @property
    def is_active(self) -> bool:
        """Return whether something is under way."""
        return self.active is not None

    @property
    def is_undone(self) -> bool:
        """Return whether the undoing has ended well."""
        return self.change.undo_run_id is not None and (self.undo is None or self.undo.state == RunState.COMPLETED)

    @property
    def may_be_undone(self) -> bool:
        """Return whether a member can undo it now."""
        return self._could_be_undone and self.has_tags

    @property
    def is_without_tags(self) -> bool:
        """Return whether it cannot be undone because all of its tags have been deleted."""
        return self._could_be_undone and not self.has_tags

    @property
    def _could_be_undone(self) -> bool:
        is_over = not self.is_active and not self.is_undone and self.change.expires_at > now()
        return is_over and self.change.pairs > 0


def _recent() -> Select[KeptChange]:
    mine, newest = select(KeptChange.id).where(KeptChange.account_id == bindparam("account_id")), KeptChange.id.desc()
    active = mine.where(KeptChange.settled_at.is_(None)).order_by(newest).limit(MOST_SHOWN)
    ended = mine.where(KeptChange.settled_at > database_now(-REMEMBERED)).order_by(newest).limit(1)
    own = ended.where(KeptChange.actor.contains(bindparam("member", type_=JSONB)))
    return select(KeptChange).where(KeptChange.id.in_(union_all(active, ended, own))).order_by(newest)


# Put together once, as every page of the list asks.
_RECENT = _recent()


def recent_bulk_changes(account_id: int, member_id: int) -> Sequence[BulkLine]:
    """Return changes that are under way, then the last one that ended lately, and the last one of this member's own.

    Those that the member has closed are left out; the page of all changes has them, too.
    """
    asked = {"account_id": account_id, "member": {"kind": "member", "id": member_id}}
    found = db.session.scalars(_RECENT, asked).all()
    shown = [one for one in found if one.settled_at is not None and member_id not in one.closed_by]
    return _lines([*(one for one in found if one.settled_at is None), *shown])


def bulk_changes_page(account_id: int, place: PagePosition) -> Page[BulkLine]:
    """Return a page of the changes that can or could be undone, the newest first; raises InvalidInput for a key."""
    query = select(KeptChange).where(KeptChange.account_id == account_id, KeptChange.expires_at > now())
    page = placed(newest_first(query, KeptChange.created_at, **place.keys), place)
    return Page(_lines(page.rows), page.next, page.previous, page.at)


def _lines(changes: Sequence[KeptChange]) -> Sequence[BulkLine]:
    ids = {number for one in changes for number in (one.run_id, one.undo_run_id) if number}
    runs = {run.id: run for run in db.session.scalars(select(Run).where(Run.id.in_(ids)))} if ids else {}
    tags = living_tags({tag["id"] for one in changes for tag in one.tags})
    return [
        BulkLine(
            one,
            runs.get(one.run_id or 0),
            runs.get(one.undo_run_id or 0),
            any(tag["id"] in tags for tag in one.tags),
        )
        for one in changes
    ]
