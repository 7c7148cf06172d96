"""No foreign keys from the friends and sends of replays, each of which would be looked up while a replay stores them."""

from __future__ import annotations

from alembic import op

revision = "0067"
down_revision = "0066"
branch_labels = None
depends_on = None

TABLES = ("workflow_replay_friends", "workflow_replay_sends")


def upgrade() -> None:
    for table in TABLES:
        op.drop_constraint(f"fk_{table}_replay_id", table, type_="foreignkey")


def downgrade() -> None:
    for table in TABLES:
        op.execute(f"DELETE FROM {table} WHERE replay_id NOT IN (SELECT id FROM workflow_replays)")  # noqa: S608
        op.create_foreign_key(
            f"fk_{table}_replay_id", table, "workflow_replays", ["replay_id"], ["id"], ondelete="CASCADE"
        )
