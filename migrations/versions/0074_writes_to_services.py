"""How many records were written to services, and when."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0074"
down_revision = "0073"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "remote_writes",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("integration_id", sa.BigInteger(), nullable=False),
        sa.Column("records", sa.BigInteger(), nullable=False),
        sa.Column("written_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_remote_writes")),
        sa.ForeignKeyConstraint(
            ["integration_id"],
            ["integrations.id"],
            name=op.f("fk_remote_writes_integration_id_integrations"),
            ondelete="CASCADE",
        ),
    )
    op.create_index("ix_remote_writes_integration_id", "remote_writes", ["integration_id", "written_at"])


def downgrade() -> None:
    op.drop_table("remote_writes")
