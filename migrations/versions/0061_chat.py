"""What the team keeps of conversations, and lines about what happens in them."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

TRANSACTION = "CAST(CAST(pg_current_xact_id() AS text) AS bigint)"
CONVERSATIONS, SETTINGS, MESSAGES = "conversations", "chat_settings", "conversation_messages"
MARKS, MEMBERS = "conversation_marks", "chat_members"


def upgrade() -> None:
    op.create_table(
        CONVERSATIONS,
        _number("id", nullable=False),
        _number("account_id", nullable=False),
        _words("chat_id"),
        _words("kind"),
        _number("friend_id"),
        _number("group_id"),
        _words("status", "none"),
        _number("assignee_id"),
        _yes_or_no("is_spam"),
        _words("owner", "automation"),
        _number("owner_id"),
        _time("owned_since"),
        _time("started_at", "now()"),
        _number("last_message_id"),
        _time("last_message_at", "now()"),
        _number("last_incoming_id"),
        _time("last_incoming_at"),
        _time("unanswered_since"),
        _number("answered_id"),
        _number("read_at_line_id"),
        sa.Column("changed_in", sa.BigInteger(), server_default=sa.text(TRANSACTION), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_conversations")),
        *(
            _refers(CONVERSATIONS, column, table, ondelete)
            for column, table, ondelete in (
                ("account_id", "accounts", "CASCADE"),
                ("friend_id", "friends", "CASCADE"),
                ("group_id", "groups", "CASCADE"),
                ("assignee_id", "members", "SET NULL"),
                ("owner_id", "members", "SET NULL"),
            )
        ),
        sa.UniqueConstraint("account_id", "chat_id", name=op.f("uq_conversations_account_id_chat_id")),
    )
    op.create_table(
        SETTINGS,
        _number("account_id", nullable=False),
        _words("status_on_message", "to_do"),
        _yes_or_no("assigns_first_answer"),
        _words("marks_read", "hand"),
        _number("answer_within"),
        sa.Column("loading_seconds", sa.BigInteger(), server_default="0", nullable=False),
        _number("release_after"),
        _number("keep_months"),
        sa.Column("largest_file", sa.BigInteger(), server_default="300", nullable=False),
        sa.Column("closed_content", postgresql.JSONB()),
        sa.PrimaryKeyConstraint("account_id", name=op.f("pk_chat_settings")),
        _refers(SETTINGS, "account_id", "accounts", "CASCADE"),
    )
    op.create_table(
        MARKS,
        _number("conversation_id", nullable=False),
        _number("member_id", nullable=False),
        sa.Column("read_up_to_id", sa.BigInteger(), server_default="0", nullable=False),
        *(_yes_or_no(name) for name in ("is_pinned", "is_followed", "is_muted")),
        sa.PrimaryKeyConstraint("conversation_id", "member_id", name=op.f("pk_conversation_marks")),
        _refers(MARKS, "conversation_id", CONVERSATIONS, "CASCADE"),
        _refers(MARKS, "member_id", "members", "CASCADE"),
    )
    op.create_index(
        "ix_conversation_marks_member_id", MARKS, ["member_id"], postgresql_where=sa.text("is_pinned OR is_followed")
    )
    op.create_table(
        MEMBERS,
        _number("member_id", nullable=False),
        sa.Column("read_up_to_id", sa.BigInteger(), server_default="0", nullable=False),
        _yes_or_no("enter_sends"),
        sa.PrimaryKeyConstraint("member_id", name=op.f("pk_chat_members")),
        _refers(MEMBERS, "member_id", "members", "CASCADE"),
    )
    op.add_column("message_sends", _yes_or_no("is_automatic_answer"))
    op.add_column(MESSAGES, _yes_or_no("is_answer"))
    # With the default from the start, every row would be written.
    op.add_column(MESSAGES, _number("changed_in"))
    op.alter_column(MESSAGES, "changed_in", server_default=sa.text(TRANSACTION))
    _fill()
    for name, columns, where in (
        ("list", ["account_id", sa.text("last_message_at DESC"), sa.text("id DESC")], None),
        ("changed_in", ["changed_in"], None),
        ("friend_id", ["friend_id"], None),
        ("group_id", ["group_id"], "group_id IS NOT NULL"),
        ("assignee_id", ["assignee_id"], "assignee_id IS NOT NULL"),
        ("owner_id", ["owner_id"], "owner_id IS NOT NULL"),
        ("unanswered", ["account_id", "unanswered_since", "id"], "unanswered_since IS NOT NULL AND NOT is_spam"),
        ("last_incoming_id", ["account_id", sa.text("last_incoming_id DESC")], None),
        (
            "status",
            ["account_id", "status", sa.text("last_message_at DESC"), sa.text("id DESC")],
            "status <> 'none'",
        ),
    ):
        partial = {"postgresql_where": sa.text(where)} if where else {}
        op.create_index(f"ix_conversations_{name}", CONVERSATIONS, columns, **partial)


def downgrade() -> None:
    op.execute("DELETE FROM conversation_messages WHERE direction = 'event' OR type = 'postback'")
    op.drop_column("message_sends", "is_automatic_answer")
    op.drop_column(MESSAGES, "changed_in")
    op.drop_column(MESSAGES, "is_answer")
    for table in (MEMBERS, MARKS, SETTINGS, CONVERSATIONS):
        op.drop_table(table)


def _fill() -> None:
    """Begin a conversation for each chat in which the other side wrote; none of them waits for an answer."""
    op.execute("""
        INSERT INTO conversations (account_id, chat_id, kind, friend_id, group_id, started_at, last_message_id,
            last_message_at, last_incoming_id, last_incoming_at)
        SELECT chat.account_id, chat.chat_id, CASE WHEN chat.chat_id ~ '^[CR]' THEN 'group' ELSE 'friend' END,
            person.id, known.id, chat.started_at, last.id, last.occurred_at, chat.incoming_id, chat.incoming_at
        FROM (
            SELECT account_id, chat_id, min(occurred_at) AS started_at, max(id) AS incoming_id,
                max(occurred_at) AS incoming_at
            FROM conversation_messages WHERE direction = 'in' GROUP BY account_id, chat_id
        ) chat
        CROSS JOIN LATERAL (
            SELECT id, occurred_at FROM conversation_messages message
            WHERE message.account_id = chat.account_id AND message.chat_id = chat.chat_id
            ORDER BY occurred_at DESC, id DESC LIMIT 1
        ) last
        LEFT JOIN friends person ON person.account_id = chat.account_id AND person.line_user_id = chat.chat_id
        LEFT JOIN groups known ON known.account_id = chat.account_id AND known.line_group_id = chat.chat_id
    """)


def _number(name: str, *, nullable: bool = True) -> sa.Column[int]:
    return sa.Column(name, sa.BigInteger(), nullable=nullable)


def _words(name: str, default: str | None = None) -> sa.Column[str]:
    return sa.Column(name, sa.Text(), server_default=default, nullable=False)


def _yes_or_no(name: str) -> sa.Column[bool]:
    return sa.Column(name, sa.Boolean(), server_default="false", nullable=False)


def _time(name: str, default: str | None = None) -> sa.Column[object]:
    return sa.Column(
        name, sa.DateTime(timezone=True), server_default=default and sa.text(default), nullable=default is None
    )


def _refers(table: str, column: str, to: str, ondelete: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_{column}_{to}")
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=name, ondelete=ondelete)
