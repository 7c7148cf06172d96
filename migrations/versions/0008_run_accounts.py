"""the account of each run, and the indexes that need it

Nothing here blocks running work: runs are given their account batch by batch, and indexes are built while the table is
written to. An attempt that was interrupted may be repeated.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

ACTIVE = "state IN ('queued', 'running')"
BATCH = 10_000


def upgrade() -> None:
    with op.get_context().autocommit_block():
        _give_runs_their_account()
        # Builds and checks wait for every transaction that is open, however long, without blocking any.
        op.execute("SET lock_timeout = 0")
        op.execute("ALTER TABLE runs VALIDATE CONSTRAINT fk_runs_account_id_accounts")
        _index("ix_runs_account", "account_id", ACTIVE)
        _index("ix_runs_waits_for", "waits_for", "waits_for IS NOT NULL")
        _index("ix_runs_finished", "finished_at", "finished_at IS NOT NULL")
        op.execute("SET lock_timeout = '10s'")


def _index(name: str, column: str, where: str) -> None:
    """Build an index beside running work; one that an interrupted attempt left unfinished is built again."""
    op.execute(f"DROP INDEX CONCURRENTLY IF EXISTS {name}")
    op.execute(f"CREATE INDEX CONCURRENTLY {name} ON runs ({column}) WHERE {where}")


def _give_runs_their_account() -> None:
    """Every kind of run there was until now has an account as its subject."""
    connection = op.get_bind()
    last = connection.scalar(sa.text("SELECT coalesce(max(id), 0) FROM runs"))
    statement = sa.text(
        "UPDATE runs SET account_id = subject_id FROM accounts"
        " WHERE accounts.id = subject_id AND runs.id > :first AND runs.id <= :last AND account_id IS NULL"
    )
    for first in range(0, last, BATCH):
        connection.execute(statement, {"first": first, "last": first + BATCH})


def downgrade() -> None:
    for index in ("ix_runs_finished", "ix_runs_waits_for", "ix_runs_account"):
        op.drop_index(index, table_name="runs")
