"""who started each run, of whatever kind

A column with a constant default: no row is written again, and the version before goes on working.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("runs", sa.Column("actor", JSONB(), server_default="{}", nullable=False))


def downgrade() -> None:
    op.drop_column("runs", "actor")
