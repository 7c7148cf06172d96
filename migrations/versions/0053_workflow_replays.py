"""Replays of workflows over stored events, and what they would have sent."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0053"
down_revision = "0051"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment, document = sa.DateTime(timezone=True), postgresql.JSONB()
    op.create_table(
        "workflow_replays",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("workflow_id", sa.BigInteger(), nullable=False),
        sa.Column("since", moment, nullable=False),
        sa.Column("until", moment, nullable=False),
        sa.Column("account_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("graph", document, nullable=False),
        sa.Column("active_version_id", sa.BigInteger()),
        *(sa.Column(name, document, server_default="{}", nullable=False) for name in ("drafted", "active", "compared")),
        sa.Column("begun_by", sa.Text(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["workflow_id"], ["workflows.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_workflow_replays_workflow_id", "workflow_replays", ["workflow_id"])
    op.create_index("ix_workflow_replays_created_at", "workflow_replays", ["created_at"])
    op.create_table(
        "workflow_replay_friends",
        sa.Column("replay_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("friend_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("events", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["replay_id"], ["workflow_replays.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("replay_id", "friend_id"),
    )
    op.create_table(
        "workflow_replay_sends",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("replay_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=False),
        sa.Column("node_id", sa.Text(), nullable=False),
        sa.Column("at", moment, nullable=False),
        sa.Column("messages", sa.BigInteger(), nullable=False),
        sa.Column("via", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["replay_id"], ["workflow_replays.id"], ondelete="CASCADE"),
    )
    op.create_index("ix_workflow_replay_sends_friend_id", "workflow_replay_sends", ["friend_id"])
    op.create_index(
        "ix_workflow_replay_sends_list", "workflow_replay_sends", ["replay_id", sa.text("at DESC"), sa.text("id DESC")]
    )


def downgrade() -> None:
    for table in ("workflow_replay_sends", "workflow_replay_friends", "workflow_replays"):
        op.drop_table(table)
