"""QR Codes, the tags that they add, who scanned them, and visits of their pages."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

ID = sa.BigInteger
MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    _add_codes()
    op.create_table(
        "qr_code_tags",
        sa.Column("qr_code_id", ID(), nullable=False),
        sa.Column("tag_id", ID(), nullable=False),
        sa.ForeignKeyConstraint(["qr_code_id"], ["qr_codes.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("qr_code_id", "tag_id"),
    )
    op.create_index("ix_qr_code_tags_tag_id", "qr_code_tags", ["tag_id"])
    _add_scans()
    _add_visits()


def _add_codes() -> None:
    op.create_table(
        "qr_codes",
        sa.Column("id", ID(), nullable=False),
        sa.Column("account_id", ID(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("page_url", sa.Text()),
        sa.Column("auto_message_id", ID()),
        sa.Column("workflow_id", ID()),
        sa.Column("logo_id", ID()),
        sa.Column("archived_at", MOMENT),
        sa.Column("created_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", MOMENT, server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["auto_message_id"], ["auto_messages.id"], ondelete="SET NULL"),
        sa.ForeignKeyConstraint(["logo_id"], ["media_files.id"], ondelete="SET NULL"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("code"),
    )
    op.create_index("uq_qr_codes_name", "qr_codes", ["account_id", sa.text("same_look(name)")], unique=True)
    op.create_index("ix_qr_codes_auto_message_id", "qr_codes", ["auto_message_id"])
    op.create_index("ix_qr_codes_logo_id", "qr_codes", ["logo_id"])


def _add_scans() -> None:
    op.create_table(
        "qr_scans",
        sa.Column("id", ID(), nullable=False),
        sa.Column("qr_code_id", ID(), nullable=False),
        sa.Column("friend_id", ID(), nullable=False),
        sa.Column("event_key", sa.Text(), nullable=False),
        sa.Column("scanned_at", MOMENT, nullable=False),
        sa.Column("answered_at", MOMENT),
        sa.Column("gained_at", MOMENT),
        sa.ForeignKeyConstraint(["qr_code_id"], ["qr_codes.id"], ondelete="CASCADE"),
        sa.ForeignKeyConstraint(["friend_id"], ["friends.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("qr_code_id", "event_key"),
    )
    op.create_index("ix_qr_scans_code", "qr_scans", ["qr_code_id", "scanned_at"])
    op.create_index("ix_qr_scans_friend_id", "qr_scans", ["friend_id", "scanned_at"])


def _add_visits() -> None:
    op.create_table(
        "qr_visits",
        sa.Column("id", ID(), nullable=False),
        sa.Column("qr_code_id", ID(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("token", sa.LargeBinary()),
        sa.Column("visited_at", MOMENT, nullable=False),
        sa.Column("due_at", MOMENT),
        sa.Column("attempts", ID(), server_default="0", nullable=False),
        sa.Column("leased_until", MOMENT),
        sa.Column("reason", sa.Text()),
        sa.ForeignKeyConstraint(["qr_code_id"], ["qr_codes.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("qr_code_id", "token_digest"),
    )
    op.create_index("ix_qr_visits_due", "qr_visits", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))


def downgrade() -> None:
    for table in ("qr_visits", "qr_scans", "qr_code_tags", "qr_codes"):
        op.drop_table(table)
