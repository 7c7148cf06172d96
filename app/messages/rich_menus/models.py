"""Rich menus as they are stored here, and what LINE has of each."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, text
from sqlalchemy.dialects.postgresql import JSONB
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import due_index


class RichMenu(Model):
    """A rich menu of one account."""

    __tablename__ = "rich_menus"
    __table_args__ = (
        Index("ix_rich_menus_account", "account_id", "id"),
        Index("ix_rich_menus_then_menu_id", "then_menu_id"),
        Index("ix_rich_menus_updated_by", "updated_by"),
        due_index("rich_menus", prefix="period_"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    # For members; friends never see it.
    name: Mapped[str]
    # As `content.write` returns it.
    content: Mapped[dict[str, Any]]
    # Raised with every change of name or content.
    version: Mapped[int] = mapped_column(server_default="1")
    # Stands in the name of each menu that was made at LINE for this one, so that none of them is ever lost.
    mark: Mapped[str]
    # What friends see: LINE's id of the menu, and the version it shows. None: not at LINE.
    line_menu_id: Mapped[str | None]
    published_version: Mapped[int | None]
    published_at: Mapped[datetime | None]
    # The menu that is being made at LINE in place of the others, and those that go once all is moved to it.
    next_line_menu_id: Mapped[str | None]
    replaced_ids: Mapped[list[str]] = mapped_column(JSONB, server_default="[]")
    # Default menu from then, until then; None: no beginning, no end.
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    # The default menu afterwards; None: none of ours.
    then_menu_id: Mapped[int | None] = mapped_column(ForeignKey("rich_menus.id", ondelete="SET NULL"))
    # Whether the period's beginning was carried out.
    has_started: Mapped[bool] = mapped_column(server_default="false")
    period_due_at: Mapped[datetime | None]
    period_attempts: Mapped[int] = mapped_column(server_default="0")
    period_leased_until: Mapped[datetime | None]
    period_reason: Mapped[str | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    updated_by: Mapped[int | None] = mapped_column(ForeignKey("members.id", ondelete="SET NULL"))

    @property
    def alias(self) -> str:
        """Return the name by which other menus switch to this one, whatever its id at LINE is."""
        return f"tomoru-{self.mark}"

    @property
    def is_published(self) -> bool:
        """Return whether friends can see it at all."""
        return self.line_menu_id is not None

    @property
    def has_changes(self) -> bool:
        """Return whether what is stored differs from what friends see."""
        return self.version != self.published_version

    @property
    def file_id(self) -> int | None:
        """Return the id of the image's file."""
        found = self.content.get("file_id")
        return found if isinstance(found, int) else None


class SegmentLink(Model):
    """The menu to which a segment's friends were linked last, and how many of them; LINE tells no such number."""

    __tablename__ = "rich_menu_links"
    __table_args__ = (Index("ix_rich_menu_links_menu_id", "menu_id"),)

    segment_id: Mapped[int] = mapped_column(
        ForeignKey("segments.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    menu_id: Mapped[int] = mapped_column(ForeignKey("rich_menus.id", ondelete="CASCADE"))
    people: Mapped[int]
    linked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
