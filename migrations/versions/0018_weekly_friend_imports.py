"""weekly friend imports: when the next one is due, and who set it up

A new table; the version before goes on working.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

TABLE = "friend_import_repeats"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("tag_id", sa.BigInteger(), nullable=True),
        sa.Column("language", sa.Text(), server_default="", nullable=False),
        sa.Column("set_up_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_friend_import_repeats_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_friend_import_repeats_member_id_members"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["tag_id"], ["tags.id"], name=op.f("fk_friend_import_repeats_tag_id_tags"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_friend_import_repeats")),
    )
    for column in ("member_id", "tag_id"):
        op.create_index(op.f(f"ix_friend_import_repeats_{column}"), TABLE, [column])
    op.create_index("ix_friend_import_repeats_due", TABLE, ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))


def downgrade() -> None:
    op.drop_table(TABLE)
