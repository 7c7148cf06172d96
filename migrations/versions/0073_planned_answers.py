"""Answers that go out later."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0073"
down_revision = "0072"
branch_labels = None
depends_on = None

TABLE = "planned_answers"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("conversation_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("author", sa.Text(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("own", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("send_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.Text(), server_default="planned", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("send_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_answers")),
        *(
            sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{TABLE}_{column}_{to}"), ondelete=ondelete)
            for column, to, ondelete in (
                ("account_id", "accounts", "CASCADE"),
                ("conversation_id", "conversations", "CASCADE"),
                ("member_id", "members", "SET NULL"),
            )
        ),
    )
    op.create_index(
        "ix_planned_answers_open",
        TABLE,
        ["conversation_id", "send_at"],
        postgresql_where=sa.text("state IN ('planned', 'failed')"),
    )
    op.create_index("ix_planned_answers_due", TABLE, ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("ix_planned_answers_account_id", TABLE, ["account_id"])
    op.create_index("ix_planned_answers_member_id", TABLE, ["member_id"])


def downgrade() -> None:
    op.drop_table(TABLE)
