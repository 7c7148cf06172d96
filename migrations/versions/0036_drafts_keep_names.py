"""What is typed into the fields of a draft's owner, such as its name, is kept with the draft."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects.postgresql import JSONB

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

DRAFTS = "message_drafts"


def upgrade() -> None:
    for name in ("own", "own_base"):
        op.add_column(DRAFTS, sa.Column(name, JSONB(), server_default="{}", nullable=False))


def downgrade() -> None:
    for name in ("own_base", "own"):
        op.drop_column(DRAFTS, name)
