"""Changes of many friends that can be undone, and members' views of the friends list."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0078"
down_revision = "0077"
branch_labels = None
depends_on = None

CHANGES, SLICES, VIEWS, COLUMNS = "bulk_changes", "bulk_change_slices", "friend_list_views", "friend_list_columns"
UNDONE = "undone_tags"
TIME = sa.DateTime(timezone=True)


def _row(name: str, table: str) -> sa.Column:
    return sa.Column(name, sa.BigInteger(), sa.ForeignKey(f"{table}.id", ondelete="CASCADE"), nullable=False)


def upgrade() -> None:
    _create_changes()
    op.create_table(
        SLICES,
        sa.Column("id", sa.BigInteger(), primary_key=True),
        _row("change_id", CHANGES),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.Column("friend_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("added_at", postgresql.ARRAY(TIME), server_default="{}", nullable=False),
        sa.Column("source_ids", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
    )
    op.create_index("ix_bulk_change_slices_change", SLICES, ["change_id", "id"])
    _store_plainly(SLICES)
    _create_undone()
    op.create_table(
        VIEWS,
        sa.Column("id", sa.BigInteger(), primary_key=True),
        _row("member_id", "members"),
        _row("account_id", "accounts"),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("args", postgresql.JSONB(), nullable=False),
        sa.Column("columns", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
    )
    name = ["member_id", "account_id", sa.text("same_look(name)")]
    op.create_index("uq_friend_list_views_name", VIEWS, name, unique=True)
    op.create_index("ix_friend_list_views_account", VIEWS, ["account_id"])
    op.create_table(
        COLUMNS,
        _row("member_id", "members"),
        _row("account_id", "accounts"),
        sa.Column("columns", postgresql.ARRAY(sa.Text()), nullable=False),
        sa.PrimaryKeyConstraint("member_id", "account_id"),
    )
    op.create_index("ix_friend_list_columns_account", COLUMNS, ["account_id"])


def _create_changes() -> None:
    numbers = ("matched", "changed", "pairs", "undone")
    op.create_table(
        CHANGES,
        sa.Column("id", sa.BigInteger(), primary_key=True),
        _row("account_id", "accounts"),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("tags", postgresql.JSONB(), nullable=False),
        sa.Column("run_id", sa.BigInteger(), nullable=True),
        sa.Column("undo_run_id", sa.BigInteger(), nullable=True),
        *(sa.Column(name, sa.BigInteger(), server_default="0", nullable=False) for name in numbers),
        *(sa.Column(name, postgresql.JSONB(), server_default="{}", nullable=False) for name in ("actor", "undone_by")),
        sa.Column("created_at", TIME, server_default=sa.text("now()"), nullable=False),
        sa.Column("settled_at", TIME, nullable=True),
        sa.Column("expires_at", TIME, nullable=False),
        sa.Column("closed_by", postgresql.ARRAY(sa.BigInteger()), server_default="{}", nullable=False),
    )
    op.create_index("ix_bulk_changes_account", CHANGES, ["account_id", "id"])
    op.create_index("ix_bulk_changes_expires", CHANGES, ["expires_at"])


def _create_undone() -> None:
    op.create_table(
        UNDONE,
        sa.Column("id", sa.BigInteger(), primary_key=True),
        _row("account_id", "accounts"),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", TIME, nullable=False),
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("friend_ids", postgresql.ARRAY(sa.BigInteger()), nullable=False),
        sa.Column("first_friend_id", sa.BigInteger(), nullable=False),
        sa.Column("last_friend_id", sa.BigInteger(), nullable=False),
    )
    op.create_index("ix_undone_tags_friends", UNDONE, ["account_id", "first_friend_id", "last_friend_id"])
    _store_plainly(UNDONE)


def _store_plainly(table: str) -> None:
    """Leave ids uncompressed: compressing those of a slice takes as long as changing its friends."""
    op.execute(f"ALTER TABLE {table} ALTER COLUMN friend_ids SET STORAGE EXTERNAL")


def downgrade() -> None:
    for table in (COLUMNS, VIEWS, UNDONE, SLICES, CHANGES):
        op.drop_table(table)
