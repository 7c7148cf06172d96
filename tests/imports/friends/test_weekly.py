"""The weekly import: who may switch it, when it comes, and what stops it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from zoneinfo import ZoneInfo

import pytest
import time_machine
from flask import Flask
from sqlalchemy import func, select, update

from app.core.clock import now
from app.core.db import db
from app.core.due.queries import state_of
from app.core.runs.models import Run
from app.imports.friends.models import FriendImportRepeat
from app.imports.friends.repeats import REPEATS, next_week, repeat_due, repeat_weekly
from app.line.models import Account, AccountState
from app.team.actors import Actor
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.factories import line as factory
from tests.imports.conftest import Connected, work
from tests.support.client import CheckingClient


@pytest.fixture
def account(app: Flask) -> Account:
    return factory.account(name="Kissa Hoshi")


def switch(client: CheckingClient, account: Account, on: str, **fields: str) -> str:
    url = f"/accounts/{account.id}/friend-import/repeat"
    return client.fragment(url, "POST", data={"on": on, **fields}).get_data(as_text=True)


def set_up(account: Account, people: SimpleNamespace, tag: str = "") -> None:
    """Bob, who may import and tag, has set it up, and it is due."""
    people.bob.permissions = [Permission.IMPORTS.value, Permission.TAGS.value]
    repeat_weekly(account, actor=Actor.of_member(people.bob), tag=tag)
    db.session.flush()
    db.session.execute(update(FriendImportRepeat).values(due_at=func.now()))
    db.session.commit()


def stored() -> FriendImportRepeat | None:
    db.session.rollback()
    return db.session.scalars(select(FriendImportRepeat).execution_options(populate_existing=True)).one_or_none()


def runs() -> Sequence[Run]:
    db.session.rollback()
    return db.session.scalars(select(Run).order_by(Run.id)).all()


def test_a_member_switches_it_on_and_off(as_alice: CheckingClient, account: Account, people: SimpleNamespace) -> None:
    html = switch(as_alice, account, "1", tag="Weekly")
    assert "Set up by Alice" in html and "Next import" in html and "Weekly" in html
    repeat = stored()
    assert repeat and repeat.member_id == people.alice.id and repeat.due_at
    assert timedelta(days=6, hours=23) < repeat.due_at - now() <= timedelta(days=7)
    html = switch(as_alice, account, "0")
    assert "Set up by" not in html and "Switch on" in html
    assert stored() is None
    switch(as_alice, account, "0")
    actions = db.session.scalars(select(AuditEntry.action).where(AuditEntry.action.like("friend_import.%")))
    assert sorted(actions) == ["friend_import.repeat_off", "friend_import.repeat_on"]
    assert runs() == []


def test_it_needs_the_permission(as_bob: CheckingClient, account: Account, people: SimpleNamespace) -> None:
    url = f"/accounts/{account.id}/friend-import/repeat"
    assert as_bob.fragment(url, "POST").status_code == 403
    assert stored() is None


def test_an_import_starts_when_it_is_due_and_again_a_week_later(
    connected: Callable[..., Connected], people: SimpleNamespace
) -> None:
    here = connected(followers=4)
    set_up(here.account, people, "Weekly")
    assert state_of(REPEATS).due == 1
    assert repeat_due() == 1
    (run,) = runs()
    assert (run.member_id, run.input["weekly"]) == (people.bob.id, True)
    assert work(run, sittings=9).counts["new"] == 4
    repeat = stored()
    assert repeat and repeat.due_at and timedelta(days=6) < repeat.due_at - now() < timedelta(days=8)
    assert repeat_due() == 0


def test_one_who_may_no_longer_import_switches_it_off(
    as_alice: CheckingClient, connected: Callable[..., Connected], people: SimpleNamespace
) -> None:
    here = connected()
    set_up(here.account, people)
    people.bob.permissions = []
    db.session.commit()
    repeat_due()
    assert runs() == []
    repeat = stored()
    assert repeat and repeat.due_at is None
    html = as_alice.fragment(f"/accounts/{here.account.id}/friend-import").text
    assert "may no longer import" in html and "Switch on" in html
    assert "Next import" in switch(as_alice, here.account, "1")
    assert "may no longer import" not in as_alice.fragment(f"/accounts/{here.account.id}/friend-import").text


def test_one_who_may_no_longer_tag_is_told_that_new_friends_have_no_tag(
    connected: Callable[..., Connected], people: SimpleNamespace, as_alice: CheckingClient
) -> None:
    here = connected(followers=1)
    set_up(here.account, people, tag="Spring")
    people.bob.permissions = [Permission.IMPORTS.value]
    db.session.commit()
    assert repeat_due() == 1
    page = as_alice.get(f"/accounts/{here.account.id}/friend-import").text
    assert "were not tagged, because the member" in page


def test_an_account_that_is_away_is_passed_over_until_next_week(
    as_alice: CheckingClient, account: Account, people: SimpleNamespace
) -> None:
    set_up(account, people)
    account.state = AccountState.BROKEN
    db.session.commit()
    repeat_due()
    assert runs() == []
    repeat = stored()
    assert repeat and repeat.due_at and repeat.due_at > now() + timedelta(days=6)
    assert "was not connected" in as_alice.fragment(f"/accounts/{account.id}/friend-import").text


def test_the_time_of_day_stays_when_clocks_change_and_missed_weeks_are_not_made_up_for() -> None:
    berlin = ZoneInfo("Europe/Berlin")
    first = datetime(2026, 3, 25, 9, 0, tzinfo=berlin)
    with time_machine.travel(first, tick=False):
        assert next_week(first.astimezone(UTC), berlin) == datetime(2026, 4, 1, 9, 0, tzinfo=berlin)
    with time_machine.travel(first + timedelta(days=30), tick=False):
        assert next_week(first.astimezone(UTC), berlin) == datetime(2026, 4, 29, 9, 0, tzinfo=berlin)
