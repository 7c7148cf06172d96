"""a session is a row of its own, so that it can be seen, ended and grow too old; everyone signs in once more"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None


def upgrade() -> None:
    moment = sa.DateTime(timezone=True)
    op.create_table(
        "member_sessions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("created_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("used_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.Column("address", sa.Text(), nullable=True),
        sa.Column("browser", sa.Text(), server_default="", nullable=False),
        sa.Column("proved_at", moment, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_member_sessions_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_sessions")),
    )
    op.create_index(op.f("ix_member_sessions_member_id"), "member_sessions", ["member_id"])
    op.drop_column("members", "session_key")


def downgrade() -> None:
    op.add_column("members", sa.Column("session_key", sa.Text(), server_default="", nullable=False))
    op.execute("UPDATE members SET session_key = gen_random_uuid()::text || gen_random_uuid()::text")
    op.alter_column("members", "session_key", server_default=None)
    op.drop_table("member_sessions")
