"""How far the journal of HubSpot's app is read."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0076"
down_revision = "0075"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("hubspot_registrations", sa.Column("journal_offset", sa.Text(), nullable=True))
    op.add_column("hubspot_registrations", sa.Column("journal_from", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    op.drop_column("hubspot_registrations", "journal_from")
    op.drop_column("hubspot_registrations", "journal_offset")
