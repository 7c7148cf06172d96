"""moments of events that lie more than a day ahead

They were taken from webhooks as they came, ordered everything wrongly, and could not be shown. They become the moment
at which the event arrived, or the latest moment that is known of the row.
"""

from __future__ import annotations

from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

# An activity whose event was removed happened before its friend was last changed.
REPAIRS = (
    """
    UPDATE activities SET occurred_at = coalesce(
        (SELECT received_at FROM webhook_events event WHERE event.id = activities.webhook_event_id),
        (SELECT updated_at FROM friends WHERE friends.id = activities.friend_id)
    ) WHERE occurred_at > now() + interval '1 day'
    """,
    "UPDATE webhook_events SET occurred_at = received_at WHERE occurred_at > now() + interval '1 day'",
    """
    UPDATE friends SET
        followed_at = CASE WHEN followed_at > now() + interval '1 day' THEN created_at ELSE followed_at END,
        unblocked_at = CASE WHEN unblocked_at > now() + interval '1 day' THEN updated_at ELSE unblocked_at END,
        blocked_at = CASE WHEN blocked_at > now() + interval '1 day' THEN updated_at ELSE blocked_at END,
        status_changed_at = least(status_changed_at, updated_at),
        last_message_at = least(last_message_at, updated_at),
        last_activity_at = least(last_activity_at, updated_at)
    WHERE greatest(followed_at, unblocked_at, blocked_at, status_changed_at, last_message_at, last_activity_at)
        > now() + interval '1 day'
    """,
    "UPDATE groups SET membership_changed_at = now() WHERE membership_changed_at > now() + interval '1 day'",
    "UPDATE group_members SET changed_at = now() WHERE changed_at > now() + interval '1 day'",
)


def upgrade() -> None:
    for repair in REPAIRS:
        op.execute(repair)


def downgrade() -> None:
    """Leave the moments as they are: what was wrong about them is not known any more."""
