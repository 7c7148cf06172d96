"""Uploaded files, the blobs that hold their bytes, their renditions, and what refers to them."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class Kind(StrEnum):
    """What a file is, found from its bytes."""

    IMAGE = "image"
    VIDEO = "video"
    AUDIO = "audio"
    DOCUMENT = "document"


class Visibility(StrEnum):
    """PUBLIC: at an unguessable address, without sign-in. MEMBERS: only for members with the permission."""

    PUBLIC = "public"
    MEMBERS = "members"


class BlobState(StrEnum):
    """PENDING: being stored, and removed unless a file takes it. KEPT: belongs to a file. REMOVING: to be deleted.

    PENDING → KEPT → REMOVING → row gone; PENDING → REMOVING for what an upload left behind.
    """

    PENDING = "pending"
    KEPT = "kept"
    REMOVING = "removing"


class MediaBlob(Model):
    """Bytes in a storage. The row is written before the bytes and goes after them, so that none are ever forgotten."""

    __tablename__ = "media_blobs"
    __table_args__ = (Index("ix_media_blobs_due", "remove_at", postgresql_where=text("state <> 'kept'")),)

    # Random, and the name in the storage.
    key: Mapped[str] = mapped_column(primary_key=True)
    # Name of the storage: "disk" or "s3".
    storage: Mapped[str]
    size: Mapped[int]
    state: Mapped[str] = mapped_column(server_default=BlobState.PENDING)
    # When the sweep may remove it, unless it is kept.
    remove_at: Mapped[datetime]


class MediaFile(Model):
    """An uploaded file; what it holds never changes."""

    __tablename__ = "media_files"
    __table_args__ = (
        Index("ix_media_files_orphaned", "orphaned_at", postgresql_where=text("orphaned_at IS NOT NULL")),
        Index("ix_media_files_account", "account_id", "id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    # The LINE account; its table belongs to a higher layer.
    account_id: Mapped[int]
    # Part of the public address; None for members only, and after a revocation.
    public_key: Mapped[str | None] = mapped_column(unique=True)
    # The permission that members need to see it; None: any of those that allow uploads.
    permission: Mapped[str | None]
    # As the browser named it, for screens and downloads.
    name: Mapped[str]
    kind: Mapped[str]
    media_type: Mapped[str]
    # In bytes.
    size: Mapped[int]
    # SHA-256 of the content, in hexadecimal.
    digest: Mapped[str]
    # Pixels; None for anything but images.
    width: Mapped[int | None]
    height: Mapped[int | None]
    # Whether the image lets its ground through, so that it has to stay a PNG in other sizes.
    is_see_through: Mapped[bool] = mapped_column(server_default="false")
    # Milliseconds of sound or video; None where the file does not say.
    duration: Mapped[int | None]
    blob_key: Mapped[str] = mapped_column(ForeignKey("media_blobs.key"), index=True)
    # The name of the uploader.
    uploaded_by: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # Since when nothing refers to it; None while something does.
    orphaned_at: Mapped[datetime | None] = mapped_column(server_default=text("now()"))

    @property
    def visibility(self) -> Visibility:
        """Who may see it."""
        return Visibility.MEMBERS if self.public_key is None else Visibility.PUBLIC


class MediaRendition(Model):
    """An image in another size, made once."""

    __tablename__ = "media_renditions"
    __table_args__ = (UniqueConstraint("file_id", "width", "media_type"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    file_id: Mapped[int] = mapped_column(ForeignKey("media_files.id", ondelete="CASCADE"))
    width: Mapped[int]
    height: Mapped[int]
    # image/png or image/jpeg.
    media_type: Mapped[str]
    size: Mapped[int]
    digest: Mapped[str]
    blob_key: Mapped[str] = mapped_column(ForeignKey("media_blobs.key"), index=True)


class MediaReference(Model):
    """Something that uses a file, such as a message: `owner_kind` "message", `owner_id` its id."""

    __tablename__ = "media_references"
    __table_args__ = (Index("ix_media_references_file", "file_id"),)

    owner_kind: Mapped[str] = mapped_column(primary_key=True)
    owner_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    # No cascade: as long as something refers to a file, the database refuses to delete it.
    file_id: Mapped[int] = mapped_column(ForeignKey("media_files.id"), primary_key=True)
