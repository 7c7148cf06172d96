"""Counts of steps by the version of their runs."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0063"
down_revision = "0062"
branch_labels = None
depends_on = None

KEY = ["workflow_id", "node_id", "day", "exit", "result"]


def upgrade() -> None:
    op.add_column("workflow_node_days", sa.Column("version_id", sa.BigInteger(), server_default="0", nullable=False))
    # Where there has been one version, all counts are its own.
    op.execute("""
        UPDATE workflow_node_days AS day SET version_id = version.id
        FROM workflow_versions AS version JOIN workflows AS workflow ON workflow.id = version.workflow_id
        WHERE workflow.latest_version = 1 AND day.workflow_id = workflow.id
    """)
    op.drop_constraint("pk_workflow_node_days", "workflow_node_days", type_="primary")
    op.create_primary_key("pk_workflow_node_days", "workflow_node_days", [*KEY, "version_id"])


def downgrade() -> None:
    op.drop_constraint("pk_workflow_node_days", "workflow_node_days", type_="primary")
    op.execute("""
        WITH gone AS (DELETE FROM workflow_node_days RETURNING *)
        INSERT INTO workflow_node_days (workflow_id, node_id, day, exit, result, number, version_id)
        SELECT workflow_id, node_id, day, exit, result, sum(number), 0 FROM gone GROUP BY 1, 2, 3, 4, 5
    """)
    op.create_primary_key("pk_workflow_node_days", "workflow_node_days", KEY)
    op.drop_column("workflow_node_days", "version_id")
