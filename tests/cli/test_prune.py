"""`flask prune`: what has been kept long enough goes, the rest stays."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.line.models import EventState, WebhookEvent
from app.team.models import AuditEntry
from tests.cli.conftest import Flasks
from tests.factories import line


def event(account_id: int, name: str, days: int) -> WebhookEvent:
    at = now() - timedelta(days=days)
    values = {"type": "follow", "source_id": "U", "payload": {}, "state": EventState.PROCESSED}
    return WebhookEvent(account_id=account_id, event_id=name, occurred_at=at, received_at=at, **values)


def test_it_says_how_much_went(flask: Flasks) -> None:
    account = line.account()
    db.session.add_all([event(account.id, "old", 31), event(account.id, "new", 29)])
    db.session.add(AuditEntry(actor_name="Akari", action="x.y", at=now() - timedelta(days=800)))
    result = flask("prune")
    assert result.exit_code == 0
    assert [line.split() for line in result.stdout.splitlines()] == [
        ["1", "webhook", "events"],
        ["1", "audit", "entries,", "links", "and", "sessions"],
        ["0", "e-mails"],
        ["0", "imports'", "errors"],
        ["0", "drafts"],
        ["0", "fetches", "that", "did", "not", "count"],
        ["0", "runs", "of", "workflows"],
        ["0", "unused", "uploads"],
    ]
    assert db.session.scalars(select(WebhookEvent.event_id)).all() == ["new"]
