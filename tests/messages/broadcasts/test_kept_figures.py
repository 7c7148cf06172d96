"""Figures that are kept for lists and comparisons follow those that the page of a broadcast counts for itself."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import text

from app.core.db import db
from app.messages.broadcasts.models import KeptFigures, TrackingKind, Variant
from app.messages.broadcasts.operations import counting
from app.messages.broadcasts.operations.counting import COUNTED, LATEST, count_again, count_due
from app.messages.broadcasts.queries.results import figures_of
from app.messages.tracking.operations.judging import judge_fetches
from tests.line.conftest import Connect
from tests.messages.broadcasts.conftest import LINKED, Stage, staged, stored
from tests.messages.broadcasts.test_ab import click
from tests.messages.broadcasts.test_results import happened
from tests.support.sandbox import SandboxServer


@pytest.fixture
def stage(line: SandboxServer, connect: Connect) -> Stage:
    """A few friends."""
    return staged(line, connect, 4)


SOON = timedelta(minutes=10)


@pytest.fixture(autouse=True)
def _patient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counting, "SOON", SOON)


def kept(broadcast_id: int) -> KeptFigures:
    db.session.rollback()
    return db.session.get_one(KeptFigures, broadcast_id, populate_existing=True)


def make_due() -> None:
    db.session.execute(text("UPDATE broadcast_figures SET due_at = now()"))
    db.session.commit()


def waits(broadcast_id: int) -> timedelta | None:
    """Return how long the next count is put off, to ten minutes, so that a slow machine changes nothing."""
    query = text("SELECT due_at - now() FROM broadcast_figures WHERE broadcast_id = :id")
    found = db.session.scalar(query, {"id": broadcast_id})
    db.session.rollback()
    return None if found is None else timedelta(minutes=10 * round(found / timedelta(minutes=10)))


def test_kept_figures_are_those_of_the_page(stage: Stage) -> None:
    broadcast = stage.sent(LINKED, tracking=TrackingKind.PERSON)
    assert (kept(broadcast.id).counted_at, waits(broadcast.id)) == (None, SOON)
    click(broadcast.id, Variant.A, 2)
    happened("blocked", 0, -5)
    happened("message", 1, 5)
    make_due()
    assert count_due() == 1
    found, shown = kept(broadcast.id), figures_of(stored(broadcast.id))
    assert {name: getattr(found, name) for name in COUNTED} == {name: getattr(shown, name) for name in COUNTED}
    assert (found.delivered, found.opened, found.clicked, found.replied) == (3, None, 2, 1)
    assert found.hours == [[hour.loads, hour.clicks] for hour in shown.hours]
    assert waits(broadcast.id) == SOON


def test_what_cannot_be_known_is_kept_as_such(stage: Stage) -> None:
    broadcast = stage.sent("Only words")
    make_due()
    count_due()
    assert (kept(broadcast.id).opened, kept(broadcast.id).delivered) == (None, 4)


@pytest.mark.parametrize(
    ("hours", "wait"), [(5, timedelta(minutes=30)), (50, LATEST), (73, None)], ids=["young", "older", "over"]
)
def test_it_is_counted_less_often_as_it_grows_older(stage: Stage, hours: int, wait: timedelta | None) -> None:
    broadcast = stage.sent(LINKED)
    aged = text("UPDATE broadcasts SET finished_at = finished_at - :hours * interval '1 hour'")
    db.session.execute(aged, {"hours": hours})
    make_due()
    count_due()
    assert waits(broadcast.id) == wait


def test_a_click_after_the_last_count_orders_another(stage: Stage) -> None:
    broadcast = stage.sent(LINKED, tracking=TrackingKind.PERSON)
    db.session.execute(text("UPDATE broadcast_figures SET due_at = NULL"))
    db.session.commit()
    click(broadcast.id, Variant.A, 1)
    db.session.execute(text("UPDATE link_fetches SET state = 'pending', due_at = now()"))
    db.session.commit()
    judge_fetches()
    assert waits(broadcast.id) == SOON


def test_a_click_during_a_count_orders_another(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    broadcast = stage.sent(LINKED, tracking=TrackingKind.PERSON)
    db.session.execute(text("UPDATE broadcasts SET finished_at = now() - interval '80 hours'"))
    make_due()

    def count_and_click(broadcast: object) -> object:
        found = figures_of(broadcast)  # type: ignore[arg-type]
        count_again({broadcast.tracked_send_id})  # type: ignore[attr-defined]
        return found

    monkeypatch.setattr(counting, "figures_of", count_and_click)
    count_due()
    assert waits(broadcast.id) == SOON
