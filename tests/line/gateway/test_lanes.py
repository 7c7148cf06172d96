"""Lanes: an upper lane is never held up for long by the ones below, and all together keep the rate."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Iterator

import pytest
import redis
from flask import Flask

from app.core.config import Config
from app.core.limits import TokenBucket, Turn
from app.core.outgoing.exchange import NotSent
from app.core.redis_client import connect
from app.line.gateway import rate_limit
from app.line.gateway.lanes import Lane
from app.line.gateway.rate_limit import BATCH, Pace, bucket, take_turn, wait_once
from tests.support.redis_servers import NOWHERE

LOWER = [lane for lane in Lane if lane is not Lane.CHAT]
# Seconds that a chat message may be held up by everything else.
ALLOWED = 0.2


def fill_up(source: TokenBucket, lane: Lane, tokens: int) -> int:
    """Take turns as ever more processes would, until none is to be had; returns how many were taken."""
    for taken in range(10_000):
        if not take_turn(source, lane, tokens).is_taken:
            return taken
    raise AssertionError("The line of waiting requests has no end.")


@pytest.mark.parametrize("lane", LOWER)
@pytest.mark.parametrize("endpoint", ["push", "multicast"])
def test_no_lane_holds_up_a_chat_message(app: Flask, lane: Lane, endpoint: str) -> None:
    source = bucket(1, endpoint)
    assert fill_up(source, lane, 1) > 0
    chat = take_turn(source, Lane.CHAT, 1)
    assert chat.is_taken
    assert chat.seconds <= ALLOWED


def test_all_lanes_together_hold_up_a_chat_message_no_longer(app: Flask) -> None:
    source = bucket(1, "push")
    for lane in [*reversed(LOWER), *LOWER]:
        fill_up(source, lane, BATCH)
    assert take_turn(source, Lane.CHAT, 1).seconds <= ALLOWED


def test_one_broadcast_at_a_time_holds_up_nothing(app: Flask) -> None:
    """Its loop asks for the next handful when the last one may go: what it waits for is left to others."""
    source = bucket(1, "push")
    while take_turn(source, Lane.BROADCAST, BATCH).seconds == 0:
        pass
    assert take_turn(source, Lane.CHAT, 1).seconds == 0


@pytest.mark.parametrize(("upper", "lower"), list(zip(list(Lane)[:4], list(Lane)[1:5], strict=True)))
def test_a_lane_yields_to_the_one_above_it(app: Flask, upper: Lane, lower: Lane) -> None:
    """While the upper one has all it can get, the lower one gets nothing. The rate is slow, so that time stands."""
    source = TokenBucket(app.extensions["redis"], "test", rate=0.001, burst=100)
    assert fill_up(source, upper, 1) if upper.horizon else source.take(100) == 0
    assert not take_turn(source, lower, 1).is_taken


@pytest.mark.parametrize(("lane", "free"), [(lane, 100 - 10 * min(lane, 4)) for lane in Lane])
def test_each_lane_leaves_a_part_of_what_is_saved_up(app: Flask, lane: Lane, free: int) -> None:
    source = TokenBucket(app.extensions["redis"], "test", rate=0.001, burst=100)
    taken = 0
    while (turn := take_turn(source, lane, 1)).is_taken and turn.seconds == 0:
        taken += 1
    assert taken == free


def test_a_turn_that_was_not_taken_costs_nothing(app: Flask) -> None:
    source = TokenBucket(app.extensions["redis"], "test", rate=0.001, burst=100)
    fill_up(source, Lane.BROADCAST, 1)
    for _ in range(50):
        assert not take_turn(source, Lane.BROADCAST, 1).is_taken
    assert source.take(40) == 0
    assert source.take(1) > 0


def test_requests_of_one_lane_go_in_the_order_in_which_they_asked(app: Flask) -> None:
    source = TokenBucket(app.extensions["redis"], "test", rate=1_000, burst=10)
    turns = [take_turn(source, Lane.BROADCAST, 10, None) for _ in range(5)]
    assert all(turn.is_taken for turn in turns)
    assert [turn.seconds for turn in turns] == sorted(turn.seconds for turn in turns)
    assert turns[-1].seconds > turns[0].seconds


def test_mixed_lanes_never_exceed_the_rate(app: Flask) -> None:
    """Within any window of the times at which requests may go there are at most burst + rate × window."""
    rate, burst, chance = 0.5, 20, random.Random(7)
    source = TokenBucket(app.extensions["redis"], "test", rate, burst)
    lanes = [chance.choice(list(Lane)) for _ in range(120)]
    turns = sorted(source.take_within(None, 1, leave=lane.left_share * burst).seconds for lane in lanes)
    for first, begin in enumerate(turns):
        for last in range(first, len(turns)):
            # The takes themselves are spread over a moment, during which the bucket fills by rate × moment.
            assert last - first + 1 <= burst + rate * (turns[last] - begin) + 5


def test_lanes_hold_between_processes(app: Flask, config: Config) -> None:
    """Another process has another connection, and nothing else than the key in common."""
    other = redis.Redis.from_url(config.redis_url)
    source = TokenBucket(app.extensions["redis"], "line:1:push", rate=0.001, burst=100)
    fill_up(TokenBucket(other, "line:1:push", rate=0.001, burst=100), Lane.BROADCAST, 1)
    assert not take_turn(source, Lane.BROADCAST, 1).is_taken
    assert take_turn(source, Lane.CHAT, 40) == Turn(True, 0)
    other.close()


class Scripted:
    """A bucket that answers as it is told."""

    rate, burst = 1_900.0, 80.0

    def __init__(self, turns: list[Turn]) -> None:
        self.turns: Iterator[Turn] = iter(turns)
        self.asked: list[int] = []

    def take_within(self, horizon: float | None, tokens: int = 1, *, leave: float = 0.0) -> Turn:
        self.asked.append(tokens)
        return next(self.turns)


@pytest.fixture
def slept(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of every wait; none of them passes."""
    waits: list[float] = []
    sleep = asyncio.sleep

    async def at_once(seconds: float) -> None:
        waits.append(seconds)
        await sleep(0)

    monkeypatch.setattr(rate_limit.asyncio, "sleep", at_once)
    return waits


