"""rich menus: their content, what LINE has of each, and the period in which one is the default

A new table; the version before goes on working.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None

TABLE = "rich_menus"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("mark", sa.Text(), nullable=False),
        sa.Column("line_menu_id", sa.Text(), nullable=True),
        sa.Column("published_version", sa.BigInteger(), nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("next_line_menu_id", sa.Text(), nullable=True),
        sa.Column("replaced_ids", postgresql.JSONB(), server_default="[]", nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("then_menu_id", sa.BigInteger(), nullable=True),
        sa.Column("has_started", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("period_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("period_leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("period_reason", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_rich_menus_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["then_menu_id"], ["rich_menus.id"], name=op.f("fk_rich_menus_then_menu_id_rich_menus"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["updated_by"], ["members.id"], name=op.f("fk_rich_menus_updated_by_members"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_rich_menus")),
    )
    op.create_index("ix_rich_menus_account", TABLE, ["account_id", "id"])
    op.create_index("ix_rich_menus_then_menu_id", TABLE, ["then_menu_id"])
    op.create_index("ix_rich_menus_updated_by", TABLE, ["updated_by"])
    op.create_index(
        "ix_rich_menus_period_due", TABLE, ["period_due_at"], postgresql_where=sa.text("period_due_at IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_table(TABLE)
