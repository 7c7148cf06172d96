"""The workspace, its members, their links, and the record of what they did."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import CheckConstraint, ForeignKey, Index, func, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column
from sqlalchemy.types import BigInteger, Text

from app.core.db import Model
from app.core.due.models import Due, due_index
from app.core.secrets import Encrypted


class Workspace(Model):
    """The one workspace of this installation."""

    __tablename__ = "workspace"
    __table_args__ = (CheckConstraint("id = 1", name="single"),)

    id: Mapped[int] = mapped_column(primary_key=True, server_default="1")
    name: Mapped[str] = mapped_column(server_default="Tomoru")
    # A small PNG, JPEG or WebP picture; not loaded with the row, which every request reads.
    icon: Mapped[bytes | None] = mapped_column(deferred=True)
    # Its media type, found from its bytes; None means that there is no icon.
    icon_type: Mapped[str | None]
    # IANA name; schedules, day conditions and all shown times use it.
    time_zone: Mapped[str] = mapped_column(server_default="Asia/Tokyo")
    language: Mapped[str] = mapped_column(server_default="en")
    # ISO 3166; phone numbers without a country code belong to it.
    country: Mapped[str] = mapped_column(server_default="JP")
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"), onupdate=func.now())

    @property
    def has_icon(self) -> bool:
        """Whether a picture was uploaded."""
        return self.icon_type is not None


class Role(StrEnum):
    """Administrators may do everything; members what was granted to them."""

    ADMINISTRATOR = "administrator"
    MEMBER = "member"


class MemberState(StrEnum):
    """INVITED → ACTIVE ⇄ SUSPENDED."""

    INVITED = "invited"
    ACTIVE = "active"
    SUSPENDED = "suspended"


class Member(Model):
    """A person who uses the console."""

    __tablename__ = "members"
    __table_args__ = (Index("uq_members_email", func.lower(text("email")), unique=True),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    # Empty until the invitation is accepted.
    name: Mapped[str]
    role: Mapped[str] = mapped_column(server_default=Role.MEMBER)
    state: Mapped[str] = mapped_column(server_default=MemberState.INVITED)
    # Names of `Permission`; without meaning for administrators, who have all of them.
    permissions: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    # Only these LINE accounts; None means all, today's and tomorrow's.
    account_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    # None until the invitation is accepted.
    password_hash: Mapped[str | None]
    # None follows the browser.
    language: Mapped[str | None]
    # Light, dark or None for the system's.
    theme: Mapped[str | None]
    # Not loaded with the row, so that a lost encryption key does not end sessions.
    totp_secret: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    totp_enabled_at: Mapped[datetime | None]
    # The last time step whose code was used, so that a code works once.
    totp_last_step: Mapped[int | None]
    # Digests of unused recovery codes.
    recovery_codes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    last_seen_at: Mapped[datetime | None]

    @property
    def label(self) -> str:
        """What to call this person; who was invited has not told a name yet."""
        return self.name or self.email

    @property
    def is_administrator(self) -> bool:
        return self.role == Role.ADMINISTRATOR

    @property
    def is_active(self) -> bool:
        """Asked by Flask-Login at sign-in and by every request."""
        return self.state == MemberState.ACTIVE

    @property
    def has_two_factor(self) -> bool:
        """Whether a code is asked for at sign-in; a secret alone is a set-up that was not finished."""
        return self.totp_enabled_at is not None

    # Flask-Login's protocol.
    is_authenticated = True
    is_anonymous = False

    def may(self, permission: str) -> bool:
        """Return whether this person is granted the feature."""
        return self.is_active and (self.is_administrator or permission in self.permissions)

    def may_see_account(self, account_id: int) -> bool:
        """Return whether this person may know of the LINE account."""
        return self.is_administrator or self.account_ids is None or account_id in self.account_ids


class MemberSession(Model):
    """A browser in which a member has signed in; deleting the row signs it out. Only the token's digest is stored."""

    __tablename__ = "member_sessions"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    token_digest: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # When it was last used, to five minutes, and from where.
    used_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    address: Mapped[str | None]
    # What the browser calls itself.
    browser: Mapped[str] = mapped_column(server_default="")
    # When its member last gave password and code.
    proved_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class Passkey(Model):
    """A key pair on a member's device; what is stored opens nothing without it."""

    __tablename__ = "passkeys"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    # As the member calls the device.
    name: Mapped[str]
    credential_id: Mapped[bytes] = mapped_column(unique=True)
    public_key: Mapped[bytes]
    # How often the device has signed, as it says; 0 for those that do not count.
    sign_count: Mapped[int] = mapped_column(server_default="0")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    last_used_at: Mapped[datetime | None]


