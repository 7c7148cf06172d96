"""Make sure that there is room for a file before it is received: the workspace's quota, and the disk's free space."""

from __future__ import annotations

from sqlalchemy import func, select

from app.core.db import db
from app.core.disk import require_room
from app.core.errors import OutOfSpace
from app.core.i18n import _l
from app.media.models import MediaBlob
from app.media.storage.disk import DiskStorage
from app.media.storage.stores import stores

_QUOTA_USED = _l("The space for uploaded files is used up. Delete files that are no longer needed, or raise the limit.")


def require_space(size: int) -> None:
    """Raise OutOfSpace unless `size` more bytes fit into the quota and onto the disk."""
    if stores.quota and _stored_bytes() + size > stores.quota:
        raise OutOfSpace(_QUOTA_USED)
    current = stores.current
    if isinstance(current, DiskStorage):
        current.root.mkdir(parents=True, exist_ok=True)
        require_room(current.root, size, stores.reserve)


def _stored_bytes() -> int:
    return int(db.session.scalar(select(func.coalesce(func.sum(MediaBlob.size), 0))) or 0)
