"""Friends whose record was deleted at a service get no other one by themselves."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0065"
down_revision = "0064"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("remote_unlinks", sa.Column("is_gone", sa.Boolean(), server_default="false", nullable=False))


def downgrade() -> None:
    op.drop_column("remote_unlinks", "is_gone")
