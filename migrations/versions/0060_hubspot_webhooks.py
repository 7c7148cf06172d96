"""Webhooks of HubSpot: when the last one came, and what is registered; a table and a column that nothing used go."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0060"
down_revision = "0059"
branch_labels = None
depends_on = None

MOMENT, DOCUMENT = sa.DateTime(timezone=True), postgresql.JSONB()


def upgrade() -> None:
    op.add_column("integrations", sa.Column("last_event_at", MOMENT))
    op.create_table(
        "hubspot_registrations",
        sa.Column("app_id", sa.Text(), primary_key=True),
        sa.Column("registered_at", MOMENT),
        sa.Column("problem", sa.Text()),
        sa.Column("problem_values", DOCUMENT, server_default="{}", nullable=False),
    )
    op.drop_column("integration_apps", "registered")
    op.drop_table("integration_calls")


def downgrade() -> None:
    op.create_table(
        "integration_calls",
        sa.Column("id", sa.BigInteger(), primary_key=True),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("payload", DOCUMENT, server_default="{}", nullable=False),
        sa.Column("result", DOCUMENT),
        sa.Column("done_at", MOMENT),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["integration_id"], ["integrations.id"], ondelete="CASCADE"),
        sa.UniqueConstraint("integration_id", "key"),
    )
    for name, column in (("done_at", "done_at"), ("due", "due_at")):
        where = sa.text(f"{column} IS NOT NULL")
        op.create_index(f"ix_integration_calls_{name}", "integration_calls", [column], postgresql_where=where)
    op.add_column("integration_apps", sa.Column("registered", DOCUMENT, server_default="{}", nullable=False))
    op.drop_table("hubspot_registrations")
    op.drop_column("integrations", "last_event_at")
