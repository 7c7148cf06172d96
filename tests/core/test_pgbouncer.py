"""PgBouncer in transaction mode between the program and PostgreSQL: nothing relies on staying in one session."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import Connection, create_engine, func, insert, select, text

from app.core.config import Config, WrongSetting
from app.core.db import connect_arguments, db, stream_rows, tune_for_heavy_query
from app.core.scheduler.leader import Candidate
from app.factory import create_app
from app.friends.models import Friend
from app.imports.id_links import staging
from app.line.models import EventState, WebhookEvent
from app.line.views.webhooks import desk
from tests.factories import line as factory
from tests.line.test_event_store import arrival
from tests.support.pgbouncer import PROGRAM, pgbouncer

pytestmark = pytest.mark.skipif(not PROGRAM, reason="PgBouncer is not installed.")
CLIENTS, SESSIONS = 8, 3


@pytest.fixture(scope="module")
def pooled(migrated_app: Flask, config: Config) -> Iterator[Config]:
    direct = config.database_direct_url or config.database_url
    with pgbouncer(direct, SESSIONS) as url:
        yield replace(config, database_url=url, database_direct_url=direct)


@pytest.fixture
def behind(app: Flask, pooled: Config) -> Iterator[Flask]:
    """The application behind the pooler."""
    behind = create_app(pooled)
    with behind.app_context():
        yield behind
        db.session.remove()
        db.engine.dispose()


def session_of(connection: Connection) -> int:
    """The process of PostgreSQL that serves this transaction."""
    return int(connection.scalar(text("SELECT pg_backend_pid()")) or 0)


@pytest.mark.usefixtures("behind")
def test_the_same_statement_runs_in_every_session_however_often() -> None:
    engine, start = db.engine, threading.Barrier(CLIENTS)

    def ask(_client: int) -> set[int]:
        with engine.connect() as connection:
            start.wait()
            seen = set()
            for number in range(30):
                query = select(func.count()).select_from(Friend).where(Friend.id == number)
                assert connection.scalar(query) == 0
                seen.add(session_of(connection))
                connection.rollback()
            return seen

    with ThreadPoolExecutor(CLIENTS) as pool:
        seen = list(pool.map(ask, range(CLIENTS)))
    # Otherwise the test would say nothing.
    assert any(len(sessions) > 1 for sessions in seen)


@pytest.mark.usefixtures("behind")
def test_limits_of_one_transaction_do_not_reach_the_next() -> None:
    with db.engine.connect() as connection:
        usual = connection.scalar(text("SHOW work_mem"))
        connection.rollback()
        tune_for_heavy_query(connection, ends_with_client=True)
        assert connection.scalar(text("SHOW work_mem")) == "96MB"
    kept = [db.engine.connect() for _ in range(SESSIONS)]
    assert len({session_of(one) for one in kept}) == SESSIONS
    assert {one.scalar(text("SHOW work_mem")) for one in kept} == {usual}
    for one in kept:
        one.close()


@pytest.mark.usefixtures("behind")
def test_a_cursor_reads_on_while_others_come_and_go() -> None:
    account = factory.account()
    rows = [{"account_id": account.id, "line_user_id": f"U{number:032x}"} for number in range(2_000)]
    db.session.execute(insert(Friend), [{**row, "follow_status": "following", "origin": "webhook"} for row in rows])
    db.session.commit()
    found = 0
    for row in stream_rows(db.engine, select(Friend.id, Friend.line_user_id).order_by(Friend.id), 100):
        assert row.line_user_id == rows[found]["line_user_id"]
        found += 1
        if found % 500 == 0:
            assert db.session.scalar(select(func.count()).select_from(Friend)) == len(rows)
            db.session.commit()
    assert found == len(rows)


@pytest.mark.usefixtures("behind")
def test_files_are_copied_in_and_read_back() -> None:
    staging.create(7)
    staging.copy_rows(f"{staging.table('file', 7)} (number, content)", [(0, "abc")])
    assert staging.read_file(7, 0, 3) == b"abc"
    db.session.rollback()


@pytest.mark.usefixtures("behind")
def test_webhooks_are_stored_over_a_session_of_their_own() -> None:
    account_id, store = factory.account().id, desk().store
    db.session.commit()
    connection = store.connect()
    pid = connection.execute("SELECT pg_backend_pid()").fetchone()
    assert pid == (connection.info.backend_pid,)
    assert connection.execute("SHOW statement_timeout").fetchone() == ("1200ms",)
    connection.close()
    for number in range(10):
        store.put(account_id, EventState.PENDING, [arrival(str(number)), arrival("0")])
    query = select(func.count(WebhookEvent.id), func.sum(WebhookEvent.duplicates))
    assert db.session.execute(query).one() == (10, 10)


def test_one_scheduler_leads_behind_the_pooler(app: Flask, pooled: Config) -> None:
    engine = create_engine(pooled.database_url, connect_args=connect_arguments(pooled, "test"))
    one, other = Candidate(engine), Candidate(engine)
    for _ in range(10):
        assert one.campaign()
        assert not other.campaign()
    one.resign()
    assert other.campaign()
    other.resign()
    engine.dispose()


def test_migrations_go_directly_and_say_so_where_they_cannot(behind: Flask, pooled: Config) -> None:
    upgrade()
    lost = create_app(replace(pooled, database_direct_url=""))
    with lost.app_context(), pytest.raises(WrongSetting, match="DATABASE_DIRECT_URL: must lead to PostgreSQL itself"):
        upgrade()
