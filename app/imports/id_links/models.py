"""Tables of ID link imports: settings, uploads and unusable rows."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class IdLinkSettings(Model):
    """What the ID link imports of one account may do; without a row the defaults hold."""

    __tablename__ = "id_link_settings"

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    # Whether one user ID may belong to several LINE users.
    allows_shared: Mapped[bool] = mapped_column(server_default="true")


class IdLinkUpload(Model):
    """An ID link file that is still on its way to us; the row goes when the run begins, or with the connection."""

    __tablename__ = "id_link_uploads"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), index=True)
    member_id: Mapped[int | None]
    # The name of the member or API key that sends it.
    by: Mapped[str]
    file_name: Mapped[str]
    # None while it is not known.
    size: Mapped[int | None]
    received: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # When something last came; long silence means that the process that received it is gone.
    heard_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    cancel_requested_at: Mapped[datetime | None]


class IdLinkSharedId(Model):
    """A user ID that several LINE users have after an import, or that it refused because they would."""

    __tablename__ = "id_link_shared_ids"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    user_id: Mapped[str] = mapped_column(primary_key=True)
    line_users: Mapped[int]


class IdLinkFault(Model):
    """A line of an ID link file that cannot be used, and why: a code for core.reasons."""

    __tablename__ = "id_link_faults"

    run_id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    line: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    code: Mapped[str]
    # The line itself, or as much of it as helps to find the mistake.
    value: Mapped[str]


# What is kept of an import beside its run, for as long as people may ask.
REPORTS: tuple[type[IdLinkFault] | type[IdLinkSharedId], ...] = (IdLinkFault, IdLinkSharedId)
