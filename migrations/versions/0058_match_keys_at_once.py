"""Sort keys by which friends are found into their index at once: each lookup would read those that wait."""

from __future__ import annotations

from alembic import op

revision = "0058"
down_revision = "0057"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER INDEX ix_remote_records_match_keys SET (fastupdate = off)")


def downgrade() -> None:
    op.execute("ALTER INDEX ix_remote_records_match_keys RESET (fastupdate)")
