"""Everything that changes several friends at once locks them in one order, so that no two wait for each other."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select, text, update

from app.chat.spam import write_spam
from app.core.clock import now
from app.core.db import db
from app.core.due.claims import claim
from app.core.runs.operations import advance, start
from app.friends.models import Activity, AttributeDefinition, FollowStatus, Friend
from app.friends.operations.bulk_insert import ImportedProfile, confirm_followers, insert_imported
from app.friends.operations.conversation import Written, record_messages
from app.friends.operations.deletion_runs import ATTRIBUTE_DELETION
from app.friends.operations.friends import PROFILES, find_friend
from app.friends.operations.store_values import store_values
from app.friends.sources import Source
from app.friends.values import fields
from app.integrations.hubspot.sync.applying import apply_batch, plan_of
from app.integrations.hubspot.sync.reader import SyncReader
from app.integrations.shared.links import drop_links
from app.integrations.shared.models import Integration
from app.integrations.shared.records import CONTACT, ReadRecord, store_records
from app.line.models import Account, WebhookEvent
from app.line.operations import processing
from app.messages.conversations.models import Conversation
from app.messages.conversations.of_friends import begin_conversations
from app.messages.tracking.models import LinkFetch, TrackedLink
from app.messages.tracking.operations.judging import judge_fetches
from app.messages.tracking.operations.sends import SendCause, accepted, begin_send
from app.team.actors import SYSTEM
from app.workflows.engine.clocks import follow_clocks
from app.workflows.models import WorkflowAdmission, WorkflowTrigger
from app.workflows.qr_codes.models import QrCode
from tests.factories.friends import friend
from tests.factories.integrations import integration, link, mapping
from tests.factories.workflows import active, step
from tests.support.waiting import wait_until

# The second one by LINE user id has the smaller number and does everything earlier.
FIRST, SECOND = "U" + "a" * 32, "U" + "b" * 32
HOLD = text("SELECT id FROM friends WHERE line_user_id = :id FOR NO KEY UPDATE NOWAIT")
WAITING = text("SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'")
NO_ACCESS: Any = None
# Sets up and returns what a thread of its own is to do.
Writer = Callable[[int], Callable[[], object]]


def webhooks(account_id: int) -> Callable[[], object]:
    for number, user_id in enumerate((SECOND, FIRST)):
        payload = {
            "source": {"type": "user", "userId": user_id},
            "message": {"type": "text", "id": str(number), "text": "hi"},
        }
        moment = now() + timedelta(seconds=number)
        values = {"account_id": account_id, "event_id": f"E{number}", "type": "message", "occurred_at": moment}
        db.session.add(WebhookEvent(**values, source_id=user_id, payload=payload))
    return processing.process_slice


def profile_answers(account_id: int) -> Callable[[], object]:
    return claim(PROFILES, 10, Friend.account_id == account_id).held


def profiles_put_off(account_id: int) -> Callable[[], object]:
    held = claim(PROFILES, 10, Friend.account_id == account_id)
    return lambda: held.later(reason="test.busy")


def values_stored(account_id: int) -> Callable[[], object]:
    values = {friend_id: {"company": "New"} for friend_id in db.session.scalars(select(Friend.id))}
    return lambda: store_values(account_id, values, fields(()), source=Source("test"))


def followers_confirmed(account_id: int) -> Callable[[], object]:
    return lambda: confirm_followers(account_id, [SECOND, FIRST])


def followers_imported(account_id: int) -> Callable[[], object]:
    return lambda: insert_imported(account_id, [ImportedProfile(SECOND, "B"), ImportedProfile(FIRST, "A")])


def attribute_deleted(account_id: int) -> Callable[[], object]:
    definition = AttributeDefinition(account_id=account_id, key="size", label="Size", deleted_at=now())
    db.session.add(definition)
    db.session.flush()
    run, _ = start(ATTRIBUTE_DELETION, definition.id, input={"definition_id": definition.id})
    run_id = run.id
    return lambda: advance(run_id)


def clicks_judged(account_id: int) -> Callable[[], object]:
    send = begin_send(account_id, SendCause("test", "1"))
    accepted(send.id, now() - timedelta(hours=1))
    for number, friend_id in enumerate(db.session.scalars(select(Friend.id).order_by(Friend.id))):
        link = TrackedLink(
            code=f"{number}", send_id=send.id, friend_id=friend_id, place="", target="https://a.example/"
        )
        db.session.add(link)
        db.session.flush()
        moment = now() - timedelta(minutes=1)
        db.session.add(LinkFetch(link_id=link.id, friend_id=friend_id, fetched_at=moment, due_at=moment))
    return judge_fetches


def codes_scanned(account_id: int) -> Callable[[], object]:
    db.session.add(QrCode(account_id=account_id, name="Entrance", code="AbcdEfghJkm"))
    for number, user_id in enumerate((SECOND, FIRST)):
        message = {"type": "text", "id": str(number), "text": "QR-AbcdEfghJkm"}
        payload = {"source": {"type": "user", "userId": user_id}, "message": message}
        moment = now() + timedelta(seconds=number)
        values = {"account_id": account_id, "event_id": f"Q{number}", "type": "message", "occurred_at": moment}
        db.session.add(WebhookEvent(**values, source_id=user_id, payload=payload))
    return processing.process_slice


def clocks_followed(account_id: int) -> Callable[[], object]:
    place = db.session.get_one(Account, account_id)
    everyone = step("schedule", segments={str(account_id): "all"}, every="day", time="09:00")
    active(place, everyone, step("stop"))
    db.session.execute(update(WorkflowTrigger).values(due_at=now() - timedelta(minutes=1), entered_up_to=0))
    (trigger_id,) = db.session.scalars(select(WorkflowTrigger.id))
    people = db.session.scalars(select(Friend.id)).all()
    db.session.add_all(WorkflowAdmission(trigger_id=trigger_id, friend_id=one) for one in people)
    return follow_clocks


def contacts_applied(account_id: int) -> Callable[[], object]:
    portal = integration(db.session.get_one(Account, account_id))
    mapping(portal, "firstname", "first_name")
    contacts = [ReadRecord(str(number), {"firstname": "B"}, lines=[one]) for number, one in enumerate((SECOND, FIRST))]
    store_records(portal.id, CONTACT, contacts)
    portal_id = portal.id

    def apply() -> None:
        found = db.session.get_one(Integration, portal_id)
        apply_batch(found, plan_of(found, timedelta()), SyncReader(NO_ACCESS))

    return apply


def contacts_forgotten(account_id: int) -> Callable[[], object]:
    portal = integration(db.session.get_one(Account, account_id))
    people = db.session.scalars(select(Friend).where(Friend.account_id == account_id).order_by(Friend.id)).all()
    for number, person in enumerate(people):
        link(portal, person, str(number))
    portal_id, gone = portal.id, [str(number) for number in range(len(people))]
    return lambda: drop_links(db.session.get_one(Integration, portal_id), gone)


def spam_marked(account_id: int) -> Callable[[], object]:
    begin_conversations(account_id, list(db.session.scalars(select(Friend.id))))
    ids = list(db.session.scalars(select(Conversation.id)))
    return lambda: write_spam(ids, is_spam=True, actor=SYSTEM)


def waits_for_a_lock() -> bool:
    with db.engine.connect() as look:
        return bool(look.scalar(WAITING))


WRITERS: tuple[Writer, ...] = (
    webhooks,
    profile_answers,
    profiles_put_off,
    values_stored,
    followers_confirmed,
    followers_imported,
    attribute_deleted,
    clicks_judged,
    codes_scanned,
    clocks_followed,
    contacts_applied,
    contacts_forgotten,
    spam_marked,
)


STORED_ELSEWHERE = text("""
INSERT INTO friends (account_id, line_user_id, origin, follow_status) VALUES (:account_id, :id, 'webhook', 'stranger')
""")


@pytest.mark.parametrize("writer", [webhooks, followers_imported], ids=lambda writer: writer.__name__)
def test_what_waits_for_a_person_who_is_being_stored_holds_no_stored_one(
    app: Flask, place: Account, writer: Writer
) -> None:
    friend(place, line_user_id=SECOND)
    write, failures = writer(place.id), list[Exception]()
    db.session.commit()
    with db.engine.connect() as other:
        other.execute(STORED_ELSEWHERE, {"account_id": place.id, "id": FIRST})
        thread = threading.Thread(target=lambda: _run(app, write, failures))
        thread.start()
        wait_until(waits_for_a_lock, "it waits")
        other.execute(HOLD, {"id": SECOND})
        other.commit()
    thread.join()
    assert failures == []


def test_a_group_member_who_is_locked_elsewhere_is_not_waited_for(place: Account) -> None:
    # One who had no row when people were held may have one now, and waiting would be out of order.
    written = Written(FIRST, {"type": "text", "id": "1", "text": "hi"}, now(), group_id="C" + "c" * 32)
    friend(place, line_user_id=FIRST)
    db.session.commit()
    account_id = place.id
    with db.engine.connect() as other:
        other.execute(HOLD, {"id": FIRST})
        record_messages(account_id, [written])
        assert find_friend(account_id, FIRST) is None
        other.rollback()
    assert find_friend(account_id, FIRST) is not None
    assert not db.session.scalar(select(func.count(Activity.id)))


def _run(app: Flask, write: Callable[[], object], failures: list[Exception]) -> None:
    with app.app_context():
        try:
            write()
            db.session.commit()
        except Exception as error:
            failures.append(error)


@pytest.mark.parametrize("writer", WRITERS, ids=lambda writer: writer.__name__)
def test_what_waits_for_the_first_friend_holds_no_later_one(app: Flask, place: Account, writer: Writer) -> None:
    for user_id in (SECOND, FIRST):
        due = {"profile_due_at": now() - timedelta(minutes=1), "attributes": {"size": "M"}}
        friend(place, line_user_id=user_id, follow_status=FollowStatus.STRANGER, **due)
    write, failures = writer(place.id), list[Exception]()
    db.session.commit()

    thread = threading.Thread(target=lambda: _run(app, write, failures))
    with db.engine.connect() as other:
        other.execute(HOLD, {"id": FIRST})
        thread.start()
        wait_until(waits_for_a_lock, "it waits")
        other.execute(HOLD, {"id": SECOND})
        other.rollback()
    thread.join()
    assert failures == []
