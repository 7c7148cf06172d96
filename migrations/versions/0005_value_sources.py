"""value sources"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "value_sources",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("reference", sa.Text(), server_default="", nullable=False),
        sa.Column("label", sa.Text(), server_default="", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name="fk_value_sources_account_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name="pk_value_sources"),
        sa.UniqueConstraint("account_id", "kind", "reference", name="uq_value_sources_account_id_kind_reference"),
    )
    op.create_table(
        "friend_value_sources",
        sa.Column("friend_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("sources", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.ForeignKeyConstraint(
            ["friend_id"], ["friends.id"], name="fk_friend_value_sources_friend_id", ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("friend_id", name="pk_friend_value_sources"),
    )
    # Without a default: no row is written again, however many there are.
    op.add_column("friend_tags", sa.Column("source_id", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("friend_tags", "source_id")
    op.drop_table("friend_value_sources")
    op.drop_table("value_sources")
