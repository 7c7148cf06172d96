"""Create, change, copy and delete broadcasts that are drafts."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from app.core.clock import now
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _, _l
from app.core.names import LONGEST_NAME, clean_name
from app.media.operations.references import set_references
from app.messages.broadcasts.locking import check_time, locked_draft
from app.messages.broadcasts.models import Broadcast, LatePolicy, TrackingKind
from app.messages.broadcasts.queries.audience import AudienceChoice, check_choice
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.content.message_set import MessageSet, files_of, read, write
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

# What a broadcast is called by `app.core.usage`, among owners of files, and of drafts.
USED = "broadcast"
MOST_LATE_HOURS, MOST_SPREAD_MINUTES = 72, 24 * 60
# Of an A/B test: a share of all people, in percent, and the longest wait for the winner.
WHOLE, MOST_WINNER_HOURS = 100, 7 * 24
# Columns that a plan sets.
PLANNED = (
    "name",
    "audience",
    "content",
    "tracking",
    "scheduled_at",
    "time_zone",
    "late_policy",
    "late_hours",
    "spread_minutes",
    "content_b",
    "test_share",
    "winner_after_hours",
)
audit.describe(
    {
        "broadcast.created": _l("created the broadcast %(target)s"),
        "broadcast.changed": _l("changed the broadcast %(target)s"),
        "broadcast.copied": _l("copied the broadcast %(source)s to %(target)s"),
        "broadcast.deleted": _l("deleted the broadcast %(target)s"),
    },
    {"broadcast": _l("Broadcast")},
)


@dataclass(frozen=True)
class BroadcastPlan:
    """Everything that a member sets of a broadcast. Without `scheduled_at` it is sent as soon as it is confirmed.

    With `content_b` it is an A/B test: `test_share` percent of the people take part, half of them get `content` (A),
    the others `content_b` (B). The rest waits for `winner_after_hours` after the last message of the test and gets the
    set on which more people clicked, A if it is a tie. With a share of 100 there is no rest, and no hours are needed.
    Without `content_b` share and hours are not stored.
    """

    name: str
    audience: AudienceChoice
    content: MessageSet
    tracking: TrackingKind = TrackingKind.PERSON
    scheduled_at: datetime | None = None
    # IANA name of the zone in which the time was typed.
    time_zone: str | None = None
    late_policy: LatePolicy = LatePolicy.ASK
    late_hours: int = 3
    spread_minutes: int = 0
    content_b: MessageSet | None = None
    test_share: int | None = None
    winner_after_hours: int | None = None

    @property
    def files(self) -> set[int]:
        """Return the ids of the files that its messages use."""
        return {*files_of(self.content), *(files_of(self.content_b) if self.content_b is not None else ())}


class BroadcastChanged(Conflict):
    """Another member has saved it since the form was opened; `broadcast` is what is stored now."""

    def __init__(self, broadcast: Broadcast) -> None:
        super().__init__(_("Another member has changed this broadcast."))
        self.broadcast = broadcast


@operation(Permission.BROADCASTS)
def create_draft(
    account_id: int, plan: BroadcastPlan, *, reference: str | None = None, digest: str | None = None, actor: Actor
) -> Broadcast:
    """Store a draft; its content need not be complete yet. Raises InvalidInput.

    `reference` and `digest` are those of a program's request; see `create_once`.
    """
    name = _checked(account_id, plan, None)
    made = Broadcast(account_id=account_id, reference=reference, request_digest=digest, updated_by=actor.member_id)
    _take(made, name, plan)
    db.session.add(made)
    db.session.flush()
    set_references(account_id, USED, made.id, plan.files)
    audit.record(actor, "broadcast.created", target=made, account_id=account_id)
    return made


@operation(Permission.BROADCASTS)
def change_draft(account_id: int, broadcast_id: int, plan: BroadcastPlan, *, seen: int, actor: Actor) -> Broadcast:
    """Save the draft over the version that was `seen`; what a first person confirmed has to be confirmed again.

    One that is as it is wanted already stays as it is, whatever was seen. Raises InvalidInput, BroadcastChanged,
    NotFound, and Conflict for one that is no draft any more.
    """
    changed = locked_draft(account_id, broadcast_id)
    name = _checked(account_id, plan, changed.scheduled_at)
    wanted = Broadcast()
    _take(wanted, name, plan)
    if _values(wanted) == _values(changed):
        return changed
    if changed.version != seen:
        raise BroadcastChanged(changed)
    _take(changed, name, plan)
    changed.version += 1
    changed.confirmed_by = changed.confirmed_at = changed.reviewed = None
    changed.updated_at, changed.updated_by = now(), actor.member_id
    set_references(account_id, USED, changed.id, plan.files)
    audit.record(actor, "broadcast.changed", target=changed, account_id=account_id, version=changed.version)
    return changed


@operation(Permission.BROADCASTS)
def duplicate(account_id: int, broadcast_id: int, *, actor: Actor) -> Broadcast:
    """Make a draft with the same recipients, messages and ways, and no time. Raises NotFound."""
    source = get_broadcast(account_id, broadcast_id)
    values = {name: getattr(source, name) for name in PLANNED if name not in ("name", "scheduled_at")}
    ending = _(" (copy)")
    name = source.name[: LONGEST_NAME - len(ending)] + ending
    copy = Broadcast(account_id=account_id, name=name, updated_by=actor.member_id, **values)
    db.session.add(copy)
    db.session.flush()
    set_references(account_id, USED, copy.id, _files(copy))
    audit.record(actor, "broadcast.copied", target=copy, account_id=account_id, source=source.name)
    return copy


@operation(Permission.BROADCASTS)
def delete_draft(account_id: int, broadcast_id: int, *, actor: Actor) -> Broadcast:
    """Delete a draft; raises NotFound, and Conflict for what was confirmed."""
    deleted = locked_draft(account_id, broadcast_id)
    audit.record(actor, "broadcast.deleted", target=deleted, account_id=account_id)
    set_references(account_id, USED, deleted.id, [])
    db.session.delete(deleted)
    return deleted


def _checked(account_id: int, plan: BroadcastPlan, stored: datetime | None) -> str:
    """Return the cleaned name; raises InvalidInput. A stored moment that is over may stay in a draft."""
    wrong: dict[str, object] = {}
    name = ""
    try:
        name = clean_name(plan.name)
    except InvalidInput as refusal:
        wrong.update(refusal.fields)
    try:
        check_choice(account_id, plan.audience)
        if plan.scheduled_at != stored:
            check_time(plan.scheduled_at)
    except InvalidInput as refusal:
        wrong.update(refusal.fields)
    wrong.update(_wrong_numbers(plan))
    if wrong:
        raise InvalidInput(wrong)
    return name


def _wrong_numbers(plan: BroadcastPlan) -> dict[str, object]:
    wrong: dict[str, object] = {}
    if plan.scheduled_at is not None and not _is_zone(plan.time_zone):
        wrong["time_zone"] = _("Choose a time zone.")
    if not 1 <= plan.late_hours <= MOST_LATE_HOURS:
        wrong["late_hours"] = _("Enter a whole number from 1 to %(most)s.", most=MOST_LATE_HOURS)
    if not 0 <= plan.spread_minutes <= MOST_SPREAD_MINUTES:
        wrong["spread_minutes"] = _("Enter a whole number from 0 to %(most)s.", most=MOST_SPREAD_MINUTES)
    return wrong | _wrong_test(plan)


def _wrong_test(plan: BroadcastPlan) -> dict[str, object]:
    """Return what is wrong with the numbers of an A/B test."""
    wrong: dict[str, object] = {}
    if plan.content_b is None:
        return wrong
    share, hours = plan.test_share, plan.winner_after_hours
    if share is None or not 1 <= share <= WHOLE:
        wrong["test_share"] = _("Enter a whole number from 1 to %(most)s.", most=WHOLE)
    if share != WHOLE and (hours is None or not 1 <= hours <= MOST_WINNER_HOURS):
        wrong["winner_after_hours"] = _("Enter a whole number from 1 to %(most)s.", most=MOST_WINNER_HOURS)
    return wrong


def _is_zone(name: str | None) -> bool:
    try:
        return bool(name) and ZoneInfo(name or "") is not None
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return False


def _take(broadcast: Broadcast, name: str, plan: BroadcastPlan) -> None:
    broadcast.name, broadcast.audience, broadcast.content = name, plan.audience.as_json(), write(plan.content)
    broadcast.tracking, broadcast.late_policy = plan.tracking.value, plan.late_policy.value
    broadcast.scheduled_at, broadcast.time_zone = plan.scheduled_at, plan.time_zone
    broadcast.late_hours, broadcast.spread_minutes = plan.late_hours, plan.spread_minutes
    has_test = plan.content_b is not None
    broadcast.content_b = write(plan.content_b) if plan.content_b is not None else None
    broadcast.test_share = plan.test_share if has_test else None
    broadcast.winner_after_hours = plan.winner_after_hours if has_test and plan.test_share != WHOLE else None


def _files(broadcast: Broadcast) -> set[int]:
    """Return the ids of the files that the messages of a stored broadcast use."""
    return {one for content in broadcast.contents.values() for one in files_of(read(content))}


def _values(broadcast: Broadcast) -> tuple[object, ...]:
    return tuple(getattr(broadcast, name) for name in PLANNED)
