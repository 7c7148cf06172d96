"""The import from the first page to the last friend: what arrives, what is counted, what is left alone."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from app.core import events
from app.core.db import db
from app.core.runs.models import RunState
from app.friends.models import Friend, FriendTag
from app.imports.friends import candidates
from tests.factories import friends as factory
from tests.imports.conftest import FOLLOWERS, PROFILE, Connected, finish, friends_of

COUNTS = {"listed": 0, "known": 0, "new": 0, "unavailable": 0, "failed": 0}
LONG_AGO = datetime(2020, 1, 2, 3, 4, 5, tzinfo=UTC)


def test_every_follower_becomes_a_friend(connected: Callable[..., Connected]) -> None:
    here = connected(followers=2_345)
    run = finish(here.account)
    assert (run.state, run.reason) == (RunState.COMPLETED, None)
    friends = friends_of(here.account)
    assert set(friends) == set(here.follower_ids())
    assert run.counts == COUNTS | {"listed": 2_345, "new": 2_345}
    assert (run.done, run.total) == (2_345, 2_345)
    assert here.requests(PROFILE) == 2_345
    assert here.is_pace_clean()
    one = next(iter(friends.values()))
    assert one.display_name
    assert one.profile_fetched_at
    assert (one.follow_status, one.origin, one.followed_at) == ("following", "import", None)


def test_no_one_who_exists_is_changed(connected: Callable[..., Connected]) -> None:
    here = connected(followers=40)
    ids = here.follower_ids()
    tag = factory.tag(here.account, "VIP")
    edited = factory.friend(
        here.account,
        (tag,),
        line_user_id=ids[0],
        display_name="Our own name",
        first_name="Hanako",
        email="hanako@example.com",
        attributes={"size": "M"},
        followed_at=LONG_AGO,
    )
    blocked = factory.friend(here.account, line_user_id=ids[1], follow_status="blocked", blocked_at=LONG_AGO)
    before = {row.id: _columns(row) for row in (edited, blocked)}
    run = finish(here.account)
    assert run.counts == COUNTS | {"listed": 40, "known": 2, "new": 38}
    db.session.rollback()
    for friend_id, columns in before.items():
        assert _columns(db.session.get(Friend, friend_id, populate_existing=True)) == columns
    assert db.session.query(FriendTag).count() == 1
    assert here.requests(PROFILE) == 38


def _columns(friend: Friend) -> dict[str, Any]:
    db.session.refresh(friend)
    return {column.name: getattr(friend, column.name) for column in Friend.__table__.columns}


def test_a_second_run_asks_for_no_one_again_and_finds_the_new_ones(connected: Callable[..., Connected]) -> None:
    here = connected(followers=25)
    finish(here.account)
    came = here.line.api("POST", f"{here.path}/friends", {"display_name": "Late", "state": "friend"})
    here.line.api("PATCH", f"{here.path}/friends/{came['user_id']}", {"state": "friend"})
    run = finish(here.account)
    assert run.counts == COUNTS | {"listed": 26, "known": 25, "new": 1}
    assert friends_of(here.account)[came["user_id"]].display_name == "Late"
    assert here.requests(PROFILE) == 26


def test_short_empty_and_overlapping_pages_lose_and_double_no_one(connected: Callable[..., Connected]) -> None:
    here = connected(followers=4_000, paging={"short": 0.5, "empty": 0.3, "repeat": 0.5})
    run = finish(here.account)
    assert run.counts == COUNTS | {"listed": 4_000, "new": 4_000}
    assert set(friends_of(here.account)) == set(here.follower_ids())
    assert here.requests(FOLLOWERS) > 5


def test_a_person_whose_profile_line_keeps_is_counted_and_tried_again_next_time(
    connected: Callable[..., Connected],
) -> None:
    here = connected(followers=60, population={"gone": 0.2})
    run = finish(here.account)
    gone = run.counts["unavailable"]
    assert 0 < gone < 60
    assert run.counts == COUNTS | {"listed": 60, "new": 60 - gone, "unavailable": gone}
    assert (run.state, run.done) == (RunState.COMPLETED, 60)
    assert len(friends_of(here.account)) == 60 - gone
    missing = (set(here.follower_ids()) - set(friends_of(here.account))).pop()
    here.line.api("PATCH", f"{here.path}/friends/{missing}", {"gone": False})
    again = finish(here.account)
    assert again.counts == COUNTS | {"listed": 60, "known": 60 - gone, "new": 1, "unavailable": gone - 1}
    assert missing in friends_of(here.account)


def test_an_account_without_followers_is_done_at_once(connected: Callable[..., Connected]) -> None:
    run = finish(connected(followers=0).account)
    assert (run.state, run.done, run.total) == (RunState.COMPLETED, 0, 0)


def test_a_person_of_whom_only_a_message_was_known_is_a_friend_now(connected: Callable[..., Connected]) -> None:
    here = connected(followers=5)
    wrote = factory.friend(
        here.account, line_user_id=here.follower_ids()[0], follow_status="stranger", followed_at=None
    )
    finish(here.account)
    assert friends_of(here.account)[wrote.line_user_id].follow_status == "following"


def test_names_that_no_database_likes_still_arrive(connected: Callable[..., Connected]) -> None:
    here = connected(followers=0)
    name = "👩‍👩‍👧 \u0000 ｶﾅ " + "長" * 300
    person = here.line.api("POST", f"{here.path}/friends", {"display_name": name})
    here.line.api("PATCH", f"{here.path}/friends/{person['user_id']}", {"state": "friend"})
    run = finish(here.account)
    assert run.counts["new"] == 1
    assert friends_of(here.account)[person["user_id"]].display_name.endswith("長" * 300)


def test_the_list_is_forgotten_once_it_has_served(connected: Callable[..., Connected]) -> None:
    here = connected(followers=10, population={"gone": 0.3})
    finish(here.account)
    assert candidates.tally(here.account.id) == (0, 0)


def test_no_automation_hears_of_imported_friends(
    connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard = []
    monkeypatch.setattr(events, "_listeners", defaultdict(lambda: [heard.extend]))
    finish(connected(followers=20).account)
    assert heard == []


def test_accounts_do_not_see_each_others_friends(connected: Callable[..., Connected]) -> None:
    here, there = connected(followers=20), connected(followers=30)
    finish(here.account)
    assert len(friends_of(here.account)) == 20
    assert friends_of(there.account) == {}
    finish(there.account)
    assert len(friends_of(there.account)) == 30
    assert len(friends_of(here.account)) == 20
