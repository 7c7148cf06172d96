"""Files that went out as links."""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select

from app.core.db import db
from app.media.models import Kind, MediaFile, MediaReference
from app.messages.content.kinds.plain import UNPLAYED
from app.messages.sending.operations.sends import OWNER


def downloads_of(send_ids: Collection[int]) -> dict[int, list[MediaFile]]:
    """Return by send the files that it carries as links, also those whose links were revoked."""
    if not send_ids:
        return {}
    as_link = (MediaFile.kind == Kind.DOCUMENT) | MediaFile.media_type.in_(UNPLAYED)
    query = select(MediaReference.owner_id, MediaFile).join(MediaFile, MediaFile.id == MediaReference.file_id)
    query = query.where(MediaReference.owner_kind == OWNER, MediaReference.owner_id.in_(send_ids), as_link)
    found: dict[int, list[MediaFile]] = {}
    for send_id, file in db.session.execute(query.order_by(MediaFile.id)):
        found.setdefault(send_id, []).append(file)
    return found
