"""Columns of folders and of what is kept in them; each package has tables of its own."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model


class FolderRow(Model):
    """A folder. The table has a unique index `uq_<table>_name` on `same_look(name)`, or on account and that."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class AccountFolderRow(FolderRow):
    """A folder of an account."""

    __abstract__ = True

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))


class FiledRow(Model):
    """A thing with a name that can be put into a folder."""

    __abstract__ = True

    id: Mapped[int] = mapped_column(primary_key=True)
    # None: at the root. A deleted folder leaves its things there. Subclasses say which table has the folders.
    folder_id: Mapped[int | None]
    name: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # Of the name or the content.
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class AccountFiledRow(FiledRow):
    """A thing of an account."""

    __abstract__ = True

    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # Raised with every change of name or content; a member who saves says which one they saw.
    version: Mapped[int] = mapped_column(server_default="1")
