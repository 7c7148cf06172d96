"""tracked links: sends, short addresses, their fetches; last open and last click of friends

New tables, and two columns that are empty; the version before goes on working. The indexes on friends hold no row yet:
making them reads the table once, a second for a million friends, while others wait to write to it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

NAMES = ("last_open_at", "last_click_at")


def upgrade() -> None:
    for name in NAMES:
        op.add_column("friends", sa.Column(name, sa.DateTime(timezone=True), nullable=True))
        op.create_index(
            f"ix_friends_{name}",
            "friends",
            ["account_id", name, "follow_status"],
            postgresql_where=sa.text(f"{name} IS NOT NULL"),
        )
    _create_sends()
    _create_links()
    _create_fetches()
    op.add_column("message_sends", sa.Column("tracked_send_id", sa.BigInteger(), nullable=True))


def _create_sends() -> None:
    op.create_table(
        "tracked_sends",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("cause_kind", sa.Text(), nullable=False),
        sa.Column("cause_id", sa.Text(), nullable=False),
        sa.Column("is_test", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("accepted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_tracked_sends_account_id_accounts"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracked_sends")),
    )
    op.create_index("ix_tracked_sends_cause", "tracked_sends", ["account_id", "cause_kind", "cause_id"])


def _create_links() -> None:
    op.create_table(
        "tracked_links",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("send_id", sa.BigInteger(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=True),
        sa.Column("kind", sa.Text(), server_default="link", nullable=False),
        sa.Column("place", sa.Text(), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(
            ["send_id"], ["tracked_sends.id"], name=op.f("fk_tracked_links_send_id_tracked_sends"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tracked_links")),
        sa.UniqueConstraint("code", name=op.f("uq_tracked_links_code")),
    )
    op.create_index("ix_tracked_links_send", "tracked_links", ["send_id", "place"])


def _create_fetches() -> None:
    op.create_table(
        "link_fetches",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("link_id", sa.BigInteger(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=True),
        sa.Column("fetched_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("client", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.ForeignKeyConstraint(
            ["friend_id"], ["friends.id"], name=op.f("fk_link_fetches_friend_id_friends"), ondelete="SET NULL"
        ),
        sa.ForeignKeyConstraint(
            ["link_id"], ["tracked_links.id"], name=op.f("fk_link_fetches_link_id_tracked_links"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_link_fetches")),
    )
    op.create_index("ix_link_fetches_due", "link_fetches", ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index("ix_link_fetches_link", "link_fetches", ["link_id", "fetched_at"])
    op.create_index(
        "ix_link_fetches_friend_id", "link_fetches", ["friend_id"], postgresql_where=sa.text("friend_id IS NOT NULL")
    )


def downgrade() -> None:
    op.drop_column("message_sends", "tracked_send_id")
    for table in ("link_fetches", "tracked_links", "tracked_sends"):
        op.drop_table(table)
    for name in NAMES:
        op.drop_index(f"ix_friends_{name}", "friends")
        op.drop_column("friends", name)
