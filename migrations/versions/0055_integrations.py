"""Integrations: connected accounts of other services, their records and lists, links, mappings, outbox and inbox."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0055"
down_revision = "0054"
branch_labels = None
depends_on = None

TABLES = (
    "integration_apps",
    "oauth_attempts",
    "integrations",
    "integration_accounts",
    "field_mappings",
    "remote_records",
    "remote_links",
    "remote_unlinks",
    "field_conflicts",
    "field_errors",
    "remote_lists",
    "remote_list_members",
    "integration_calls",
    "integration_events",
)


def upgrade() -> None:
    moment, document = sa.DateTime(timezone=True), postgresql.JSONB()
    op.create_table(
        "integration_apps",
        sa.Column("service", sa.Text(), primary_key=True),
        sa.Column("app_id", sa.Text(), server_default="", nullable=False),
        sa.Column("client_id", sa.Text(), nullable=False),
        sa.Column("client_secret", sa.LargeBinary(), nullable=False),
        sa.Column("developer_key", sa.LargeBinary()),
        sa.Column("registered", document, server_default="{}", nullable=False),
        sa.Column("updated_at", moment, server_default=sa.text("now()"), nullable=False),
    )
    op.create_table(
        "oauth_attempts",
        sa.Column("digest", sa.LargeBinary(), primary_key=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("verifier", sa.LargeBinary(), nullable=False),
        sa.Column("account_ids", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("expires_at", moment, nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], ondelete="CASCADE"),
    )
    op.create_table(
        "integrations",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("details", document, server_default="{}", nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("reason", sa.Text()),
        sa.Column("scopes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("access_token", sa.LargeBinary()),
        sa.Column("refresh_token", sa.LargeBinary()),
        sa.Column("access_expires_at", moment),
        sa.Column("grant_number", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("sync_minutes", sa.BigInteger(), server_default="5", nullable=False),
        sa.Column("creates_records", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("next_sync_at", moment),
        sa.Column("watermarks", document, server_default="{}", nullable=False),
        sa.Column("clock_skew", sa.Double(), server_default="0", nullable=False),
        sa.Column("connected_at", moment),
        sa.Column("connected_by", sa.BigInteger()),
        sa.Column("disconnected_at", moment),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.UniqueConstraint("service", "remote_id"),
    )
    op.create_table(
        "integration_accounts",
        sa.Column("integration_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("account_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("service", sa.Text(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("properties", document, server_default="{}", nullable=False),
        sa.Column("added_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("integration_id", "account_id"),
        sa.UniqueConstraint("service", "account_id"),
        sa.UniqueConstraint("integration_id", "number"),
    )
    op.create_table(
        "field_mappings",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("record_kind", sa.Text(), nullable=False),
        sa.Column("remote_name", sa.Text(), nullable=False),
        sa.Column("remote_label", sa.Text(), nullable=False),
        sa.Column("remote_type", sa.Text(), nullable=False),
        sa.Column("remote_field_type", sa.Text(), server_default="", nullable=False),
        sa.Column("options", document, server_default="[]", nullable=False),
        sa.Column("is_read_only", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("field", sa.Text(), nullable=False),
        sa.Column("is_default", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("problem_values", document, server_default="{}", nullable=False),
        sa.Column("synced_at", moment),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("integration_id", "record_kind", "remote_name"),
    )
    op.create_table(
        "remote_records",
        sa.Column("integration_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("properties", document, server_default="{}", nullable=False),
        sa.Column("match_keys", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("company_id", sa.Text()),
        sa.Column("remote_updated_at", moment),
        sa.Column("seen_run_id", sa.BigInteger()),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("integration_id", "kind", "remote_id"),
    )
    op.create_index(
        "ix_remote_records_company",
        "remote_records",
        ["integration_id", "company_id"],
        postgresql_where=sa.text("company_id IS NOT NULL"),
    )
    op.create_index("ix_remote_records_match_keys", "remote_records", ["match_keys"], postgresql_using="gin")
    op.create_table(
        "remote_links",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.Text()),
        sa.Column("found_by", sa.Text(), nullable=False),
        sa.Column("linked_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("synced", document, server_default="{}", nullable=False),
        sa.Column("written", document, server_default="{}", nullable=False),
        sa.Column("due_at", moment),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", moment),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["friend_id"], ["friends.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("integration_id", "friend_id"),
    )
    op.create_index(
        "ix_remote_links_due",
        "remote_links",
        ["integration_id", "due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index("ix_remote_links_friend_id", "remote_links", ["friend_id"])
    op.create_index("ix_remote_links_remote_id", "remote_links", ["integration_id", "remote_id"])
    op.create_table(
        "remote_unlinks",
        sa.Column("integration_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("friend_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger()),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["friend_id"], ["friends.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("integration_id", "friend_id", "remote_id"),
    )
    op.create_table(
        "field_conflicts",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("mapping_id", sa.BigInteger(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("local_value", sa.Text()),
        sa.Column("local_at", moment),
        sa.Column("remote_value", sa.Text()),
        sa.Column("remote_at", moment),
        sa.Column("winner", sa.Text(), nullable=False),
        sa.Column("decided_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["friend_id"], ["friends.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mapping_id"], ["field_mappings.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_field_conflicts_decided_at", "field_conflicts", ["decided_at"])
    op.create_index("ix_field_conflicts_friend", "field_conflicts", ["friend_id", sa.text("id DESC")])
    op.create_index("ix_field_conflicts_mapping", "field_conflicts", ["mapping_id", sa.text("id DESC")])
    op.create_table(
        "field_errors",
        sa.Column("mapping_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("friend_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("code_values", document, server_default="{}", nullable=False),
        sa.Column("value", sa.Text()),
        sa.Column("side", sa.Text(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["friend_id"], ["friends.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["mapping_id"], ["field_mappings.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("mapping_id", "friend_id"),
    )
    op.create_index("ix_field_errors_friend_id", "field_errors", ["friend_id"])
    op.create_table(
        "remote_lists",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("is_active", sa.Boolean(), nullable=False),
        sa.Column("size", sa.BigInteger()),
        sa.Column("is_switched_on", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("synced_at", moment),
        sa.Column("members", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text()),
        sa.Column("problem_values", document, server_default="{}", nullable=False),
        sa.Column("deleted_at", moment),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("integration_id", "remote_id"),
    )
    op.create_table(
        "remote_list_members",
        sa.Column("list_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("seen_run_id", sa.BigInteger()),
        sa.ForeignKeyConstraint(["list_id"], ["remote_lists.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("list_id", "remote_id"),
    )
    op.create_index("ix_remote_list_members_remote_id", "remote_list_members", ["remote_id", "list_id"])
    op.create_table(
        "integration_calls",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", document, server_default="{}", nullable=False),
        sa.Column("result", document),
        sa.Column("done_at", moment),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", moment),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", moment),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("integration_id", "key"),
    )
    op.create_index(
        "ix_integration_calls_done_at",
        "integration_calls",
        ["done_at"],
        postgresql_where=sa.text("done_at IS NOT NULL"),
    )
    op.create_index(
        "ix_integration_calls_due", "integration_calls", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_table(
        "integration_events",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", document, nullable=False),
        sa.Column("received_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", moment),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", moment),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("integration_id", "key"),
    )
    op.create_index(
        "ix_integration_events_due",
        "integration_events",
        ["integration_id", "due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )


def downgrade() -> None:
    for table in reversed(TABLES):
        op.drop_table(table)
