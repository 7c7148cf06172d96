"""requests for new passwords wait for a worker; exporting friends is a permission of its own

Who may see all friends could export them, and still may.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "reset_requests",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("language", sa.Text(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reset_requests")),
    )
    op.create_index(
        "ix_reset_requests_due", "reset_requests", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL")
    )
    op.execute("UPDATE members SET permissions = permissions || '{export}' WHERE 'friends' = ANY(permissions)")


def downgrade() -> None:
    op.execute("UPDATE members SET permissions = array_remove(permissions, 'export')")
    op.drop_table("reset_requests")
