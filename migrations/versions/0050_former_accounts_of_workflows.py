"""Accounts that a workflow still works for although its latest version does not name them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0049"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "workflow_former_accounts",
        sa.Column("workflow_id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(
            ["workflow_id"],
            ["workflows.id"],
            name=op.f("fk_workflow_former_accounts_workflow_id_workflows"),
            ondelete="CASCADE",
        ),
        sa.ForeignKeyConstraint(
            ["account_id"],
            ["accounts.id"],
            name=op.f("fk_workflow_former_accounts_account_id_accounts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("workflow_id", "account_id", name=op.f("pk_workflow_former_accounts")),
    )
    op.create_index(op.f("ix_workflow_former_accounts_account_id"), "workflow_former_accounts", ["account_id"])
    # Those of which nothing is left are removed by the hour.
    op.execute("""
        INSERT INTO workflow_former_accounts (workflow_id, account_id)
        SELECT DISTINCT versions.workflow_id, accounts.id
        FROM workflow_versions AS versions
        JOIN workflows ON workflows.id = versions.workflow_id AND workflows.active_version IS NOT NULL
        JOIN accounts ON versions.graph -> 'accounts' @> to_jsonb(accounts.id)
        WHERE NOT EXISTS (
            SELECT FROM workflow_accounts AS named
            WHERE named.workflow_id = versions.workflow_id AND named.account_id = accounts.id)
    """)


def downgrade() -> None:
    op.drop_table("workflow_former_accounts")
