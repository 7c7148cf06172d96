"""Applying stored events: order, once, retries, concurrent workers, groups."""

from __future__ import annotations

import random
import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import events as bus
from app.core.clock import now
from app.core.db import db
from app.core.due.sweep import sweep_kind
from app.line import events as said
from app.line.models import Account, EventState, Group, GroupMember, WebhookEvent
from app.line.operations import event_claims, groups, processing
from tests.line.conftest import Channel
from tests.line.listening import Ear
from tests.support.sandbox import SandboxServer

USER = "U" + "a" * 32
GROUP = "C" + "c" * 32
START = datetime(2026, 5, 1, tzinfo=UTC)
# A slice in which an event stumbles is done a second time, with care.
ONE_SLICE = 2


@pytest.fixture(autouse=True)
def long_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Make a retry due only when the test lets time pass, however slow the machine is."""
    monkeypatch.setattr(processing, "WAITS", (600,) * len(processing.WAITS))


_numbers = count(1)


def store(account: Account, type: str = "message", at: float = 0, source: Any = None, **payload: Any) -> WebhookEvent:
    """An event as the intake stores it, `at` seconds after START."""
    source = {"type": "user", "userId": USER} if source is None else source
    number = next(_numbers)
    content = {
        "type": type,
        "mode": "active",
        "timestamp": int((START + timedelta(seconds=at)).timestamp() * 1000),
        "source": source,
        "webhookEventId": f"E{number}",
        "replyToken": "b" * 31 + "c",
        **payload,
    }
    row = WebhookEvent(
        account_id=account.id,
        event_id=f"E{number}",
        type=type,
        source_id=source.get("groupId") or source.get("roomId") or source.get("userId") or "",
        occurred_at=START + timedelta(seconds=at),
        payload=content,
    )
    db.session.add(row)
    db.session.commit()
    return row


def say(account: Account, text: str, at: float = 0, **more: Any) -> WebhookEvent:
    return store(account, at=at, message={"type": "text", "id": "1", "text": text}, **more)


def state(row: WebhookEvent) -> str:
    db.session.refresh(row)
    return row.state


def test_events_of_a_friend_are_applied_in_the_order_of_their_timestamps(account: Account, ear: Ear) -> None:
    for text, at in (("third", 30), ("first", 10), ("second", 20)):
        say(account, text, at)
    assert processing.process_due() == 3
    assert ear.texts() == ["first", "second", "third"]


def test_an_event_has_its_effect_once(account: Account, ear: Ear) -> None:
    row = say(account, "hello")
    processing.process_due()
    assert processing.process_due() == 0
    assert ear.texts() == ["hello"]
    assert state(row) == EventState.PROCESSED
    assert row.processed_at is not None


def test_what_each_kind_of_event_says(account: Account, ear: Ear) -> None:
    message = {"type": "sticker", "id": "7", "packageId": "1", "stickerId": "2"}
    kinds: dict[str, dict[str, Any]] = {
        "follow": {"follow": {"isUnblocked": True}},
        "message": {"message": message},
        "unsend": {"unsend": {"messageId": "7"}},
        "postback": {"postback": {"data": "a=1", "params": {"date": "2026-05-01"}}},
        "videoPlayComplete": {"videoPlayComplete": {"trackingId": "v1"}},
        "accountLink": {"link": {"result": "ok", "nonce": "n" * 12}},
        "unfollow": {},
    }
    rows = [store(account, kind, at, **payload) for at, (kind, payload) in enumerate(kinds.items())]
    processing.process_due()
    token = "b" * 31 + "c"
    common = [(account.id, START + timedelta(seconds=at), row.id) for at, row in enumerate(rows)]
    assert ear.heard == [
        said.UserFollowed(*common[0], USER, True, token),
        said.MessageReceived(*common[1], USER, message, None, token),
        said.MessageUnsent(*common[2], USER, "7"),
        said.PostbackReceived(*common[3], USER, "a=1", {"date": "2026-05-01"}, None, token),
        said.VideoWatched(*common[4], USER, "v1", token),
        said.AccountLinked(*common[5], USER, "ok", "n" * 12),
        said.UserUnfollowed(*common[6], USER),
    ]


def test_a_failed_account_link_names_no_one(account: Account, ear: Ear) -> None:
    store(account, "accountLink", source={}, link={"result": "failed", "nonce": "n" * 12})
    processing.process_due()
    assert [(event.line_user_id, event.result) for event in ear.heard] == [(None, "failed")]


def test_in_standby_there_is_no_reply_token(account: Account, ear: Ear) -> None:
    row = store(account, "follow", mode="standby")
    row.payload = {name: value for name, value in row.payload.items() if name not in ("replyToken", "follow")}
    db.session.commit()
    processing.process_due()
    (event,) = ear.heard
    assert (event.line_user_id, event.reply_token, event.is_standby, event.is_unblocked) == (USER, None, True, False)


@pytest.mark.parametrize(
    ("kind", "payload"),
    [
        ("beacon", {"beacon": {"hwid": "1"}}),
        ("somethingNew", {}),
        ("unknown", {}),
        ("follow", {"source": {"type": "user"}}),
        ("message", {"source": {"type": "group", "groupId": GROUP}, "message": {"type": "text"}}),
        ("message", {"message": "text"}),
        ("postback", {"postback": {"data": 5}}),
        ("videoPlayComplete", {}),
        ("unsend", {"unsend": None}),
        ("accountLink", {}),
        ("join", {}),
        ("message", {"replyToken": "0" * 32, "message": {"type": "text", "text": "Hello, world"}}),
    ],
)
def test_what_says_nothing_is_kept_and_ignored(account: Account, ear: Ear, kind: str, payload: object) -> None:
    row = store(account, kind, **payload)
    processing.process_due()
    assert ear.heard == []
    assert state(row) == EventState.IGNORED
    assert row.error is None


def test_a_failing_event_is_tried_again_and_holds_its_own_friend_only(account: Account, ear: Ear) -> None:
    ear.stumbles["bad"] = ONE_SLICE
    bad, after = say(account, "bad", 1), say(account, "after", 2)
    other = say(account, "other", 3, source={"type": "user", "userId": "U" + "b" * 32})
    processing.process_due()
    assert [state(row) for row in (bad, after, other)] == ["pending", "pending", "processed"]
    assert bad.error == "ValueError: cannot bear “bad”"
    assert processing.process_due() == 0
    assert after.due_at == bad.due_at > now()
    let_time_pass(bad, after)
    processing.process_due()
    assert [state(row) for row in (bad, after)] == ["processed", "processed"]
    assert bad.error is None
    assert ear.texts() == ["other", "bad", "after"]


def let_time_pass(*rows: WebhookEvent) -> None:
    for row in rows:
        row.due_at = now() - timedelta(seconds=1)
    db.session.commit()


def test_what_arrives_later_waits_for_the_friends_failing_event_too(account: Account, ear: Ear) -> None:
    ear.stumbles["bad"] = ONE_SLICE
    bad = say(account, "bad", 1)
    processing.process_due()
    late = say(account, "late", 2)
    processing.process_due()
    assert state(late) == EventState.PENDING
    db.session.refresh(bad)
    assert late.due_at == bad.due_at


def test_after_the_last_try_it_has_failed_and_its_friend_goes_on(account: Account, ear: Ear) -> None:
    ear.stumbles["bad"] = 99
    bad, after = say(account, "bad", 1), say(account, "after", 2)
    for _ in range(len(processing.WAITS) + 1):
        db.session.expire_all()
        let_time_pass(*(row for row in (bad, after) if row.state == EventState.PENDING))
        processing.process_due()
    assert [state(bad), state(after)] == ["failed", "processed"]
    assert bad.attempts == len(processing.WAITS) + 1
    assert bad.processed_at is not None


def test_what_a_stumbling_listener_wrote_is_undone(account: Account, ear: Ear, monkeypatch: pytest.MonkeyPatch) -> None:
    def write_and_fail(batch: list[said.MessageReceived]) -> None:
        db.session.add(
            Group(account_id=account.id, line_group_id="C1", kind="group", is_joined=True, membership_changed_at=now())
        )
        db.session.flush()
        raise ValueError("too late")

    monkeypatch.setitem(bus._listeners, said.MessageReceived, [write_and_fail])
    row = say(account, "hello")
    processing.process_due()
    assert state(row) == EventState.PENDING
    assert db.session.scalar(select(Group)) is None


def test_workers_at_once_share_the_work_and_keep_the_order(
    app: Flask, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[tuple[str, str]] = []
    slow = threading.Event()

    def listen(batch: list[said.MessageReceived]) -> None:
        slow.wait(0.002)
        heard.extend((event.line_user_id, event.message["text"]) for event in batch)

    monkeypatch.setitem(bus._listeners, said.MessageReceived, [listen])
    monkeypatch.setattr(event_claims, "SOURCES", 3)
    people = [f"U{number:032x}" for number in range(12)]
    for at in range(10):
        for person in people:
            say(account, str(at), at, source={"type": "user", "userId": person})

    def work() -> None:
        with app.app_context():
            while processing.process_due():
                pass

    workers = [threading.Thread(target=work) for _ in range(4)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()
    processing.process_due()
    for person in people:
        assert [text for who, text in heard if who == person] == [str(at) for at in range(10)]


def test_a_source_that_another_worker_holds_is_left_alone(account: Account, ear: Ear) -> None:
    row = say(account, "hello")
    with db.engine.connect() as other:
        other.exec_driver_sql(
            "SELECT pg_advisory_xact_lock(hashtextextended('line.source:' || %s || ':' || %s, 0))", (account.id, USER)
        )
        assert processing.process_due() == 0
    assert processing.process_due() == 1
    assert state(row) == EventState.PROCESSED


def test_the_sweep_wakes_a_worker_only_when_something_is_due(account: Account, ear: Ear) -> None:
    assert not sweep_kind(processing.EVENTS)
    row = say(account, "hello")
    assert sweep_kind(processing.EVENTS)
    row.due_at = now() + timedelta(minutes=1)
    db.session.commit()
    assert not sweep_kind(processing.EVENTS)


def group_source(**more: str) -> dict[str, str]:
    return {"type": "group", "groupId": GROUP, **more}


def the_group() -> Group:
    db.session.expire_all()
    return db.session.scalars(select(Group)).one()


def test_the_newer_of_joining_and_leaving_wins_whatever_came_first(account: Account, ear: Ear) -> None:
    store(account, "leave", at=20, source=group_source())
    processing.process_due()
    store(account, "join", at=10, source=group_source())
    processing.process_due()
    assert not the_group().is_joined
    store(account, "join", at=30, source=group_source())
    processing.process_due()
    assert the_group().is_joined
    assert the_group().membership_changed_at == START + timedelta(seconds=30)


def test_members_who_join_and_leave_a_group_are_known(account: Account, ear: Ear) -> None:
    people = [{"type": "user", "userId": "U" + "1" * 32}, {"type": "user", "userId": "U" + "2" * 32}, {"type": "user"}]
    store(account, "memberJoined", at=10, source=group_source(), joined={"members": people})
    store(account, "memberLeft", at=30, source=group_source(), left={"members": people[:1]})
    processing.process_due()
    store(account, "memberJoined", at=20, source=group_source(), joined={"members": people[:1]})
    processing.process_due()
    present = {row.line_user_id: row.is_present for row in db.session.scalars(select(GroupMember))}
    assert present == {"U" + "1" * 32: False, "U" + "2" * 32: True}


def test_a_group_message_carries_group_and_person(account: Account, ear: Ear) -> None:
    say(account, "hi all", source=group_source(userId=USER))
    processing.process_due()
    (event,) = ear.heard
    assert (event.group_id, event.line_user_id) == (GROUP, USER)


def test_the_groups_name_is_fetched_later(
    line: SandboxServer, channel: Channel, connect: Callable[..., Account], ear: Ear
) -> None:
    account = connect(channel)
    store(account, "join", source=group_source())
    processing.process_due()
    assert the_group().name is None
    line.api(
        "POST", "/faults", {"kind": "status", "status": 500, "times": 1, "path": "/v2/bot/group/{groupId}/summary"}
    )
    groups.fetch_due_summaries()
    group = the_group()
    assert group.summary_due_at > now()
    group.summary_due_at = now()
    db.session.commit()
    groups.fetch_due_summaries()  # The sandbox knows no such group: nothing more to ask.
    assert (the_group().name, the_group().summary_due_at) == (None, None)


def test_what_the_database_cannot_hold_is_that_events_trouble_and_holds_up_no_other(
    account: Account, ear: Ear, monkeypatch: pytest.MonkeyPatch
) -> None:
    def store_too_much(fact: said.UserFollowed) -> None:
        endless = random.Random(1).randbytes(6_000).hex()
        db.session.add(
            Group(
                account_id=fact.account_id,
                line_group_id=endless,
                kind="group",
                is_joined=True,
                membership_changed_at=now(),
            )
        )
        db.session.flush()

    monkeypatch.setitem(processing.OWN, said.UserFollowed, store_too_much)
    bad = store(account, "follow", source={"type": "user", "userId": "U" + "b" * 32})
    say(account, "fine")
    processing.process_due()
    assert ear.texts() == ["fine"]
    assert state(bad) == EventState.PENDING
    assert bad.attempts == 1
