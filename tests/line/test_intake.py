"""The webhook's way in: who is let in, what is stored, and how little it depends on."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import random
import threading
from dataclasses import replace
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from sqlalchemy import select, update

from app.core.clock import now
from app.core.db import db
from app.core.queue import broker
from app.line.intake import endpoints
from app.line.intake.parse import ReceivedEvent
from app.line.intake.store import EventStore
from app.line.models import Account, AccountState, EventState, WebhookEvent
from app.line.operations import processing, webhook_events
from app.line.views.webhooks import desk
from tests.factories import line as factory
from tests.support.client import CheckingClient
from tests.support.waiting import wait_until


def sign(account: Account, body: bytes) -> str:
    digest = hmac.new(account.channel_secret.encode(), body, hashlib.sha256).digest()
    return base64.b64encode(digest).decode()


def event(event_id: str = "01HZX0000000000000000000E1", **values: Any) -> dict[str, Any]:
    return {
        "type": "follow",
        "mode": "active",
        "timestamp": 1_760_000_000_000,
        "source": {"type": "user", "userId": "U" + "a" * 32},
        "webhookEventId": event_id,
        "deliveryContext": {"isRedelivery": False},
        "replyToken": "nHuyWiB7yP5Zw52FIkcQobQuGDXCTA",
        "follow": {"isUnblocked": False},
        **values,
    }


class Post:
    """Sends a body as LINE would."""

    def __init__(self, browser: CheckingClient) -> None:
        self.browser = browser

    def raw(self, account: Account, body: bytes, signature: str | None = "right", key: str = "") -> int:
        headers = {"x-line-signature": sign(account, body) if signature == "right" else signature}
        headers = {name: value for name, value in headers.items() if value is not None}
        path = f"/webhooks/line/{key or account.webhook_key}"
        answer = self.browser.post(path, data=body, headers=headers, content_type="application/json", csrf=False)
        desk().post_response.settle()
        return answer.status_code

    def events(self, account: Account, *events: Any, **body: Any) -> int:
        content = {"destination": account.bot_user_id, "events": list(events), **body}
        return self.raw(account, json.dumps(content).encode())


@pytest.fixture(autouse=True)
def no_memory() -> None:
    endpoints.forget()


@pytest.fixture
def post(browser: CheckingClient) -> Post:
    return Post(browser)


def stored() -> list[WebhookEvent]:
    db.session.rollback()
    return list(db.session.scalars(select(WebhookEvent).order_by(WebhookEvent.id)))


def waiting_messages() -> int:
    return broker.client.hlen("dramatiq:webhooks.msgs")


def test_lines_own_signature_example(post: Post) -> None:
    account = factory.account(bot_user_id="U8e742f61d673b39c7fff3cecb7536ef0")
    body = b'{"destination":"U8e742f61d673b39c7fff3cecb7536ef0","events":[]}'
    assert post.raw(account, body, "GhRKmvmHys4Pi8DxkF4+EayaH0OqtJtaZxgTD9fMDLs=") == 200
    assert stored() == []


def test_an_event_is_stored_as_it_came_and_a_worker_is_woken(post: Post, account: Account) -> None:
    sent = event(unheardOf={"deep": [1, None, "ねこ"]})
    assert post.events(account, sent) == 200
    (row,) = stored()
    assert row.payload == sent
    assert (row.type, row.source_id, row.state) == ("follow", "U" + "a" * 32, EventState.PENDING)
    assert row.occurred_at.timestamp() == 1_760_000_000
    assert waiting_messages() == 1
    db.session.refresh(account)
    assert account.last_webhook_at is not None


def test_several_events_of_one_request_are_each_stored(post: Post, account: Account) -> None:
    assert post.events(account, *(event(f"E{number}") for number in range(5))) == 200
    assert [row.event_id for row in stored()] == ["E0", "E1", "E2", "E3", "E4"]


@pytest.mark.parametrize(
    ("signature", "status"),
    [(None, 400), ("", 400), ("nonsense", 401), ("署名", 401), (base64.b64encode(bytes(32)).decode(), 401)],
)
def test_without_the_right_signature_nothing_happens(
    post: Post, account: Account, signature: object, status: int
) -> None:
    body = json.dumps({"destination": account.bot_user_id, "events": [event()]}).encode()
    assert post.raw(account, body, signature.encode().decode("latin-1") if signature else signature) == status
    assert stored() == []
    assert waiting_messages() == 0


def test_the_signature_counts_for_the_exact_bytes(post: Post, account: Account) -> None:
    body = json.dumps({"destination": account.bot_user_id, "events": [event()]}).encode()
    assert post.raw(account, body + b" ", sign(account, body)) == 401


def test_another_channels_secret_is_refused(post: Post, account: Account) -> None:
    other = factory.account(channel_secret="0" * 32)
    body = json.dumps({"destination": account.bot_user_id, "events": [event()]}).encode()
    assert post.raw(account, body, sign(other, body)) == 401


def test_a_bad_signature_is_noted_on_the_account(post: Post, account: Account) -> None:
    for _ in range(3):
        post.raw(account, b"{}", "wrong")
    db.session.refresh(account)
    assert account.bad_signatures == 3
    assert account.bad_signature_at is not None
    assert account.last_webhook_at is None


def test_an_unknown_address_is_not_found(post: Post, account: Account) -> None:
    assert post.raw(account, b"{}", key="x" * 43) == 404
    assert post.raw(account, b"{}", key="short") == 404


def test_an_event_for_another_bot_is_refused(post: Post, account: Account) -> None:
    assert post.events(account, event(), destination="U" + "0" * 32) == 400
    assert stored() == []


def test_signed_nonsense_is_refused(post: Post, account: Account) -> None:
    for body in (
        b"",
        b"{",
        b"[]",
        b'"text"',
        b"\xff\xfe",
        b"[" * 100_000,
        b'{"events": NaN}',
        b'{"events": [{"at": 1e999}]}',
    ):
        assert post.raw(account, body) == 400
    assert stored() == []


def test_empty_events_are_fine(post: Post, account: Account) -> None:
    assert post.events(account) == 200
    assert stored() == []
    assert waiting_messages() == 0


def test_a_request_over_two_megabytes_is_too_large(post: Post, account: Account) -> None:
    body = json.dumps({"destination": account.bot_user_id, "events": [event(filler="x" * 2_200_000)]}).encode()
    assert post.raw(account, body) == 413
    assert stored() == []


def test_the_same_event_twice_is_one_row(post: Post, account: Account) -> None:
    post.events(account, event(), event())
    post.events(account, event())
    post.events(account, event(deliveryContext={"isRedelivery": True}))
    (row,) = stored()
    assert (row.duplicates, row.is_redelivery) == (3, True)
    assert row.payload["deliveryContext"] == {"isRedelivery": False}


def test_a_known_event_twice_in_one_request_counts_as_two_duplicates(post: Post, account: Account) -> None:
    post.events(account, event())
    post.events(account, event(), event())
    (row,) = stored()
    assert row.duplicates == 2


def test_the_same_event_id_on_two_accounts_is_two_events(post: Post, account: Account) -> None:
    other = factory.account()
    assert post.events(account, event()) == post.events(other, event()) == 200
    assert {row.account_id for row in stored()} == {account.id, other.id}


def test_characters_that_postgresql_refuses_cost_no_event(post: Post, account: Account) -> None:
    body = json.dumps({"destination": account.bot_user_id, "events": [event(text="a\x00b", other="\ud83d", fine="😀")]})
    assert post.raw(account, body.encode()) == 200
    (row,) = stored()
    assert (row.payload["text"], row.payload["other"], row.payload["fine"]) == ("a�b", "�", "😀")


def test_bytes_that_are_no_text_cost_no_event(post: Post, account: Account) -> None:
    body = json.dumps({"destination": account.bot_user_id, "events": [event(text="a?b")]}).encode()
    assert post.raw(account, body.replace(b"?", b"\xed\xa0\x80")) == 200
    (row,) = stored()
    assert row.payload["text"].strip("\ufffd") == "a\ufffd\ufffd\ufffdb"


@pytest.mark.parametrize(
    "unusable", [{"payload": {"text": "\ud800"}}, {"payload": {"at": {1, 2}}}, {"type": None}, {"event_id": "E\x00"}]
)
def test_a_bad_event_spoils_no_other_that_is_stored_with_it(account: Account, unusable: dict[str, Any]) -> None:
    account_id, outcomes, connects = account.id, dict[str, Exception | None](), threading.Event()

    class SlowToConnect(EventStore):
        """Keeps the first request's write waiting until those of the others have gathered."""

        def connect(self) -> psycopg.Connection[Any]:
            connects.set()
            wait_until(lambda: self.waiting == 2, "the two other requests")
            return super().connect()

    store = SlowToConnect(db.engine.url.render_as_string(hide_password=False))
    good = ReceivedEvent("E1", "follow", "U1", now(), False, {})
    first = replace(good, event_id="E0")
    arrivals = {"first": first, "good": good, "bad": replace(good, **{"event_id": "E2", **unusable})}

    def put(name: str) -> None:
        try:
            outcomes[name] = store.put(account_id, EventState.PENDING, [arrivals[name]])
        except Exception as error:
            outcomes[name] = error

    threads = [threading.Thread(target=put, args=(name,)) for name in arrivals]
    threads[0].start()
    assert connects.wait(10)
    for thread in threads[1:]:
        thread.start()
    for thread in threads:
        thread.join(20)
    assert outcomes["good"] is None
    assert isinstance(outcomes["bad"], Exception)
    assert [row.event_id for row in stored()] == ["E0", "E1"]


