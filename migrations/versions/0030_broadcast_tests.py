"""A/B tests of broadcasts, and the frequency cap of an account

The two columns that go were never used.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

BROADCASTS, RULES = "broadcasts", "broadcast_rules"


def upgrade() -> None:
    op.add_column(BROADCASTS, sa.Column("winner_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(BROADCASTS, sa.Column("tracked_send_b_id", sa.BigInteger(), nullable=True))
    op.create_table(
        "frequency_caps",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("most", sa.BigInteger(), nullable=False),
        sa.Column("days", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_frequency_caps_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_frequency_caps")),
    )
    for name in ("most_broadcasts", "within_days"):
        op.drop_column(RULES, name)


def downgrade() -> None:
    for name in ("most_broadcasts", "within_days"):
        op.add_column(RULES, sa.Column(name, sa.BigInteger(), nullable=True))
    op.drop_table("frequency_caps")
    for name in ("tracked_send_b_id", "winner_at"):
        op.drop_column(BROADCASTS, name)
