"""conversations: messages with friends, groups and rooms; sends to one recipient, reply tokens, test recipients

New tables; the version before goes on working. `flask messages fill-history` fills in earlier messages.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

MESSAGES, SENDS, TOKENS = "conversation_messages", "message_sends", "reply_tokens"
TESTERS, CODES = "testers", "tester_codes"


def upgrade() -> None:
    _conversation_messages()
    _message_sends()
    _reply_tokens()
    _testers()


def downgrade() -> None:
    for table in (CODES, TESTERS, TOKENS, SENDS, MESSAGES):
        op.drop_table(table)


def _time(name: str, *, nullable: bool = False, default: bool = False) -> sa.Column[object]:
    now = sa.text("now()") if default else None
    return sa.Column(name, sa.DateTime(timezone=True), server_default=now, nullable=nullable)


def _words(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.Text(), nullable=nullable)


def _number(name: str, *, nullable: bool = True) -> sa.Column[object]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _refers(table: str, column: str, to: str, ondelete: str = "CASCADE") -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)


def _conversation_messages() -> None:
    op.create_table(
        MESSAGES,
        _number("id", nullable=False),
        _number("account_id", nullable=False),
        *(_words(name) for name in ("chat_id", "direction", "author_kind")),
        _number("author_id"),
        _number("friend_id"),
        _words("author_line_id", nullable=True),
        _words("type"),
        sa.Column("content", postgresql.JSONB(), nullable=False),
        _words("state"),
        *(_words(name, nullable=True) for name in ("line_message_id", "quote_token", "quoted_message_id")),
        _time("occurred_at"),
        _time("edited_at", nullable=True),
        sa.Column("is_standby", sa.Boolean(), server_default="false", nullable=False),
        *(_number(name) for name in ("webhook_event_id", "send_id", "position")),
        _words("cause_kind"),
        _words("cause_id"),
        _refers(MESSAGES, "account_id", "accounts"),
        _refers(MESSAGES, "friend_id", "friends"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{MESSAGES}")),
        sa.UniqueConstraint("account_id", "line_message_id", name=op.f(f"uq_{MESSAGES}_account_id_line_message_id")),
        sa.UniqueConstraint("send_id", "position", name=op.f(f"uq_{MESSAGES}_send_id_position")),
    )
    without_id = sa.text("line_message_id IS NULL")
    op.create_index(f"uq_{MESSAGES}_event", MESSAGES, ["webhook_event_id"], unique=True, postgresql_where=without_id)
    newest_first = [sa.text("occurred_at DESC"), sa.text("id DESC")]
    op.create_index(f"ix_{MESSAGES}_thread", MESSAGES, ["account_id", "chat_id", *newest_first])
    op.create_index(f"ix_{MESSAGES}_friend_id", MESSAGES, ["friend_id"])


def _message_sends() -> None:
    op.create_table(
        SENDS,
        _number("id", nullable=False),
        _number("account_id", nullable=False),
        _words("chat_id"),
        _number("friend_id"),
        _words("cause_kind"),
        _words("cause_id"),
        sa.Column("actor", postgresql.JSONB(), nullable=False),
        sa.Column("messages", postgresql.JSONB(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        _words("via", nullable=True),
        sa.Column("retry_key", sa.Uuid(), nullable=False),
        _time("key_used_at", nullable=True),
        sa.Column("reason_values", postgresql.JSONB(), server_default="{}", nullable=False),
        _words("request_id", nullable=True),
        _time("created_at", default=True),
        _time("settled_at", nullable=True),
        _time("due_at", nullable=True),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        _time("leased_until", nullable=True),
        _words("reason", nullable=True),
        _refers(SENDS, "account_id", "accounts"),
        _refers(SENDS, "friend_id", "friends"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SENDS}")),
    )
    op.create_index(f"ix_{SENDS}_due", SENDS, ["due_at"], postgresql_where=sa.text("due_at IS NOT NULL"))
    op.create_index(f"ix_{SENDS}_friend", SENDS, ["friend_id", sa.text("created_at DESC"), sa.text("id DESC")])
    op.create_index(f"ix_{SENDS}_cause", SENDS, ["account_id", "cause_kind", "cause_id"])


def _reply_tokens() -> None:
    op.create_table(
        TOKENS,
        _number("id", nullable=False),
        _number("account_id", nullable=False),
        _words("chat_id"),
        _words("token"),
        _time("given_at"),
        _number("send_id"),
        _refers(TOKENS, "account_id", "accounts"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TOKENS}")),
        sa.UniqueConstraint("account_id", "token", name=op.f(f"uq_{TOKENS}_account_id_token")),
    )
    free = sa.text("send_id IS NULL")
    op.create_index(f"ix_{TOKENS}_free", TOKENS, ["account_id", "chat_id", "given_at"], postgresql_where=free)
    op.create_index(f"ix_{TOKENS}_given_at", TOKENS, ["given_at"])


def _testers() -> None:
    op.create_table(
        TESTERS,
        sa.Column("friend_id", sa.BigInteger(), autoincrement=False, nullable=False),
        _number("account_id", nullable=False),
        _number("member_id"),
        _time("added_at", default=True),
        _refers(TESTERS, "friend_id", "friends"),
        _refers(TESTERS, "account_id", "accounts"),
        _refers(TESTERS, "member_id", "members", "SET NULL"),
        sa.PrimaryKeyConstraint("friend_id", name=op.f(f"pk_{TESTERS}")),
    )
    for column in ("account_id", "member_id"):
        op.create_index(op.f(f"ix_{TESTERS}_{column}"), TESTERS, [column])
    op.create_table(
        CODES,
        _number("account_id", nullable=False),
        _number("member_id", nullable=False),
        _words("code"),
        _time("expires_at"),
        _refers(CODES, "account_id", "accounts"),
        _refers(CODES, "member_id", "members"),
        sa.PrimaryKeyConstraint("account_id", "member_id", name=op.f(f"pk_{CODES}")),
        sa.UniqueConstraint("account_id", "code", name=op.f(f"uq_{CODES}_account_id_code")),
    )
    op.create_index(op.f(f"ix_{CODES}_member_id"), CODES, ["member_id"])
