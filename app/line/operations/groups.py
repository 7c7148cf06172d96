"""Groups that the account is in and who was seen in them; the newer event wins, whatever the order of arrival."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import case, func, select, update
from sqlalchemy.dialects.postgresql import insert

from app.core import queue, shutdown
from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.line.events import GroupJoined, GroupLeft, GroupMembersJoined, GroupMembersLeft
from app.line.gateway.client import LineClient
from app.line.models import Account, AccountState, Group, GroupMember

SUMMARY_ATTEMPTS = 6
CLAIM = timedelta(minutes=2)


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


def fetch_due_summaries(limit: int = 20) -> int:
    """Ask LINE for names and pictures of groups that are due; returns how many were asked for."""
    due = _claim(limit)
    for asked, (group_id, account_id, line_group_id) in enumerate(due):
        if shutdown.is_requested():
            _put_back([group_id for group_id, *_ in due[asked:]])
            return asked
        _fetch_summary(group_id, account_id, line_group_id)
    return len(due)


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
    db.session.execute(statement.values(summary_due_at=now(), summary_attempts=0))
    queue.after_commit(db.session, "line.fetch_groups")


def _claim(limit: int) -> list[tuple[int, int, str]]:
    """Take due groups for two minutes; a worker that dies loses them to the next after that."""
    due = (
        select(Group.id)
        .join(Account)
        .where(Group.summary_due_at <= now(), Account.state == AccountState.CONNECTED)
        .order_by(Group.summary_due_at)
        .limit(limit)
        .with_for_update(skip_locked=True, of=Group)
    )
    rows = db.session.execute(
        update(Group)
        .where(Group.id.in_(due))
        .values(summary_due_at=now() + CLAIM, summary_attempts=Group.summary_attempts + 1)
        .returning(Group.id, Group.account_id, Group.line_group_id)
        .execution_options(synchronize_session=False)
    ).all()
    db.session.commit()
    return [(row.id, row.account_id, row.line_group_id) for row in rows]


def _put_back(group_ids: list[int]) -> None:
    """Let another worker ask for these at once."""
    statement = update(Group).where(Group.id.in_(group_ids))
    db.session.execute(statement.values(summary_due_at=now(), summary_attempts=Group.summary_attempts - 1))
    queue.after_commit(db.session, "line.fetch_groups")
    db.session.commit()


def _fetch_summary(group_id: int, account_id: int, line_group_id: str) -> None:
    values: dict[str, object] = {"summary_due_at": None}
    try:
        if summary := LineClient(account_id).group_summary(line_group_id):
            values |= {"name": summary.name, "picture_url": summary.picture_url}
    except RetryLater as error:
        wait = now() + timedelta(seconds=max(error.after, 30))
        values["summary_due_at"] = case((Group.summary_attempts < SUMMARY_ATTEMPTS, wait), else_=None)
    except PermanentFailure:
        # The account cannot ask at all; its settings say why, and joining again asks again.
        pass
    db.session.execute(update(Group).where(Group.id == group_id).values(**values))
    db.session.commit()
