"""Canned replies and their folders."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0071"
down_revision = "0070"
branch_labels = None
depends_on = None

REPLIES, FOLDERS = "canned_replies", "canned_reply_folders"


def upgrade() -> None:
    op.create_table(
        FOLDERS,
        _number("id"),
        sa.Column("name", sa.Text(), nullable=False),
        _time("created_at"),
        _number("account_id"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{FOLDERS}")),
        _refers(FOLDERS, "account_id", "accounts", "CASCADE"),
    )
    op.create_index("uq_canned_reply_folders_name", FOLDERS, ["account_id", sa.text("same_look(name)")], unique=True)
    op.create_table(
        REPLIES,
        _number("id"),
        _number("folder_id", nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        _time("created_at"),
        _time("updated_at"),
        _number("account_id"),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("shortcut", sa.Text(), server_default="", nullable=False),
        _number("owner_id", nullable=True),
        sa.Column("shared", sa.Text(), server_default="team", nullable=False),
        sa.Column("account_ids", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
        sa.Column("used", sa.BigInteger(), server_default="0", nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{REPLIES}")),
        _refers(REPLIES, "account_id", "accounts", "CASCADE"),
        _refers(REPLIES, "folder_id", FOLDERS, "SET NULL"),
        _refers(REPLIES, "owner_id", "members", "SET NULL"),
    )
    op.create_index("ix_canned_replies_account", REPLIES, ["account_id", "updated_at", "id"])
    op.create_index("ix_canned_replies_folder_id", REPLIES, ["folder_id"])
    op.create_index("ix_canned_replies_owner_id", REPLIES, ["owner_id"])


def downgrade() -> None:
    op.drop_table(REPLIES)
    op.drop_table(FOLDERS)


def _number(name: str, *, nullable: bool = False) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _time(name: str) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False)


def _refers(table: str, column: str, to: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)
