"""segments"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


_ADDED = sa.text("COALESCE(followed_at, '-infinity'::timestamp with time zone)")
_ACTIVE = sa.text("COALESCE(last_activity_at, '-infinity'::timestamp with time zone)")
# Indexes that from now on hold what counting asks for, so that it need not be fetched from the table.
_WIDER = (
    ("ix_friends_added", ["account_id", _ADDED, "id"], ["followed_at", "follow_status"]),
    ("ix_friends_active", ["account_id", _ACTIVE, "id"], ["last_activity_at", "follow_status"]),
    ("ix_friends_status", ["account_id", "follow_status", _ADDED, "id"], ["followed_at"]),
)


def upgrade() -> None:
    op.create_table(
        "segment_folders",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_segment_folders_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_folders")),
    )
    op.create_index(
        "uq_segment_folders_name",
        "segment_folders",
        ["account_id", sa.text("lower(normalize(name, NFKC))")],
        unique=True,
    )
    op.create_table(
        "segments",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("folder_id", sa.BigInteger(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("friends", sa.BigInteger(), nullable=True),
        sa.Column("reachable", sa.BigInteger(), nullable=True),
        sa.Column("blocked", sa.BigInteger(), nullable=True),
        sa.Column("counted_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("count_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_segments_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["folder_id"], ["segment_folders.id"], name=op.f("fk_segments_folder_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["updated_by"], ["members.id"], name=op.f("fk_segments_updated_by"), ondelete="SET NULL"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segments")),
    )
    op.create_index("ix_segments_account", "segments", ["account_id", "updated_at", "id"], unique=False)
    op.create_index("ix_segments_folder_id", "segments", ["folder_id"], unique=False)
    op.create_index(
        "ix_segments_count_due",
        "segments",
        ["count_due_at"],
        unique=False,
        postgresql_where=sa.text("count_due_at IS NOT NULL"),
    )
    op.create_table(
        "segment_versions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("segment_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("definition", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("restored", sa.BigInteger(), nullable=True),
        sa.Column("saved_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_segment_versions_member_id"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["segment_id"], ["segments.id"], name=op.f("fk_segment_versions_segment_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_segment_versions")),
        sa.UniqueConstraint("segment_id", "number", name=op.f("uq_segment_versions_segment_id_number")),
    )
    op.create_index("ix_friends_language", "friends", ["account_id", "language", "follow_status"], unique=False)
    op.create_index(
        "ix_friends_last_message", "friends", ["account_id", "last_message_at", "follow_status"], unique=False
    )
    for name, columns, included in _WIDER:
        op.drop_index(name, table_name="friends")
        op.create_index(name, "friends", columns, unique=False, postgresql_include=included)


def downgrade() -> None:
    for name, columns, _included in _WIDER:
        op.drop_index(name, table_name="friends")
        op.create_index(name, "friends", columns, unique=False)
    op.drop_index("ix_friends_last_message", table_name="friends")
    op.drop_index("ix_friends_language", table_name="friends")
    op.drop_table("segment_versions")
    op.drop_table("segments")
    op.drop_table("segment_folders")
