"""Pace: no window is ever over its limit, a sync leaves a share to live calls, and a refusal stops all processes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import timedelta

import pytest
import redis
from flask import Flask

from app.core.clock import now
from app.core.errors import RetryLater
from app.core.outgoing.exchange import NotSent
from app.core.queue import broker
from app.core.redis_client import connect
from app.integrations.hubspot.gateway import rate
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.rate import Priority, Window, waits
from app.integrations.hubspot.gateway.requests import CallLimit
from tests.integrations.hubspot.gateway.conftest import Grantee
from tests.integrations.hubspot.gateway.test_client import DETAILS, count, read
from tests.support.redis_servers import NOWHERE


class NoPortal:
    """A portal that is not there: only its limits count."""

    portal_id, per_ten_seconds, time_zone = "1", 110, ""

    def token(self) -> str:
        return ""

    def renew(self, refused: str) -> str:
        return refused

    def lost(self, code: str) -> None:
        """Do nothing."""


@pytest.fixture
def limited(app: Flask) -> NoPortal:
    return NoPortal()


def at_once(limited: NoPortal, limit: CallLimit, priority: Priority) -> int:
    """How many calls may go before one has to wait."""
    for done in range(500):
        if sum(waits(limited, limit, priority, 60)) > 0.001:
            return done
    raise AssertionError("There is no limit.")


@pytest.mark.parametrize("calls", [10, 100, 110, 190, 250])
def test_a_window_holds_no_more_than_its_calls(app: Flask, calls: int) -> None:
    for window, burst in (
        (Window(calls, 10), max(1.0, calls * rate.BURST)),
        (Window(calls * rate.SYNC_SHARE, 10), rate.SYNC_BURST),
    ):
        bucket = window.bucket("k", burst)
        assert bucket.burst + bucket.rate * window.seconds <= window.calls
        assert bucket.rate * window.seconds >= 0.8 * window.calls


def test_a_sync_takes_nearly_the_whole_of_its_share(app: Flask) -> None:
    bucket = Window(110 * rate.SYNC_SHARE, 10).bucket("k", rate.SYNC_BURST)
    assert 0.95 * 77 <= bucket.rate * 10 <= 77


def test_a_sync_saves_up_nothing_and_live_calls_a_few(limited: NoPortal) -> None:
    assert at_once(limited, CallLimit.GENERAL, Priority.SYNC) == 0
    assert at_once(limited, CallLimit.GENERAL, Priority.LIVE) in (4, 5)


def test_searches_have_a_limit_of_their_own(limited: NoPortal) -> None:
    at_once(limited, CallLimit.GENERAL, Priority.LIVE)
    assert at_once(limited, CallLimit.SEARCH, Priority.LIVE) == 1
    assert rate.window_of(limited, CallLimit.SEARCH) == (5, 1.0)


def test_batches_of_associations_have_none(limited: NoPortal) -> None:
    assert all(list(waits(limited, CallLimit.NONE, Priority.SYNC, 0)) == [] for _ in range(200))


def test_another_portal_has_limits_of_its_own(limited: NoPortal) -> None:
    at_once(limited, CallLimit.GENERAL, Priority.LIVE)
    other = NoPortal()
    other.portal_id = "2"
    assert at_once(other, CallLimit.GENERAL, Priority.LIVE) in (4, 5)


def test_however_many_syncs_wait_a_live_call_goes_soon(limited: NoPortal) -> None:
    for _ in range(50):
        next(waits(limited, CallLimit.GENERAL, Priority.SYNC, 60))
    assert sum(waits(limited, CallLimit.GENERAL, Priority.LIVE, 3)) < 0.05


def test_a_live_call_goes_before_syncs_that_take_all_there_is(
    limited: NoPortal, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(rate, "SYNC_SHARE", 100)
    for _ in range(30):
        with suppress(NotSent):
            list(waits(limited, CallLimit.GENERAL, Priority.SYNC, 1))
    assert sum(waits(limited, CallLimit.GENERAL, Priority.LIVE, 3)) <= rate.SYNC_HORIZON


def test_a_turn_too_far_off_is_not_waited_for(limited: NoPortal) -> None:
    limited.per_ten_seconds = 2
    with pytest.raises(NotSent) as failure:
        for _ in range(10):
            list(waits(limited, CallLimit.GENERAL, Priority.LIVE, 3))
    assert failure.value.code == "hubspot.rate_limited"


def test_a_refusal_holds_back_its_own_limit(limited: NoPortal) -> None:
    rate.slow_down(limited, CallLimit.SEARCH, RetryLater("hubspot.rate_limited", after=20))
    with pytest.raises(NotSent) as failure:
        list(waits(limited, CallLimit.SEARCH, Priority.LIVE, 3))
    assert failure.value.code == "hubspot.rate_limited"
    assert 19 < failure.value.after <= 20
    assert rate.pause_of("1") is None
    assert sum(waits(limited, CallLimit.GENERAL, Priority.LIVE, 3)) == 0


@pytest.mark.parametrize("code", ["hubspot.daily_limit", "hubspot.moving"])
def test_the_end_of_a_day_holds_back_everything(limited: NoPortal, code: str) -> None:
    rate.slow_down(limited, CallLimit.SEARCH, RetryLater(code, after=3600))
    for limit in CallLimit:
        with pytest.raises(NotSent) as failure:
            list(waits(limited, limit, Priority.SYNC, 30))
        assert failure.value.code == code
    pause = rate.pause_of("1")
    assert pause is not None and pause.code == code
    assert abs(pause.until - now() - timedelta(hours=1)) < timedelta(seconds=5)
    rate.resume("1")
    assert rate.pause_of("1") is None
    assert list(waits(limited, CallLimit.NONE, Priority.SYNC, 30)) == []


def test_a_short_refusal_is_waited_for(limited: NoPortal) -> None:
    rate.slow_down(limited, CallLimit.GENERAL, RetryLater("hubspot.rate_limited", after=2))
    steps = waits(limited, CallLimit.GENERAL, Priority.LIVE, 3)
    assert 1.5 < next(steps) <= 2


def test_other_trouble_holds_back_nothing(limited: NoPortal) -> None:
    rate.slow_down(limited, CallLimit.GENERAL, RetryLater("hubspot.unavailable", after=60))
    assert rate.pause_of("1") is None


@pytest.fixture
def no_redis(app: Flask, monkeypatch: pytest.MonkeyPatch) -> Iterator[redis.Redis]:
    """No Redis answers."""
    nowhere = connect(NOWHERE)
    monkeypatch.setattr(broker, "client", nowhere)
    yield nowhere


def test_while_redis_is_away_nothing_is_sent(no_redis: redis.Redis, access: Grantee, client: HubSpotClient) -> None:
    for priority in Priority:
        with pytest.raises(NotSent) as failure:
            list(waits(NoPortal(), CallLimit.GENERAL, priority, 3))
        assert failure.value.code == "hubspot.limiter_away"
    assert rate.pause_of("1") is None
    with pytest.raises(NotSent):
        rate.resume("1")
    with pytest.raises(NotSent):
        client.call(read())
    assert count(access) == 0


def test_a_storm_of_refusals_shows_its_sentence_and_recovers(
    access: Grantee, client: HubSpotClient, sleeps: list[float]
) -> None:
    access.portal.switch(enforce_limits=True, ten_second_limit=0)
    with pytest.raises(RetryLater) as failure:
        client.call(read())
    assert (failure.value.code, count(access)) == ("hubspot.rate_limited", 1)
    with pytest.raises(RetryLater):
        client.call(read())
    assert count(access) == 1
    access.portal.switch(ten_second_limit=110)
    rate.resume(access.portal_id)
    assert client.call(read()) == int(access.portal_id)


def test_a_daily_limit_shows_its_sentence_and_recovers(access: Grantee, client: HubSpotClient) -> None:
    access.portal.switch(daily_limit=0)
    with pytest.raises(RetryLater) as failure:
        client.call(read())
    assert failure.value.code == "hubspot.daily_limit"
    pause = rate.pause_of(access.portal_id)
    assert pause is not None and pause.code == "hubspot.daily_limit" and pause.seconds > 1
    assert count(access, DETAILS) == 1
    access.portal.switch(daily_limit=None)
    rate.resume(access.portal_id)
    assert client.call(read()) == int(access.portal_id)
