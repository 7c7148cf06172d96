"""People who follow, block or write while the import is at them: what LINE told last is what holds at the end."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import datetime, timedelta

import pytest
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.core.events import announce
from app.core.runs import operations as runs
from app.core.runs.models import Run, RunState
from app.friends.operations import bulk_insert
from app.imports.friends import profiles
from app.imports.friends.operations import start_friend_import
from app.line.events import MessageReceived, UserFollowed, UserUnfollowed
from app.line.models import Account
from app.team.actors import SYSTEM
from tests.imports.conftest import PROFILE, Connected, finish, friends_of, start, work


@pytest.fixture
def listed(connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch) -> tuple[Connected, Run, str]:
    """An import that has listed everyone and fetched no one yet, and one of its candidates."""
    monkeypatch.setattr(runs, "SITTING_SECONDS", 0)
    here = connected(followers=30)
    run = start(here.account)
    work(run, sittings=2)
    assert (run.total, run.counts.get("new")) == (30, None)
    return here, run, here.follower_ids()[7]


def unfollow(account: Account, user_id: str, when: datetime | None = None) -> None:
    announce(UserUnfollowed(account.id, when or now(), 1, user_id))
    db.session.commit()


def follow(account: Account, user_id: str, when: datetime | None = None) -> None:
    announce(UserFollowed(account.id, when or now(), 2, user_id, is_unblocked=False))
    db.session.commit()


def test_who_blocks_before_their_profile_came_stays_blocked(listed: tuple[Connected, Run, str]) -> None:
    here, run, person = listed
    unfollow(here.account, person)
    work(run, sittings=5)
    assert friends_of(here.account)[person].follow_status == "blocked"
    assert (run.state, run.counts["known"], run.counts["new"]) == (RunState.COMPLETED, 1, 29)


def test_who_blocks_and_whose_profile_is_gone_then_stays_blocked(listed: tuple[Connected, Run, str]) -> None:
    here, run, person = listed
    unfollow(here.account, person)
    here.line.api("PATCH", f"{here.path}/friends/{person}", {"state": "blocked"})
    work(run, sittings=5)
    assert friends_of(here.account)[person].follow_status == "blocked"
    assert (run.counts["unavailable"], run.counts["new"]) == (1, 29)


def test_who_blocks_after_they_were_imported_is_blocked(listed: tuple[Connected, Run, str]) -> None:
    here, run, person = listed
    work(run, sittings=5)
    assert friends_of(here.account)[person].follow_status == "following"
    unfollow(here.account, person)
    assert friends_of(here.account)[person].follow_status == "blocked"


def test_a_block_whose_event_comes_late_still_holds(listed: tuple[Connected, Run, str]) -> None:
    here, run, person = listed
    at = now()
    work(run, sittings=5)
    unfollow(here.account, person, at - timedelta(seconds=30))
    assert friends_of(here.account)[person].follow_status == "blocked"


def test_who_follows_in_the_meantime_keeps_their_date(listed: tuple[Connected, Run, str]) -> None:
    here, run, person = listed
    at = now()
    follow(here.account, person, at)
    work(run, sittings=5)
    friend = friends_of(here.account)[person]
    assert (friend.followed_at, friend.origin, friend.follow_status) == (at, "webhook", "following")


def test_who_blocks_and_comes_back_in_the_meantime_is_a_friend(listed: tuple[Connected, Run, str]) -> None:
    here, run, person = listed
    at = now()
    unfollow(here.account, person, at)
    announce(UserFollowed(here.account.id, at + timedelta(seconds=1), 3, person, is_unblocked=True))
    db.session.commit()
    work(run, sittings=5)
    assert friends_of(here.account)[person].follow_status == "following"


def test_who_only_wrote_in_the_meantime_is_a_friend_with_their_message(listed: tuple[Connected, Run, str]) -> None:
    here, run, person = listed
    announce(MessageReceived(here.account.id, now(), 4, person, {"id": "1", "type": "text", "text": "Hello"}))
    db.session.commit()
    work(run, sittings=5)
    friend = friends_of(here.account)[person]
    assert friend.follow_status == "following"
    assert friend.last_message_at


def test_a_block_in_the_same_moment_wins(
    app: Flask, listed: tuple[Connected, Run, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The block is written but not committed when the import inserts; the insert waits and then leaves it alone."""
    here, run, person = listed
    account_id, is_written, insert = here.account.id, threading.Event(), profiles.insert_imported

    def block() -> None:
        with app.app_context():
            announce(UserUnfollowed(account_id, now(), 5, person))
            db.session.flush()
            is_written.set()
            # Long enough for the insert to reach the row and wait there.
            assert not is_through.wait(0.5)
            db.session.commit()

    is_through = threading.Event()

    def insert_late(*args: object) -> int:
        thread.start()
        assert is_written.wait(10)
        count = insert(*args)
        is_through.set()
        return count

    thread = threading.Thread(target=block)
    monkeypatch.setattr(profiles, "insert_imported", insert_late)
    work(run, sittings=5)
    thread.join(10)
    assert friends_of(here.account)[person].follow_status == "blocked"
    assert (run.counts["new"], run.counts["known"]) == (29, 1)


def test_a_worker_that_was_given_up_for_dead_stores_no_one(
    app: Flask, listed: tuple[Connected, Run, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its run is taken over between its last look and its save; the friends it just inserted go with the save."""
    here, run, _ = listed
    run_id, insert = run.id, profiles.insert_imported

    def insert_too_late(*args: object) -> int:
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE runs SET lease = gen_random_uuid() WHERE id = {run_id}")
        return insert(*args)

    monkeypatch.setattr(profiles, "insert_imported", insert_too_late)
    work(run)
    assert friends_of(here.account) == {}
    db.session.refresh(run)
    assert run.counts.get("new") is None
    monkeypatch.setattr(profiles, "insert_imported", bulk_insert.insert_imported)
    with db.engine.begin() as connection:
        connection.exec_driver_sql("UPDATE runs SET leased_until = now() - interval '1 second'")
    work(run, sittings=5)
    assert (run.state, run.counts["new"]) == (RunState.COMPLETED, 30)
    assert here.requests(PROFILE) == 60


def test_two_starts_are_one_import(connected: Callable[..., Connected]) -> None:
    here = connected()
    first = start(here.account)
    second, is_new = start_friend_import(here.account, actor=SYSTEM)
    assert (second.id, is_new) == (first.id, False)
    assert finish(here.account).id == first.id
