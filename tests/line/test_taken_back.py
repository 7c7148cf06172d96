"""What a sender took back is in no stored event any more, whatever came first."""

from __future__ import annotations

from app.core.db import db
from app.line.models import Account
from app.line.operations import processing, webhook_events
from app.team.actors import SYSTEM
from tests.line.listening import Ear
from tests.line.test_processing import say, store


def test_a_message_that_was_taken_back_is_no_longer_in_its_stored_event(account: Account, ear: Ear) -> None:
    taken = store(account, message={"id": "55", "type": "text", "text": "a secret"})
    other = say(account, "b")
    store(account, "unsend", 5, unsend={"messageId": "55"})
    by_another = store(account, "message", 0, {"type": "user", "userId": "U" + "b" * 32}, message={"id": "55"})
    processing.process_due()
    for row in (taken, other, by_another):
        db.session.refresh(row)
    assert taken.payload["message"] == {"id": "55", "type": "text", "unsent": True}
    assert other.payload["message"]["text"] == "b"
    assert by_another.payload["message"] == {"id": "55"}


def test_a_message_that_arrives_after_it_was_taken_back_leaves_its_content_nowhere(account: Account, ear: Ear) -> None:
    store(account, "unsend", 5, unsend={"messageId": "55"})
    processing.process_due()
    late = store(account, message={"id": "55", "type": "text", "text": "a secret"})
    other = say(account, "b")
    by_another = store(account, "message", 0, {"type": "user", "userId": "U" + "b" * 32}, message={"id": "55"})
    processing.process_due()
    for row in (late, other, by_another):
        db.session.refresh(row)
    left = {"id": "55", "type": "text", "unsent": True}
    assert late.payload["message"] == left
    assert [event.message for event in ear.heard if event.webhook_event_id == late.id] == [left]
    assert other.payload["message"]["text"] == "b"
    assert by_another.payload["message"] == {"id": "55"}


def test_a_stored_event_of_a_taken_back_message_stays_empty_when_replayed(account: Account, ear: Ear) -> None:
    late = store(account, message={"id": "55", "type": "text", "text": "a secret"})
    processing.process_due()
    store(account, "unsend", 5, unsend={"messageId": "55"})
    processing.process_due()
    webhook_events.replay(account, late, actor=SYSTEM)
    db.session.commit()
    processing.process_due()
    assert ear.heard[-1].message == {"id": "55", "type": "text", "unsent": True}
