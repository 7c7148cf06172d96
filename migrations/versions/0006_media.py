"""media"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "media_blobs",
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("storage", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("remove_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("key", name=op.f("pk_media_blobs")),
    )
    op.create_index("ix_media_blobs_due", "media_blobs", ["remove_at"], postgresql_where=sa.text("state <> 'kept'"))
    op.create_table(
        "media_files",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("public_key", sa.Text(), nullable=True),
        sa.Column("permission", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=True),
        sa.Column("height", sa.BigInteger(), nullable=True),
        sa.Column("is_see_through", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("duration", sa.BigInteger(), nullable=True),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.Column("uploaded_by", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("orphaned_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=True),
        sa.ForeignKeyConstraint(["blob_key"], ["media_blobs.key"], name=op.f("fk_media_files_blob_key_media_blobs")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_files")),
        sa.UniqueConstraint("public_key", name=op.f("uq_media_files_public_key")),
    )
    op.create_index(op.f("ix_media_files_blob_key"), "media_files", ["blob_key"])
    op.create_index("ix_media_files_account", "media_files", ["account_id", "id"])
    op.create_index(
        "ix_media_files_orphaned",
        "media_files",
        ["orphaned_at"],
        postgresql_where=sa.text("orphaned_at IS NOT NULL"),
    )
    op.create_table(
        "media_renditions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.Column("width", sa.BigInteger(), nullable=False),
        sa.Column("height", sa.BigInteger(), nullable=False),
        sa.Column("media_type", sa.Text(), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("digest", sa.Text(), nullable=False),
        sa.Column("blob_key", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["file_id"], ["media_files.id"], name=op.f("fk_media_renditions_file_id_media_files"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["blob_key"], ["media_blobs.key"], name=op.f("fk_media_renditions_blob_key_media_blobs")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_media_renditions")),
        sa.UniqueConstraint(
            "file_id", "width", "media_type", name=op.f("uq_media_renditions_file_id_width_media_type")
        ),
    )
    op.create_index(op.f("ix_media_renditions_blob_key"), "media_renditions", ["blob_key"])
    op.create_table(
        "media_references",
        sa.Column("owner_kind", sa.Text(), nullable=False),
        sa.Column("owner_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("file_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["file_id"], ["media_files.id"], name=op.f("fk_media_references_file_id_media_files")),
        sa.PrimaryKeyConstraint("owner_kind", "owner_id", "file_id", name=op.f("pk_media_references")),
    )
    op.create_index("ix_media_references_file", "media_references", ["file_id"])


def downgrade() -> None:
    for table in ("media_references", "media_renditions", "media_files", "media_blobs"):
        op.drop_table(table)
