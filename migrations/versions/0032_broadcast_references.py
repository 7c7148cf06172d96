"""What a program calls a broadcast that it made, and the digest of its request."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

INDEX = "uq_broadcasts_reference"


def upgrade() -> None:
    for name in ("reference", "request_digest"):
        op.add_column("broadcasts", sa.Column(name, sa.Text(), nullable=True))
    named = sa.text("reference IS NOT NULL")
    op.create_index(INDEX, "broadcasts", ["account_id", "reference"], unique=True, postgresql_where=named)


def downgrade() -> None:
    op.drop_index(INDEX, table_name="broadcasts")
    for name in ("request_digest", "reference"):
        op.drop_column("broadcasts", name)
