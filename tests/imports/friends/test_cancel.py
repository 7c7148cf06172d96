"""Cancel and go on: what came stays, and the next import continues where this one stopped."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.events import announce
from app.core.runs import operations as runs
from app.core.runs.models import Run, RunState
from app.imports.friends import followers, profiles
from app.imports.friends.operations import cancel_friend_import
from app.line.events import AccountDisconnected
from app.line.models import Account
from app.team.actors import SYSTEM
from tests.imports.conftest import FOLLOWERS, PROFILE, Connected, finish, friends_of, start, work


@pytest.fixture(autouse=True)
def small_steps(monkeypatch: pytest.MonkeyPatch) -> None:
    """One page or one batch of fifty in a sitting, so that tests can act between them."""
    monkeypatch.setattr(runs, "SITTING_SECONDS", 0)
    monkeypatch.setattr(followers, "SLICE_SECONDS", 0)
    monkeypatch.setattr(profiles, "SLICE_SECONDS", 0)
    monkeypatch.setattr(profiles, "BATCH", 50)
    monkeypatch.setattr(profiles, "AHEAD", 1)


def until(run: Run, is_enough: Callable[[Run], bool]) -> Run:
    """Work until this holds."""
    for _ in range(50):
        if is_enough(work(run)):
            return run
    raise AssertionError(f"It never came: {run.cursor} {run.counts}")


def cancel(account: Account) -> Run | None:
    run = cancel_friend_import(account, actor=SYSTEM)
    db.session.commit()
    return run


def test_an_import_that_no_one_works_on_stops_at_once(connected: Callable[..., Connected]) -> None:
    here = connected()
    start(here.account)
    assert cancel(here.account).state == RunState.CANCELLED
    assert cancel(here.account) is None
    assert friends_of(here.account) == {}


def test_what_came_stays_and_the_next_import_fetches_only_the_rest(connected: Callable[..., Connected]) -> None:
    here = connected(followers=400)
    run = until(start(here.account), lambda run: run.counts.get("new", 0) >= 100)
    came = run.counts["new"]
    assert 100 <= came < 400
    cancel(here.account)
    db.session.refresh(run)
    assert (run.state, len(friends_of(here.account))) == (RunState.CANCELLED, came)
    pages = here.requests(FOLLOWERS)
    again = finish(here.account)
    assert again.state == RunState.COMPLETED
    assert set(friends_of(here.account)) == set(here.follower_ids())
    assert again.counts == {"listed": 400, "known": came, "new": 400 - came, "unavailable": 0, "failed": 0}
    assert (again.done, again.total) == (400, 400)
    assert here.requests(PROFILE) == 400
    # One page for the test's own look at the list, none for the second import.
    assert here.requests(FOLLOWERS) == pages + 1


def test_progress_begins_where_the_cancelled_import_stopped(connected: Callable[..., Connected]) -> None:
    here = connected(followers=400)
    until(start(here.account), lambda run: run.counts.get("new", 0) >= 100)
    cancel(here.account)
    came = len(friends_of(here.account))
    again = work(start(here.account))
    assert (again.total, again.done) == (400, came)


def test_a_cancel_while_counting_goes_on_with_the_next_page(connected: Callable[..., Connected]) -> None:
    here = connected(followers=3_500)
    run = until(start(here.account), lambda run: run.counts.get("listed") == 2_000)
    cancel(here.account)
    db.session.refresh(run)
    assert run.state == RunState.CANCELLED
    again = until(start(here.account), lambda run: run.total is not None)
    assert again.counts["listed"] == 3_500
    assert here.requests(FOLLOWERS) == 4


def test_a_cancel_before_the_first_slice_of_the_second_import_keeps_the_place(
    connected: Callable[..., Connected],
) -> None:
    here = connected(followers=3_500)
    until(start(here.account), lambda run: run.counts.get("listed") == 2_000)
    cancel(here.account)
    start(here.account)
    cancel(here.account)
    again = until(start(here.account), lambda run: run.total is not None)
    assert again.counts["listed"] == 3_500
    assert here.requests(FOLLOWERS) == 4


def test_after_a_day_the_list_is_read_again_and_friends_are_not_done_again(connected: Callable[..., Connected]) -> None:
    here = connected(followers=400)
    until(start(here.account), lambda run: run.counts.get("new", 0) >= 100)
    cancel(here.account)
    came = len(friends_of(here.account))
    pages = here.requests(FOLLOWERS)
    with time_machine.travel(now() + timedelta(hours=25)):
        again = finish(here.account)
    assert again.counts == {"listed": 400, "known": came, "new": 400 - came, "unavailable": 0, "failed": 0}
    assert here.requests(FOLLOWERS) == pages + 1
    assert here.requests(PROFILE) == 400


def test_a_place_that_line_forgot_in_the_middle_means_the_first_page_again(connected: Callable[..., Connected]) -> None:
    here = connected(followers=3_500)
    run = until(start(here.account), lambda run: run.counts.get("listed") == 2_000)
    here.line.advance(25 * 3600)
    until(run, lambda run: run.counts.get("listed") == 1_000)
    until(run, lambda run: run.total is not None)
    assert (run.total, run.counts["listed"]) == (3_500, 3_500)


def test_a_friend_who_left_between_two_imports_is_not_asked_for(connected: Callable[..., Connected]) -> None:
    """LINE's rules forbid asking for people of whom it is known that they are gone."""
    here = connected(followers=200)
    until(start(here.account), lambda run: run.total is not None)
    cancel(here.account)
    left = next(user_id for user_id in here.follower_ids() if user_id not in friends_of(here.account))
    here.line.api("PATCH", f"{here.path}/friends/{left}", {"state": "blocked"})
    with time_machine.travel(now() + timedelta(hours=25)):
        again = finish(here.account)
    assert (again.counts["listed"], again.counts["unavailable"]) == (199, 0)
    assert left not in friends_of(here.account)


def test_disconnecting_the_account_stops_its_import(connected: Callable[..., Connected]) -> None:
    here = connected()
    run = start(here.account)
    announce(AccountDisconnected(here.account.id))
    db.session.commit()
    db.session.refresh(run)
    assert run.state == RunState.CANCELLED


def test_disconnecting_an_account_without_import_starts_none_and_leaves_the_next_one_free(
    connected: Callable[..., Connected],
) -> None:
    account = connected().account
    announce(AccountDisconnected(account.id))
    db.session.commit()
    assert db.session.scalars(select(Run)).all() == []
    assert finish(account).state == RunState.COMPLETED
