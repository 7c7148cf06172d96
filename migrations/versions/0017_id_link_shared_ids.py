"""which user IDs of an ID link import are shared, and by how many LINE users

A new table; the version before goes on working.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "id_link_shared_ids",
        sa.Column("run_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("user_id", sa.Text(), nullable=False),
        sa.Column("line_users", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("run_id", "user_id", name=op.f("pk_id_link_shared_ids")),
    )


def downgrade() -> None:
    op.drop_table("id_link_shared_ids")
