"""Create and lock rows of friends: the one place where a row is made or locked for a change.

What changes several friends in one transaction first stores new ones in the order of `LOCK_ORDER`, then locks all of
them in that order, before anything else of theirs: two that wait for each other would both be undone. Storing comes
first, since it waits for others who store the same people, and must not hold stored friends for so long.
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from typing import Any

from sqlalchemy import Select, select, text
from sqlalchemy.dialects.postgresql import insert

from app.core import queue
from app.core.clock import database_now
from app.core.db import db
from app.core.due.backoff import Backoff
from app.core.due.registry import DueKind, register
from app.friends.models import FollowStatus, Friend
from app.line.models import Account, AccountState

# Known before a friend has a row, unlike its id; the account comes first where there are several.
LOCK_ORDER = (Friend.account_id, Friend.line_user_id)
# The same for statements that are written out.
LOCK_ORDER_SQL = "friends.account_id, friends.line_user_id"

# Profiles to be asked for at LINE, account by account since LINE refuses accounts. After the last try LINE is left in
# peace about a person; a new follow or "Refresh" starts again.
PROFILES = register(
    DueKind(
        "friends.profiles",
        Friend,
        wake=lambda account_id: queue.wake("friends.fetch_profiles", account_id),
        partition=(Friend.account_id, select(Account.id).where(Account.state == AccountState.CONNECTED)),
        prefix="profile_",
        columns=(Friend.line_user_id,),
        lock_order=LOCK_ORDER,
        longest_wait=Backoff().longest,
    )
)


_STORE_STRANGERS = text("""
INSERT INTO friends (account_id, line_user_id, origin, follow_status, profile_due_at)
SELECT :account_id, id, 'webhook', :status, statement_timestamp()
FROM unnest(CAST(:ids AS text[])) AS writer (id)
WHERE NOT EXISTS (SELECT FROM friends WHERE account_id = :account_id AND line_user_id = writer.id)
ORDER BY id
ON CONFLICT (account_id, line_user_id) DO NOTHING
""")


_HOLD = text(f"""
SELECT line_user_id FROM friends WHERE account_id = :account_id AND line_user_id = ANY(:ids)
ORDER BY {LOCK_ORDER_SQL} FOR NO KEY UPDATE
""")  # noqa: S608
_LOCK = text(
    f"SELECT id FROM friends WHERE id = ANY(:ids) ORDER BY {LOCK_ORDER_SQL} FOR NO KEY UPDATE"  # noqa: S608
)


def hold_people(account_id: int, writers: Collection[str], others: Collection[str] = ()) -> None:
    """Lock these people in the common order; writers who are unknown are stored as strangers, others are left out."""
    if writers:
        about = {"account_id": account_id, "status": FollowStatus.STRANGER, "ids": sorted(set(writers))}
        db.session.execute(_STORE_STRANGERS, about)
    db.session.execute(_HOLD, {"account_id": account_id, "ids": sorted({*writers, *others})})


def meet_people(account_id: int, writers: Collection[str], others: Collection[str] = ()) -> dict[str, Friend]:
    """Hold the writers as `hold_people` does, and return those who have a row by LINE user id.

    Of the others, those count as unknown who have got a row since people were held and are locked elsewhere.
    """
    hold_people(account_id, writers)
    query = select(Friend).where(Friend.account_id == account_id, Friend.line_user_id.in_({*writers, *others}))
    free = _held(query.order_by(*LOCK_ORDER), skip_locked=True)
    return {friend.line_user_id: friend for friend in db.session.scalars(free)}


def hold_friends(ids: Collection[int]) -> dict[int, Friend]:
    """Lock these friends, of any accounts, in the common order; returns those who are there by id."""
    query = select(Friend).where(Friend.id.in_(ids)).order_by(*LOCK_ORDER)
    return {friend.id: friend for friend in db.session.scalars(_held(query))} if ids else {}


def lock_friends(ids: Collection[int]) -> None:
    """Lock these friends, of any accounts, in the common order, without reading them."""
    if ids:
        db.session.execute(_LOCK, {"ids": list(ids)})


def find_friend(account_id: int, line_user_id: str) -> Friend | None:
    """Lock the friend without waiting; None when unknown, or locked elsewhere and thus not held before."""
    query = select(Friend).where(Friend.account_id == account_id, Friend.line_user_id == line_user_id)
    return db.session.scalar(_held(query, skip_locked=True))


def lock_friend(account_id: int, line_user_id: str) -> Friend | None:
    """Lock the friend until the transaction ends, so that changes come one after another; None when unknown."""
    query = select(Friend).where(Friend.account_id == account_id, Friend.line_user_id == line_user_id)
    return db.session.scalar(_held(query))


def lock_friend_by_id(account_id: int, friend_id: int) -> Friend | None:
    """Lock the friend with this id."""
    return db.session.scalar(_held(select(Friend).where(Friend.account_id == account_id, Friend.id == friend_id)))


def meet(account_id: int, line_user_id: str, **first_seen: Any) -> Friend:
    """Lock the friend; an unknown person is stored first, with the values in `first_seen`."""
    known = lock_friend(account_id, line_user_id)
    if known is not None:
        return known
    values = {"account_id": account_id, "line_user_id": line_user_id, "origin": "webhook", **first_seen}
    db.session.execute(insert(Friend).values(**values).on_conflict_do_nothing())
    friend = lock_friend(account_id, line_user_id)
    if friend is None:
        raise RuntimeError("The friend vanished between two statements of one transaction.")
    return friend


def meet_writer(account_id: int, line_user_id: str) -> Friend:
    """Lock the friend who wrote; a person who is not known to have added the account is stored as a stranger."""
    friend = meet(account_id, line_user_id, follow_status=FollowStatus.STRANGER, profile_due_at=database_now())
    if friend.profile_due_at is not None:
        wake_profiles(account_id)
    return friend


def find_writer(account_id: int, line_user_id: str, group_id: str | None) -> Friend | None:
    """Lock the friend who wrote; a stranger is stored first, except in a group, where None is returned for them."""
    return find_friend(account_id, line_user_id) if group_id else meet_writer(account_id, line_user_id)


def wake_profiles(account_id: int) -> None:
    """Wake a worker for the account's due profiles after commit."""
    queue.after_commit(db.session, "friends.fetch_profiles", account_id)


def later(one: datetime | None, other: datetime) -> datetime:
    """Return the later of two times, the first of which may be unknown."""
    return other if one is None or other > one else one


def _held(query: Select[Friend], *, skip_locked: bool = False) -> Select[Friend]:
    """Lock the row without blocking transactions that only refer to it by foreign key."""
    return query.with_for_update(key_share=True, skip_locked=skip_locked).execution_options(populate_existing=True)
