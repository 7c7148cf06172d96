"""A clicked link starts workflows: which links are meant, and that each click counts once."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from flask import Flask

from app.core.clock import database_now, now
from app.core.db import db
from app.core.errors import Conflict
from app.friends.models import Friend
from app.messages.broadcasts.models import Broadcast
from app.messages.tracking.models import FetchState, LinkFetch
from app.messages.tracking.operations.judging import judge_fetches
from app.workflows.triggers.links import plain_address
from tests.factories import auto_messages
from tests.factories.broadcasts import fetch, sent_broadcast, tracked_send
from tests.factories.workflows import active, says, step
from tests.messages.tracking.conftest import PHONE
from tests.workflows.conftest import Shop, runs, said, settle

SPRING, SHOP = "https://shop.example/spring", "https://shop.example/"
Tap = Callable[..., None]


@pytest.fixture
def tap(app: Flask, shop: Shop) -> Iterator[Tap]:
    """Fetch the `number`th link of all that were sent, and judge the fetch."""

    def do(number: int = 0, agent: str = PHONE) -> None:
        paths = [one for entry in shop.log() for one in re.findall(r"/l/[\w-]+", str(entry["messages"]))]
        assert app.test_client().get(paths[number], headers={"User-Agent": agent}).status_code == 302
        db.session.rollback()
        judge()
        settle()

    yield do
    if desk := app.extensions.pop("tracked_links", None):
        desk.close()


def judge() -> None:
    """Let the seconds pass after which fetches are judged, and judge them."""
    db.session.query(LinkFetch).filter(LinkFetch.due_at.is_not(None)).update({"due_at": database_now()})
    db.session.commit()
    judge_fetches()


def starts(shop: Shop, name: str, **settings: Any) -> None:
    """A workflow that answers clicks with its name."""
    active(shop.account, step("link_clicked", **settings), step("send_message", content=says(name)), name=name)


def answers(shop: Shop) -> list[str]:
    """Return the names of the workflows that have answered, sorted."""
    return sorted(text for call in said(shop) for text in call if text.istitle() and " " not in text)


def test_links_of_a_workflows_step_and_to_an_address(shop: Shop, hana: str, tap: Tap) -> None:
    offer = active(
        shop.account,
        step("message", any=True),
        step("send_message", content=says(f"see {SPRING}")),
        step("send_message", content=says(f"and {SHOP}")),
        name="Offer",
    )
    starts(shop, "Any", of="any")
    starts(shop, "First", of="workflow", from_workflow=offer.id, from_node="n1")
    starts(shop, "Second", of="workflow", from_workflow=offer.id, from_node="n2")
    starts(shop, "Steps", of="workflow", from_workflow=offer.id)
    starts(shop, "Spring", of="address", address="HTTPS://Shop.example/spring?utm_source=x", match="equals")
    starts(shop, "Under", of="address", address="https://shop.example/", match="starts_with")
    shop.say(hana, "Hi")
    settle()
    assert len(shop.log()) == 1
    tap(1)
    assert answers(shop) == ["Any", "Second", "Steps", "Under"]
    tap(0)
    assert answers(shop) == sorted(["Any", "Second", "Steps", "Under", "Any", "First", "Spring", "Steps", "Under"])
    clicked = [run.trigger for run in runs() if run.trigger["kind"] == "link_clicked"]
    assert {one["url"] for one in clicked} == {SPRING, SHOP}


def test_links_of_an_auto_send_message_also_when_it_goes_with_others(shop: Shop, hana: str, tap: Tap) -> None:
    message = auto_messages.auto_message(shop.account, "Menu", f"menu {SPRING}")
    other = auto_messages.auto_message(shop.account, "Other", "nothing")
    place = str(shop.account.id)
    active(
        shop.account,
        step("message", any=True),
        step("send_message", content=says("one", f"two {SHOP}")),
        step("auto_message", messages={place: message.id}),
        name="Offer",
    )
    starts(shop, "Menu", of="auto_message", messages={place: message.id})
    starts(shop, "Other", of="auto_message", messages={place: other.id})
    shop.say(hana, "Hi")
    settle()
    assert len(shop.log()) == 1
    tap(0)
    assert answers(shop) == []
    tap(1)
    assert answers(shop) == ["Menu"]


def test_links_of_a_broadcast(shop: Shop, hana: str) -> None:
    friend = shop.friend(hana)
    broadcast, other = sent_broadcast(shop.account, [friend]), sent_broadcast(shop.account, [friend])
    place = str(shop.account.id)
    starts(shop, "Spring", of="broadcast", broadcasts={place: [broadcast.id]})
    starts(shop, "Other", of="broadcast", broadcasts={place: [other.id]})
    clicked(broadcast, friend)
    settle()
    assert answers(shop) == ["Spring"]


def clicked(broadcast: Broadcast, friend: Friend) -> None:
    """Let a friend tap the link of a broadcast, and judge the tap."""
    send = tracked_send(broadcast, accepted_at=now() - timedelta(hours=1))
    fetch(send, friend, state=FetchState.PENDING)
    db.session.query(LinkFetch).update({"due_at": database_now()})
    judge()


def test_a_preview_or_a_tap_that_does_not_count_starts_nothing(shop: Shop, hana: str, tap: Tap) -> None:
    active(shop.account, step("message", any=True), step("send_message", content=says(f"see {SPRING}")), name="Offer")
    starts(shop, "Any", of="any")
    shop.say(hana, "Hi")
    settle()
    tap(agent="facebookexternalhit/1.1 (+http://www.facebook.com/externalhit_uatext.php)")
    assert answers(shop) == []
    tap()
    assert answers(shop) == ["Any"]
    judge()
    settle()
    assert answers(shop) == ["Any"]


def test_a_run_that_waits_for_a_click_goes_on(shop: Shop, hana: str, tap: Tap) -> None:
    active(
        shop.account,
        step("message", any=True),
        step("send_message", content=says(f"see {SPRING}")),
        step("wait_for_event", event="link_clicked", amount=1, unit="days"),
        step("send_message", content=says("Thanks")),
    )
    shop.say(hana, "Hi")
    settle()
    assert answers(shop) == []
    tap()
    assert answers(shop) == ["Thanks"]


@pytest.mark.parametrize(
    "settings",
    [
        {},
        {"of": "address", "address": "shop.example", "match": "equals"},
        {"of": "address", "address": SHOP},
        {"of": "broadcast", "broadcasts": {}},
        {"of": "auto_message", "messages": {}},
        {"of": "workflow", "from_workflow": 0},
    ],
)
def test_what_is_missing_keeps_a_workflow_from_its_start(shop: Shop, settings: dict[str, Any]) -> None:
    with pytest.raises(Conflict):
        active(shop.account, step("link_clicked", **settings), step("stop"))


def test_addresses_are_compared_without_utm_parameters() -> None:
    assert plain_address("HTTPS://Shop.Example?utm_source=line&a=1") == "https://shop.example/?a=1"
    assert plain_address("https://shop.example/A#b") == "https://shop.example/A#b"
    assert plain_address("http://[broken") == "http://[broken"
