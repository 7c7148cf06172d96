"""Workflows are kept as templates of the team, and imported files until a workflow is made of them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0054"
down_revision = "0052"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workflow_templates",
        sa.Column("id", sa.BigInteger, sa.Identity(always=False), nullable=False),
        sa.Column("name", sa.Text, nullable=False),
        sa.Column("description", sa.Text, server_default="", nullable=False),
        sa.Column("document", postgresql.JSONB, nullable=False),
        sa.Column("account_ids", postgresql.ARRAY(sa.BigInteger), server_default="{}", nullable=False),
        sa.Column("member_id", sa.BigInteger, nullable=True),
        sa.Column("is_import", sa.Boolean, server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name="pk_workflow_templates"),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name="fk_workflow_templates_member_id_members", ondelete="SET NULL"
        ),
    )
    op.create_index("ix_workflow_templates_created_at", "workflow_templates", ["created_at"])


def downgrade() -> None:
    op.drop_table("workflow_templates")