class LinkPurpose(StrEnum):
    """What a mailed link is good for."""

    INVITATION = "invitation"
    PASSWORD_RESET = "password_reset"  # noqa: S105


class LinkState(StrEnum):
    """VALID until it is USED, REPLACED by a newer link (or by a change that makes it pointless), or EXPIRED."""

    VALID = "valid"
    USED = "used"
    REPLACED = "replaced"
    EXPIRED = "expired"


class MemberLink(Model):
    """A single-use link sent by e-mail; only the digest of its token is stored."""

    __tablename__ = "member_links"

    id: Mapped[int] = mapped_column(primary_key=True)
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"), index=True)
    purpose: Mapped[str]
    token_digest: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    voided_at: Mapped[datetime | None]

    def state(self, at: datetime) -> LinkState:
        """Return what opening the link at this time leads to."""
        if self.used_at:
            return LinkState.USED
        if self.voided_at:
            return LinkState.REPLACED
        return LinkState.VALID if at < self.expires_at else LinkState.EXPIRED


class ResetRequest(Due, Model):
    """A new password was asked for, for whatever address; a worker looks whether there is such a member."""

    __tablename__ = "reset_requests"
    __table_args__ = (due_index("reset_requests"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    email: Mapped[str]
    # In which the page was read; a member may have chosen another.
    language: Mapped[str]


class ApiKey(Model):
    """A key with which another program may do one thing; only the digest of its token is stored."""

    __tablename__ = "api_keys"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    # Names of `Scope`.
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text))
    # Only these LINE accounts; None means all, today's and tomorrow's.
    account_ids: Mapped[list[int] | None] = mapped_column(ARRAY(BigInteger))
    token_digest: Mapped[str] = mapped_column(unique=True)
    # The token's first characters, by which people tell keys apart.
    token_start: Mapped[str]
    # Who made it, and gets the e-mails about what is done with it.
    member_id: Mapped[int | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # To the minute.
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]

    @property
    def label(self) -> str:
        """What to call it where members are named too."""
        return f"API: {self.name}"

    def may(self, scope: str) -> bool:
        """Return whether the key opens this."""
        return self.revoked_at is None and scope in self.scopes

    def may_see_account(self, account_id: int) -> bool:
        """Return whether the key may know of the LINE account."""
        return self.account_ids is None or account_id in self.account_ids


class AuditEntry(Model):
    """Who did what to what and when; written in the transaction of the change and never altered."""

    __tablename__ = "audit_entries"
    __table_args__ = (
        Index("ix_audit_entries_at", "at", "id"),
        Index("ix_audit_entries_member", "member_id", "at", "id"),
        Index("ix_audit_entries_account", "account_id", "at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # None for the system. Without a foreign key, and with the name: the log outlives the member.
    member_id: Mapped[int | None]
    actor_name: Mapped[str]
    # A dotted verb such as "tag.created"; its sentence is made when shown.
    action: Mapped[str]
    # The LINE account concerned, if one; without a foreign key since accounts belong to an upper layer.
    account_id: Mapped[int | None]
    target_type: Mapped[str | None]
    target_id: Mapped[str | None]
    target_name: Mapped[str | None]
    details: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    ip_address: Mapped[str | None]
