"""How many friends a segment had, day by day."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0079"
down_revision = "0078"
branch_labels = None
depends_on = None

COUNTS = "segment_counts"


def upgrade() -> None:
    op.create_table(
        COUNTS,
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("version", sa.BigInteger(), nullable=False),
        sa.Column("friends", sa.BigInteger(), nullable=False),
        sa.Column("reachable", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_segment_counts_segment_id_segments"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("segment_id", "day", name=op.f("pk_segment_counts")),
    )
    # What is known already begins the line.
    op.execute("""
        INSERT INTO segment_counts (segment_id, day, version, friends, reachable)
        SELECT id, CAST(counted_at AS date), version, friends, reachable FROM segments
        WHERE counted_at IS NOT NULL AND friends IS NOT NULL AND reachable IS NOT NULL
    """)


def downgrade() -> None:
    op.drop_table(COUNTS)
