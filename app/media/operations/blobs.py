"""Bytes in the storage, in an order in which no crash loses any or leaves any that are not removed later.

A row announces the bytes before they are stored, and goes only after they are deleted.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection
from datetime import timedelta
from typing import IO, Any

import structlog
from sqlalchemy import Connection, delete, func, insert, select, update
from sqlalchemy.orm import Session, scoped_session

from app.core import queue, shutdown
from app.core.db import db, selected_once
from app.core.disk import full_disk_said
from app.core.errors import Conflict, Unavailable
from app.core.i18n import _l
from app.media.models import BlobState, MediaBlob
from app.media.storage.base import MissingBlob
from app.media.storage.stores import stores

log = structlog.get_logger(__name__)
# Longer than any file takes to be stored; what is pending after that was left behind by a crash.
PENDING = timedelta(hours=1)
# After so long, a sweep that was killed is repeated by the next.
LEASE = timedelta(minutes=5)
BATCH = 100
Transaction = Connection | Session | scoped_session[Any]


def store(content: IO[bytes], size: int, media_type: str) -> str:
    """Store bytes under a new random key, which `keep` has to take within an hour; not to be called in a transaction.

    Raises OutOfSpace and StorageAway.
    """
    key, storage = secrets.token_hex(20), stores.current
    row = insert(MediaBlob).values(key=key, storage=storage.name, size=size, remove_at=func.now() + PENDING)
    with db.engine.begin() as connection:
        connection.execute(row)
    try:
        with full_disk_said():
            storage.put(key, content, media_type)
    except MissingBlob as error:
        raise Unavailable(_l("The storage for uploaded files does not answer. Try again in a moment.")) from error
    return key


def keep(transaction: Transaction, key: str) -> None:
    """Make stored bytes part of what this transaction writes; raises Conflict when they have been removed."""
    mine = update(MediaBlob).where(MediaBlob.key == key, MediaBlob.state == BlobState.PENDING)
    kept = transaction.execute(mine.values(state=BlobState.KEPT).returning(MediaBlob.key))
    if kept.one_or_none() is None:
        raise Conflict(_l("Storing the file took too long. Upload it again."))


def release(keys: Collection[str]) -> None:
    """Have bytes deleted once the session's transaction is through."""
    due = {"state": BlobState.REMOVING, "remove_at": func.now()}
    db.session.execute(update(MediaBlob).where(MediaBlob.key.in_(keys)).values(due))
    queue.after_commit(db.session, "media.sweep")


def sweep() -> int:
    """Delete all bytes that are due, and their rows; commits; returns how many. Failures are tried again later."""
    removed = 0
    while claimed := _claim():
        gone = [key for key, storage in claimed if _delete(key, storage)]
        db.session.execute(delete(MediaBlob).where(MediaBlob.key.in_(gone)))
        db.session.commit()
        removed += len(gone)
        if len(claimed) < BATCH or shutdown.is_requested():
            break
    return removed


def _claim() -> list[tuple[str, str]]:
    """(key, storage) of some that are due, which no other sweep takes for some minutes; they can be kept no more."""
    due = select(MediaBlob.key).where(MediaBlob.state != BlobState.KEPT, MediaBlob.remove_at <= func.now())
    some = due.order_by(MediaBlob.remove_at).limit(BATCH).with_for_update(skip_locked=True)
    taken = update(MediaBlob).where(MediaBlob.key == selected_once(some))
    taken = taken.values(state=BlobState.REMOVING, remove_at=func.now() + LEASE)
    rows = db.session.execute(taken.returning(MediaBlob.key, MediaBlob.storage)).all()
    db.session.commit()
    return [(row.key, row.storage) for row in rows]


def _delete(key: str, storage: str) -> bool:
    try:
        stores.by_name(storage).delete(key)
    except (Unavailable, OSError) as error:
        log.warning("media.not_deleted", storage=storage, error=type(error).__name__)
        return False
    except MissingBlob:
        pass
    return True
