"""The weekly repeat of a friend import: a row that is due once a week, run in the name of who set it up."""

from __future__ import annotations

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from app.core import error_messages, queue
from app.core.clock import now
from app.core.db import db
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.i18n import _l, language, zone
from app.friends.models import Tag
from app.imports.friends.models import FriendImportRepeat
from app.imports.friends.operations import require_available, start_friend_import, tag_for_new
from app.line.models import Account
from app.team import audit
from app.team.actors import SYSTEM, Actor
from app.team.models import Member
from app.team.operation import operation
from app.team.permissions import Permission

WEEK = timedelta(days=7)
NOT_ALLOWED, ACCOUNT_AWAY = "friend_import.repeat_not_allowed", "friend_import.repeat_away"
UNTAGGED = "friend_import.repeat_untagged"
error_messages.register(
    {
        NOT_ALLOWED: _l("It is off, because the member who set it up may no longer import. Switch it on again."),
        UNTAGGED: _l(
            "New friends of the last one were not tagged, because the member who set it up may no longer use tags."
        ),
        ACCOUNT_AWAY: _l("The last one did not start, because the account was not connected or not verified."),
    }
)
REPEATS = register(
    DueKind(
        "imports.friend_repeats",
        FriendImportRepeat,
        wake=lambda: queue.wake("imports.friends.repeat"),
        batch=20,
        longest_wait=WEEK + timedelta(days=1),
    )
)


@operation(Permission.IMPORTS)
def repeat_weekly(account: Account, *, actor: Actor, tag: str = "") -> FriendImportRepeat:
    """Import every week from now on, first in a week; new friends get the tag. Raises as `start_friend_import`."""
    require_available(account)
    found = tag_for_new(account, tag, actor=actor)
    repeat = db.session.get(FriendImportRepeat, account.id) or FriendImportRepeat(account_id=account.id)
    repeat.member_id, repeat.tag_id, repeat.language = actor.member_id, found.id if found else None, language()
    REPEATS.withdraw(repeat)
    repeat.due_at = repeat.set_up_at = now()
    repeat.due_at = next_week(repeat.due_at, zone())
    db.session.add(repeat)
    audit.record(actor, "friend_import.repeat_on", target=account, account_id=account.id)
    return repeat


@operation(Permission.IMPORTS)
def stop_repeating(account: Account, *, actor: Actor) -> bool:
    """Switch the weekly import off; one that is running goes on. False when it was off already."""
    repeat = db.session.get(FriendImportRepeat, account.id)
    if repeat is None:
        return False
    was_on = repeat.due_at is not None
    db.session.delete(repeat)
    if was_on:
        audit.record(actor, "friend_import.repeat_off", target=account, account_id=account.id)
    return was_on


def next_week(due_at: datetime, place: ZoneInfo) -> datetime:
    """Return the first moment from now on that is whole weeks after `due_at` by the clocks of the place."""
    local, moment = due_at.astimezone(place), now()
    weeks = max(1, (moment - due_at) // WEEK)
    while (found := local + weeks * WEEK) <= moment:
        weeks += 1
    return found


def repeat_due() -> int:
    """Start the imports that are due; returns how many rows were looked at."""
    return process(REPEATS, _repeat, again=REPEATS.wake)


def _repeat(claim: Claim) -> None:
    for row in claim.rows:
        repeat = db.session.get_one(FriendImportRepeat, row.id, populate_existing=True)
        account = db.session.get_one(Account, repeat.account_id, populate_existing=True)
        actor = _actor(repeat)
        if not actor.may(Permission.IMPORTS, account.id):
            claim.give_up([row.id], reason=NOT_ALLOWED)
            continue
        can_start = account.can_import_friends and account.is_connected
        if can_start:
            start_friend_import(account, actor=actor, tag=_tag(repeat, actor), spoken=repeat.language, is_weekly=True)
        due_at = next_week(row.due_at, zone())
        untagged = None if actor.may(Permission.TAGS, account.id) or not repeat.tag_id else UNTAGGED
        claim.done([row.id], due_at=due_at, reason=untagged if can_start else ACCOUNT_AWAY)


def _actor(repeat: FriendImportRepeat) -> Actor:
    """Return who set it up, with what they may do now."""
    return SYSTEM if repeat.member_id is None else Actor.of_member(db.session.get_one(Member, repeat.member_id))


def _tag(repeat: FriendImportRepeat, actor: Actor) -> str:
    """Return the name of the tag for new friends; nothing where it was deleted or the member may no longer tag."""
    tag = db.session.get(Tag, repeat.tag_id) if repeat.tag_id else None
    return tag.name if tag and tag.deleted_at is None and actor.may(Permission.TAGS, repeat.account_id) else ""
