"""Fetch profiles from LINE: when due, in bulk and at LINE's pace, never twice for users it refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from enum import StrEnum
from functools import partial

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db, released
from app.core.due.claims import Claim
from app.core.due.process import process
from app.core.errors import NotFound, PermanentFailure, RetryLater, TomoruError
from app.core.events import announce
from app.friends.events import ProfilesChanged
from app.friends.models import FollowStatus, Friend
from app.friends.operations.friends import PROFILES
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.client import LineClient
from app.line.gateway.types import Profile
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

CONNECTIONS = 40
# While the account's credentials are refused, no profile is asked for.
ACCOUNT_WAIT = timedelta(minutes=30)
# Refusals that concern the person; every other one concerns the account, whose friends wait until that is fixed.
ABOUT_THE_PERSON = frozenset({"line.bad_recipient", "line.refused", "line.not_found"})
Answer = Profile | TomoruError | None


def fetch_due_profiles(account_id: int) -> None:
    """Fetch the due profiles from LINE for one time slice; a worker is woken again for the rest."""
    mine, again = Friend.account_id == account_id, partial(PROFILES.wake, account_id)
    process(PROFILES, partial(_fetch, account_id), mine, again=again)


class Refreshed(StrEnum):
    """Outcome of fetching one profile."""

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


@operation(Permission.FRIENDS)
def refresh_profile(account_id: int, friend_id: int, *, actor: Actor) -> Refresh:
    """Fetch one profile now; the open transaction is committed first. Raises NotFound."""
    friend = db.session.get(Friend, friend_id)
    if friend is None or friend.account_id != account_id:
        raise NotFound
    if friend.follow_status == FollowStatus.BLOCKED:
        return Refresh(Refreshed.BLOCKED)
    user_id = friend.line_user_id
    try:
        with released():
            profile = LineClient(account_id).profile(user_id)
    except (RetryLater, PermanentFailure) as error:
        if isinstance(error, RetryLater):
            PROFILES.order(friend, PROFILES.backoff.first)
        if _is_about_account(error):
            return Refresh(Refreshed.FAILED, error.code)
        profile = None
    outcome = _take(friend, profile)
    _tell(account_id, {friend.id: outcome})
    return Refresh(outcome)


def _fetch(account_id: int, claim: Claim) -> bool:
    """Fetch and store a batch; False when the account itself is refused, so that the rest waits too.

    A profile that was ordered or withdrawn in between is left alone.
    """
    answers = asyncio.run(_ask(account_id, [row.line_user_id for row in claim.rows]))
    by_id = dict(zip(claim.ids(), answers, strict=True))
    held = select(Friend).where(Friend.id.in_(claim.held())).execution_options(populate_existing=True)
    taken = {friend.id: _store(claim, friend, by_id[friend.id]) for friend in db.session.scalars(held).all()}
    _tell(account_id, taken)
    return not any(_is_about_account(answer) for answer in answers)


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


def _store(claim: Claim, friend: Friend, answer: Answer) -> Refreshed:
    if isinstance(answer, RetryLater):
        claim.later([friend.id], reason=answer.code)
        return Refreshed.FAILED
    if isinstance(answer, PermanentFailure) and _is_about_account(answer):
        claim.later([friend.id], reason=answer.code, after=ACCOUNT_WAIT, counts=False)
        return Refreshed.FAILED
    return _take(friend, answer if isinstance(answer, Profile) else None)


def _tell(account_id: int, taken: Mapping[int, Refreshed]) -> None:
    changed = tuple(friend_id for friend_id, outcome in taken.items() if outcome is Refreshed.CHANGED)
    if changed:
        db.session.flush()
        announce(ProfilesChanged(account_id=account_id, friend_ids=changed))


def _take(friend: Friend, profile: Profile | None) -> Refreshed:
    """Store LINE's answer in the row; a refusal is stored too and leaves the known profile."""
    PROFILES.withdraw(friend)
    friend.profile_unavailable = profile is None
    if profile is None:
        return Refreshed.UNAVAILABLE
    before = friend.display_name, friend.picture_url, friend.status_message, friend.language
    friend.display_name, friend.picture_url = profile.display_name, profile.picture_url
    friend.status_message, friend.language = profile.status_message, profile.language
    friend.profile_fetched_at = now()
    after = friend.display_name, friend.picture_url, friend.status_message, friend.language
    return Refreshed.SAME if before == after else Refreshed.CHANGED
