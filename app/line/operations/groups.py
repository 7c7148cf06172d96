"""Groups that the account is in and who was seen in them; the newer event wins, whatever the order of arrival."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.line.events import GroupJoined, GroupLeft, GroupMembersJoined, GroupMembersLeft
from app.line.gateway.client import LineClient
from app.line.models import Account, AccountState, Group, GroupMember

SUMMARIES = register(
    DueKind(
        "line.groups",
        Group,
        wake=lambda: queue.wake("line.fetch_groups"),
        prefix="summary_",
        narrow=lambda: (Group.account_id.in_(select(Account.id).where(Account.state == AccountState.CONNECTED)),),
        columns=(Group.account_id, Group.line_group_id),
        backoff=Backoff(most=6),
        # One call to LINE each, so that a slow one holds up no other.
        batch=1,
    )
)


def join(event: GroupJoined) -> None:
    """Note that the account is in the group now, and have its name fetched."""
    group_id = _note(event.account_id, event.group_id, event.occurred_at, is_joined=True)
    if event.group_id.startswith("C"):
        _fetch_summary_later(group_id)


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
    # People move only while the account is in the group; a membership that is known is not touched by that.
    group_id = _known_or_new(event.account_id, event.group_id, event.occurred_at)
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


def _known_or_new(account_id: int, line_group_id: str, at: datetime) -> int:
    known = select(Group.id).where(Group.account_id == account_id, Group.line_group_id == line_group_id)
    return db.session.scalar(known) or _note(account_id, line_group_id, at, is_joined=True)


def _fetch_summary_later(group_id: int) -> None:
    statement = update(Group).where(Group.id == group_id, Group.name.is_(None))
    db.session.execute(statement.values(SUMMARIES.ordered()))
    queue.after_commit(db.session, "line.fetch_groups")


def _fetch_summary(claim: Claim) -> None:
    """A refusal for good means that the account cannot ask at all; its settings say why, joining again asks again."""
    (row,) = claim.rows
    summary = LineClient(row.account_id).group_summary(row.line_group_id)
    claim.done(**({"name": summary.name, "picture_url": summary.picture_url} if summary else {}))
