"""What answers in the chat keep: the press that sent them, the people of a group, and what a push takes."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0072"
down_revision = "0071"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("conversation_marks", sa.Column("sent_press", sa.Text(), nullable=True))
    op.add_column("conversations", sa.Column("people", sa.BigInteger(), nullable=True))
    op.add_column("message_sends", sa.Column("units", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    op.drop_column("message_sends", "units")
    op.drop_column("conversations", "people")
    op.drop_column("conversation_marks", "sent_press")
