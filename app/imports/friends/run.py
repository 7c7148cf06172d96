"""The kind of run that brings an account's earlier friends in: first all ids, then all profiles.

Its cursor is also what the next run continues from after a cancel or a failure.
"""

from __future__ import annotations

from datetime import timedelta

from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure
from app.core.i18n import _l
from app.core.queue import Queue
from app.core.runs.cursors import read as read_cursor
from app.core.runs.lease import Lease
from app.core.runs.models import Run, RunState
from app.core.runs.registry import RunKind, SliceResult, register
from app.imports.friends import candidates
from app.imports.friends.cursor import FriendImportCursor, FriendImportPhase, ListPlace
from app.imports.friends.followers import list_followers, start_over
from app.imports.friends.profiles import fetch_profiles

# LINE forgets the place in its list after 24 hours; a list as old as that is not gone on with either.
LIST_LIFE = timedelta(hours=23)


def place_in_list(run: Run | None) -> ListPlace | None:
    """Return where a new run may continue this one; None when it must begin at the first page."""
    if run is None or run.state == RunState.COMPLETED:
        return None
    try:
        place = read_cursor(FriendImportCursor, run.cursor).place
    except PermanentFailure:
        return None
    return place if place and place.token_at > now() - LIST_LIFE else None


def run_slice(lease: Lease) -> SliceResult:
    """Do a few seconds of the phase at hand."""
    phase = lease.cursor(FriendImportCursor).phase
    if phase is None:
        _begin(lease)
    elif phase is FriendImportPhase.LISTING:
        list_followers(lease)
    elif not fetch_profiles(lease):
        return SliceResult.DONE
    return SliceResult.MORE


def _begin(lease: Lease) -> None:
    place = place_in_list(lease.run)
    if not place:
        return start_over(lease)
    account_id = lease.run.subject_id
    candidates.try_again(account_id)
    listed, done = candidates.tally(account_id)
    lease.save(
        cursor=FriendImportCursor(place.phase, place.token, place.token_at),
        restart=True,
        add={"listed": listed, "known": done},
        skipped=done,
        total=listed if place.phase is FriendImportPhase.FETCHING else None,
    )
    return db.session.commit()


def _finished(lease: Lease) -> None:
    """Remove the list after a completed run; after a cancel or a failure the next run continues with it."""
    if lease.run.state == RunState.COMPLETED:
        candidates.forget(lease.run.subject_id)


FRIEND_IMPORT = register(
    RunKind(
        "friend_import",
        _l("Friend import"),
        run_slice,
        queue=Queue.SYNC,
        cursor=FriendImportCursor,
        finished=_finished,
        # Whether an account's friends were ever brought in is read from its runs.
        keeps_latest=True,
    )
)
