"""Records of services that wait to be applied to friends, and friends by e-mail address."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0056"
down_revision = "0055"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("remote_records", sa.Column("is_pending", sa.Boolean(), server_default="false", nullable=False))
    op.create_index(
        "ix_remote_records_pending",
        "remote_records",
        ["integration_id", "kind", "remote_id"],
        postgresql_where=sa.text("is_pending"),
    )
    op.create_index(
        "ix_friends_email",
        "friends",
        ["account_id", sa.text("search_fold(email)")],
        postgresql_where=sa.text("email IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_index("ix_friends_email", table_name="friends")
    op.drop_index("ix_remote_records_pending", table_name="remote_records")
    op.drop_column("remote_records", "is_pending")
