"""Find the runs of a workflow by their state, and keep what friends finished and answered."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0045"
down_revision = "0044"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_index(
        "ix_workflow_runs_state",
        "workflow_runs",
        ["workflow_id", "state", sa.text("started_at DESC"), sa.text("id DESC")],
        postgresql_include=["node_id"],
    )
    op.drop_index("ix_workflow_runs_held", table_name="workflow_runs")
    op.add_column("workflow_entries", sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True))
    op.create_table(
        "workflow_questions",
        sa.Column("workflow_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("choices", JSONB(), server_default="[]", nullable=False),
        sa.ForeignKeyConstraint(["workflow_id"], ["workflows.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("workflow_id", "name"),
    )
    op.create_table(
        "workflow_answers",
        sa.Column("workflow_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("value", JSONB(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["workflow_id"], ["workflows.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["friend_id"], ["friends.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("workflow_id", "name", "friend_id"),
    )
    op.create_index("ix_workflow_answers_friend_id", "workflow_answers", ["friend_id"])


def downgrade() -> None:
    op.drop_table("workflow_answers")
    op.drop_table("workflow_questions")
    op.drop_column("workflow_entries", "finished_at")
    op.create_index(
        "ix_workflow_runs_held", "workflow_runs", ["workflow_id"], postgresql_where=sa.text("state = 'held'")
    )
    op.drop_index("ix_workflow_runs_state", table_name="workflow_runs")
