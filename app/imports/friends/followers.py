"""The first half of an import: LINE's list of followers by pages of a thousand, so the count is there in seconds."""

from __future__ import annotations

import asyncio
import time

from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure
from app.core.runs.async_wait import wait_alive
from app.core.runs.lease import Lease
from app.friends.operations.bulk_insert import confirm_followers
from app.imports.friends import candidates
from app.imports.friends.cursor import FriendImportCursor, FriendImportPhase
from app.line.gateway.async_client import AsyncLineClient
from app.line.gateway.types import FollowerPage

SLICE_SECONDS = 5.0


def list_followers(lease: Lease) -> None:
    """Read pages for a few seconds; each page and the way to the next one are stored in one transaction."""
    try:
        asyncio.run(_read_pages(lease))
    except PermanentFailure as error:
        if error.code != "line.start_expired":
            raise
        start_over(lease)


def start_over(lease: Lease) -> None:
    """Forget the list and begin at its first page; people who were imported are not fetched again."""
    db.session.rollback()
    candidates.forget(lease.run.subject_id)
    lease.save(cursor=FriendImportCursor(FriendImportPhase.LISTING), restart=True)
    db.session.commit()


async def _read_pages(lease: Lease) -> None:
    """Read and store pages; the next one is fetched while one is stored."""
    until, token = time.monotonic() + SLICE_SECONDS, lease.cursor(FriendImportCursor).token
    async with AsyncLineClient(lease.run.subject_id, connections=1) as line:
        coming: asyncio.Task[FollowerPage] | None = asyncio.create_task(line.follower_ids(token))
        try:
            while coming:
                await wait_alive(lease, coming)
                page = coming.result()
                has_time = page.next is not None and time.monotonic() < until
                coming = asyncio.create_task(line.follower_ids(page.next)) if has_time else None
                await asyncio.to_thread(_store, lease, page)
        finally:
            if coming:
                coming.cancel()
                await asyncio.wait({coming})


def _store(lease: Lease, page: FollowerPage) -> None:
    account_id = lease.run.subject_id
    listed, known = candidates.add_listed(account_id, page.ids)
    confirm_followers(account_id, page.ids)
    is_last = page.next is None
    phase = FriendImportPhase.FETCHING if is_last else FriendImportPhase.LISTING
    lease.save(
        cursor=FriendImportCursor(phase, page.next, now()),
        add={"listed": listed, "known": known},
        skipped=known,
        total=lease.run.counts.get("listed", 0) + listed if is_last else None,
    )
    db.session.commit()
