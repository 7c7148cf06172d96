"""Drafts of what is not stored yet belong to the window in which they were begun."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

INDEX = "uq_message_drafts_owner"
OWNER = ["member_id", "account_id", "owner_kind", sa.text("coalesce(owner_id, 0)")]
NAME_WINDOWS = """
UPDATE message_drafts SET window_key = 'first'
WHERE owner_id IS NULL AND owner_kind IN ('broadcast', 'broadcast_b')
"""
KEEP_ONE = """
DELETE FROM message_drafts WHERE window_key <> '' AND id NOT IN (
  SELECT DISTINCT ON (member_id, account_id, owner_kind) id FROM message_drafts WHERE window_key <> ''
  ORDER BY member_id, account_id, owner_kind, changed_at DESC)
"""


def upgrade() -> None:
    op.add_column("message_drafts", sa.Column("window_key", sa.Text(), server_default="", nullable=False))
    op.drop_index(INDEX, "message_drafts")
    op.create_index(INDEX, "message_drafts", [*OWNER, "window_key"], unique=True)
    op.execute(NAME_WINDOWS)


def downgrade() -> None:
    op.execute(KEEP_ONE)
    op.drop_index(INDEX, "message_drafts")
    op.create_index(INDEX, "message_drafts", OWNER, unique=True)
    op.drop_column("message_drafts", "window_key")
