"""Notes on conversations: which one is pinned, and who is mentioned in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0070"
down_revision = "0069"
branch_labels = None
depends_on = None

MENTIONS = "conversation_mentions"


def upgrade() -> None:
    op.add_column("conversations", sa.Column("pinned_note_id", sa.BigInteger()))
    op.create_foreign_key(
        op.f("fk_conversations_pinned_note_id_conversation_messages"),
        "conversations",
        "conversation_messages",
        ["pinned_note_id"],
        ["id"],
        ondelete="SET NULL",
    )
    op.create_index(
        "ix_conversations_pinned_note_id",
        "conversations",
        ["pinned_note_id"],
        postgresql_where=sa.text("pinned_note_id IS NOT NULL"),
    )
    op.create_table(
        MENTIONS,
        sa.Column("note_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("seen_at", sa.DateTime(timezone=True)),
        sa.PrimaryKeyConstraint("note_id", "member_id", name=op.f("pk_conversation_mentions")),
        *(
            sa.ForeignKeyConstraint(
                [column], [f"{table}.id"], name=op.f(f"fk_{MENTIONS}_{column}_{table}"), ondelete="CASCADE"
            )
            for column, table in (
                ("note_id", "conversation_messages"),
                ("member_id", "members"),
                ("conversation_id", "conversations"),
            )
        ),
    )
    op.create_index(
        "ix_conversation_mentions_unseen",
        MENTIONS,
        ["member_id", "conversation_id"],
        postgresql_where=sa.text("seen_at IS NULL"),
    )
    op.create_index("ix_conversation_mentions_conversation_id", MENTIONS, ["conversation_id"])


def downgrade() -> None:
    op.execute("DELETE FROM conversation_messages WHERE type = 'note' AND direction = 'event'")
    op.drop_table(MENTIONS)
    op.drop_index("ix_conversations_pinned_note_id", "conversations")
    op.drop_constraint("fk_conversations_pinned_note_id_conversation_messages", "conversations", type_="foreignkey")
    op.drop_column("conversations", "pinned_note_id")
