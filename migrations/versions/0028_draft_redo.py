"""what was undone in drafts of messages, so that it can be done again

A new column with a default; the version before goes on working.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

TABLE = "message_drafts"


def upgrade() -> None:
    op.add_column(TABLE, sa.Column("future", postgresql.JSONB(), server_default="[]", nullable=False))


def downgrade() -> None:
    op.drop_column(TABLE, "future")