def test_a_lower_lane_asks_again_until_it_has_its_turn(slept: list[float]) -> None:
    source = Scripted([Turn(False, 5.0), Turn(False, 0.2), Turn(True, 0.1)])
    asyncio.run(Pace(source, Lane.BROADCAST).wait())  # type: ignore[arg-type]
    assert len(source.asked) == 3
    assert 4.85 < slept[0] < 4.87
    assert 0.05 < slept[1] < 0.07
    assert slept[2] == 0.1


def test_a_loop_asks_once_for_a_handful(slept: list[float]) -> None:
    source = Scripted([Turn(True, 0.0)] * 9)

    async def many() -> None:
        one = Pace(source, Lane.BROADCAST)  # type: ignore[arg-type]
        await asyncio.gather(*(one.wait() for _ in range(35)))

    asyncio.run(many())
    assert source.asked == [1, 10, 10, 10, 4]


def test_an_impatient_caller_is_told_for_how_long_to_wait(slept: list[float]) -> None:
    source = Scripted([Turn(False, 1.0), Turn(False, 9.0)])
    with pytest.raises(NotSent) as refusal:
        asyncio.run(Pace(source, Lane.REPLY, patience=3.0).wait())  # type: ignore[arg-type]
    assert (refusal.value.code, refusal.value.after) == ("line.rate_limited", 9.0)


def test_a_single_request_does_not_wait_long(app: Flask) -> None:
    bucket(1, "profile").take(20_000)
    with pytest.raises(NotSent) as refusal:
        wait_once(1, "profile")
    assert refusal.value.code == "line.rate_limited"
    assert 5 < refusal.value.after < 11


def test_without_redis_there_is_no_turn(app: Flask) -> None:
    away = TokenBucket(connect(NOWHERE), "test", 1, 1)
    for lane in Lane:
        with pytest.raises(NotSent) as refusal:
            asyncio.run(Pace(away, lane).wait())
        assert refusal.value.code == "line.limiter_away"
