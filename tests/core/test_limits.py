"""The token bucket: what all workers take together never exceeds the rate, whatever their timing."""

from __future__ import annotations

import time
from concurrent.futures import ThreadPoolExecutor

import pytest
import redis
from flask import Flask

from app.core.limits import TokenBucket
from app.core.redis_client import connect
from tests.support.redis_servers import NOWHERE


def bucket(app: Flask, rate: float, burst: float, key: str = "test") -> TokenBucket:
    return TokenBucket(app.extensions["redis"], key, rate, burst)


def test_a_burst_is_free_and_everything_after_it_waits_its_turn(app: Flask) -> None:
    slow = bucket(app, rate=0.01, burst=5)
    assert [slow.take() for _ in range(5)] == [0] * 5
    waits = [slow.take() for _ in range(3)]
    assert waits == pytest.approx([100, 200, 300], abs=5)


def test_a_handful_is_taken_at_once_and_waits_until_the_last_one_is_there(app: Flask) -> None:
    slow = bucket(app, rate=0.01, burst=5)
    assert slow.take(5) == 0
    assert slow.take(4) == pytest.approx(400, abs=5)
    assert slow.take() == pytest.approx(500, abs=5)


def test_many_workers_together_get_no_more_than_the_rate_allows(app: Flask) -> None:
    """Each take is told when it may go; within any window of those times there are at most burst + rate × window."""
    rate, burst = 0.5, 10
    with ThreadPoolExecutor(8) as pool:
        waits = sorted(pool.map(lambda _: bucket(app, rate, burst).take(), range(80)))
    for first, begin in enumerate(waits):
        for last in range(first, len(waits)):
            allowed = burst + rate * (waits[last] - begin)
            # The takes themselves are spread over a moment, during which the bucket fills by rate × moment.
            assert last - first + 1 <= allowed + 5


def test_keys_do_not_share_their_tokens(app: Flask) -> None:
    assert bucket(app, 0.01, 1, "a").take() == 0
    assert bucket(app, 0.01, 1, "b").take() == 0
    assert bucket(app, 0.01, 1, "a").take() > 0


def test_a_bucket_that_no_one_uses_disappears(app: Flask) -> None:
    one = bucket(app, rate=100, burst=1)
    one.take()
    ttl = app.extensions["redis"].pttl(one.key)
    assert 0 < ttl <= 1_100


def test_unused_time_fills_the_bucket_no_higher_than_its_burst(app: Flask) -> None:
    client: redis.Redis = app.extensions["redis"]
    one = bucket(app, rate=1, burst=3)
    one.take()
    client.hset(one.key, "at", 0)
    assert [one.take() for _ in range(3)] == [0, 0, 0]
    assert one.take() > 0


def test_a_clock_that_goes_back_gives_nothing_away(app: Flask) -> None:
    client: redis.Redis = app.extensions["redis"]
    one = bucket(app, rate=0.01, burst=1)
    one.take()
    client.hset(one.key, "at", in_an_hour(client))
    assert one.take() == pytest.approx(100, abs=5)


def test_after_a_clock_went_back_the_bucket_fills_as_before(app: Flask) -> None:
    client: redis.Redis = app.extensions["redis"]
    one = bucket(app, rate=1_000, burst=1)
    one.take()
    client.hset(one.key, "at", in_an_hour(client))
    one.take()
    deadline = time.monotonic() + 10
    while one.take() > 0:
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_turn_beyond_the_horizon_is_not_taken(app: Flask) -> None:
    slow = bucket(app, rate=0.01, burst=5)
    slow.take(5)
    refused = slow.take_within(50, 1)
    assert not refused.is_taken
    assert refused.seconds == pytest.approx(100, abs=5)
    # It left the bucket as it was, for one who is willing to wait.
    assert slow.take_within(150, 1).seconds == pytest.approx(100, abs=5)


def test_a_caller_of_lower_rank_leaves_tokens_to_others(app: Flask) -> None:
    slow = bucket(app, rate=0.01, burst=5)
    assert [slow.take_within(50, 1, leave=2).is_taken for _ in range(4)] == [True, True, True, False]
    assert slow.take(2) == 0


def test_a_refused_turn_keeps_up_with_a_clock_that_went_back(app: Flask) -> None:
    client: redis.Redis = app.extensions["redis"]
    one = bucket(app, rate=0.01, burst=1)
    one.take()
    client.hset(one.key, "at", in_an_hour(client))
    assert not one.take_within(1, 1).is_taken
    assert float(client.hget(one.key, "at")) < in_an_hour(client) - 1_800_000  # type: ignore[arg-type]


def in_an_hour(client: redis.Redis) -> int:
    seconds, _ = client.time()  # type: ignore[misc]
    return int((seconds + 3600) * 1000)


def test_a_dead_redis_is_told_and_not_swallowed(app: Flask) -> None:
    dead = connect(NOWHERE)
    with pytest.raises(redis.RedisError):
        TokenBucket(dead, "test", 1, 1).take()
