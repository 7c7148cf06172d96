"""Names and pictures from LINE: asked for when due, in bulk and at LINE's pace, never twice for people it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from time import monotonic

from sqlalchemy import Row, select, text

from app.core import queue, shutdown
from app.core.clock import now
from app.core.db import db
from app.core.errors import NotFound, PermanentFailure, RetryLater, TomoruError
from app.friends.models import FollowStatus, Friend
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.client import LineClient
from app.line.gateway.types import Profile
from app.line.models import Account, AccountState

BATCH = 200
CONNECTIONS = 40
# A worker that died with a claim lets go of it after this long.
CLAIM = timedelta(minutes=2)
FIRST_WAIT = timedelta(seconds=30)
LONGEST_WAIT = timedelta(hours=6)
# While the account's credentials are refused nobody is asked for.
ACCOUNT_WAIT = timedelta(minutes=30)
# Tries before LINE is left in peace about a person; a new follow or "Refresh" starts anew.
MOST_ATTEMPTS = 8
SITTING_SECONDS = 20.0
# Refusals that concern the person; every other one concerns the account, whose people wait for it to be mended.
ABOUT_THE_PERSON = frozenset({"line.bad_recipient", "line.refused", "line.not_found"})

_CLAIM = text("""
    UPDATE friends SET profile_due_at = :until, profile_attempts = profile_attempts + 1
    WHERE id IN (
        SELECT id FROM friends WHERE account_id = :account_id AND profile_due_at <= :moment
        ORDER BY profile_due_at LIMIT :batch FOR NO KEY UPDATE SKIP LOCKED)
    RETURNING id, line_user_id, profile_attempts
""")
Answer = Profile | TomoruError | None


def fetch_due_profiles(account_id: int) -> None:
    """Ask LINE for the profiles that are due, for one sitting; what is left is woken again."""
    until = monotonic() + SITTING_SECONDS
    while claimed := _claim(account_id):
        people, claim = claimed
        answers = asyncio.run(_ask(account_id, [row.line_user_id for row in people]))
        for row, answer in zip(people, answers, strict=True):
            _store(row, claim, answer)
        db.session.commit()
        if len(people) < BATCH or any(_is_about_account(answer) for answer in answers):
            return
        if monotonic() > until or shutdown.is_requested():
            queue.wake("friends.fetch_profiles", account_id)
            return


def wake_accounts_with_due_profiles() -> None:
    """Wake the work for every connected account that has profiles due, because messages may get lost."""
    due = select(Friend.account_id).where(Friend.profile_due_at <= now()).distinct()
    query = select(Account.id).where(Account.id.in_(due), Account.state == AccountState.CONNECTED)
    for account_id in db.session.scalars(query):
        queue.wake("friends.fetch_profiles", account_id)


class Refreshed(StrEnum):
    """What came of asking LINE for one profile."""

    CHANGED = "changed"
    SAME = "same"
    UNAVAILABLE = "unavailable"
    BLOCKED = "blocked"
    FAILED = "failed"


@dataclass(frozen=True)
class Refresh:
    """The outcome, and for a failure the code of its reason."""

    outcome: Refreshed
    reason: str | None = None


def refresh_profile(account_id: int, friend_id: int) -> Refresh:
    """Ask LINE for one profile now. Commits first, so that no transaction is open meanwhile. Raises NotFound."""
    friend = db.session.get(Friend, friend_id)
    if friend is None or friend.account_id != account_id:
        raise NotFound
    if friend.follow_status == FollowStatus.BLOCKED:
        return Refresh(Refreshed.BLOCKED)
    user_id = friend.line_user_id
    db.session.commit()
    try:
        profile = LineClient(account_id).profile(user_id)
    except (RetryLater, PermanentFailure) as error:
        if isinstance(error, RetryLater):
            friend.profile_due_at = now() + FIRST_WAIT
        if _is_about_account(error):
            return Refresh(Refreshed.FAILED, error.code)
        profile = None
    return Refresh(_take(friend, profile))


def _claim(account_id: int) -> tuple[Sequence[Row[int, str, int]], datetime] | None:
    moment = now()
    claim = moment + CLAIM
    values = {"account_id": account_id, "moment": moment, "until": claim, "batch": BATCH}
    people = db.session.execute(_CLAIM, values).all()
    db.session.commit()
    return (people, claim) if people else None


async def _ask(account_id: int, user_ids: Sequence[str]) -> list[Answer]:
    try:
        async with AsyncLineClient(account_id, CONNECTIONS) as line:
            return await asyncio.gather(*(_ask_one(line, user_id) for user_id in user_ids))
    except (RetryLater, PermanentFailure) as error:
        return [error for _ in user_ids]


async def _ask_one(line: AsyncLineClient, user_id: str) -> Answer:
    try:
        return await line.profile(user_id)
    except (RetryLater, PermanentFailure) as error:
        return error


def _is_about_account(answer: Answer) -> bool:
    if isinstance(answer, PermanentFailure):
        return answer.code not in ABOUT_THE_PERSON
    return isinstance(answer, RetryLater)


def _store(row: Row[int, str, int], claim: datetime, answer: Answer) -> None:
    """Write an answer down, unless a follow meanwhile made the profile due anew: then that counts."""
    friend = db.session.get(Friend, row.id, with_for_update={"key_share": True}, populate_existing=True)
    if friend is None or friend.profile_due_at != claim:
        return
    if isinstance(answer, RetryLater):
        wait = min(FIRST_WAIT * 2 ** (row.profile_attempts - 1), LONGEST_WAIT)
        friend.profile_due_at = now() + wait if row.profile_attempts < MOST_ATTEMPTS else None
    elif _is_about_account(answer):
        friend.profile_due_at, friend.profile_attempts = now() + ACCOUNT_WAIT, row.profile_attempts - 1
    else:
        _take(friend, answer if isinstance(answer, Profile) else None)


def _take(friend: Friend, profile: Profile | None) -> Refreshed:
    """LINE's answer into the row; a refusal is remembered and leaves what was known."""
    friend.profile_due_at, friend.profile_attempts = None, 0
    friend.profile_unavailable = profile is None
    if profile is None:
        return Refreshed.UNAVAILABLE
    before = friend.display_name, friend.picture_url, friend.status_message, friend.language
    friend.display_name, friend.picture_url = profile.display_name, profile.picture_url
    friend.status_message, friend.language = profile.status_message, profile.language
    friend.profile_fetched_at = now()
    after = friend.display_name, friend.picture_url, friend.status_message, friend.language
    return Refreshed.SAME if before == after else Refreshed.CHANGED
