"""broadcasts, their recipients and chunks

New tables; the version before goes on working. Recipients lie in partitions that exist from the beginning, so that
sending changes no table.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

BROADCASTS, RECIPIENTS, CHUNKS = "broadcasts", "broadcast_recipients", "broadcast_chunks"
PARTITIONS = 32
NOW = sa.text("now()")


def upgrade() -> None:
    _create_broadcasts()
    _create_recipients()
    op.create_table(
        CHUNKS,
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("first", sa.Integer(), nullable=False),
        sa.Column("last", sa.Integer(), nullable=False),
        sa.Column("retry_key", sa.Uuid(), nullable=False),
        sa.Column("key_used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("request_id", sa.Text(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["broadcast_id"],
            ["broadcasts.id"],
            name=op.f("fk_broadcast_chunks_broadcast_id_broadcasts"),
            ondelete="CASCADE",
        ),
        sa.PrimaryKeyConstraint("broadcast_id", "number", name=op.f("pk_broadcast_chunks")),
    )
    op.create_index(
        "ix_broadcast_chunks_waiting",
        CHUNKS,
        ["broadcast_id", "number"],
        postgresql_where=sa.text("state = 'waiting'"),
    )
    _create_rules_and_marks()


def _create_broadcasts() -> None:
    op.create_table(
        BROADCASTS,
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="draft", nullable=False),
        sa.Column("audience", postgresql.JSONB(), nullable=False),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        sa.Column("tracking", sa.Text(), server_default="person", nullable=False),
        sa.Column("scheduled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_zone", sa.Text(), nullable=True),
        sa.Column("late_policy", sa.Text(), server_default="ask", nullable=False),
        sa.Column("late_hours", sa.BigInteger(), server_default="3", nullable=False),
        sa.Column("spread_minutes", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("content_b", postgresql.JSONB(), nullable=True),
        sa.Column("test_share", sa.BigInteger(), nullable=True),
        sa.Column("winner_after_hours", sa.BigInteger(), nullable=True),
        sa.Column("winner", sa.Text(), nullable=True),
        sa.Column("reserved_units", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("reviewed", postgresql.JSONB(), nullable=True),
        sa.Column("frozen", postgresql.JSONB(), nullable=True),
        sa.Column("counts", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("way", sa.Text(), nullable=True),
        sa.Column("unit", sa.Text(), nullable=True),
        sa.Column("tracked_send_id", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_by", sa.BigInteger(), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seconded_by", sa.BigInteger(), nullable=True),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_values", postgresql.JSONB(), server_default="{}", nullable=False),
        sa.Column("start_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("start_attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("start_leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("start_reason", sa.Text(), nullable=True),
        sa.Column("version", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=NOW, nullable=False),
        sa.Column("updated_by", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_broadcasts_account_id_accounts"), ondelete="CASCADE"
        ),
        *(
            sa.ForeignKeyConstraint(
                [name], ["members.id"], name=op.f(f"fk_broadcasts_{name}_members"), ondelete="SET NULL"
            )
            for name in ("confirmed_by", "seconded_by", "updated_by")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_broadcasts")),
    )
    op.create_index("ix_broadcasts_account", BROADCASTS, ["account_id", "updated_at", "id"])
    op.create_index("ix_broadcasts_state", BROADCASTS, ["account_id", "state"])
    op.create_index("ix_broadcasts_time", BROADCASTS, ["account_id", sa.text("coalesce(started_at, scheduled_at)")])
    for name in ("confirmed_by", "seconded_by", "updated_by"):
        op.create_index(f"ix_broadcasts_{name}", BROADCASTS, [name])
    op.create_index(
        "ix_broadcasts_start_due",
        BROADCASTS,
        ["start_due_at"],
        postgresql_where=sa.text("start_due_at IS NOT NULL"),
    )


def _create_recipients() -> None:
    op.create_table(
        RECIPIENTS,
        sa.Column("broadcast_id", sa.BigInteger(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("chunk", sa.Integer(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=False),
        sa.Column("line_user_id", sa.Text(), nullable=False),
        sa.Column("variant", sa.Text(), nullable=True),
        sa.Column("state", sa.Text(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("broadcast_id", "position", name=op.f("pk_broadcast_recipients")),
        postgresql_partition_by="HASH (broadcast_id)",
    )
    for number in range(PARTITIONS):
        op.execute(
            f"CREATE TABLE {RECIPIENTS}_{number} PARTITION OF {RECIPIENTS}"
            f" FOR VALUES WITH (MODULUS {PARTITIONS}, REMAINDER {number})"
        )
    op.create_index("ix_broadcast_recipients_friend_id", RECIPIENTS, ["friend_id"])
    op.create_index(
        "ix_broadcast_recipients_own",
        RECIPIENTS,
        ["broadcast_id", "position"],
        postgresql_where=sa.text("state IS NOT NULL"),
    )


def _create_rules_and_marks() -> None:
    op.create_table(
        "broadcast_rules",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("needs_second", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("most_broadcasts", sa.BigInteger(), nullable=True),
        sa.Column("within_days", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_broadcast_rules_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_broadcast_rules")),
    )
    op.create_table(
        "ledger_marks",
        sa.Column("id", sa.SmallInteger(), nullable=False),
        sa.Column("installation", sa.Uuid(), nullable=False),
        sa.Column("number", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ledger_marks")),
    )


def downgrade() -> None:
    for table in ("ledger_marks", "broadcast_rules", CHUNKS, RECIPIENTS, BROADCASTS):
        op.drop_table(table)
