"""Working copies of workflows keep the states to which members may go back, and members what they copied."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0052"
down_revision = "0053"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("workflow_drafts", sa.Column("state", sa.BigInteger, nullable=False, server_default="0"))
    op.alter_column("workflow_drafts", "state", server_default=None)
    op.create_table(
        "workflow_draft_states",
        sa.Column("workflow_id", sa.BigInteger, nullable=False),
        sa.Column("number", sa.BigInteger, nullable=False),
        sa.Column("graph", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("workflow_id", "number", name="pk_workflow_draft_states"),
        sa.ForeignKeyConstraint(
            ["workflow_id"],
            ["workflow_drafts.workflow_id"],
            name="fk_workflow_draft_states_workflow_id_workflow_drafts",
            ondelete="CASCADE",
        ),
    )
    op.create_table(
        "workflow_clipboards",
        sa.Column("member_id", sa.BigInteger, nullable=False),
        sa.Column("nodes", postgresql.JSONB, nullable=False),
        sa.PrimaryKeyConstraint("member_id", name="pk_workflow_clipboards"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_workflow_clipboards_member_id_members", ondelete="CASCADE"
        ),
    )
    # Where a working copy is already, it is the first state.
    op.execute("INSERT INTO workflow_draft_states SELECT workflow_id, 0, graph FROM workflow_drafts")


def downgrade() -> None:
    op.drop_table("workflow_clipboards")
    op.drop_table("workflow_draft_states")
    op.drop_column("workflow_drafts", "state")
