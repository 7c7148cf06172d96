"""The results of a broadcast count people once each, and say of each number what it means."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import insert, select

from app.core.clock import now
from app.core.db import db
from app.friends.models import Activity, Friend
from app.messages.broadcasts.models import TrackingKind, Variant
from app.messages.broadcasts.queries.results import figures_of
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, staged, stored
from tests.messages.broadcasts.test_ab import click
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
    assert (found.recipients, found.sent, found.delivered, found.opened, found.clicked) == (6, 6, 5, 2, 2)
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
    assert "–" in as_alice.fragment(url).text


def test_results_are_for_those_who_may_see_broadcasts(stage: Stage, as_bob: CheckingClient) -> None:
    draft = stage.draft("Not yet")
    assert as_bob.get(f"/accounts/{stage.account.id}/broadcasts/{draft.id}/results").status_code in (403, 404)
