"""A step of a workflow is stored once, sends of one chat wait for each other, and pushes of workflows are counted."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

SENDS = "message_sends"
INDEXES = ("uq_message_sends_workflow", "ix_message_sends_chat", "ix_message_sends_reach")


def upgrade() -> None:
    unique, chat, reach = INDEXES
    where = sa.text("cause_kind = 'workflow'")
    op.create_index(unique, SENDS, ["cause_kind", "cause_id"], unique=True, postgresql_where=where)
    op.create_index(chat, SENDS, ["account_id", "chat_id", "id"], postgresql_where=sa.text("due_at IS NOT NULL"))
    pushed = sa.text("cause_kind = 'workflow' AND via = 'push' AND state IN ('sent', 'unknown')")
    op.create_index(
        reach, SENDS, ["account_id", "settled_at"], postgresql_include=["friend_id"], postgresql_where=pushed
    )


def downgrade() -> None:
    for name in INDEXES:
        op.drop_index(name, SENDS)
