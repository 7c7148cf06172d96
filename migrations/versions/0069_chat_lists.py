"""Find conversations by what was said in them, keep filters of members, and how they are told of new messages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0069"
down_revision = "0068"
branch_labels = None
depends_on = None

SAID = "search_fold(coalesce(content ->> 'text', content ->> 'altText', content ->> 'fileName', ''))"
MESSAGES, MEMBERS = "conversation_messages", "chat_members"


def upgrade() -> None:
    for name in ("is_notified", "is_rung"):
        op.add_column(MEMBERS, sa.Column(name, sa.Boolean(), server_default="false", nullable=False))
    op.create_table(
        "chat_filters",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_chat_filters")),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_chat_filters_member_id_members"), ondelete="CASCADE"
        ),
    )
    op.create_index("uq_chat_filters_name", "chat_filters", ["member_id", sa.text("same_look(name)")], unique=True)
    newest = ["account_id", sa.text("occurred_at DESC"), sa.text("id DESC")]
    op.create_index("ix_conversation_messages_time", MESSAGES, newest)
    op.create_index(
        "ix_conversation_messages_search",
        MESSAGES,
        [sa.literal_column(f"(search_pairs({SAID}))")],
        postgresql_using="gin",
    )
    op.create_index(
        "ix_conversation_messages_files",
        MESSAGES,
        ["account_id", "chat_id"],
        postgresql_where=sa.text("direction = 'in' AND type IN ('image', 'video', 'audio', 'file')"),
    )


def downgrade() -> None:
    for name in ("files", "search", "time"):
        op.drop_index(f"ix_conversation_messages_{name}", table_name=MESSAGES)
    op.drop_table("chat_filters")
    for name in ("is_rung", "is_notified"):
        op.drop_column(MEMBERS, name)
