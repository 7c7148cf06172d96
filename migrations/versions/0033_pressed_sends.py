"""Which press of a button sent a test message, so that the same press sends once."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("message_sends", sa.Column("press", sa.Text(), nullable=True))
    op.create_index(
        "ix_message_sends_press",
        "message_sends",
        ["friend_id", "press"],
        unique=True,
        postgresql_where=sa.text("press IS NOT NULL"),
    )


def downgrade() -> None:
    op.drop_column("message_sends", "press")