def test_odd_events_are_kept(post: Post, account: Account) -> None:
    odd = [
        {},
        {"type": 7, "timestamp": "soon", "source": "unknown", "webhookEventId": None},
        event("far", timestamp=10**20),
        event("unknown", source={"type": "user"}),
        event("group", source={"type": "group", "groupId": "C1", "userId": "U1"}),
        "no event at all",
    ]
    assert post.events(account, *odd) == 200
    rows = stored()
    assert [row.type for row in rows] == ["unknown", "unknown", "follow", "follow", "follow"]
    assert [row.source_id for row in rows] == ["", "", "U" + "a" * 32, "", "C1"]


@pytest.mark.parametrize("told", [253402300799999, -1, 0, 10**20, "soon", None])
def test_a_moment_that_cannot_be_becomes_the_one_of_arrival(post: Post, account: Account, told: object) -> None:
    assert post.events(account, event(timestamp=told)) == 200
    (row,) = stored()
    assert abs(row.occurred_at - row.received_at) < timedelta(minutes=1)


def test_a_clock_that_goes_a_little_ahead_is_believed(post: Post, account: Account) -> None:
    told = int((now() + timedelta(hours=23)).timestamp() * 1000)
    assert post.events(account, event(timestamp=told)) == 200
    assert stored()[0].occurred_at.timestamp() * 1000 == pytest.approx(told)


