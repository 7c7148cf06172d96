"""Runs of the workflow action that HubSpot's workflows ask for."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0059"
down_revision = "0058"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "hubspot_executions",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("callback_id", sa.Text(), nullable=False),
        sa.Column("remote_id", sa.Text(), nullable=False),
        sa.Column("line_user_id", sa.Text()),
        sa.Column("inputs", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="received", nullable=False),
        *(sa.Column(name, sa.BigInteger()) for name in ("account_id", "friend_id", "send_id")),
        sa.Column("result", sa.Text()),
        sa.Column("result_code", sa.Text()),
        sa.Column("received_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("done_at", moment),
        sa.Column("due_at", moment),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", moment),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("integration_id", "callback_id"),
    )
    op.create_index(
        "ix_hubspot_executions_due", "hubspot_executions", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.create_index(
        "ix_hubspot_executions_done_at",
        "hubspot_executions",
        ["done_at"],
        postgresql_where=sa.text("done_at IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_table("hubspot_executions")
