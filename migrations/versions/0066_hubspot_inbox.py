"""Conversations in HubSpot's inbox, and LINE groups as its companies."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0066"
down_revision = "0065"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "hubspot_channels",
        sa.Column("app_id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=True),
        sa.Column("webhook_key", sa.Text(), nullable=False),
        sa.Column("registered_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_values", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.PrimaryKeyConstraint("app_id", name=op.f("pk_hubspot_channels")),
        sa.UniqueConstraint("webhook_key", name=op.f("uq_hubspot_channels_webhook_key")),
    )
    op.create_table(
        "hubspot_answers",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("channel_account_id", sa.Text(), nullable=False),
        sa.Column("thread_name", sa.Text(), nullable=False),
        sa.Column("message", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="received", nullable=False),
        sa.Column("send_ids", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_values", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integrations.id"], name=op.f("fk_hubspot_answers_integration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hubspot_answers")),
        sa.UniqueConstraint("integration_id", "remote_id", name=op.f("uq_hubspot_answers_integration_id_remote_id")),
    )
    op.create_index(
        "ix_hubspot_answers_chat",
        "hubspot_answers",
        ["integration_id", "thread_name", "written_at", "id"],
        unique=False,
    )
    op.create_index(
        "ix_hubspot_answers_done_at",
        "hubspot_answers",
        ["done_at"],
        unique=False,
        postgresql_where=sa.text("done_at IS NOT NULL"),
    )
    op.create_index(
        "ix_hubspot_answers_due",
        "hubspot_answers",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "hubspot_groups",
        sa.Column("integration_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("is_on", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_values", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integrations.id"], name=op.f("fk_hubspot_groups_integration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("integration_id", name=op.f("pk_hubspot_groups")),
    )
    op.create_table(
        "hubspot_inboxes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("identifier", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("channel_id", sa.Text(), nullable=False),
        sa.Column("channel_account_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), server_default="", nullable=False),
        sa.Column("inbox_id", sa.Text(), nullable=True),
        sa.Column("inbox_name", sa.Text(), server_default="", nullable=False),
        sa.Column("connected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("connected_by", sa.BigInteger(), nullable=True),
        sa.Column("disconnected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_values", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("last_published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_received_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_hubspot_inboxes_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integrations.id"], name=op.f("fk_hubspot_inboxes_integration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hubspot_inboxes")),
        sa.UniqueConstraint("identifier", name=op.f("uq_hubspot_inboxes_identifier")),
        sa.UniqueConstraint(
            "integration_id",
            "account_id",
            deferrable=True,
            initially="DEFERRED",
            name=op.f("uq_hubspot_inboxes_integration_id_account_id"),
        ),
    )
    op.create_index("ix_hubspot_inboxes_account_id", "hubspot_inboxes", ["account_id"], unique=False)
    op.create_index(
        "ix_hubspot_inboxes_due",
        "hubspot_inboxes",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "hubspot_group_companies",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("written", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("contacts", postgresql.JSONB(astext_type=sa.Text()), server_default="[]", nullable=False),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_hubspot_group_companies_group_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_hubspot_group_companies_integration_id"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hubspot_group_companies")),
        sa.UniqueConstraint(
            "integration_id", "group_id", name=op.f("uq_hubspot_group_companies_integration_id_group_id")
        ),
    )
    op.create_index(
        "ix_hubspot_group_companies_due",
        "hubspot_group_companies",
        ["integration_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "hubspot_threads",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("inbox_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("chat_id", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_hubspot_threads_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["inbox_id"], ["hubspot_inboxes.id"], name=op.f("fk_hubspot_threads_inbox_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["integration_id"], ["integrations.id"], name=op.f("fk_hubspot_threads_integration_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hubspot_threads")),
        sa.UniqueConstraint("inbox_id", "chat_id", name=op.f("uq_hubspot_threads_inbox_id_chat_id")),
    )
    op.create_index(
        "ix_hubspot_threads_due",
        "hubspot_threads",
        ["integration_id", "due_at"],
        unique=False,
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "hubspot_outgoing",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("thread_id", sa.BigInteger(), nullable=False),
        sa.Column("source", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("problem_values", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["thread_id"], ["hubspot_threads.id"], name=op.f("fk_hubspot_outgoing_thread_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_hubspot_outgoing")),
        sa.UniqueConstraint("thread_id", "source", name=op.f("uq_hubspot_outgoing_thread_id_source")),
    )
    op.create_index(
        "ix_hubspot_outgoing_ended_at",
        "hubspot_outgoing",
        ["ended_at"],
        unique=False,
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index(
        "ix_hubspot_outgoing_waiting",
        "hubspot_outgoing",
        ["thread_id", "occurred_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )


def downgrade() -> None:
    op.drop_index(
        "ix_hubspot_outgoing_waiting", table_name="hubspot_outgoing", postgresql_where=sa.text("state = 'waiting'")
    )
    op.drop_index(
        "ix_hubspot_outgoing_ended_at", table_name="hubspot_outgoing", postgresql_where=sa.text("ended_at IS NOT NULL")
    )
    op.drop_table("hubspot_outgoing")
    op.drop_index(
        "ix_hubspot_threads_due", table_name="hubspot_threads", postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.drop_table("hubspot_threads")
    op.drop_index(
        "ix_hubspot_group_companies_due",
        table_name="hubspot_group_companies",
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.drop_table("hubspot_group_companies")
    op.drop_index(
        "ix_hubspot_inboxes_due", table_name="hubspot_inboxes", postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.drop_index("ix_hubspot_inboxes_account_id", table_name="hubspot_inboxes")
    op.drop_table("hubspot_inboxes")
    op.drop_table("hubspot_groups")
    op.drop_index(
        "ix_hubspot_answers_due", table_name="hubspot_answers", postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.drop_index(
        "ix_hubspot_answers_done_at", table_name="hubspot_answers", postgresql_where=sa.text("done_at IS NOT NULL")
    )
    op.drop_index("ix_hubspot_answers_chat", table_name="hubspot_answers")
    op.drop_table("hubspot_answers")
    op.drop_table("hubspot_channels")