def test_an_event_without_an_id_is_still_stored_once(post: Post, account: Account) -> None:
    nameless = event()
    del nameless["webhookEventId"]
    post.events(account, nameless)
    post.events(account, {**nameless, "deliveryContext": {"isRedelivery": True}})
    (row,) = stored()
    assert row.duplicates == 1


def test_events_of_a_disconnected_account_are_kept_without_effect(post: Post, account: Account) -> None:
    account.state = AccountState.DISCONNECTED
    db.session.commit()
    assert post.events(account, event()) == 200
    assert [row.state for row in stored()] == [EventState.IGNORED]
    assert waiting_messages() == 0


def test_a_disconnect_is_felt_within_seconds_in_a_process_that_knows_the_endpoint(
    post: Post, account: Account, monkeypatch: pytest.MonkeyPatch
) -> None:
    clock = SimpleNamespace(moment=100.0)
    monkeypatch.setattr(endpoints, "time", SimpleNamespace(monotonic=lambda: clock.moment))
    assert post.events(account, event("E1")) == 200
    account.state = AccountState.DISCONNECTED
    db.session.commit()
    clock.moment += 5
    assert post.events(account, event("E2")) == 200
    assert [row.state for row in stored()] == [EventState.PENDING, EventState.IGNORED]


def test_what_was_taken_back_is_forgotten_also_while_the_account_is_disconnected(post: Post, account: Account) -> None:
    message = event("E1", type="message", message={"id": "7", "type": "text", "text": "a secret"})
    unsend = event("E2", type="unsend", timestamp=message["timestamp"] + 1, unsend={"messageId": "7"})
    account.state = AccountState.DISCONNECTED
    db.session.commit()
    assert post.events(account, message, unsend) == 200
    assert {row.type: row.state for row in stored()} == {"message": EventState.IGNORED, "unsend": EventState.PENDING}
    webhook_events.ignore_pending(account)
    processing.process_due()
    kept = {row.type: row for row in stored()}
    assert kept["unsend"].state == EventState.PROCESSED
    assert kept["message"].payload["message"] == {"id": "7", "type": "text", "unsent": True}


