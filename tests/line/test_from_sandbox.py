"""Events as LINE really sends them, over HTTP: batches, duplicates, redelivery, other orders, other secrets."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import select

from app.core import events as bus
from app.core.db import db
from app.line import events as said
from app.line.intake import endpoints
from app.line.models import Account, EventState, Group, GroupMember, WebhookEvent
from app.line.operations import groups, processing
from tests.line.conftest import Channel
from tests.support.sandbox import SandboxServer
from tests.support.served import served


@pytest.fixture
def address(app: Flask) -> Iterator[str]:
    """The program at an address where the sandbox reaches it."""
    endpoints.forget()
    with served(app) as url:
        yield url


class Shop:
    """A channel whose webhook leads here, and its account."""

    def __init__(self, line: SandboxServer, channel: dict[str, Any], account: Account) -> None:
        self.line, self.id, self.account = line, channel["channel_id"], account

    def person(self, name: str = "Hana") -> str:
        made = self.line.api("POST", f"/channels/{self.id}/friends", {"display_name": name})
        return str(made["user_id"])

    def act(self, user_id: str, act: str, **fields: Any) -> dict[str, Any]:
        return dict(self.line.act(self.id, user_id, act, **fields))

    def say(self, user_id: str, text: str, **fields: Any) -> dict[str, Any]:
        return self.act(user_id, "message", message={"type": "text", "text": text}, **fields)

    def sent(self) -> list[dict[str, Any]]:
        return list(self.line.api("GET", f"/channels/{self.id}/webhooks")["webhooks"])

    def change(self, **webhook: Any) -> None:
        self.line.api("PATCH", f"/channels/{self.id}", {"webhook": webhook})


@pytest.fixture
def shop(line: SandboxServer, channel: Channel, connect: Callable[..., Account], address: str) -> Shop:
    account = connect(channel)
    shop = Shop(line, channel, account)
    shop.change(endpoint=f"{address}/webhooks/line/{account.webhook_key}")
    return shop


@pytest.fixture
def heard(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """What line announces, in order; no one else listens."""
    found: list[Any] = []
    kinds = [kind for kind in vars(said).values() if isinstance(kind, type) and kind.__module__ == said.__name__]
    for kind in kinds:
        # That they are claimed says nothing that is not announced itself.
        listeners = [] if kind is said.EventsClaimed else [found.extend]
        monkeypatch.setitem(bus._listeners, kind, listeners)
    return found


def stored() -> list[WebhookEvent]:
    db.session.rollback()
    return list(db.session.scalars(select(WebhookEvent).order_by(WebhookEvent.id)))


def texts(heard: list[Any]) -> list[str]:
    return [event.message["text"] for event in heard if isinstance(event, said.MessageReceived)]


def test_a_life_of_a_friend(shop: Shop, heard: list[Any]) -> None:
    hana = shop.person()
    shop.act(hana, "add")
    message = shop.say(hana, "こんにちは")["events"][0]["message"]["id"]
    shop.act(hana, "postback", data="menu=1")
    shop.act(hana, "video-complete", trackingId="clip-1")
    shop.act(hana, "account-link", nonce="n" * 12)
    shop.act(hana, "unsend", messageId=message)
    shop.act(hana, "block")
    shop.act(hana, "unblock")
    processing.process_due()
    assert [type(event).__name__ for event in heard] == [
        "UserFollowed",
        "MessageReceived",
        "PostbackReceived",
        "VideoWatched",
        "AccountLinked",
        "MessageUnsent",
        "UserUnfollowed",
        "UserFollowed",
    ]
    assert [event.is_unblocked for event in heard if isinstance(event, said.UserFollowed)] == [False, True]
    assert {row.state for row in stored()} == {EventState.PROCESSED}
    assert all(request["within_limit"] and request["succeeded"] for request in shop.sent())


@pytest.mark.parametrize("style", ["compact", "spaced", "escaped", "shuffled"])
def test_every_legal_spelling_is_understood(shop: Shop, heard: list[Any], style: str) -> None:
    shop.change(style=style)
    shop.say(shop.person(), "スタンプ 😀")
    processing.process_due()
    assert texts(heard) == ["スタンプ 😀"]


def test_events_of_several_people_in_one_request(shop: Shop, heard: list[Any]) -> None:
    shop.change(hold=True, batch_size=10)
    people = [shop.person(f"Person {number}") for number in range(4)]
    for person in people:
        shop.act(person, "add", wait=0)
    shop.change(hold=False)
    shop.line.api("POST", f"/channels/{shop.id}/webhooks/release", {"order": "kept"})
    shop.line.api("POST", f"/channels/{shop.id}/webhooks/wait", {"wait": 10})
    processing.process_due()
    assert {event.line_user_id for event in heard} == set(people)


@pytest.mark.parametrize("order", ["reversed", "shuffled"])
def test_another_order_of_arrival_changes_nothing(shop: Shop, heard: list[Any], order: str) -> None:
    hana = shop.person()
    shop.act(hana, "add")
    shop.change(hold=True)
    start = 1_790_000_000_000
    for number in range(6):
        shop.say(hana, str(number), manner={"timestamp": start + number * 1000}, wait=0)
    shop.line.api("POST", f"/channels/{shop.id}/webhooks/release", {"order": order})
    shop.change(hold=False)
    shop.line.api("POST", f"/channels/{shop.id}/webhooks/wait", {"wait": 10})
    processing.process_due()
    assert texts(heard) == [str(number) for number in range(6)]


def test_duplicates_and_redeliveries_have_no_second_effect(shop: Shop, heard: list[Any]) -> None:
    hana = shop.person()
    shop.say(hana, "once", manner={"webhook": {"duplicates": 3}})
    processing.process_due()
    (request, *_) = shop.sent()
    shop.line.api("POST", f"/channels/{shop.id}/webhooks/{request['number']}/repeat", {"redelivery": True})
    shop.line.api("POST", f"/channels/{shop.id}/webhooks/wait", {"wait": 10})
    processing.process_due()
    assert texts(heard) == ["once"]
    (row,) = stored()
    assert (row.duplicates, row.is_redelivery) == (4, True)


@pytest.mark.parametrize(
    ("manner", "status"),
    [
        ({"signature": "missing"}, 400),
        ({"signature": "bad"}, 401),
        ({"signature": "other"}, 401),
        ({"destination": "U" + "0" * 32}, 400),
        ({"raw": "{not json"}, 400),
    ],
)
def test_what_is_not_from_our_channel_is_refused(
    shop: Shop, heard: list[Any], manner: dict[str, Any], status: int
) -> None:
    shop.say(shop.person(), "false", manner={"webhook": manner})
    assert shop.sent()[-1]["status"] == status
    assert stored() == []


def test_the_header_may_be_spelled_in_any_case(shop: Shop, heard: list[Any]) -> None:
    shop.say(shop.person(), "hi", manner={"webhook": {"header": "X-LINE-SIGNATURE"}})
    processing.process_due()
    assert texts(heard) == ["hi"]


def test_standby_and_a_failed_link(shop: Shop, heard: list[Any]) -> None:
    hana = shop.person()
    shop.act(hana, "add", manner={"standby": True})
    shop.act(hana, "account-link", nonce="n" * 12, result="failed")
    processing.process_due()
    (follow,) = (event for event in heard if isinstance(event, said.UserFollowed))
    (link,) = (event for event in heard if isinstance(event, said.AccountLinked))
    assert (follow.reply_token, follow.is_standby) == (None, True)
    assert (link.line_user_id, link.result) == (None, "failed")


def test_unknown_events_are_kept_and_ignored(shop: Shop, heard: list[Any]) -> None:
    shop.act(shop.person(), "event", type="beacon", details={"beacon": {"hwid": "d41d8cd98f", "type": "enter"}})
    processing.process_due()
    assert heard == []
    assert [row.state for row in stored()] == [EventState.IGNORED]


def test_a_group_and_its_people(shop: Shop, heard: list[Any]) -> None:
    hana, yuki = shop.person("Hana"), shop.person("Yuki")
    made = shop.line.api("POST", f"/channels/{shop.id}/groups", {"name": "常連さん", "members": [hana]})
    path = f"/channels/{shop.id}/groups/{made['group_id']}/acts"
    shop.line.api("POST", path, {"act": "join", "wait": 10})
    shop.line.api("POST", path, {"act": "member-joined", "user_ids": [yuki], "wait": 10})
    shop.line.api("POST", path, {"act": "member-left", "user_ids": [hana], "wait": 10})
    processing.process_due()
    groups.fetch_due_summaries()
    db.session.rollback()
    group = db.session.scalars(select(Group)).one()
    assert (group.name, group.is_joined, group.line_group_id) == ("常連さん", True, made["group_id"])
    assert {row.line_user_id: row.is_present for row in db.session.scalars(select(GroupMember))} == {
        hana: False,
        yuki: True,
    }
    shop.line.api("POST", path, {"act": "leave", "wait": 10})
    processing.process_due()
    db.session.refresh(group)
    assert not group.is_joined


def test_a_room_and_its_people(shop: Shop, heard: list[Any]) -> None:
    """A room is a group without a name: LINE has none to ask for."""
    hana, yuki = shop.person("Hana"), shop.person("Yuki")
    made = shop.line.api("POST", f"/channels/{shop.id}/groups", {"kind": "room", "members": [hana]})
    path = f"/channels/{shop.id}/groups/{made['group_id']}/acts"
    shop.line.api("POST", path, {"act": "join", "wait": 10})
    words = {"type": "text", "text": "hello all"}
    shop.line.api("POST", path, {"act": "message", "user_id": hana, "message": words, "wait": 10})
    shop.line.api("POST", path, {"act": "member-joined", "user_ids": [yuki], "wait": 10})
    processing.process_due()
    groups.fetch_due_summaries()
    db.session.rollback()
    room = db.session.scalars(select(Group)).one()
    assert (room.kind, room.name, room.is_joined, room.line_group_id) == ("room", None, True, made["group_id"])
    assert [event.group_id for event in heard if isinstance(event, said.MessageReceived)] == [made["group_id"]]
    assert set(db.session.scalars(select(GroupMember.line_user_id))) == {hana, yuki}
    counters = shop.line.api("GET", f"/counters?channel_id={shop.id}")["counters"]
    assert [counter["path"] for counter in counters if "/group/" in counter["path"]] == []
    shop.line.api("POST", path, {"act": "leave", "wait": 10})
    processing.process_due()
    db.session.refresh(room)
    assert not room.is_joined
