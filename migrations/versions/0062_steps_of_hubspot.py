"""Properties of other services to choose from, changes that steps of workflows ask for, and lists that are followed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0062"
down_revision = "0061"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "remote_properties",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        *(
            sa.Column(name, sa.Text(), nullable=False)
            for name in ("record_kind", "name", "label", "type", "field_type")
        ),
        sa.Column("options", postgresql.JSONB(), nullable=False),
        sa.Column("is_read_only", sa.Boolean(), nullable=False),
        sa.Column("deleted_at", moment),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("integration_id", "record_kind", "name"),
    )
    op.create_table(
        "remote_changes",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=False),
        *(sa.Column(name, sa.Text(), nullable=False) for name in ("key", "name", "change", "value")),
        sa.Column("reason_values", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("ended_at", moment),
        sa.Column("due_at", moment),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", moment),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["friend_id"], ["friends.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("integration_id", "key"),
    )
    op.create_index(
        "ix_remote_changes_due",
        "remote_changes",
        ["integration_id", "due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_remote_changes_open",
        "remote_changes",
        ["integration_id", "friend_id", "id"],
        postgresql_where=sa.text("ended_at IS NULL"),
    )
    op.create_index(
        "ix_remote_changes_ended_at",
        "remote_changes",
        ["ended_at"],
        postgresql_where=sa.text("ended_at IS NOT NULL"),
    )
    op.create_index("ix_remote_changes_friend_id", "remote_changes", ["friend_id"])
    op.add_column("remote_lists", sa.Column("is_followed", sa.Boolean(), server_default="false", nullable=False))


def downgrade() -> None:
    op.drop_column("remote_lists", "is_followed")
    op.drop_table("remote_changes")
    op.drop_table("remote_properties")
