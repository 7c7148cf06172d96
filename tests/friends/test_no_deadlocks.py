"""Webhook slices, profile answers and an import write to the same people at once: PostgreSQL breaks no deadlock."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from app.core.clock import database_now, now
from app.core.db import db
from app.core.due.claims import claim
from app.friends.models import Activity, Friend
from app.friends.operations.bulk_insert import ImportedProfile, insert_imported
from app.friends.operations.friends import PROFILES
from app.line.models import Account, EventState, WebhookEvent
from app.line.operations import processing

PEOPLE = [f"U{number:032x}" for number in range(12)]
GROUPS = [f"C{number:032x}" for number in range(3)]
EVENTS = 300
DEADLOCKS = text("SELECT deadlocks FROM pg_stat_database WHERE datname = current_database()")


def _store_talk(account_id: int, chance: random.Random) -> None:
    """What everyone says, alone and in groups, in an order of its own for each source."""
    for number in range(EVENTS):
        person, group = chance.choice(PEOPLE), chance.choice([None, None, *GROUPS])
        source = {"type": "group", "groupId": group, "userId": person} if group else {"type": "user", "userId": person}
        payload = {"source": source, "message": {"type": "text", "id": str(number), "text": "hi"}}
        values = {"account_id": account_id, "event_id": f"E{number}", "type": "message", "payload": payload}
        occurred_at = now() + timedelta(seconds=chance.random())
        db.session.add(WebhookEvent(**values, source_id=group or person, occurred_at=occurred_at))
    db.session.commit()


def _process() -> None:
    processing.process_slice()


def _answer_profiles() -> None:
    db.session.execute(
        update(Friend.__table__).where(Friend.id == _any_friend()).values(profile_due_at=database_now(-1))
    )  # type: ignore[arg-type]
    db.session.commit()
    claimed = claim(PROFILES, 10)
    held = select(Friend).where(Friend.id.in_(claimed.held()))
    for friend in db.session.scalars(held.order_by(func.random())).all():
        friend.display_name = "Hanako"
        db.session.flush()
    claimed.done()
    db.session.commit()


def _any_friend() -> int:
    return db.session.scalar(select(Friend.id).order_by(func.random()).limit(1)) or 0


def _import(account_id: int) -> None:
    people = random.Random(1).sample(PEOPLE, len(PEOPLE))
    insert_imported(account_id, [ImportedProfile(person, "Imported") for person in people])
    db.session.commit()


def test_all_who_write_to_the_same_people_wait_in_one_order(
    app: Flask, place: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Each event is recorded by itself, so that only what was locked before keeps the order.
    monkeypatch.setattr(processing, "TOGETHER", 1)
    chance, account_id, before = random.Random(7), place.id, _deadlocks()
    _store_talk(account_id, chance)
    failures = _at_once(app, [_process, _process, _process, _answer_profiles, lambda: _import(account_id)])
    assert failures == []
    assert _deadlocks() == before
    states = db.session.scalars(select(WebhookEvent.state).distinct()).all()
    assert (states, db.session.scalar(select(func.count(Friend.id)))) == ([EventState.PROCESSED], len(PEOPLE))
    assert db.session.scalar(select(func.count(Activity.id)))


def _at_once(app: Flask, writers: Sequence[Callable[[], None]]) -> list[Exception]:
    """Let each write in a thread of its own, again and again until every event is processed."""
    failures, over = list[Exception](), threading.Event()

    def work(write: Callable[[], None]) -> None:
        with app.app_context():
            while not over.is_set():
                try:
                    write()
                except Exception as error:
                    failures.append(error)
                    over.set()

    threads = [threading.Thread(target=work, args=(write,)) for write in writers]
    for thread in threads:
        thread.start()
    pending = select(func.count()).select_from(WebhookEvent).where(WebhookEvent.state == EventState.PENDING)
    while not over.wait(0.05):
        if not db.session.scalar(pending):
            over.set()
        db.session.rollback()
    for thread in threads:
        thread.join()
    return failures


def _deadlocks() -> int:
    with db.engine.connect() as connection:
        return int(connection.scalar(DEADLOCKS) or 0)