def test_a_new_channel_secret_counts_at_once(post: Post, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(endpoints, "LOOK_AGAIN_SECONDS", 0)
    assert post.events(account, event("E1")) == 200
    account.channel_secret = "f" * 32
    db.session.commit()
    assert post.events(account, event("E2")) == 200
    assert len(stored()) == 2


def test_redis_away_loses_nothing(post: Post, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    pool = broker.client.connection_pool
    gone = type(pool)(connection_class=pool.connection_class, path="/nonexistent/redis.sock")
    monkeypatch.setattr(broker.client, "connection_pool", gone)
    assert post.events(account, event()) == 200
    assert len(stored()) == 1


def test_a_database_that_fails_is_told_to_line(post: Post, account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    from psycopg import OperationalError

    def fail(*args: object) -> None:
        raise OperationalError("gone")

    monkeypatch.setattr("app.line.intake.store.EventStore._execute", fail)
    assert post.events(account, event()) == 503


def test_a_connection_that_died_in_the_meantime_is_replaced(post: Post, account: Account) -> None:
    assert post.events(account, event("E1")) == 200
    with db.engine.begin() as connection:
        connection.exec_driver_sql(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tomoru-intake'"
        )
    assert post.events(account, event("E2")) == 200
    assert len(stored()) == 2


def test_new_events_do_not_wait_for_a_worker_that_is_at_a_repeated_one(post: Post, account: Account) -> None:
    assert post.events(account, event("E1")) == 200
    with db.engine.connect() as worker:
        worker.execute(update(WebhookEvent).values(state=EventState.PROCESSED))
        again = event("E1", deliveryContext={"isRedelivery": True})
        assert post.events(account, again, event("E2")) == 200
        worker.commit()
    assert [(row.event_id, row.state) for row in stored()] == [
        ("E1", EventState.PROCESSED),
        ("E2", EventState.PENDING),
    ]


def test_ids_longer_than_any_index_holds_are_kept_and_known_again(post: Post, account: Account) -> None:
    long = random.Random(1).randbytes(6_000).hex()
    odd = event(long, type=long, source={"type": "user", "userId": long})
    assert post.events(account, odd) == post.events(account, odd) == 200
    (row,) = stored()
    assert row.payload == odd
    assert row.duplicates == 1
