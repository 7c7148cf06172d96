"""The results of a broadcast count people once each, and say of each number what it means."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest
from sqlalchemy import insert, select, update

from app.core.clock import now
from app.core.db import db
from app.friends.models import Activity, Friend
from app.messages.broadcasts.models import BroadcastRules, TrackingKind, Variant
from app.messages.broadcasts.operations.confirming import cancel_scheduled, confirm
from app.messages.broadcasts.queries.results import figures_of
from app.team.actors import SYSTEM, Actor
from app.team.operations.api_keys import create_api_key
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, staged, stored
from tests.messages.broadcasts.test_ab import add_picture, click
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A few friends."""
    return staged(line, connect, 6)


def happened(kind: str, number: int, minutes: int, **data: str) -> None:
    """Let something happen with the friend of this number, so many minutes from now."""
    friend = db.session.scalars(select(Friend).order_by(Friend.id).offset(number).limit(1)).one()
    moment = now() + timedelta(minutes=minutes)
    row = {"account_id": friend.account_id, "friend_id": friend.id, "kind": kind, "occurred_at": moment, "data": data}
    db.session.execute(insert(Activity).values(row))
    db.session.commit()


def test_every_number_counts_its_people(stage: Stage, as_alice: CheckingClient) -> None:
    broadcast = stage.sent(LINKED, tracking=TrackingKind.PERSON)
    click(broadcast.id, Variant.A, 2)
    click(broadcast.id, Variant.A, 2)
    happened("blocked", 0, -5)
    happened("blocked", 1, 5)
    happened("message", 2, 5)
    happened("message", 2, 6)
    happened("message", 3, 6, group_id="C1")
    happened("message", 4, 60 * 73)
    found = figures_of(stored(broadcast.id))
    assert (found.recipients, found.sent, found.delivered, found.clicked) == (6, 6, 5, 2)
    assert (found.clicks, found.replied, found.blocked) == (4, 1, 1)
    assert [(one.target, one.people, one.clicks) for one in found.links] == [("https://shop.example.com/tea", 2, 4)]
    assert [(one.number, one.loads, one.clicks) for one in found.hours] == [(0, 0, 4)]
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast.id}/results"
    page = as_alice.get(url, headers={"Accept-Language": "en"}).text
    assert "40.0%" in page and "83.3%" in page and "https://shop.example.com/tea" in page


def test_what_cannot_be_known_is_a_dash(stage: Stage, as_alice: CheckingClient) -> None:
    broadcast = stage.sent("Only words")
    found = figures_of(stored(broadcast.id))
    assert (found.sent, found.opened, found.clicked, found.open_rate) == (6, None, None, None)
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast.id}/results"
    shown = as_alice.get(url, headers={"HX-Request": "true", "Accept-Language": "en"}).text
    assert "–" in shown and "clicks only" not in shown and "as of <time" in shown


def test_opens_are_known_of_messages_with_pictures_only(stage: Stage, as_alice: CheckingClient) -> None:
    """A picture tells opens, with the taps as opens too; a text with links tells taps alone, which are no opens."""
    broadcast = stage.sent(LINKED, tracking=TrackingKind.PERSON)
    click(broadcast.id, Variant.A, 2)
    found = figures_of(stored(broadcast.id))
    assert (found.opened, found.open_rate, found.clicked) == (None, None, 2)
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast.id}/results"
    shown = as_alice.get(url, headers={"HX-Request": "true", "Accept-Language": "en"}).text
    assert "/people/opened" not in shown and "clicks only" in shown
    add_picture(broadcast.id)
    pictured = figures_of(stored(broadcast.id))
    assert (pictured.opened, pictured.clicked, pictured.open_rate) == (2, 2, 2 / 6)


def test_a_broadcast_costs_what_a_message_cost_at_its_confirmation(stage: Stage, as_alice: CheckingClient) -> None:
    db.session.add(BroadcastRules(account_id=stage.account.id, price_yen=Decimal("2.5")))
    db.session.commit()
    broadcast_id = stage.sent(LINKED).id
    db.session.execute(update(BroadcastRules).values(price_yen=Decimal(9)))
    db.session.commit()
    assert (stored(broadcast_id).price_yen, stored(broadcast_id).cost) == (Decimal("2.5"), 15)
    url = f"/accounts/{stage.account.id}/broadcasts/{broadcast_id}/results"
    assert "15 yen" in as_alice.get(url, headers={"Accept-Language": "en"}).text
    scheduled = stored(stage.confirmed(LINKED, scheduled_at=now() + timedelta(days=1), time_zone="UTC"))
    assert (scheduled.price_yen, scheduled.cost) == (Decimal(9), None)
    cancel_scheduled(stage.account.id, scheduled.id, actor=SYSTEM)
    db.session.commit()
    assert stored(scheduled.id).price_yen is None


def test_the_page_names_the_api_key_that_confirmed(stage: Stage, as_alice: CheckingClient) -> None:
    key, _token = create_api_key(name="Shop", scopes=["broadcasts"], account_ids=None, actor=SYSTEM)
    draft = stage.draft(LINKED)
    confirm(stage.account.id, draft.id, seen=draft.version, actor=Actor.of_key(key))
    db.session.commit()
    page = as_alice.get(f"/accounts/{stage.account.id}/broadcasts/{draft.id}", headers={"Accept-Language": "en"}).text
    assert "API key Shop" in page


def test_results_say_when_nothing_has_happened(stage: Stage, as_alice: CheckingClient) -> None:
    for words, told in ((LINKED, "Nothing has happened yet"), ("Only words", "nothing to draw")):
        url = f"/accounts/{stage.account.id}/broadcasts/{stage.sent(words).id}/results"
        assert told in as_alice.get(url, headers={"Accept-Language": "en"}).text


def test_results_are_for_those_who_may_see_broadcasts(stage: Stage, as_bob: CheckingClient) -> None:
    draft = stage.draft("Not yet")
    assert as_bob.get(f"/accounts/{stage.account.id}/broadcasts/{draft.id}/results").status_code in (403, 404)
