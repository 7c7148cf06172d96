"""Reads for the Import section."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from sqlalchemy import select

from app.core import error_messages
from app.core.db import db
from app.core.i18n import _, count
from app.core.pages import FIRST_PAGE, TALL_SIZE, TIME_ORDERS, Page, PagePosition, TimeOrder
from app.core.runs import queries as runs
from app.core.runs.models import Run, RunState
from app.friends.models import Tag
from app.friends.queries.tags import tags_by_id, tags_named_like
from app.imports.friends.models import FriendImportRepeat
from app.imports.friends.run import FRIEND_IMPORT, place_in_list
from app.line.models import Account
from app.team.actors import Actor, ActorKind
from app.team.models import Member

# Fewer friends a second are told by the minute.
SLOW = 2
TAGS_OFFERED = 200


class FriendImportStatus(StrEnum):
    """WAITING: no import is running. PROCESSING: one is. COMPLETED: the last one came to its end."""

    WAITING = "waiting"
    PROCESSING = "processing"
    COMPLETED = "completed"


@dataclass(frozen=True)
class Weekly:
    """The weekly import that a member set up; `next_at` None: it is off, and `reason` says why."""

    next_at: datetime | None
    set_up_by: str | None
    tag: str | None
    reason: str


@dataclass(frozen=True)
class FriendImport:
    """An account's import as people see it; `run` is the newest one, if there was any."""

    account: Account
    run: Run | None
    history: Page[Run]
    count_of_runs: int
    order: TimeOrder
    starters: dict[int, str]
    weekly: Weekly | None
    # Tags to choose from for friends who are new, and the one that the newest run puts on them.
    tags: Sequence[Tag]
    tag: Tag | None

    @property
    def orders(self) -> dict[str, TimeOrder]:
        """Return the orders of the history."""
        return TIME_ORDERS

    @property
    def history_args(self) -> dict[str, Any]:
        """Return the query values that all pages of the history have."""
        return {"account_id": self.account.id, "sort": self.order.name, "size": self.history.at.size}

    @property
    def status(self) -> FriendImportStatus:
        """Return the status; WAITING after a cancel or a failure."""
        if self.run is not None and self.run.is_active:
            return FriendImportStatus.PROCESSING
        is_complete = self.run is not None and self.run.state == RunState.COMPLETED
        return FriendImportStatus.COMPLETED if is_complete else FriendImportStatus.WAITING

    @property
    def last_run_at(self) -> datetime | None:
        """Return when the newest run was started."""
        return self.run.created_at if self.run else None

    @property
    def has_failed(self) -> bool:
        """Return whether the newest run failed."""
        return self.run is not None and self.run.state == RunState.FAILED

    @property
    def will_continue(self) -> bool:
        """Return whether the next run continues where the newest one stopped."""
        return self.status is FriendImportStatus.WAITING and bool(place_in_list(self.run))

    @property
    def is_counting(self) -> bool:
        """Return whether LINE's list is still being read, so that the total is not known yet."""
        return self.run is not None and self.run.total is None

    @property
    def found(self) -> int:
        """Return how many followers LINE has listed so far."""
        return int(self.run.counts.get("listed", 0)) if self.run else 0

    @property
    def rate(self) -> float | None:
        """Friends per second lately."""
        return runs.rate(self.run) if self.run else None

    @property
    def pace(self) -> str:
        """The rate in words, per minute where LINE is slow; empty while it is not known."""
        rate = self.rate
        if not rate or self.is_counting:
            return ""
        if rate < SLOW:
            return _("%(count)s per minute", count=count(max(1, round(rate * 60))))
        return _("%(count)s per second", count=count(round(rate)))

    @property
    def time_left(self) -> timedelta | None:
        """How long it will still take; None while that is not known."""
        return runs.time_left(self.run) if self.run else None

    @property
    def reason(self) -> str:
        """Why it failed or is waiting, as a sentence; empty when there is no trouble."""
        return self.reason_of(self.run) if self.run else ""

    def reason_of(self, run: Run) -> str:
        """Why a run failed or is waiting, as a sentence; empty when there is no trouble."""
        return error_messages.sentence(run.reason, run.reason_values)

    def starter(self, run: Run) -> str | None:
        """Return the name of the member who started a run; None for the system and for removed members."""
        actor = Actor.of_record(run.actor)
        if run.member_id is None:
            return None if actor.kind is ActorKind.SYSTEM else actor.label
        return self.starters.get(run.member_id)


def friend_import(
    account: Account, place: PagePosition = FIRST_PAGE, order: TimeOrder = TIME_ORDERS["newest"]
) -> FriendImport:
    """Return the import of this account, with one page of those that ended."""
    place = place if place.size else replace(place, size=TALL_SIZE)
    name, latest = FRIEND_IMPORT.name, runs.latest_run(FRIEND_IMPORT.name, account.id)
    history = runs.history(name, account.id, place, oldest=order.is_oldest_first, only_ended=True)
    members = {run.member_id for run in history.rows if run.member_id}
    names = db.session.execute(select(Member.id, Member.name).where(Member.id.in_(members))).all() if members else []
    starters = {row.id: row.name for row in names}
    count_of_runs = runs.count_runs(name, account.id, only_ended=True)
    tags = tags_named_like(account.id, "", limit=TAGS_OFFERED)
    tag = _tag(account, latest.input.get("tag_id") if latest else None)
    return FriendImport(account, latest, history, count_of_runs, order, starters, _weekly(account), tags, tag)


def ended_imports(account_ids: Sequence[int], since: datetime) -> Sequence[Run]:
    """Return imports that came to their end or failed since then, newest first."""
    mine = (Run.kind == FRIEND_IMPORT.name, Run.subject_id.in_(account_ids))
    ended = (Run.state.in_((RunState.COMPLETED, RunState.FAILED)), Run.finished_at > since)
    return db.session.scalars(select(Run).where(*mine, *ended).order_by(Run.finished_at.desc())).all()


def _tag(account: Account, tag_id: int | None) -> Tag | None:
    return next(iter(tags_by_id(account.id, [tag_id])), None) if tag_id else None


def _weekly(account: Account) -> Weekly | None:
    repeat = db.session.get(FriendImportRepeat, account.id, populate_existing=True)
    if repeat is None:
        return None
    member = db.session.get(Member, repeat.member_id) if repeat.member_id else None
    tag = _tag(account, repeat.tag_id)
    reason = error_messages.sentence(repeat.reason, {}) if repeat.reason else ""
    return Weekly(repeat.due_at, member.label if member else None, tag.name if tag else None, reason)
