"""foundation"""

from __future__ import annotations

from pathlib import Path

import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import postgresql

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

SEARCH = Path(__file__).parent.parent / "sql" / "0001_search.sql"


def upgrade() -> None:
    op.execute(SEARCH.read_text())
    op.create_table(
        "accounts",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("webhook_key", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="connected", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("bot_user_id", sa.Text(), nullable=False),
        sa.Column("basic_id", sa.Text(), nullable=False),
        sa.Column("premium_id", sa.Text(), nullable=True),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column("chat_mode", sa.Text(), nullable=True),
        sa.Column("mark_as_read_mode", sa.Text(), nullable=True),
        sa.Column("channel_id", sa.Text(), nullable=True),
        sa.Column("channel_secret", sa.LargeBinary(), nullable=True),
        sa.Column("token_kind", sa.Text(), server_default="issued", nullable=False),
        sa.Column("access_token", sa.LargeBinary(), nullable=True),
        sa.Column("token_expires_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("token_claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("login_channel_id", sa.Text(), nullable=True),
        sa.Column("login_channel_secret", sa.LargeBinary(), nullable=True),
        sa.Column("liff_id", sa.Text(), nullable=True),
        sa.Column("has_followers_api", sa.Boolean(), nullable=True),
        sa.Column("followers_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("webhook_endpoint", sa.Text(), nullable=True),
        sa.Column("webhook_active", sa.Boolean(), nullable=True),
        sa.Column("webhook_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("webhook_test_reason", sa.Text(), nullable=True),
        sa.Column("webhook_test_detail", sa.Text(), nullable=True),
        sa.Column("webhook_tested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_webhook_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bad_signature_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("bad_signatures", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("quota_limit", sa.BigInteger(), nullable=True),
        sa.Column("quota_used", sa.BigInteger(), nullable=True),
        sa.Column("quota_checked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("disconnected_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_accounts")),
        sa.UniqueConstraint("bot_user_id", name=op.f("uq_accounts_bot_user_id")),
        sa.UniqueConstraint("webhook_key", name=op.f("uq_accounts_webhook_key")),
    )
    op.create_table(
        "audit_entries",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("actor_name", sa.Text(), nullable=False),
        sa.Column("action", sa.Text(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=True),
        sa.Column("target_type", sa.Text(), nullable=True),
        sa.Column("target_id", sa.Text(), nullable=True),
        sa.Column("target_name", sa.Text(), nullable=True),
        sa.Column("details", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("ip_address", sa.Text(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_entries")),
    )
    op.create_index("ix_audit_entries_account", "audit_entries", ["account_id", "at"], unique=False)
    op.create_index("ix_audit_entries_at", "audit_entries", ["at", "id"], unique=False)
    op.create_index("ix_audit_entries_member", "audit_entries", ["member_id", "at", "id"], unique=False)
    op.create_table(
        "heartbeats",
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("name", name=op.f("pk_heartbeats")),
    )
    op.create_table(
        "members",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("email", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("role", sa.Text(), server_default="member", nullable=False),
        sa.Column("state", sa.Text(), server_default="invited", nullable=False),
        sa.Column("permissions", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("account_ids", postgresql.ARRAY(sa.BigInteger()), nullable=True),
        sa.Column("password_hash", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("theme", sa.Text(), nullable=True),
        sa.Column("totp_secret", sa.LargeBinary(), nullable=True),
        sa.Column("totp_enabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("totp_last_step", sa.BigInteger(), nullable=True),
        sa.Column("recovery_codes", postgresql.ARRAY(sa.Text()), server_default="{}", nullable=False),
        sa.Column("session_key", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_members")),
    )
    op.create_index("uq_members_email", "members", [sa.literal_column("lower(email)")], unique=True)
    op.create_table(
        "outgoing_mails",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("recipient", sa.Text(), nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("state", sa.Text(), server_default="waiting", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("problem", sa.Text(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("sent_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outgoing_mails")),
    )
    op.create_index(
        "ix_outgoing_mails_due",
        "outgoing_mails",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'waiting'"),
    )
    op.create_table(
        "runs",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("subject_id", sa.BigInteger(), nullable=False),
        sa.Column("slot", sa.Text(), server_default="", nullable=False),
        sa.Column("state", sa.Text(), server_default="queued", nullable=False),
        sa.Column("input", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("cursor", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("counts", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), nullable=True),
        sa.Column("pace", sa.Double(), nullable=True),
        sa.Column("reason", sa.Text(), nullable=True),
        sa.Column("reason_values", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("cancel_requested_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("lease", sa.Uuid(), nullable=True),
        sa.Column("leased_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("heartbeat_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_runs")),
    )
    op.create_index(
        "ix_runs_due", "runs", ["due_at"], unique=False, postgresql_where=sa.text("state IN ('queued', 'running')")
    )
    op.create_index("ix_runs_history", "runs", ["subject_id", "kind", "created_at"], unique=False)
    op.create_index(
        "uq_runs_active",
        "runs",
        ["kind", "subject_id", "slot"],
        unique=True,
        postgresql_where=sa.text("state IN ('queued', 'running')"),
    )
    op.create_table(
        "workspace",
        sa.Column("id", sa.BigInteger(), server_default="1", nullable=False),
        sa.Column("name", sa.Text(), server_default="Tomoru", nullable=False),
        sa.Column("icon", sa.LargeBinary(), nullable=True),
        sa.Column("icon_type", sa.Text(), nullable=True),
        sa.Column("time_zone", sa.Text(), server_default="Asia/Tokyo", nullable=False),
        sa.Column("language", sa.Text(), server_default="en", nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_workspace_single")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_workspace")),
    )
    op.create_table(
        "account_checks",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), nullable=False),
        sa.Column("code", sa.Text(), nullable=False),
        sa.Column("values", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("checked_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_account_checks_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "name", name=op.f("pk_account_checks")),
    )
    op.create_table(
        "attribute_definitions",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("key", sa.Text(), nullable=False),
        sa.Column("label", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), server_default="text", nullable=False),
        sa.Column("position", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_attribute_definitions_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attribute_definitions")),
        sa.UniqueConstraint("account_id", "key", name=op.f("uq_attribute_definitions_account_id_key")),
    )
    op.create_index(
        "uq_attribute_definitions_label",
        "attribute_definitions",
        ["account_id", sa.literal_column("lower(normalize(label, NFKC))")],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "friends",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("line_user_id", sa.Text(), nullable=False),
        sa.Column("display_name", sa.Text(), nullable=True),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column("status_message", sa.Text(), nullable=True),
        sa.Column("language", sa.Text(), nullable=True),
        sa.Column("profile_fetched_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("profile_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("profile_attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("profile_unavailable", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("follow_status", sa.Text(), server_default="following", nullable=False),
        sa.Column("status_changed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("followed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("unblocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("blocked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("origin", sa.Text(), nullable=False),
        sa.Column("first_name", sa.Text(), nullable=True),
        sa.Column("last_name", sa.Text(), nullable=True),
        sa.Column("email", sa.Text(), nullable=True),
        sa.Column("phone", sa.Text(), nullable=True),
        sa.Column("company", sa.Text(), nullable=True),
        sa.Column("attributes", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("links", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("last_message_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("last_activity_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column(
            "search_text",
            sa.Text(),
            sa.Computed(
                "search_fold(coalesce(display_name, '') || chr(10) || coalesce(last_name, '') || coalesce(first_name, '') || chr(10) || coalesce(first_name, '') || ' ' || coalesce(last_name, '') || chr(10) || coalesce(email, '') || chr(10) || coalesce(phone, '') || chr(10) || regexp_replace(coalesce(phone, ''), '\\D', '', 'g') || chr(10) || coalesce(company, ''))",
                persisted=True,
            ),
            nullable=False,
        ),
        sa.Column(
            "name_sort",
            sa.Text(collation="C"),
            sa.Computed("search_fold(coalesce(display_name, ''))", persisted=True),
            nullable=False,
        ),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_friends_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_friends")),
        sa.UniqueConstraint("account_id", "line_user_id", name=op.f("uq_friends_account_id_line_user_id")),
    )
    op.create_index("ix_friends_account", "friends", ["account_id", "id"], unique=False)
    op.create_index(
        "ix_friends_active",
        "friends",
        ["account_id", sa.literal_column("COALESCE(last_activity_at, '-infinity'::timestamp with time zone)"), "id"],
        unique=False,
    )
    op.create_index(
        "ix_friends_added",
        "friends",
        ["account_id", sa.literal_column("COALESCE(followed_at, '-infinity'::timestamp with time zone)"), "id"],
        unique=False,
    )
    op.create_index("ix_friends_name", "friends", ["account_id", "name_sort", "id"], unique=False)
    op.create_index(
        "ix_friends_profile_due",
        "friends",
        ["account_id", "profile_due_at"],
        unique=False,
        postgresql_where=sa.text("profile_due_at IS NOT NULL"),
    )
    op.create_index(
        "ix_friends_search",
        "friends",
        [
            sa.literal_column(
                "(search_pairs(search_text) || string_to_array(regexp_replace(substr(line_user_id, 2), '(....)', '\\1 ', 'g'), ' '))"
            )
        ],
        unique=False,
        postgresql_using="gin",
    )
    op.create_index(
        "ix_friends_status",
        "friends",
        [
            "account_id",
            "follow_status",
            sa.literal_column("COALESCE(followed_at, '-infinity'::timestamp with time zone)"),
            "id",
        ],
        unique=False,
    )
    op.create_table(
        "groups",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("line_group_id", sa.Text(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("name", sa.Text(), nullable=True),
        sa.Column("picture_url", sa.Text(), nullable=True),
        sa.Column("summary_due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("summary_attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("is_joined", sa.Boolean(), nullable=False),
        sa.Column("membership_changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_groups_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_groups")),
        sa.UniqueConstraint("account_id", "line_group_id", name=op.f("uq_groups_account_id_line_group_id")),
    )
    op.create_index(
        "ix_groups_summary_due",
        "groups",
        ["summary_due_at"],
        unique=False,
        postgresql_where=sa.text("summary_due_at IS NOT NULL"),
    )
    op.create_table(
        "import_candidates",
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("line_user_id", sa.Text(), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_import_candidates_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("account_id", "line_user_id", name=op.f("pk_import_candidates")),
    )
    op.create_index(
        "ix_import_candidates_due",
        "import_candidates",
        ["account_id", "line_user_id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_table(
        "member_links",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("member_id", sa.BigInteger(), nullable=False),
        sa.Column("purpose", sa.Text(), nullable=False),
        sa.Column("token_digest", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("voided_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["member_id"], ["members.id"], name=op.f("fk_member_links_member_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_member_links")),
        sa.UniqueConstraint("token_digest", name=op.f("uq_member_links_token_digest")),
    )
    op.create_index(op.f("ix_member_links_member_id"), "member_links", ["member_id"], unique=False)
    op.create_table(
        "tags",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("name", sa.Text(), nullable=False),
        sa.Column("created_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("updated_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("deleted_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["accounts.id"], name=op.f("fk_tags_account_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_tags")),
    )
    op.create_index(
        "uq_tags_name",
        "tags",
        ["account_id", sa.literal_column("lower(normalize(name, NFKC))")],
        unique=True,
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.create_table(
        "webhook_events",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("event_id", sa.Text(), nullable=False),
        sa.Column("type", sa.Text(), nullable=False),
        sa.Column("source_id", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("is_redelivery", sa.Boolean(), server_default="false", nullable=False),
        sa.Column("duplicates", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("payload", postgresql.JSONB(astext_type=sa.Text()), nullable=False),
        sa.Column("state", sa.Text(), server_default="pending", nullable=False),
        sa.Column("attempts", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.Column("error", sa.Text(), nullable=True),
        sa.Column("processed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_webhook_events_account_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_webhook_events")),
        sa.UniqueConstraint("account_id", "event_id", name=op.f("uq_webhook_events_account_id_event_id")),
    )
    op.create_index(
        "ix_webhook_events_due",
        "webhook_events",
        ["due_at"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_webhook_events_failed",
        "webhook_events",
        ["account_id", "received_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'failed'"),
    )
    op.create_index("ix_webhook_events_list", "webhook_events", ["account_id", "received_at", "id"], unique=False)
    op.create_index(
        "ix_webhook_events_order",
        "webhook_events",
        ["account_id", "source_id", "occurred_at", "id"],
        unique=False,
        postgresql_where=sa.text("state = 'pending'"),
    )
    op.create_index(
        "ix_webhook_events_source", "webhook_events", ["account_id", "source_id", "received_at", "id"], unique=False
    )
    op.create_table(
        "activities",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("account_id", sa.BigInteger(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=False),
        sa.Column("kind", sa.Text(), nullable=False),
        sa.Column("occurred_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("data", postgresql.JSONB(astext_type=sa.Text()), server_default="{}", nullable=False),
        sa.Column("webhook_event_id", sa.BigInteger(), nullable=True),
        sa.Column("member_id", sa.BigInteger(), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["accounts.id"], name=op.f("fk_activities_account_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(
            ["friend_id"], ["friends.id"], name=op.f("fk_activities_friend_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_activities")),
        sa.UniqueConstraint("webhook_event_id", "kind", name=op.f("uq_activities_webhook_event_id_kind")),
    )
    op.create_index(
        "ix_activities_follows",
        "activities",
        ["account_id", "occurred_at"],
        unique=False,
        postgresql_where=sa.text("kind = ANY (ARRAY['followed'::text, 'unblocked'::text, 'blocked'::text])"),
    )
    op.create_index(
        "ix_activities_message",
        "activities",
        ["account_id", sa.literal_column("(data ->> 'message_id')")],
        unique=False,
        postgresql_where=sa.text("kind = 'message'"),
    )
    op.create_index(
        "ix_activities_recent",
        "activities",
        ["account_id", sa.literal_column("occurred_at DESC")],
        unique=False,
        postgresql_where=sa.text(
            "kind <> ALL (ARRAY['tag_added'::text, 'tag_removed'::text, 'attributes_changed'::text])"
        ),
    )
    op.create_index(
        "ix_activities_timeline",
        "activities",
        ["friend_id", sa.literal_column("occurred_at DESC"), sa.literal_column("id DESC")],
        unique=False,
    )
    op.create_table(
        "friend_tags",
        sa.Column("tag_id", sa.BigInteger(), nullable=False),
        sa.Column("friend_id", sa.BigInteger(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), server_default=sa.text("now()"), nullable=False),
        sa.ForeignKeyConstraint(
            ["friend_id"], ["friends.id"], name=op.f("fk_friend_tags_friend_id"), ondelete="CASCADE"
        ),
        sa.ForeignKeyConstraint(["tag_id"], ["tags.id"], name=op.f("fk_friend_tags_tag_id"), ondelete="CASCADE"),
        sa.PrimaryKeyConstraint("tag_id", "friend_id", name=op.f("pk_friend_tags")),
    )
    op.create_index("ix_friend_tags_friend_id", "friend_tags", ["friend_id", "tag_id"], unique=False)
    op.create_table(
        "group_members",
        sa.Column("id", sa.BigInteger(), nullable=False),
        sa.Column("group_id", sa.BigInteger(), nullable=False),
        sa.Column("line_user_id", sa.Text(), nullable=False),
        sa.Column("is_present", sa.Boolean(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["group_id"], ["groups.id"], name=op.f("fk_group_members_group_id"), ondelete="CASCADE"
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_group_members")),
        sa.UniqueConstraint("group_id", "line_user_id", name=op.f("uq_group_members_group_id_line_user_id")),
    )


def downgrade() -> None:
    op.drop_table("group_members")
    op.drop_index("ix_friend_tags_friend_id", table_name="friend_tags")
    op.drop_table("friend_tags")
    op.drop_index("ix_activities_timeline", table_name="activities")
    op.drop_index(
        "ix_activities_recent",
        table_name="activities",
        postgresql_where=sa.text(
            "kind <> ALL (ARRAY['tag_added'::text, 'tag_removed'::text, 'attributes_changed'::text])"
        ),
    )
    op.drop_index("ix_activities_message", table_name="activities", postgresql_where=sa.text("kind = 'message'"))
    op.drop_index(
        "ix_activities_follows",
        table_name="activities",
        postgresql_where=sa.text("kind = ANY (ARRAY['followed'::text, 'unblocked'::text, 'blocked'::text])"),
    )
    op.drop_table("activities")
    op.drop_index("ix_webhook_events_source", table_name="webhook_events")
    op.drop_index("ix_webhook_events_order", table_name="webhook_events", postgresql_where=sa.text("state = 'pending'"))
    op.drop_index("ix_webhook_events_list", table_name="webhook_events")
    op.drop_index("ix_webhook_events_failed", table_name="webhook_events", postgresql_where=sa.text("state = 'failed'"))
    op.drop_index("ix_webhook_events_due", table_name="webhook_events", postgresql_where=sa.text("state = 'pending'"))
    op.drop_table("webhook_events")
    op.drop_index("uq_tags_name", table_name="tags", postgresql_where=sa.text("deleted_at IS NULL"))
    op.drop_table("tags")
    op.drop_index(op.f("ix_member_links_member_id"), table_name="member_links")
    op.drop_table("member_links")
    op.drop_index(
        "ix_import_candidates_due", table_name="import_candidates", postgresql_where=sa.text("state = 'pending'")
    )
    op.drop_table("import_candidates")
    op.drop_index("ix_groups_summary_due", table_name="groups", postgresql_where=sa.text("summary_due_at IS NOT NULL"))
    op.drop_table("groups")
    op.drop_index("ix_friends_status", table_name="friends")
    op.drop_index("ix_friends_search", table_name="friends", postgresql_using="gin")
    op.drop_index(
        "ix_friends_profile_due", table_name="friends", postgresql_where=sa.text("profile_due_at IS NOT NULL")
    )
    op.drop_index("ix_friends_name", table_name="friends")
    op.drop_index("ix_friends_added", table_name="friends")
    op.drop_index("ix_friends_active", table_name="friends")
    op.drop_index("ix_friends_account", table_name="friends")
    op.drop_table("friends")
    op.drop_index(
        "uq_attribute_definitions_label",
        table_name="attribute_definitions",
        postgresql_where=sa.text("deleted_at IS NULL"),
    )
    op.drop_table("attribute_definitions")
    op.drop_table("account_checks")
    op.drop_table("workspace")
    op.drop_index("uq_runs_active", table_name="runs", postgresql_where=sa.text("state IN ('queued', 'running')"))
    op.drop_index("ix_runs_history", table_name="runs")
    op.drop_index("ix_runs_due", table_name="runs", postgresql_where=sa.text("state IN ('queued', 'running')"))
    op.drop_table("runs")
    op.drop_index("ix_outgoing_mails_due", table_name="outgoing_mails", postgresql_where=sa.text("state = 'waiting'"))
    op.drop_table("outgoing_mails")
    op.drop_index("uq_members_email", table_name="members")
    op.drop_table("members")
    op.drop_table("heartbeats")
    op.drop_index("ix_audit_entries_member", table_name="audit_entries")
    op.drop_index("ix_audit_entries_at", table_name="audit_entries")
    op.drop_index("ix_audit_entries_account", table_name="audit_entries")
    op.drop_table("audit_entries")
    op.drop_table("accounts")
    op.execute("DROP FUNCTION search_pairs(text)")
    op.execute("DROP FUNCTION search_fold(text)")
