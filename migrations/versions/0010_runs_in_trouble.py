"""since when a run is in trouble, and an index of messages that were taken back

The column has no default, so no row is written again. The index is built while events are stored, except where the
table was partitioned, which allows no such building; the version before goes on working.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

INDEX = "ix_webhook_events_unsend"
ON = f"{INDEX} ON webhook_events (account_id, ((payload -> 'unsend') ->> 'messageId')) WHERE type = 'unsend'"


def upgrade() -> None:
    op.add_column("runs", sa.Column("troubled_since", sa.DateTime(timezone=True)))
    kind = op.get_bind().scalar(sa.text("SELECT relkind FROM pg_class WHERE oid = 'webhook_events'::regclass"))
    if kind in ("p", b"p"):
        op.execute(f"CREATE INDEX {ON}")
        return
    with op.get_context().autocommit_block():
        # A build waits for every transaction that is open, however long, without blocking any.
        op.execute("SET lock_timeout = 0")
        op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {INDEX}")
        op.execute(f"CREATE INDEX CONCURRENTLY {ON}")
        op.execute("SET lock_timeout = '10s'")


def downgrade() -> None:
    op.drop_index(INDEX, table_name="webhook_events")
    op.drop_column("runs", "troubled_since")
