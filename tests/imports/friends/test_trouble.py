"""Every trouble at LINE ends in another try or in a sentence a marketer understands; no one is lost or doubled."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
import redis

from app.core import error_messages
from app.core.clock import now
from app.core.db import db
from app.core.limits import TokenBucket
from app.core.runs import async_wait
from app.core.runs.models import Run, RunState
from app.imports.friends import profile_stream, profiles
from app.line.gateway import async_client, connections, retries
from app.line.models import AccountState
from tests.imports.conftest import FOLLOWERS, PROFILE, Connected, finish, friends_of, start, work

INFO = "/v2/bot/info"


def is_complete(here: Connected, run: Run, count: int) -> None:
    assert (run.state, run.reason) == (RunState.COMPLETED, None)
    assert set(friends_of(here.account)) == set(here.follower_ids())
    assert run.counts["new"] == run.total == run.done == count


@pytest.mark.parametrize("status", [429, 500, 503])
def test_some_refusals_delay_and_lose_no_one(connected: Callable[..., Connected], status: int) -> None:
    here = connected(followers=120)
    message = "The API rate limit has been exceeded. Try again later."
    here.fault("status", status=status, message=message, probability=0.2, path=PROFILE)
    here.fault("status", status=status, message=message, times=2, path=FOLLOWERS)
    is_complete(here, finish(here.account), 120)


@pytest.mark.parametrize("kind", ["reset", "lost", "malformed"])
def test_broken_connections_and_answers_delay_and_lose_no_one(connected: Callable[..., Connected], kind: str) -> None:
    here = connected(followers=120)
    here.fault(kind, probability=0.2, path=PROFILE)
    here.fault(kind, times=2, path=FOLLOWERS)
    is_complete(here, finish(here.account), 120)


def test_answers_that_never_come_are_given_up_and_asked_again(
    connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "REQUEST_SECONDS", 0.3)
    here = connected(followers=60)
    here.fault("latency", fixed_ms=2_000, times=20, path=PROFILE)
    is_complete(here, finish(here.account), 60)


def test_a_slow_line_does_not_look_like_a_dead_worker(
    connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A beat is due before the only batch is there; it prolongs the hold instead of losing the run."""
    monkeypatch.setattr(async_wait, "BEAT_SECONDS", 0.05)
    here = connected(followers=20)
    here.fault("latency", fixed_ms=400)
    run = work(start(here.account))
    is_complete(here, run, 20)


def test_an_outage_waits_says_so_and_goes_on_by_itself(
    connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "TRIES", 1)
    monkeypatch.setattr(profiles, "BATCH", 50)
    here = connected(followers=300)
    outage = here.fault("status", status=503, skip=100, path=PROFILE)
    run = work(start(here.account))
    assert (run.state, run.reason) == (RunState.RUNNING, "line.unavailable")
    assert "trouble on its side" in error_messages.sentence(run.reason, run.reason_values)
    assert run.troubled_since and run.troubled_since < now() < run.due_at
    assert len(friends_of(here.account)) == run.counts["new"] <= 100
    assert not run.counts.get("failed")
    here.line.api("DELETE", f"/faults/{outage['id']}")
    is_complete(here, work(run, sittings=5), 300)


def test_what_came_before_the_outage_is_kept(
    connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "TRIES", 1)
    here = connected(followers=300)
    here.fault("status", status=503, skip=100, path=PROFILE)
    work(start(here.account))
    assert len(friends_of(here.account)) == 100


@pytest.mark.parametrize("followers", [5, 100])
def test_an_outage_of_hours_is_waited_for(
    connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch, followers: int
) -> None:
    monkeypatch.setattr(retries, "TRIES", 1)
    here = connected(followers=followers)
    outage = here.fault("status", status=500, path=PROFILE)
    run = work(start(here.account), sittings=40)
    assert (run.state, run.reason) == (RunState.RUNNING, "line.unavailable")
    here.line.api("DELETE", f"/faults/{outage['id']}")
    is_complete(here, work(run, sittings=30), followers)
    # The test looks at the list itself, and the import did not read it again.
    assert here.requests(FOLLOWERS) == 2


def test_an_outage_that_meets_the_last_few_passes_over_none_of_them(
    connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "TRIES", 1)
    monkeypatch.setattr(profiles, "BATCH", 50)
    here = connected(followers=60)
    outages = [here.fault("status", status=500, skip=50, path=PROFILE), here.fault("status", status=500, path=INFO)]
    run = work(start(here.account), sittings=20)
    assert (run.state, run.counts["new"], run.counts.get("failed", 0)) == (RunState.RUNNING, 50, 0)
    for outage in outages:
        here.line.api("DELETE", f"/faults/{outage['id']}")
    is_complete(here, work(run, sittings=20), 60)


