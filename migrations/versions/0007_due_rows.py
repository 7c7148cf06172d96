"""due rows: leases, the scheduler's leader, and what runs belong to

New columns are nullable or have a constant default, so that no table is rewritten, however many rows it has.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

TIME = sa.DateTime(timezone=True)


def upgrade() -> None:
    op.add_column("outgoing_mails", sa.Column("leased_until", TIME, nullable=True))
    op.add_column("groups", sa.Column("summary_leased_until", TIME, nullable=True))
    op.add_column("groups", sa.Column("summary_reason", sa.Text(), nullable=True))
    op.add_column("friends", sa.Column("profile_leased_until", TIME, nullable=True))
    op.add_column("friends", sa.Column("profile_reason", sa.Text(), nullable=True))
    op.add_column("segments", sa.Column("count_attempts", sa.BigInteger(), server_default="0", nullable=False))
    op.add_column("segments", sa.Column("count_leased_until", TIME, nullable=True))
    op.add_column("segments", sa.Column("count_reason", sa.Text(), nullable=True))
    op.create_table(
        "leaderships",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("holder", sa.Text(), nullable=False),
        sa.Column("since", TIME, nullable=False),
        sa.Column("leased_until", TIME, nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_leaderships")),
    )
    op.add_column("runs", sa.Column("account_id", sa.BigInteger(), nullable=True))
    op.add_column("runs", sa.Column("waits_for", sa.BigInteger(), nullable=True))
    op.execute(
        "ALTER TABLE runs ADD CONSTRAINT fk_runs_account_id_accounts FOREIGN KEY (account_id)"
        " REFERENCES accounts (id) ON DELETE CASCADE NOT VALID"
    )


def downgrade() -> None:
    op.drop_column("runs", "waits_for")
    op.drop_column("runs", "account_id")
    op.drop_table("leaderships")
    for table, columns in (
        ("segments", ("count_reason", "count_leased_until", "count_attempts")),
        ("friends", ("profile_reason", "profile_leased_until")),
        ("groups", ("summary_reason", "summary_leased_until")),
        ("outgoing_mails", ("leased_until",)),
    ):
        for column in columns:
            op.drop_column(table, column)
