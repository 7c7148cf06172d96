"""Connected accounts of other services, their records, and what ties these to friends."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ARRAY, BigInteger, ForeignKey, Index, Text, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from app.core.db import Model
from app.core.due.models import Due, due_index
from app.core.secrets import Encrypted


class IntegrationState(StrEnum):
    """PENDING: approved at the service, LINE accounts not chosen yet. RECONNECT_NEEDED: the service refuses our token.

    UNINSTALLED: the app was removed at the service. DISCONNECTED: removed here. The last two keep all data.
    """

    PENDING = "pending"
    CONNECTED = "connected"
    RECONNECT_NEEDED = "reconnect_needed"
    UNINSTALLED = "uninstalled"
    DISCONNECTED = "disconnected"


class IntegrationApp(Model):
    """The app with which this installation introduces itself to a service; settings win over what is stored here."""

    __tablename__ = "integration_apps"

    service: Mapped[str] = mapped_column(primary_key=True)
    app_id: Mapped[str] = mapped_column(server_default="")
    client_id: Mapped[str]
    client_secret: Mapped[str] = mapped_column(Encrypted, deferred=True)
    developer_key: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    updated_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class OAuthAttempt(Model):
    """A member was sent to the service to approve; the answer must come back with the same state, once."""

    __tablename__ = "oauth_attempts"

    # Digest of the state that went out.
    digest: Mapped[bytes] = mapped_column(primary_key=True)
    service: Mapped[str]
    member_id: Mapped[int] = mapped_column(ForeignKey("members.id", ondelete="CASCADE"))
    # PKCE.
    verifier: Mapped[str] = mapped_column(Encrypted, deferred=True)
    account_ids: Mapped[list[int]] = mapped_column(ARRAY(BigInteger), server_default="{}")
    expires_at: Mapped[datetime]


class Integration(Model):
    """One account of another service (a HubSpot portal, a shop) that is or was connected."""

    __tablename__ = "integrations"
    __table_args__ = (UniqueConstraint("service", "remote_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    # A key of `services.SERVICES`.
    service: Mapped[str]
    # Its number or name at the service, for example the portal's.
    remote_id: Mapped[str]
    # What people call it, for example its domain.
    name: Mapped[str] = mapped_column(server_default="")
    # What else the service says of it, for example its time zone.
    details: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    state: Mapped[str] = mapped_column(server_default=IntegrationState.PENDING)
    # Why the state is what it is: a code for the error messages.
    reason: Mapped[str | None]
    scopes: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    access_token: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    refresh_token: Mapped[str | None] = mapped_column(Encrypted, deferred=True)
    access_expires_at: Mapped[datetime | None]
    # From here on the token is renewed, while the old one still serves.
    renew_from: Mapped[datetime | None]
    # While one process renews the token.
    renewal_claimed_until: Mapped[datetime | None]
    # Raised with each renewal, so that one that came too late changes nothing.
    grant_number: Mapped[int] = mapped_column(server_default="0")
    sync_minutes: Mapped[int] = mapped_column(server_default="5")
    # Whether friends for whom no record is found get one at the service.
    creates_records: Mapped[bool] = mapped_column(server_default="false")
    # When the next automatic sync is due; None: none.
    next_sync_at: Mapped[datetime | None]
    # Up to which time of the service's clock all changes are applied, by kind of record; empty before the first sync.
    watermarks: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Seconds by which the service's clock is ahead of ours.
    clock_skew: Mapped[float] = mapped_column(server_default="0")
    # When the service last told of a change by itself.
    last_event_at: Mapped[datetime | None]
    # When and by whom the present connection was made, or the last one; approving again changes neither.
    connected_at: Mapped[datetime | None]
    connected_by: Mapped[int | None]
    disconnected_at: Mapped[datetime | None]
    # The number that each LINE account has or had here, by its id as text; one that comes back gets its own again.
    account_numbers: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))

    @property
    def is_connected(self) -> bool:
        """Return whether data may be exchanged."""
        return self.state == IntegrationState.CONNECTED


class IntegrationAccount(Model):
    """A LINE Official Account whose friends an integration covers; an account has at most one integration a service."""

    __tablename__ = "integration_accounts"
    __table_args__ = (
        UniqueConstraint("service", "account_id"),
        UniqueConstraint("integration_id", "number"),
    )

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"), primary_key=True)
    service: Mapped[str]
    # 1 for the first; the others put it behind the names of their properties. Never given to another account.
    number: Mapped[int]
    # What of Tomoru is written to the service for this account: {key: {"name", "is_unique", "problem"}}.
    properties: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    added_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class FieldMapping(Model):
    """A property of the service's records and the field of friends that is kept equal to it."""

    __tablename__ = "field_mappings"
    __table_args__ = (UniqueConstraint("integration_id", "record_kind", "remote_name"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    # "contact", or "company" for the name of the record's company.
    record_kind: Mapped[str]
    remote_name: Mapped[str]
    remote_label: Mapped[str]
    # The service's type, which decides how values are read: for example "string", "enumeration".
    remote_type: Mapped[str]
    # Finer than the type, for example "checkbox" for several choices.
    remote_field_type: Mapped[str] = mapped_column(server_default="")
    # Choices: [[value, label], …]; empty where any value goes.
    options: Mapped[list[Any]] = mapped_column(server_default="[]")
    # The service does not let us change it.
    is_read_only: Mapped[bool] = mapped_column(server_default="false")
    # A column of friends, or `attributes.` and the key of a custom attribute, the same in all accounts.
    field: Mapped[str]
    # Those that every integration begins with; they are removed only after a question.
    is_default: Mapped[bool] = mapped_column(server_default="false")
    # Why it stands still: a code for the error messages.
    problem: Mapped[str | None]
    problem_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # None until its values were read for all records.
    synced_at: Mapped[datetime | None]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class RemoteRecord(Model):
    """A contact or company of the service, as last read: the mapped properties and what friends are found by."""

    __tablename__ = "remote_records"
    __table_args__ = (
        # Looked up for each record that is read, so that entries never wait to be sorted in.
        Index(
            "ix_remote_records_match_keys",
            "match_keys",
            postgresql_using="gin",
            postgresql_with={"fastupdate": "off"},
        ),
        Index(
            "ix_remote_records_company",
            "integration_id",
            "company_id",
            postgresql_where=text("company_id IS NOT NULL"),
        ),
        Index(
            "ix_remote_records_pending",
            "integration_id",
            "kind",
            "remote_id",
            postgresql_where=text("is_pending"),
        ),
    )

    integration_id: Mapped[int] = mapped_column(
        ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True, autoincrement=False
    )
    kind: Mapped[str] = mapped_column(primary_key=True)
    remote_id: Mapped[str] = mapped_column(primary_key=True)
    # {name: value as the service writes it}.
    properties: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # "<integration>:line:U…", "<integration>:email:…" (folded), "<integration>:phone:+81…" (normal form).
    match_keys: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default="{}")
    # The contact's primary company.
    company_id: Mapped[str | None]
    remote_updated_at: Mapped[datetime | None]
    # The run that saw it last; a complete reading drops what it did not see.
    seen_run_id: Mapped[int | None]
    # What is known of it is not yet applied to friends.
    is_pending: Mapped[bool] = mapped_column(server_default="false")


class RemoteLink(Due, Model):
    """A friend and the service's record of the same person; due: something of the friend is to be written there.

    Without `remote_id` the record is to be made. One that has a reason and is not due is refused by the service: it is
    tried again when its friend changes, or a member asks for it.
    """

    __tablename__ = "remote_links"
    __table_args__ = (
        UniqueConstraint("integration_id", "friend_id"),
        Index("ix_remote_links_remote_id", "integration_id", "remote_id"),
        Index("ix_remote_links_friend_id", "friend_id"),
        Index(
            "ix_remote_links_refused",
            "integration_id",
            "id",
            postgresql_where=text("due_at IS NULL AND reason IS NOT NULL"),
        ),
        due_index("remote_links", "integration_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    account_id: Mapped[int] = mapped_column(ForeignKey("accounts.id", ondelete="CASCADE"))
    friend_id: Mapped[int] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"))
    remote_id: Mapped[str | None]
    # By what it was found: "line_user_id", "email", "phone", "id_link"; "created", "manual".
    found_by: Mapped[str]
    linked_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    # Mapped properties on which both sides agreed last: {name: [value as the service writes it, ISO time]}.
    synced: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # What of Tomoru was written last: {name: value}.
    written: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Values of the sentence for the reason.
    reason_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")

    @property
    def is_refused(self) -> bool:
        """Return whether the service refuses the record until something changes."""
        return self.due_at is None and self.reason is not None


class RemoteUnlink(Model):
    """A friend and a record that were taken apart: by a member, who alone ties them again, or since it is gone."""

    __tablename__ = "remote_unlinks"

    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"), primary_key=True)
    friend_id: Mapped[int] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"), primary_key=True)
    remote_id: Mapped[str] = mapped_column(primary_key=True)
    member_id: Mapped[int | None]
    # The record went at the service: no other one is made, and it is tied again when it comes back.
    is_gone: Mapped[bool] = mapped_column(server_default="false")
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class FieldConflict(Model):
    """Both sides had changed a field: both values with their times, and which one stayed."""

    __tablename__ = "field_conflicts"
    __table_args__ = (
        Index("ix_field_conflicts_mapping", "mapping_id", text("id DESC")),
        Index("ix_field_conflicts_friend", "friend_id", text("id DESC")),
        Index("ix_field_conflicts_decided_at", "decided_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    mapping_id: Mapped[int] = mapped_column(ForeignKey("field_mappings.id", ondelete="CASCADE"))
    friend_id: Mapped[int] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"))
    remote_id: Mapped[str]
    local_value: Mapped[str | None]
    local_at: Mapped[datetime | None]
    remote_value: Mapped[str | None]
    remote_at: Mapped[datetime | None]
    # "local" or "remote".
    winner: Mapped[str]
    decided_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class FieldError(Model):
    """A value that one side cannot hold; it goes when the field is in step again."""

    __tablename__ = "field_errors"
    __table_args__ = (Index("ix_field_errors_friend_id", "friend_id"),)

    mapping_id: Mapped[int] = mapped_column(ForeignKey("field_mappings.id", ondelete="CASCADE"), primary_key=True)
    friend_id: Mapped[int] = mapped_column(ForeignKey("friends.id", ondelete="CASCADE"), primary_key=True)
    # A code for the error messages, with its values.
    code: Mapped[str]
    code_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    value: Mapped[str | None]
    # Where the value cannot go: "local" or "remote".
    side: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class RemoteWrite(Model):
    """So many records were written to the service at once, for the history of syncs."""

    __tablename__ = "remote_writes"
    __table_args__ = (Index("ix_remote_writes_integration_id", "integration_id", "written_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    records: Mapped[int]
    written_at: Mapped[datetime] = mapped_column(server_default=text("now()"))


class RemoteList(Model):
    """A list of records at the service; its members are read where something uses it or a member switched it on."""

    __tablename__ = "remote_lists"
    __table_args__ = (UniqueConstraint("integration_id", "remote_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    remote_id: Mapped[str]
    name: Mapped[str]
    # Fills itself by conditions at the service.
    is_active: Mapped[bool]
    # As the service says.
    size: Mapped[int | None]
    is_switched_on: Mapped[bool] = mapped_column(server_default="false")
    # Its members were read completely while it was in use: who joins or leaves from then on is told of.
    is_followed: Mapped[bool] = mapped_column(server_default="false")
    # When its members were last read completely; None: never.
    synced_at: Mapped[datetime | None]
    # When they were last known to be complete: a list of the same size is not read each time.
    checked_at: Mapped[datetime | None]
    members: Mapped[int] = mapped_column(server_default="0")
    # Why its members were not read: a code for the error messages.
    problem: Mapped[str | None]
    problem_values: Mapped[dict[str, Any]] = mapped_column(server_default="{}")
    # Gone at the service; conditions that use it say so.
    deleted_at: Mapped[datetime | None]


class RemoteListMember(Model):
    """A record on a list."""

    __tablename__ = "remote_list_members"
    __table_args__ = (Index("ix_remote_list_members_remote_id", "remote_id", "list_id"),)

    list_id: Mapped[int] = mapped_column(ForeignKey("remote_lists.id", ondelete="CASCADE"), primary_key=True)
    remote_id: Mapped[str] = mapped_column(primary_key=True)
    # The run that saw it last.
    seen_run_id: Mapped[int | None]


class IntegrationEvent(Due, Model):
    """Something of which the service told that it has changed; the row goes when it was read again and applied.

    What changes again in the meantime is the same row, due once more.
    """

    __tablename__ = "integration_events"
    __table_args__ = (UniqueConstraint("integration_id", "key"), due_index("integration_events", "integration_id"))

    id: Mapped[int] = mapped_column(primary_key=True)
    integration_id: Mapped[int] = mapped_column(ForeignKey("integrations.id", ondelete="CASCADE"))
    # What has changed, for example "contact:101"; equal for all that is told of it.
    key: Mapped[str]
    # The event that was told last.
    payload: Mapped[dict[str, Any]]
    received_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
