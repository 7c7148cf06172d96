"""Adding, revoking and deleting uploaded files, and removing those that nothing uses."""

from __future__ import annotations

import secrets
from collections.abc import Collection, Sequence
from datetime import timedelta

from sqlalchemy import delete, func, select

from app.core import shutdown
from app.core.db import db, released
from app.core.errors import Conflict, NotFound
from app.core.i18n import _l
from app.media import recent_files
from app.media.access import UPLOADERS
from app.media.models import MediaFile, MediaReference, MediaRendition, Visibility
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
    key = store_bytes(received)
    blobs.keep(db.session, key)
    is_public = visibility is Visibility.PUBLIC
    file = _row(account_id, received, key, name=name, permission=permission, by=actor.label, is_public=is_public)
    audit.record(actor, "media.uploaded", target=file, account_id=account_id, size=received.size)
    return file


def store_bytes(received: Received) -> str:
    """Store the bytes of a received file, and return the key with which `keep_file` makes a file of them.

    What the session has written before is committed. Raises OutOfSpace and StorageAway.
    """
    require_space(received.size)
    with released():
        return blobs.store(received.file, received.size, received.type.media_type)


def keep_file(account_id: int, received: Received, key: str, *, name: str, permission: str, by: str) -> MediaFile:
    """Make a file of stored bytes that came from outside, for members with the permission alone."""
    blobs.keep(db.session, key)
    return _row(account_id, received, key, name=name, permission=permission, by=by)


def _row(
    account_id: int,
    received: Received,
    key: str,
    *,
    name: str,
    permission: str | None,
    by: str,
    is_public: bool = False,
) -> MediaFile:
    file = MediaFile(
        account_id=account_id,
        public_key=secrets.token_urlsafe(24) if is_public else None,
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
        uploaded_by=by,
    )
    db.session.add(file)
    db.session.flush()
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


def discard_files(owner_kind: str, owner_ids: Collection[int]) -> int:
    """Delete at once the files that these owners alone use; returns how many."""
    mine = MediaReference.owner_kind == owner_kind, MediaReference.owner_id.in_(owner_ids)
    used = db.session.scalars(select(MediaReference.file_id).where(*mine)).all()
    held = select(MediaFile.id).where(MediaFile.id.in_(used)).order_by(MediaFile.id).with_for_update()
    ids = db.session.scalars(held).all()
    db.session.execute(delete(MediaReference).where(*mine))
    shared = set(db.session.scalars(select(MediaReference.file_id).where(MediaReference.file_id.in_(ids))))
    own = [one for one in ids if one not in shared]
    _remove(own)
    return len(own)


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
