"""Quiet hours and the price of a message, as settings of an account's broadcasts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

RULES = "broadcast_rules"


def upgrade() -> None:
    op.add_column(RULES, sa.Column("quiet_from", sa.BigInteger(), nullable=True))
    op.add_column(RULES, sa.Column("quiet_until", sa.BigInteger(), nullable=True))
    op.execute("UPDATE broadcast_rules SET quiet_from = 21, quiet_until = 8")
    op.add_column(RULES, sa.Column("price_yen", sa.Numeric(), nullable=True))


def downgrade() -> None:
    for name in ("price_yen", "quiet_until", "quiet_from"):
        op.drop_column(RULES, name)
