"""What members try with a workflow, and what they pressed."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0048"
down_revision = "0047"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workflow_test_runs",
        sa.Column("workflow_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("member_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("setup", postgresql.JSONB(), nullable=False),
        sa.Column("choices", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["member_id"], ["members.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["workflow_id"], ["workflows.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("workflow_id", "member_id"),
    )
    op.create_index("ix_workflow_test_runs_member_id", "workflow_test_runs", ["member_id"])
    op.create_index("ix_workflow_test_runs_changed_at", "workflow_test_runs", ["changed_at"])


def downgrade() -> None:
    op.drop_table("workflow_test_runs")
