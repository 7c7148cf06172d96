"""Figures of broadcasts as they were counted last; those of broadcasts that have begun are counted at once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

FIGURES = "broadcast_figures"


def upgrade() -> None:
    zero, moment = sa.text("0"), sa.DateTime(timezone=True)
    op.create_table(
        FIGURES,
        sa.Column("broadcast_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("counted_at", moment, nullable=True),
        sa.Column("sent", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("delivered", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("opened", sa.BigInteger(), nullable=True),
        sa.Column("clicked", sa.BigInteger(), nullable=True),
        sa.Column("clicks", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("replied", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("blocked", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("hours", postgresql.JSONB(), server_default=sa.text("'[]'"), nullable=False),
        sa.Column("due_at", moment, nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default=zero, nullable=False),
        sa.Column("leased_until", moment, nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(["broadcast_id"], ["broadcasts.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("broadcast_id"),
    )
    waiting = sa.text("due_at IS NOT NULL")
    op.create_index("ix_broadcast_figures_due", FIGURES, ["due_at"], postgresql_where=waiting)
    op.execute(
        "INSERT INTO broadcast_figures (broadcast_id, due_at) SELECT id, now() FROM broadcasts WHERE started_at IS NOT NULL"
    )


def downgrade() -> None:
    op.drop_table(FIGURES)
