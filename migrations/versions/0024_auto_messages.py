"""Auto Send Messages and their folders

New tables; the version before goes on working.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

FOLDERS, MESSAGES = "auto_message_folders", "auto_messages"
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        FOLDERS,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_auto_message_folders_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auto_message_folders")),
    )
    op.create_index("uq_auto_message_folders_name", FOLDERS, ["account_id", sa.text("same_look(name)")], unique=True)
    op.create_table(
        MESSAGES,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("folder_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_auto_messages_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"],
            [f"{FOLDERS}.id"],
            name=op.f("fk_auto_messages_folder_id_auto_message_folders"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by"], ["members.id"], name=op.f("fk_auto_messages_updated_by_members"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_auto_messages")),
    )
    op.create_index("uq_auto_messages_name", MESSAGES, ["account_id", sa.text("same_look(name)")], unique=True)
    op.create_index("ix_auto_messages_account", MESSAGES, ["account_id", "updated_at", "id"])
    op.create_index("ix_auto_messages_folder_id", MESSAGES, ["folder_id"])
    op.create_index(op.f("ix_auto_messages_updated_by"), MESSAGES, ["updated_by"])


def downgrade() -> None:
    op.drop_table(MESSAGES)
    op.drop_table(FOLDERS)
