"""What belongs to received messages, and what members of groups are called."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0068"
down_revision = "0067"
branch_labels = None
depends_on = None

CONTENTS, MEMBERS = "message_contents", "group_members"


def upgrade() -> None:
    op.create_table(
        CONTENTS,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("message_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("line_message_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        *(sa.Column(name, sa.BigInteger()) for name in ("file_id", "preview_id")),
        sa.Column("set_id", sa.Text()),
        *(sa.Column(name, sa.BigInteger()) for name in ("set_index", "set_total")),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        *_due(""),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_message_contents")),
        sa.ForeignKeyConstraint(
            ["message_id"],
            ["conversation_messages.id"],
            name=op.f("fk_message_contents_message_id_conversation_messages"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_message_contents_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.UniqueConstraint("message_id", name=op.f("uq_message_contents_message_id")),
    )
    _index("due", CONTENTS, ["due_at"], "due_at IS NOT NULL")
    _index("set", CONTENTS, ["account_id", "set_id"], "set_id IS NOT NULL")
    _index("stored", CONTENTS, ["account_id", "occurred_at"], "state = 'stored'")
    for column in (sa.Column("display_name", sa.Text()), sa.Column("picture_url", sa.Text()), *_due("profile_")):
        op.add_column(MEMBERS, column)
    # Names of those who are known so far are asked for once.
    op.execute("UPDATE group_members SET profile_due_at = now() WHERE is_present")
    _index("profile_due", MEMBERS, ["profile_due_at"], "profile_due_at IS NOT NULL")


def downgrade() -> None:
    op.drop_index("ix_group_members_profile_due", MEMBERS)
    for name in ("reason", "leased_until", "attempts", "due_at"):
        op.drop_column(MEMBERS, f"profile_{name}")
    op.drop_column(MEMBERS, "picture_url")
    op.drop_column(MEMBERS, "display_name")
    op.drop_table(CONTENTS)


def _due(prefix: str) -> list[sa.Column[object]]:
    return [
        sa.Column(f"{prefix}due_at", sa.DateTime(timezone=True)),
        sa.Column(f"{prefix}attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column(f"{prefix}leased_until", sa.DateTime(timezone=True)),
        sa.Column(f"{prefix}reason", sa.Text()),
    ]


def _index(name: str, table: str, columns: list[str], where: str) -> None:
    op.create_index(f"ix_{table}_{name}", table, columns, postgresql_where=sa.text(where))
