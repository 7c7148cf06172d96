"""Addresses of workflows that other programs call."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0046"
down_revision = "0045"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workflow_hooks",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("workflow_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("secret", sa.LargeBinary(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("renewed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["workflow_id"], ["workflows.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
        sa.UniqueConstraint("workflow_id", "account_id", "node_id"),
    )
    op.create_index("ix_workflow_hooks_account_id", "workflow_hooks", ["account_id"])
    op.create_table(
        "workflow_hook_calls",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("hook_id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("status", sa.BigInteger(), nullable=False),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("repeat_key", sa.Text(), nullable=False),
        sa.Column("bytes", sa.BigInteger(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(["hook_id"], ["workflow_hooks.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["friend_id"], ["friends.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_workflow_hook_calls_list", "workflow_hook_calls", ["hook_id", sa.text("id DESC")])
    op.create_index("ix_workflow_hook_calls_friend_id", "workflow_hook_calls", ["friend_id"])
    op.create_index(
        "ix_workflow_hook_calls_repeat",
        "workflow_hook_calls",
        ["hook_id", "repeat_key"],
        postgresql_where=sa.text("status = 202"),
    )


def downgrade() -> None:
    op.drop_table("workflow_hook_calls")
    op.drop_table("workflow_hooks")
