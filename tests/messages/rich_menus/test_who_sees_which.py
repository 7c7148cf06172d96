"""Who sees which menu: segments in bulk, and periods that begin and end by themselves."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import update

from app.core.clock import now
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.runs.models import Run, RunState
from app.core.runs.operations import advance
from app.line.gateway.rich_menus import RichMenuClient
from app.messages.rich_menus import linking, operations, periods
from app.messages.rich_menus.models import RichMenu
from app.messages.rich_menus.queries import LinkedSegment, linked_segments
from app.team.actors import SYSTEM
from tests.factories.friends import friend
from tests.factories.segments import segment as stored_segment
from tests.messages.rich_menus.conftest import Shop
from tests.messages.rich_menus.test_publishing import edited, with_link


@pytest.fixture
def menu(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> RichMenu:
    """A menu at LINE; three friends are linked in a call."""
    monkeypatch.setattr(linking, "MOST_PEOPLE", 3)
    monkeypatch.setattr(linking, "BATCH", 6)
    menu = shop.menu(is_published=False)
    _complete(shop, menu)
    return menu


def _complete(shop: Shop, menu: RichMenu) -> None:
    edited(shop, menu, **with_link(menu))
    shop.publish(menu)


def _done(run: Run) -> Run:
    advance(run.id)
    return db.session.get_one(Run, run.id, populate_existing=True)


def test_a_segment_is_linked_and_unlinked(shop: Shop, menu: RichMenu) -> None:
    people = shop.people(8)
    for user_id in people[:7]:
        friend(shop.account, line_user_id=user_id)
    segment = stored_segment(shop.account)
    db.session.commit()
    started = linking.link_segment(shop.account.id, menu.id, segment.id, actor=SYSTEM)
    db.session.commit()
    run = _done(started)
    assert (run.state, run.done, run.total) == (RunState.COMPLETED, 7, 7)
    assert shop.known()["linked"] == dict.fromkeys(people[:7], menu.line_menu_id)
    assert linked_segments(shop.account.id) == {menu.id: [LinkedSegment(segment.name, 7)]}
    calls = shop.line.api("GET", f"/counters?channel_id={shop.channel_id}")["counters"]
    assert [one["total"] for one in calls if one["path"].endswith("bulk/link")] == [3]
    started = linking.unlink_segment(shop.account.id, segment.id, actor=SYSTEM)
    db.session.commit()
    assert _done(started).done == 7
    assert shop.known()["linked"] == {}
    assert linked_segments(shop.account.id) == {}


def test_a_segment_counts_for_the_menu_to_which_it_was_linked_last(shop: Shop, menu: RichMenu) -> None:
    friend(shop.account, line_user_id=shop.people(1)[0])
    segment = stored_segment(shop.account)
    other = shop.menu("Other", is_published=False)
    _complete(shop, other)
    for one in (menu, other):
        started = linking.link_segment(shop.account.id, one.id, segment.id, actor=SYSTEM)
        db.session.commit()
        _done(started)
    assert linked_segments(shop.account.id) == {other.id: [LinkedSegment(segment.name, 1)]}
    operations.delete_menu(shop.account.id, other.id, actor=SYSTEM)
    db.session.commit()
    assert linked_segments(shop.account.id) == {}


def _turn(menu: RichMenu) -> None:
    db.session.execute(update(RichMenu).values(period_due_at=now()).where(RichMenu.period_due_at.is_not(None)))
    db.session.commit()
    periods.turn_due()
    db.session.commit()
    db.session.refresh(menu)


def test_a_period_sets_the_default_and_what_comes_afterwards(shop: Shop, menu: RichMenu) -> None:
    usual = shop.menu("Usual", is_published=False)
    _complete(shop, usual)
    begin, end = now() + timedelta(hours=1), now() + timedelta(hours=2)
    periods.set_period(shop.account.id, menu.id, begin, end, usual.id, actor=SYSTEM)
    db.session.commit()
    periods.turn_due()
    assert shop.known()["default"] is None
    _turn(menu)
    assert shop.known()["default"] == menu.line_menu_id
    assert (menu.has_started, menu.period_due_at) == (True, end)
    menu.ends_at = now()
    _turn(menu)
    assert shop.known()["default"] == usual.line_menu_id
    assert (menu.period_due_at, menu.ends_at) == (None, None)


def test_the_end_of_a_period_leaves_a_default_that_was_set_in_between(shop: Shop, menu: RichMenu) -> None:
    usual = shop.menu("Usual", is_published=False)
    _complete(shop, usual)
    periods.set_period(shop.account.id, menu.id, None, now() + timedelta(hours=1), None, actor=SYSTEM)
    db.session.commit()
    _turn(menu)
    RichMenuClient(shop.account.id).set_default(usual.line_menu_id or "")
    menu.ends_at = now()
    _turn(menu)
    assert shop.known()["default"] == usual.line_menu_id


def test_a_period_waits_for_a_publication(shop: Shop, menu: RichMenu) -> None:
    periods.set_period(shop.account.id, menu.id, None, now() + timedelta(hours=1), None, actor=SYSTEM)
    run = operations.publish(shop.account.id, menu.id, actor=SYSTEM)
    _turn(menu)
    assert (shop.known()["default"], menu.period_attempts) == (None, 0)
    advance(run.id)
    _turn(menu)
    assert shop.known()["default"] == menu.line_menu_id


def test_a_period_ends_after_it_begins(shop: Shop, menu: RichMenu) -> None:
    moment = now() + timedelta(hours=1)
    with pytest.raises(InvalidInput) as refused:
        periods.set_period(shop.account.id, menu.id, moment, moment, None, actor=SYSTEM)
    assert list(refused.value.fields) == ["ends_at"]


def test_a_period_lies_in_years_that_every_time_zone_knows(shop: Shop, menu: RichMenu) -> None:
    for year in (3000, 9999):
        with pytest.raises(InvalidInput) as refused:
            periods.set_period(shop.account.id, menu.id, None, datetime(year, 6, 1, tzinfo=UTC), None, actor=SYSTEM)
        assert list(refused.value.fields) == ["ends_at"]
