"""Groups that the account is in and who was seen in them; the newer event wins, whatever the order of arrival."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import case, func, select, text, update
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.line import identifiers
from app.line.events import GroupJoined, GroupLeft, GroupMembersJoined, GroupMembersLeft
from app.line.gateway.client import LineClient
from app.line.models import Account, AccountState, Group, GroupMember, WebhookEvent
from app.line.operations.group_members import fetch_profiles_later, note_writers

SUMMARIES = register(
    DueKind(
        "line.groups",
        Group,
        wake=lambda: queue.wake("line.fetch_groups"),
        prefix="summary_",
        narrow=lambda: (Group.account_id.in_(select(Account.id).where(Account.state == AccountState.CONNECTED)),),
        columns=(Group.account_id, Group.line_group_id),
        longest_wait=Backoff().longest,
        # One call to LINE each, so that a slow one holds up no other.
        batch=1,
    )
)


# The account is in every group that it hears of. A membership that is known, or was decided later, is not touched, so
# that a busy group costs no write.
_NOTE_SEEN = text("""
INSERT INTO groups (account_id, line_group_id, kind, is_joined, membership_changed_at)
SELECT seen.account_id, seen.group_id, CASE WHEN seen.group_id LIKE 'R%' THEN 'room' ELSE 'group' END, true, max(at)
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:group_ids AS text[]), CAST(:moments AS timestamptz[]))
     AS seen (account_id, group_id, at)
WHERE NOT EXISTS (
    SELECT FROM groups known
    WHERE known.account_id = seen.account_id AND known.line_group_id = seen.group_id
      AND (known.is_joined OR known.membership_changed_at >= seen.at)
)
GROUP BY seen.account_id, seen.group_id ORDER BY seen.account_id, seen.group_id
ON CONFLICT (account_id, line_group_id) DO UPDATE
SET is_joined = true, membership_changed_at = excluded.membership_changed_at
WHERE NOT groups.is_joined AND groups.membership_changed_at < excluded.membership_changed_at
RETURNING id
""")
# Events that say themselves whether the account is in the group.
_SAY_MEMBERSHIP = frozenset({"join", "leave"})


def note_seen(events: Sequence[WebhookEvent]) -> None:
    """Note that the account is in the groups and rooms that these events came from, and who wrote in them.

    Names that are not known yet are fetched.
    """
    seen = [
        (event.account_id, group_id, event.occurred_at)
        for event in events
        if event.type not in _SAY_MEMBERSHIP and (group_id := identifiers.group_id(event.payload.get("source")))
    ]
    if not seen:
        return
    account_ids, group_ids, moments = (list(column) for column in zip(*seen, strict=True))
    values = {"account_ids": account_ids, "group_ids": group_ids, "moments": moments}
    _fetch_summaries_later(list(db.session.scalars(_NOTE_SEEN, values)))
    note_writers(events)


def join(event: GroupJoined) -> None:
    """Note that the account is in the group now, and have its name fetched."""
    _fetch_summaries_later([_note(event.account_id, event.group_id, event.occurred_at, is_joined=True)])


def leave(event: GroupLeft) -> None:
    """Note that the account is no longer in the group."""
    _note(event.account_id, event.group_id, event.occurred_at, is_joined=False)


def members_join(event: GroupMembersJoined) -> None:
    """Note who joined."""
    _note_members(event, is_present=True)


def members_leave(event: GroupMembersLeft) -> None:
    """Note who left."""
    _note_members(event, is_present=False)


def fetch_due_summaries() -> int:
    """Ask LINE for names and pictures of groups that are due; returns how many were asked for."""
    return process(SUMMARIES, _fetch_summary, again=SUMMARIES.wake)


def _note(account_id: int, line_group_id: str, at: datetime, *, is_joined: bool) -> int:
    kind = "room" if line_group_id.startswith("R") else "group"
    added = insert(Group).values(
        account_id=account_id, line_group_id=line_group_id, kind=kind, is_joined=is_joined, membership_changed_at=at
    )
    # The row is touched even by an older event, so that its id comes back.
    is_newer = Group.membership_changed_at < added.excluded.membership_changed_at
    statement = added.on_conflict_do_update(
        index_elements=["account_id", "line_group_id"],
        set_={
            "is_joined": case((is_newer, added.excluded.is_joined), else_=Group.is_joined),
            "membership_changed_at": func.greatest(Group.membership_changed_at, added.excluded.membership_changed_at),
        },
    )
    return db.session.execute(statement.returning(Group.id)).scalar_one()


def _note_members(event: GroupMembersJoined | GroupMembersLeft, *, is_present: bool) -> None:
    known = select(Group.id).where(Group.account_id == event.account_id, Group.line_group_id == event.group_id)
    group_id = db.session.scalars(known).one()
    rows = [
        {"group_id": group_id, "line_user_id": user_id, "is_present": is_present, "changed_at": event.occurred_at}
        for user_id in sorted(set(event.line_user_ids))
    ]
    if not rows:
        return
    added = insert(GroupMember).values(rows)
    db.session.execute(
        added.on_conflict_do_update(
            index_elements=["group_id", "line_user_id"],
            set_={"is_present": added.excluded.is_present, "changed_at": added.excluded.changed_at},
            where=GroupMember.changed_at < added.excluded.changed_at,
        )
    )
    if is_present:
        fetch_profiles_later(group_id, sorted(set(event.line_user_ids)))


def _fetch_summaries_later(group_ids: Sequence[int]) -> None:
    """Have the names of these groups asked for; LINE has none for rooms."""
    nameless = Group.id.in_(group_ids), Group.name.is_(None), Group.kind == "group"
    if (
        group_ids
        and db.session.scalars(update(Group).where(*nameless).values(SUMMARIES.ordered()).returning(Group.id)).all()
    ):
        queue.after_commit(db.session, "line.fetch_groups")


def _fetch_summary(claim: Claim) -> None:
    """A refusal for good means that the account cannot ask at all; its settings say why, joining again asks again."""
    (row,) = claim.rows
    summary = LineClient(row.account_id).group_summary(row.line_group_id)
    claim.done(**({"name": summary.name, "picture_url": summary.picture_url} if summary else {}))
