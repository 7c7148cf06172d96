"""Why services refuse records, when lists were looked at, and ID links that are addresses, found without their case."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0075"
down_revision = "0074"
branch_labels = None
depends_on = None

REFUSED = "due_at IS NULL AND reason IS NOT NULL"
IS_ADDRESS = "strpos(user_id, '@') > 0"


def upgrade() -> None:
    op.add_column("remote_links", sa.Column("reason_values", JSONB(), server_default="{}", nullable=False))
    op.create_index(
        "ix_remote_links_refused", "remote_links", ["integration_id", "id"], postgresql_where=sa.text(REFUSED)
    )
    op.add_column("remote_lists", sa.Column("checked_at", sa.DateTime(timezone=True), nullable=True))
    op.execute("UPDATE remote_lists SET checked_at = synced_at")
    columns = ["account_id", sa.text("search_fold(user_id)")]
    op.create_index("ix_id_links_address", "id_links", columns, postgresql_where=sa.text(IS_ADDRESS))


def downgrade() -> None:
    op.drop_index("ix_id_links_address", table_name="id_links")
    op.drop_column("remote_lists", "checked_at")
    op.drop_index("ix_remote_links_refused", table_name="remote_links")
    op.drop_column("remote_links", "reason_values")
