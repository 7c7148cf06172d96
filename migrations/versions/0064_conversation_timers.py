"""When something is done for conversations by itself, and who is told of friends who wait."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0064"
down_revision = "0063"
branch_labels = None
depends_on = None

TIMERS = "conversation_timers"


def upgrade() -> None:
    op.add_column("chat_settings", sa.Column("alerts", sa.Text(), server_default="none", nullable=False))
    op.add_column("chat_settings", sa.Column("alerted_at", sa.DateTime(timezone=True)))
    op.create_table(
        TIMERS,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("done_for", sa.DateTime(timezone=True)),
        sa.Column("due_at", sa.DateTime(timezone=True)),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True)),
        sa.Column("reason", sa.Text()),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversation_timers")),
        sa.ForeignKeyConstraint(
            ["conversation_id"],
            ["conversations.id"],
            name=op.f("fk_conversation_timers_conversation_id_conversations"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("conversation_id", "kind", name=op.f("uq_conversation_timers_conversation_id_kind")),
    )
    op.create_index("ix_conversation_timers_due", TIMERS, ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_table(TIMERS)
    op.drop_column("chat_settings", "alerted_at")
    op.drop_column("chat_settings", "alerts")
