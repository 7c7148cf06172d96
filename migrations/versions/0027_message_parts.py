"""Message Items and their folders, and which Auto Send Message a send is of

New tables and a nullable column; the version before goes on working.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

FOLDERS, PARTS = "message_part_folders", "message_parts"
NOW = sa.text("now()")


def upgrade() -> None:
    op.create_table(
        FOLDERS,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_message_part_folders_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_part_folders")),
    )
    name = sa.text("same_look(name)")
    op.create_index("uq_message_part_folders_name", FOLDERS, ["account_id", "kind", name], unique=True)
    op.create_table(
        PARTS,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("folder_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("archived_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_message_parts_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"],
            [f"{FOLDERS}.id"],
            name=op.f("fk_message_parts_folder_id_message_part_folders"),
            ondelete="SET NULL",
        ),
        sa.ForeignKeyConstraint(
            ["updated_by"], ["members.id"], name=op.f("fk_message_parts_updated_by_members"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_parts")),
    )
    op.create_index("uq_message_parts_name", PARTS, ["account_id", "kind", name], unique=True)
    op.create_index("ix_message_parts_account", PARTS, ["account_id", "kind", "updated_at", "id"])
    op.create_index("ix_message_parts_folder_id", PARTS, ["folder_id"])
    op.create_index(op.f("ix_message_parts_updated_by"), PARTS, ["updated_by"])
    op.add_column("message_sends", sa.Column("auto_message_id", sa.BigInteger(), nullable=True))
    is_known = sa.text("auto_message_id IS NOT NULL")
    op.create_index("ix_message_sends_auto_message", "message_sends", ["auto_message_id"], postgresql_where=is_known)


def downgrade() -> None:
    op.drop_index("ix_message_sends_auto_message", "message_sends")
    op.drop_column("message_sends", "auto_message_id")
    op.drop_table(PARTS)
    op.drop_table(FOLDERS)