def test_one_person_with_trouble_of_their_own_does_not_hold_up_the_others(
    connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(retries, "TRIES", 1)
    here = connected(followers=120)
    unlucky = sorted(here.follower_ids())[60]
    asked = _break_person(monkeypatch, unlucky)
    run = finish(here.account)
    assert asked == [unlucky] * 3
    assert run.state == RunState.COMPLETED
    assert run.counts == {"listed": 120, "known": 0, "new": 119, "unavailable": 0, "failed": 1}
    assert run.done == 120
    assert set(here.follower_ids()) - set(friends_of(here.account)) == {unlucky}


def test_a_person_whom_line_refuses_to_name_is_counted_and_passed_over(
    connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = connected(followers=20)
    here.fault("status", status=400, message="The value for the 'userId' parameter is invalid", times=1, path=PROFILE)
    run = finish(here.account)
    assert run.counts == {"listed": 20, "known": 0, "new": 19, "unavailable": 0, "failed": 1}
    assert finish(here.account).counts == {"listed": 20, "known": 19, "new": 1, "unavailable": 0, "failed": 0}


def test_when_line_refuses_everyone_the_import_fails_with_its_words(connected: Callable[..., Connected]) -> None:
    here = connected(followers=200)
    here.fault("status", status=400, message="Something new", path=PROFILE)
    run = finish(here.account)
    assert (run.state, run.reason) == (RunState.FAILED, "line.refused")
    assert "Something new" in error_messages.sentence(run.reason, run.reason_values)
    assert "failed" not in run.counts


def _break_person(monkeypatch: pytest.MonkeyPatch, unlucky: str) -> list[str]:
    """Let LINE have trouble with one profile; the list grows with each time that it is asked for."""
    ask, asked = async_client.AsyncLineClient.profile, []

    async def profile(self: async_client.AsyncLineClient, user_id: str) -> object:
        if user_id == unlucky:
            asked.append(user_id)
            raise profile_stream.RetryLater("line.unavailable", after=0)
        return await ask(self, user_id)

    monkeypatch.setattr(async_client.AsyncLineClient, "profile", profile)
    return asked


def test_refused_credentials_fail_at_once_and_say_what_to_do(connected: Callable[..., Connected]) -> None:
    here = connected(followers=30, account={"channel_secret": "0" * 32})
    run = finish(here.account)
    assert (run.state, run.reason) == (RunState.FAILED, "line.credentials_refused")
    assert "reconnect" in error_messages.sentence(run.reason, run.reason_values)
    db.session.refresh(here.account)
    assert here.account.state == AccountState.BROKEN


def test_after_reconnecting_the_import_goes_on(
    connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(profiles, "BATCH", 50)
    here = connected(followers=400)
    here.fault("status", status=401, message="Authentication failed", skip=150, path=PROFILE)
    run = work(start(here.account))
    assert (run.state, run.reason) == (RunState.FAILED, "line.token_refused")
    came = len(friends_of(here.account))
    assert 0 < came < 400
    here.line.api("DELETE", "/faults")
    db.session.refresh(here.account)
    here.account.state, here.account.access_token = AccountState.CONNECTED, None
    db.session.commit()
    again = finish(here.account)
    assert (again.state, again.counts["known"], again.counts["new"]) == (RunState.COMPLETED, came, 400 - came)


def test_a_token_that_is_revoked_in_the_middle_is_renewed(connected: Callable[..., Connected]) -> None:
    here = connected(followers=1_500)
    here.line.api("PATCH", here.path, {"latency": {"fixed_ms": 20}})
    here.fault("status", status=401, message="Authentication failed", times=1, skip=700, path=PROFILE)
    is_complete(here, finish(here.account), 1_500)


def test_an_account_that_lost_its_verification_is_told(connected: Callable[..., Connected]) -> None:
    here = connected(followers=10, kind="unverified")
    run = finish(here.account)
    assert (run.state, run.reason) == (RunState.FAILED, "line.not_available")
    assert "verified and premium" in error_messages.sentence(run.reason, run.reason_values)


def test_without_redis_nothing_is_asked_and_nothing_is_lost(
    connected: Callable[..., Connected], monkeypatch: pytest.MonkeyPatch
) -> None:
    here = connected(followers=50)
    take = TokenBucket.take_within

    def away(self: object, *args: object, **options: object) -> None:
        raise redis.ConnectionError

    monkeypatch.setattr(TokenBucket, "take_within", away)
    run = work(start(here.account))
    assert (run.state, run.reason) == (RunState.RUNNING, "line.limiter_away")
    assert run.due_at < now() + timedelta(minutes=1)
    monkeypatch.setattr(TokenBucket, "take_within", take)
    is_complete(here, work(run, sittings=3), 50)
