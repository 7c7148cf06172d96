"""The second phase of an import: fetch all profiles at LINE's pace and store them without changing stored friends."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping, Sequence
from dataclasses import replace

from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.core.runs.async_wait import wait_alive
from app.core.runs.lease import Lease
from app.friends.operations.bulk_insert import ImportedProfile, confirm_followers, insert_imported
from app.friends.operations.tagging import add_tags
from app.imports.friends import candidates
from app.imports.friends.cursor import FriendImportCursor
from app.imports.friends.models import CandidateState
from app.imports.friends.profile_stream import Batch, Outcome, ProfileStream
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.client import LineClient
from app.line.gateway.types import Profile
from app.team.actors import Actor
from app.team.permissions import Permission

# As long as a worker's sitting: at the end of a slice the connections run empty, and every batch is saved anyway.
SLICE_SECONDS = 20.0
BATCH = 500
# Where LINE is slow, what came of a batch is stored after so many seconds, so that progress moves within it.
STORE_SECONDS = 1.0
# Batches under way at once: while one is stored, the others keep all connections busy.
AHEAD = 5
# When no more than so many are left after others came, their trouble is their own.
FEW = 20


def fetch_profiles(lease: Lease) -> bool:
    """Fetch and store for a few seconds; returns whether candidates are left.

    An error that concerns all candidates is raised after the fetched profiles have been stored.
    """
    if asyncio.run(_fetch(lease)):
        return True
    if not candidates.any_pending(lease.run.subject_id):
        return False
    # Some were passed over on the way; from the first one again.
    lease.save(cursor=replace(lease.cursor(FriendImportCursor), after=""))
    db.session.commit()
    return True


async def _fetch(lease: Lease) -> bool:
    """Fetch and store batches; returns whether there are ids behind those that were fetched."""
    after, has_more = lease.cursor(FriendImportCursor).after, True
    async with AsyncLineClient(lease.run.subject_id) as line:
        stream, until, has_begun = ProfileStream(line), time.monotonic() + SLICE_SECONDS, False
        try:
            while True:
                while has_more and len(stream.batches) < AHEAD and (time.monotonic() < until or not has_begun):
                    ids = await asyncio.to_thread(_load, lease.run.subject_id, after)
                    has_more, has_begun = len(ids) == BATCH, True
                    if ids:
                        after = ids[-1]
                        stream.begin(ids)
                if not stream.batches:
                    return has_more
                await _store_next(lease, stream)
        finally:
            await stream.close()


def _load(account_id: int, after: str) -> list[str]:
    ids = candidates.next_pending(account_id, after, BATCH)
    db.session.rollback()
    return ids


async def _store_next(lease: Lease, stream: ProfileStream) -> None:
    """Store the oldest batch; where LINE is slow, store what came of all batches about once a second."""
    oldest = stream.batches[0]
    while not await wait_alive(lease, oldest.done, stream.stopped, longest=STORE_SECONDS):
        await _store_what_came(lease, stream)
    if stream.stopped.done():
        await stream.close()
        await _store_what_came(lease, stream)
        raise stream.stopped.result()
    oldest.done.result()
    stream.batches.popleft()
    await asyncio.to_thread(_store, lease, oldest, stream.answered > 0)


async def _store_what_came(lease: Lease, stream: ProfileStream) -> None:
    """Store results of batches that are not complete; no failure is counted against a single person."""
    came = {user_id: outcome for batch in stream.batches for user_id, outcome in batch.take().items()}
    if came:
        await asyncio.to_thread(_save, lease, came)


def _store(lease: Lease, batch: Batch, others_came: bool) -> None:
    """Store a whole batch. When none of it came, the run waits; failures counted against candidates are kept."""
    troubles = {user_id: error for user_id, error in batch.outcomes.items() if isinstance(error, RetryLater)}
    given_up, are_few = 0, len(batch.ids) <= FEW and lease.run.done > 0
    if troubles and (others_came or (are_few and _line_answers(lease.run.subject_id))):
        given_up = candidates.count_trouble(lease.run.subject_id, list(troubles))
    if given_up or len(troubles) < len(batch.ids):
        _save(lease, batch.rest(), given_up, batch.ids[-1])
    else:
        lease.prolong()
        raise next(iter(troubles.values()))


def _line_answers(account_id: int) -> bool:
    """Return whether LINE answers at all, so that an outage is not taken for the trouble of the last few people."""
    try:
        LineClient(account_id).info()
    except (RetryLater, PermanentFailure):
        return False
    return True


def _save(lease: Lease, outcomes: Mapping[str, Outcome], given_up: int = 0, last: str | None = None) -> None:
    """Store friends, candidates and counts in one transaction, which the lease guards.

    `last` is the last id of a batch that is complete; without it refusals are left for later.
    """
    account_id = lease.run.subject_id
    found = [outcome for outcome in outcomes.values() if isinstance(outcome, Profile)]
    states = {profile.user_id: CandidateState.DONE for profile in found}
    unavailable = [user_id for user_id, outcome in outcomes.items() if outcome is None]
    states.update(dict.fromkeys(unavailable, CandidateState.UNAVAILABLE))
    refused = [user_id for user_id, outcome in outcomes.items() if last and isinstance(outcome, PermanentFailure)]
    states.update(dict.fromkeys(refused, CandidateState.FAILED))
    new_ids = insert_imported(account_id, [_imported(profile) for profile in found])
    _tag_new(lease, new_ids)
    new = len(new_ids)
    if new < len(found):
        # People have appeared while this ran; those who did no more than write are followers all the same.
        confirm_followers(account_id, [profile.user_id for profile in found])
    candidates.settle(account_id, states)
    counts = {"new": new, "known": len(found) - new, "unavailable": len(unavailable), "failed": len(refused) + given_up}
    cursor = replace(lease.cursor(FriendImportCursor), after=last) if last else None
    lease.save(cursor=cursor, add=counts, done=sum(counts.values()))
    db.session.commit()


def _tag_new(lease: Lease, friend_ids: Sequence[int]) -> None:
    """Put the tag that was chosen at the start on new friends; one that was deleted since is left out."""
    tag_id = lease.run.input.get("tag_id")
    if tag_id and friend_ids:
        actor = Actor.of_record(lease.run.actor, Permission.TAGS)
        add_tags(lease.run.subject_id, friend_ids, [tag_id], source="import", actor=actor)


def _imported(profile: Profile) -> ImportedProfile:
    return ImportedProfile(
        profile.user_id, profile.display_name, profile.picture_url, profile.status_message, profile.language
    )
