"""Runs that one event of LINE started have one key, whatever kinds it counts as."""

from __future__ import annotations

from alembic import op

revision = "0049"
down_revision = "0048"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Rename the keys of events that are still stored, and so may be told again; of several runs the first one's."""
    op.execute(
        """
        WITH told AS (
            SELECT id, workflow_id, friend_id, CAST(substring(event_key FROM '[0-9]+$') AS bigint) AS event_id
            FROM workflow_runs
            WHERE event_key ~ ('^(friend_add|block|message|postback|rich_menu_switched|video_watched'
                               '|qr_code[:][0-9]+[:]event)[:][0-9]{1,18}$')
        ),
        first AS (
            SELECT DISTINCT ON (told.workflow_id, told.friend_id, told.event_id) told.id, told.event_id
            FROM told JOIN webhook_events AS event ON event.id = told.event_id
            ORDER BY told.workflow_id, told.friend_id, told.event_id, told.id
        )
        UPDATE workflow_runs AS run SET event_key = 'event:' || first.event_id FROM first WHERE run.id = first.id
        """
    )


def downgrade() -> None:
    """Leave the keys as they are: an earlier release reads them, and events that it has not seen get its own."""
