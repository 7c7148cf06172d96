"""A broadcast keeps the price and the API key of its confirmation; figures are counted again, for opens are dashes now
where they cannot be known."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None

TABLE = "broadcasts"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("price_yen", sa.Numeric(), nullable=True))
    key = sa.ForeignKey("api_keys.id", ondelete="SET NULL")
    op.add_column(TABLE, sa.Column("confirmed_by_key", sa.BigInteger(), key, nullable=True))
    op.create_index("ix_broadcasts_confirmed_by_key", TABLE, ["confirmed_by_key"])
    op.execute(
        "UPDATE broadcasts SET price_yen = rules.price_yen FROM broadcast_rules rules"
        " WHERE rules.account_id = broadcasts.account_id AND state <> 'draft'"
    )
    op.execute("UPDATE broadcast_figures SET due_at = now() WHERE counted_at IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_broadcasts_confirmed_by_key", TABLE)
    for name in ("confirmed_by_key", "price_yen"):
        op.drop_column(TABLE, name)
