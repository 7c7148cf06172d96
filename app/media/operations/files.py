"""Adding, revoking and deleting uploaded files, and removing those that nothing uses."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select

from app.core import shutdown
from app.core.db import db, released
from app.core.errors import Conflict, NotFound
from app.core.i18n import _l
from app.media import recent_files
from app.media.access import UPLOADERS
from app.media.models import MediaFile, MediaRendition, Visibility
from app.media.operations import blobs
from app.media.queries import is_used
from app.media.receiving import Received
from app.media.space import require_space
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation

BATCH = 100

audit.describe(
    {
        "media.uploaded": _l("uploaded the file “%(target)s”"),
        "media.revoked": _l("revoked the public address of the file “%(target)s”"),
        "media.deleted": _l("deleted the file “%(target)s”"),
    },
    {"media": _l("Uploaded files")},
)


@operation(*UPLOADERS)
def add_file(
    account_id: int,
    received: Received,
    *,
    name: str,
    visibility: Visibility,
    permission: str | None = None,
    actor: Actor,
) -> MediaFile:
    """Store a received file; `permission` is what members need to see it, None any that allows uploads.

    What the session has written before is committed, since storing takes long. Raises OutOfSpace and StorageAway.
    """
    require_space(received.size)
    with released():
        key = blobs.store(received.file, received.size, received.type.media_type)
    blobs.keep(db.session, key)
    file = MediaFile(
        account_id=account_id,
        public_key=secrets.token_urlsafe(24) if visibility is Visibility.PUBLIC else None,
        permission=permission,
        name=name,
        kind=received.type.kind,
        media_type=received.type.media_type,
        size=received.size,
        digest=received.digest,
        width=received.width,
        height=received.height,
        is_see_through=received.is_see_through,
        duration=received.duration,
        blob_key=key,
        uploaded_by=actor.label,
    )
    db.session.add(file)
    db.session.flush()
    audit.record(actor, "media.uploaded", target=file, account_id=account_id, size=received.size)
    return file


@operation(*UPLOADERS)
def revoke(file: MediaFile, *, actor: Actor) -> None:
    """Take away the public address for good; members still see the file. A second call changes nothing."""
    if file.public_key is not None:
        recent_files.forget(file.public_key)
        file.public_key = None
        audit.record(actor, "media.revoked", target=file, account_id=file.account_id)


@operation(*UPLOADERS)
def delete_file(file: MediaFile, *, actor: Actor) -> None:
    """Delete the file with its renditions; raises Conflict while something uses it, NotFound when it is gone."""
    locked = db.session.scalar(select(MediaFile.id).where(MediaFile.id == file.id).with_for_update())
    if locked is None:
        raise NotFound
    if is_used(file.id):
        raise Conflict(_l("This file is still in use, so it cannot be deleted. Take it out where it is used first."))
    recent_files.forget(file.public_key or "")
    audit.record(actor, "media.deleted", target=file, account_id=file.account_id)
    _remove([file.id])


def remove_orphans(hours: int) -> int:
    """Delete files that nothing has used for so many hours; commits batch by batch; returns how many."""
    orphaned = MediaFile.orphaned_at < func.now() - timedelta(hours=hours)
    some = select(MediaFile.id).where(orphaned).order_by(MediaFile.orphaned_at).limit(BATCH)
    removed = 0
    while ids := db.session.scalars(some.with_for_update(skip_locked=True)).all():
        _remove(ids)
        db.session.commit()
        removed += len(ids)
        if shutdown.is_requested():
            break
    return removed


def _remove(ids: Sequence[int]) -> None:
    """Delete these files, which this transaction has locked: no rendition and no reference can come in between."""
    renditions = delete(MediaRendition).where(MediaRendition.file_id.in_(ids)).returning(MediaRendition.blob_key)
    keys = [*db.session.scalars(renditions)]
    files = delete(MediaFile).where(MediaFile.id.in_(ids)).returning(MediaFile.blob_key)
    blobs.release([*keys, *db.session.scalars(files)])
