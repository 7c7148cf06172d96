"""Webhook events partitioned by account, with the statements that docs/scale.md gives: the program runs unchanged."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import psycopg
import pytest
from flask import Flask
from flask_migrate import upgrade
from sqlalchemy import text

from app.core.config import Config
from app.core.db import db
from app.factory import create_app
from app.line.models import Account, EventState, WebhookEvent
from app.line.operations import processing, webhook_events
from app.line.views.webhooks import desk
from tests.factories import line
from tests.line.test_event_store import arrival
from tests.support.database import fresh_database
from tests.support.processes import ROOT


def statements() -> str:
    found = re.search(r"```sql\n(.*?)```", (ROOT / "docs" / "scale.md").read_text(), re.DOTALL)
    assert found
    return found[1]


@pytest.fixture
def partitioned(servers: SimpleNamespace, config: Config, app: Flask) -> Iterator[Flask]:
    """An application on a database of its own, with one event from before the change."""
    with fresh_database(servers.database_url, "test_partitions") as url:
        own = create_app(replace(config, database_url=url, database_direct_url=""))
        with own.app_context():
            upgrade()
            account_id = line.account().id
            db.session.commit()
            desk().store.put(account_id, EventState.PENDING, [arrival("E1")])
            with psycopg.connect(url.replace("+psycopg", ""), autocommit=True) as connection:
                connection.execute(statements().encode())
            yield own
            db.session.remove()
            for engine in db.engines.values():
                engine.dispose()


def test_events_are_stored_once_applied_listed_and_removed(partitioned: Flask) -> None:
    account_id = db.session.query(Account).one().id
    db.session.commit()
    for _ in range(2):
        desk().store.put(account_id, EventState.PENDING, [arrival("E1"), arrival("E2")])
    stored = db.session.query(WebhookEvent).order_by(WebhookEvent.id).all()
    assert [(event.event_id, event.duplicates) for event in stored] == [("E1", 2), ("E2", 1)]
    db.session.commit()
    processing.process_due()
    db.session.expire_all()
    # Their payloads are empty, so there is nothing of ours to do about them.
    assert [event.state for event in db.session.query(WebhookEvent)] == [EventState.IGNORED] * 2
    db.session.execute(text("UPDATE webhook_events SET received_at = received_at - interval '40 days'"))
    db.session.commit()
    assert webhook_events.prune(30) == 2
    assert db.session.query(WebhookEvent).count() == 0
