"""Migrations that change what is stored: what an installation from before finds afterwards."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from flask import Flask
from flask_migrate import downgrade, upgrade
from sqlalchemy import text

from app.core.config import Config
from app.core.db import db
from app.factory import create_app
from tests.support.database import fresh_database

PERSON = "U" + "a" * 32


@pytest.fixture
def earlier(servers: SimpleNamespace, config: Config) -> Iterator[Flask]:
    """An application on a database of its own that has no tables yet."""
    with fresh_database(servers.database_url, "test_data_migrations") as url:
        own = create_app(replace(config, database_url=url, database_direct_url=""))
        with own.app_context():
            yield own
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


def run(statement: str, **values: object) -> list[tuple[object, ...]]:
    """Execute and commit; returns the rows, if any."""
    found = db.session.execute(text(statement), values)
    rows = [tuple(row) for row in found] if found.returns_rows else []
    db.session.commit()
    return rows


def store_account() -> None:
    store("accounts")


def store(table: str, **given: object) -> None:
    """Store a row with these values, and with some of the kind in columns that need one."""
    columns = dict(
        run(
            "SELECT column_name, data_type FROM information_schema.columns WHERE table_name = :table"
            " AND is_nullable = 'NO' AND column_default IS NULL AND is_generated = 'NEVER'",
            table=table,
        )
    )
    dummies = {"bigint": "1", "text": "'x'", "boolean": "false", "bytea": "''", "jsonb": "'{}'", "ARRAY": "'{}'"}
    values = {str(name): dummies.get(str(kind), "now()") for name, kind in columns.items() if name not in given}
    values |= {name: f":{name}" for name in given}
    run(f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join(values.values())})", **given)


def test_moments_of_the_year_9999_become_those_of_arrival(earlier: Flask) -> None:
    upgrade(revision="0013")
    store_account()
    far = "timestamptz '9999-12-31 23:59:59+00'"
    run(
        "INSERT INTO webhook_events (id, account_id, event_id, type, source_id, occurred_at, received_at, payload)"
        f" VALUES (7, 1, 'e', 'message', 'u', {far}, '2026-03-01 10:00+00', '{{}}')"
    )
    run(
        "INSERT INTO friends (id, account_id, line_user_id, origin, followed_at, status_changed_at, last_message_at,"
        " last_activity_at, created_at, updated_at) VALUES (1, 1, :person, 'webhook', '2026-01-01 10:00+00',"
        f" '2026-01-01 10:00+00', {far}, {far}, '2026-01-01 10:00+00', '2026-03-01 10:00+00')",
        person=PERSON,
    )
    run(
        "INSERT INTO activities (account_id, friend_id, kind, occurred_at, webhook_event_id)"
        f" VALUES (1, 1, 'message', {far}, 7), (1, 1, 'followed', '2026-01-01 10:00+00', NULL)"
    )
    upgrade(revision="0014")
    assert run("SELECT count(*) FROM webhook_events WHERE occurred_at = received_at") == [(1,)]
    days = "SELECT string_agg(to_char({} AT TIME ZONE 'UTC', 'YYYY-MM-DD'), ' ' ORDER BY 1) FROM {}"
    assert run(days.format("occurred_at", "activities")) == [("2026-01-01 2026-03-01",)]
    for name, day in (
        ("followed_at", "2026-01-01"),
        ("status_changed_at", "2026-01-01"),
        ("last_message_at", "2026-03-01"),
        ("last_activity_at", "2026-03-01"),
    ):
        assert run(days.format(name, "friends")) == [(day,)]


def test_friends_get_normal_numbers_and_wider_folding(earlier: Flask) -> None:
    upgrade(revision="0014")
    store_account()
    run("INSERT INTO workspace (time_zone) VALUES ('Asia/Tokyo')")
    for number, (name, phone) in enumerate(
        (("渡邉", "０９０−1234-5678"), ("いすゞ", "内線 12"), ("Ana", ""), ("Bo", None))
    ):
        run(
            "INSERT INTO friends (account_id, line_user_id, origin, display_name, phone)"
            " VALUES (1, :person, 'import', :name, :phone)",
            person=f"U{number:032x}",
            name=name,
            phone=phone,
        )
    normals = "SELECT phone_normal, name_sort FROM friends ORDER BY id"
    upgrade(revision="0015")
    assert run(normals) == [("+819012345678", "渡辺"), ("12", "いすず"), (None, "ana"), (None, "bo")]
    assert run("SELECT count(*) FROM friends WHERE search_text LIKE '%+819012345678%'") == [(1,)]
    assert run("SELECT country FROM workspace") == [("JP",)]
    downgrade(revision="0014")
    assert run("SELECT name_sort FROM friends ORDER BY id LIMIT 2") == [("渡邉",), ("いすゞ",)]
    upgrade(revision="0015")
    assert len(run(normals)) == 4


def test_the_country_is_that_of_the_time_zone(earlier: Flask) -> None:
    upgrade(revision="0014")
    run("INSERT INTO workspace (time_zone) VALUES ('Europe/Berlin')")
    upgrade(revision="0015")
    assert run("SELECT country FROM workspace") == [("DE",)]


def test_one_key_for_an_event_that_started_a_run_by_several_kinds(earlier: Flask) -> None:
    upgrade(revision="0048")
    store_account()
    run("INSERT INTO workflows (id, name) VALUES (1, 'Welcome'), (2, 'Coupon')")
    run("INSERT INTO friends (id, account_id, line_user_id, origin) VALUES (1, 1, :person, 'webhook')", person=PERSON)
    run(
        "INSERT INTO webhook_events (id, account_id, event_id, type, source_id, occurred_at, received_at, payload)"
        " VALUES (7, 1, 'e', 'postback', 'u', now(), now(), '{}')"
    )
    keys = [
        "postback:7",
        "rich_menu_switched:7",
        "qr_code:5:event:7",
        "message:8",
        "tag_added:7:x",
        "qr_code:5:visit:7",
    ]
    for number, (workflow, key) in enumerate([*((1, key) for key in keys), (2, "qr_code:5:event:7")], start=1):
        run(
            "INSERT INTO workflow_runs (id, workflow_id, version_id, account_id, friend_id, event_key, trigger_node)"
            " VALUES (:id, :workflow, 1, 1, 1, :key, 'n0')",
            id=number,
            workflow=workflow,
            key=key,
        )
    upgrade(revision="0049")
    found = [key for (key,) in run("SELECT event_key FROM workflow_runs ORDER BY id")]
    assert found == ["event:7", *keys[1:], "event:7"]


def test_who_cannot_be_answered_waits_no_more(earlier: Flask) -> None:
    upgrade(revision="0079")
    store_account()
    for number, status in enumerate(("blocked", "following", "stranger"), start=1):
        store("friends", id=number, line_user_id=f"U{number}", follow_status=status)
        store("conversations", id=number, chat_id=f"U{number}", kind="friend", friend_id=number)
    for number, is_joined in ((4, False), (5, True)):
        store("groups", id=number, line_group_id=f"C{number}", kind="group", is_joined=is_joined)
        store("conversations", id=number, chat_id=f"C{number}", kind="group", group_id=number)
    run("UPDATE conversations SET unanswered_since = now()")
    upgrade(revision="0080")
    assert run("SELECT id FROM conversations WHERE unanswered_since IS NOT NULL ORDER BY id") == [(2,), (3,), (5,)]
