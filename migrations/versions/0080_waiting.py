"""Conversations of friends who have blocked the account, and of groups that it has left, wait for no answer."""

from __future__ import annotations

from alembic import op

revision = "0080"
down_revision = "0079"
branch_labels = None
depends_on = None

WAITING = (
    "UPDATE conversations row SET unanswered_since = NULL FROM {others} WHERE row.unanswered_since IS NOT NULL AND "
)


def upgrade() -> None:
    op.execute(
        WAITING.format(others="friends friend") + "friend.id = row.friend_id AND friend.follow_status = 'blocked'"
    )
    op.execute(WAITING.format(others="groups known") + "known.id = row.group_id AND NOT known.is_joined")


def downgrade() -> None:
    """Leave it: that they waited is told by their threads."""
