"""QR Codes, the tags that they add, and who scanned them."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint, func, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index
from app.core.secrets import Encrypted


class QrCode(Model):
    """A QR Code of one account. What it does may change; its address never does, since it may be printed."""

    __tablename__ = "qr_codes"
    __table_args__ = (
        Index("uq_qr_codes_name", "account_id", text("same_look(name)"), unique=True),
        Index("ix_qr_codes_auto_message_id", "auto_message_id"),
        Index("ix_qr_codes_logo_id", "logo_id"),
        Index("ix_qr_codes_workflow_id", "workflow_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    name: Mapped[str]
    # Random, and all that the address holds.
    code: Mapped[str] = mapped_column(unique=True)
    # Where a person is led after the scan; None: the chat with the account.
    page_url: Mapped[str | None]
    auto_message_id: Mapped[int | None] = mapped_column(ForeignKey("auto_messages.id", ondelete="SET NULL"))
    # A workflow that a scan starts by its trigger “QR Code scan”, whether or not that names the code.
    workflow_id: Mapped[int | None] = mapped_column(ForeignKey("workflows.id", ondelete="SET NULL"))
    logo_id: Mapped[int | None] = mapped_column(ForeignKey("media_files.id", ondelete="SET NULL"))
    # An archived code leads to the chat and does nothing else.
    archived_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"), onupdate=func.now())


class QrCodeTag(Model):
    """A tag that a scan adds."""

    __tablename__ = "qr_code_tags"

    qr_code_id: Mapped[int] = mapped_column(ForeignKey("qr_codes.id", ondelete="CASCADE"), primary_key=True)
    tag_id: Mapped[int] = mapped_column(ForeignKey("tags.id", ondelete="CASCADE"), primary_key=True, index=True)


class QrScan(Model):
    """A scan by a person whom LINE has named."""

    __tablename__ = "qr_scans"
    __table_args__ = (
        UniqueConstraint("qr_code_id", "event_key"),
        Index("ix_qr_scans_code", "qr_code_id", "scanned_at"),
        Index("ix_qr_scans_friend_id", "friend_id", "scanned_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    qr_code_id: Mapped[int] = mapped_column(ForeignKey("qr_codes.id", ondelete="CASCADE"))
    friend_id: Mapped[int] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"))
    # What the scan is known by: a page that is loaded again, or an event that LINE sends again, has the same one.
    event_key: Mapped[str]
    scanned_at: Mapped[datetime]
    # When the scan was announced and its message stored; None while the person cannot be reached.
    answered_at: Mapped[datetime | None]
    # When the person added the account because of this scan; None when they did not.
    gained_at: Mapped[datetime | None]


class QrVisit(Due, Model):
    """The ID token that the page of a code handed in, until a worker has asked LINE whose it is."""

    __tablename__ = "qr_visits"
    __table_args__ = (due_index("qr_visits"), UniqueConstraint("qr_code_id", "token_digest"))

    id: Mapped[int] = mapped_column(primary_key=True)
    qr_code_id: Mapped[int] = mapped_column(ForeignKey("qr_codes.id", ondelete="CASCADE"))
    # Tells tokens apart: a page that is loaded again hands in the same one.
    token_digest: Mapped[str]
    # Removed as soon as LINE has said whose it is.
    token: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    visited_at: Mapped[datetime]
