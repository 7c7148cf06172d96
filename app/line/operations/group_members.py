"""Who was seen in groups and rooms, and what they are called there, friends or not."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import select, text, update

from app.core import queue
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.due.registry import DueKind, register
from app.core.events import announce
from app.line import identifiers
from app.line.events import GroupMembersNamed
from app.line.gateway.client import LineClient
from app.line.models import Account, AccountState, Group, GroupMember, WebhookEvent

# So many profiles are asked for in a sitting before the others have their turn.
BATCH = 10


def _reachable() -> tuple[Any, ...]:
    """Select members of the groups that a connected account is in; of others LINE tells nothing."""
    groups = select(Group.id).join(Account, Account.id == Group.account_id)
    inside = groups.where(Group.is_joined, Account.state == AccountState.CONNECTED)
    return (GroupMember.group_id.in_(inside),)


PROFILES = register(
    DueKind(
        "line.group_members",
        GroupMember,
        wake=lambda: queue.wake("line.fetch_group_members"),
        prefix="profile_",
        narrow=_reachable,
        columns=(GroupMember.group_id, GroupMember.line_user_id),
        longest_wait=Backoff().longest,
        batch=BATCH,
    )
)

# Of those who are known already, nothing is written.
_NOTE_WRITERS = text("""
INSERT INTO group_members (group_id, line_user_id, is_present, changed_at, profile_due_at)
SELECT known.id, seen.line_user_id, true, max(seen.at), statement_timestamp()
FROM unnest(CAST(:account_ids AS bigint[]), CAST(:group_ids AS text[]), CAST(:line_user_ids AS text[]),
            CAST(:moments AS timestamptz[])) AS seen (account_id, group_id, line_user_id, at)
JOIN groups known ON known.account_id = seen.account_id AND known.line_group_id = seen.group_id
WHERE NOT EXISTS (
    SELECT FROM group_members old WHERE old.group_id = known.id AND old.line_user_id = seen.line_user_id
)
GROUP BY known.id, seen.line_user_id ORDER BY known.id, seen.line_user_id
ON CONFLICT (group_id, line_user_id) DO NOTHING
RETURNING id
""")


def note_writers(events: Sequence[WebhookEvent]) -> None:
    """Note who wrote in the groups that these events came from, and have the names of new ones fetched."""
    seen = []
    for event in events:
        source = event.payload.get("source")
        group_id, user_id = identifiers.group_id(source), identifiers.user_id(source)
        if group_id and user_id:
            seen.append((event.account_id, group_id, user_id, event.occurred_at))
    if not seen:
        return
    names = ("account_ids", "group_ids", "line_user_ids", "moments")
    values = dict(zip(names, map(list, zip(*seen, strict=True)), strict=True))
    if db.session.scalars(_NOTE_WRITERS, values).all():
        queue.after_commit(db.session, "line.fetch_group_members")


def fetch_profiles_later(group_id: int, line_user_ids: Collection[str]) -> None:
    """Have the names of these members asked for, where they are not known."""
    nameless = GroupMember.group_id == group_id, GroupMember.line_user_id.in_(line_user_ids)
    ordered = update(GroupMember).where(*nameless, GroupMember.display_name.is_(None)).values(PROFILES.ordered())
    if db.session.scalars(ordered.returning(GroupMember.id)).all():
        queue.after_commit(db.session, "line.fetch_group_members")


def fetch_due_profiles() -> int:
    """Ask LINE what members are called whose turn it is; returns how many were asked for."""
    return process(PROFILES, _fetch, again=PROFILES.wake)


def _fetch(claim: Claim) -> None:
    """A refusal for good leaves the name unknown; who joins again is asked for again."""
    for one in claim.split():
        (row,) = one.rows
        group = db.session.get_one(Group, row.group_id)
        account_id, line_group_id = group.account_id, group.line_group_id
        db.session.rollback()
        profile = LineClient(account_id).group_member(line_group_id, row.line_user_id)
        known = {"display_name": profile.display_name, "picture_url": profile.picture_url} if profile else {}
        one.done(**known)
        if profile:
            announce(GroupMembersNamed(account_id, line_group_id, (row.line_user_id,)))
        db.session.commit()
