"""QR Codes name workflows that are there."""

from __future__ import annotations

from alembic import op

revision = "0047"
down_revision = "0046"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute("UPDATE qr_codes SET workflow_id = NULL WHERE workflow_id NOT IN (SELECT id FROM workflows)")
    op.create_foreign_key(
        "fk_qr_codes_workflow_id_workflows", "qr_codes", "workflows", ["workflow_id"], ["id"], ondelete="SET NULL"
    )
    op.create_index("ix_qr_codes_workflow_id", "qr_codes", ["workflow_id"])


def downgrade() -> None:
    op.drop_index("ix_qr_codes_workflow_id", "qr_codes")
    op.drop_constraint("fk_qr_codes_workflow_id_workflows", "qr_codes", type_="foreignkey")
