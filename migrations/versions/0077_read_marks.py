"""Marks of what is read that stand for themselves, and a line below which all counts as read that follows the member."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0077"
down_revision = "0076"
branch_labels = None
depends_on = None

MARKS, MEMBERS = "conversation_marks", "chat_members"


def upgrade() -> None:
    op.alter_column(MARKS, "read_up_to_id", nullable=True, server_default=None)
    op.execute("UPDATE conversation_marks SET read_up_to_id = NULL WHERE read_up_to_id = 0")
    op.add_column(MARKS, sa.Column("is_behind", sa.Boolean(), server_default="false", nullable=False))
    op.create_index("ix_conversation_marks_behind", MARKS, ["member_id"], postgresql_where=sa.text("is_behind"))
    op.add_column(MEMBERS, sa.Column("settles_up_to_id", sa.BigInteger(), nullable=True))
    op.add_column(MEMBERS, sa.Column("settles_at", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column(MEMBERS, "settles_at")
    op.drop_column(MEMBERS, "settles_up_to_id")
    op.drop_index("ix_conversation_marks_behind", MARKS)
    op.drop_column(MARKS, "is_behind")
    op.execute("UPDATE conversation_marks SET read_up_to_id = 0 WHERE read_up_to_id IS NULL")
    op.alter_column(MARKS, "read_up_to_id", nullable=False, server_default="0")
