"""The import from the first page to the last friend: what arrives, what is counted, what is left alone."""

from __future__ import annotations

from app.core.runs.models import RunState
from tests.imports.conftest import PROFILE, finish, friends_of


def test_every_follower_becomes_a_friend(connected):
    here = connected(followers=2_345)
    run = finish(here.account)
    assert (run.state, run.reason) == (RunState.COMPLETED, None)
    friends = friends_of(here.account)
    assert set(friends) == set(here.follower_ids())
    assert run.counts == {"listed": 2_345, "known": 0, "new": 2_345, "unavailable": 0, "failed": 0}
    assert (run.done, run.total) == (2_345, 2_345)
    assert here.requests(PROFILE) == 2_345
    assert here.is_pace_clean()
    one = next(iter(friends.values()))
    assert one.display_name
    assert (one.follow_status, one.origin, one.followed_at) == ("following", "import", None)
