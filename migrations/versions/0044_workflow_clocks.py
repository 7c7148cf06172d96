"""Triggers of workflows that follow the clock."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("ALTER TABLE workflow_triggers DROP CONSTRAINT pk_workflow_triggers")
    op.execute("ALTER TABLE workflow_triggers ADD COLUMN id BIGSERIAL CONSTRAINT pk_workflow_triggers PRIMARY KEY")
    unique = ["workflow_id", "account_id", "node_id"]
    op.create_unique_constraint("uq_workflow_triggers_workflow_id_account_id_node_id", "workflow_triggers", unique)
    op.add_column("workflow_triggers", sa.Column("occurrence", sa.DateTime(timezone=True), nullable=True))
    op.add_column("workflow_triggers", sa.Column("entered_up_to", sa.BigInteger(), nullable=True))
    op.add_column("workflow_triggers", sa.Column("released_until", sa.DateTime(timezone=True), nullable=True))
    op.create_index(
        "ix_workflow_triggers_due",
        "workflow_triggers",
        ["due_at"],
        postgresql_where=sa.text("due_at IS NOT NULL"),
    )
    op.create_table(
        "workflow_admissions",
        sa.Column("trigger_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("friend_id", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.ForeignKeyConstraint(["trigger_id"], ["workflow_triggers.id"], ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("trigger_id", "friend_id"),
    )
    op.create_index(
        "ix_friends_attributes",
        "friends",
        ["attributes"],
        postgresql_using="gin",
        postgresql_ops={"attributes": "jsonb_path_ops"},
        postgresql_where=sa.text("attributes <> '{}'::jsonb"),
    )


def downgrade() -> None:
    op.drop_index("ix_friends_attributes", table_name="friends")
    op.drop_table("workflow_admissions")
    op.drop_index("ix_workflow_triggers_due", table_name="workflow_triggers")
    for column in ("released_until", "entered_up_to", "occurrence"):
        op.drop_column("workflow_triggers", column)
    op.drop_constraint("uq_workflow_triggers_workflow_id_account_id_node_id", "workflow_triggers")
    op.drop_constraint("pk_workflow_triggers", "workflow_triggers")
    op.drop_column("workflow_triggers", "id")
    unique = ["workflow_id", "account_id", "node_id"]
    op.create_primary_key("pk_workflow_triggers", "workflow_triggers", unique)
