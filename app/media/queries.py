"""Reads of media: files by account or public key, their bytes, and their renditions."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from typing import Any

from sqlalchemy import RowMapping, Select, exists, select

from app.core.db import db
from app.core.errors import NotFound
from app.media.models import Kind, MediaBlob, MediaFile, MediaReference, MediaRendition


@dataclass(frozen=True)
class StoredFile:
    """Where a file's bytes are and what its headers need, detached from the session."""

    file_id: int
    blob_key: str
    storage: str
    size: int
    digest: str
    media_type: str
    kind: Kind
    name: str
    is_see_through: bool


def file_by_id(account_id: int, file_id: int) -> MediaFile:
    """The file of this account; raises NotFound."""
    query = select(MediaFile).where(MediaFile.id == file_id, MediaFile.account_id == account_id)
    found = db.session.scalar(query)
    if found is None:
        raise NotFound
    return found


def stored_file(file_id: int) -> StoredFile:
    """The bytes of a file; raises NotFound."""
    return _one(_files().where(MediaFile.id == file_id))


def stored_files(file_ids: Collection[int]) -> dict[int, StoredFile]:
    """The bytes of these files, by id; those that are gone are left out."""
    rows = db.session.execute(_files().where(MediaFile.id.in_(file_ids))).mappings() if file_ids else ()
    return {row["file_id"]: _as_stored(row) for row in rows}


def public_file(key: str) -> StoredFile:
    """The bytes of a public file; raises NotFound, also for one whose address was revoked."""
    return _one(_files().where(MediaFile.public_key == key))


def stored_rendition(file_id: int, width: int, media_type: str) -> StoredFile | None:
    """An image in another size that was made before."""
    wanted = (MediaRendition.width == width, MediaRendition.media_type == media_type)
    return _first(_renditions().where(MediaRendition.file_id == file_id, *wanted))


def is_used(file_id: int) -> bool:
    """Whether something refers to the file."""
    return bool(db.session.scalar(select(exists().where(MediaReference.file_id == file_id))))


def _files() -> Select[*tuple[Any, ...]]:
    columns = (MediaFile.size, MediaFile.digest, MediaFile.media_type, MediaFile.blob_key)
    return _with_storage(*columns).join(MediaBlob, MediaBlob.key == MediaFile.blob_key)


def _renditions() -> Select[*tuple[Any, ...]]:
    columns = (MediaRendition.size, MediaRendition.digest, MediaRendition.media_type, MediaRendition.blob_key)
    query = _with_storage(*columns).join(MediaRendition, MediaRendition.file_id == MediaFile.id)
    return query.join(MediaBlob, MediaBlob.key == MediaRendition.blob_key)


def _with_storage(*columns: Any) -> Select[*tuple[Any, ...]]:
    of_file = (MediaFile.id.label("file_id"), MediaFile.kind, MediaFile.name, MediaFile.is_see_through)
    return select(*of_file, MediaBlob.storage, *columns).select_from(MediaFile)


def _first(query: Select[*tuple[Any, ...]]) -> StoredFile | None:
    row = db.session.execute(query).mappings().one_or_none()
    return _as_stored(row) if row else None


def _as_stored(row: RowMapping) -> StoredFile:
    return StoredFile(**{**row, "kind": Kind(row["kind"])})


def _one(query: Select[*tuple[Any, ...]]) -> StoredFile:
    found = _first(query)
    if found is None:
        raise NotFound
    return found
