"""Renewal of grants of integrations by one process, and numbers of accounts that outlive their removal."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0057"
down_revision = "0056"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.add_column("integrations", sa.Column("renew_from", moment))
    op.add_column("integrations", sa.Column("renewal_claimed_until", moment))
    op.add_column(
        "integrations",
        sa.Column("account_numbers", postgresql.JSONB(), server_default="{}", nullable=False),
    )


def downgrade() -> None:
    for name in ("account_numbers", "renewal_claimed_until", "renew_from"):
        op.drop_column("integrations", name)
