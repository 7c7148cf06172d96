"""Faults on demand: each kind, how often, where, and the same again for the same seed."""

import random
import time
from collections.abc import Iterator

import pytest
import requests

from sandbox.faults import Faults, spread_ms
from tests.sandbox.bots import Bot
from tests.support.sandbox import SandboxError

INFO = "/v2/bot/info"


@pytest.fixture(autouse=True)
def _no_faults_left(bot: Bot) -> Iterator[None]:
    yield
    bot.server.api("DELETE", "/faults")


def add(bot: Bot, kind: str, **fields: object) -> str:
    made = bot.server.api("POST", "/faults", {"kind": kind, "channel_id": bot.channel_id, **fields})
    return str(made["id"])


@pytest.mark.parametrize("status", [401, 403, 429, 500])
def test_status_instead_of_an_answer(bot: Bot, status: int) -> None:
    add(bot, "status", status=status, times=2)
    answers = [bot.get(INFO) for _ in range(3)]
    assert [answer.status_code for answer in answers] == [status, status, 200]
    assert answers[0].json()["message"]
    assert "Retry-After" not in answers[0].headers
    assert all(answer.headers["x-line-request-id"] for answer in answers)


def test_status_with_own_words_and_headers(bot: Bot) -> None:
    add(bot, "status", status=429, message="You have reached your monthly limit.", headers={"Retry-After": "3"})
    answer = bot.get(INFO)
    assert answer.json() == {"message": "You have reached your monthly limit."}
    assert answer.headers["Retry-After"] == "3"


def test_faults_keep_to_their_channel_method_and_path(bot: Bot) -> None:
    add(bot, "status", method="GET", path="/v2/bot/profile/{userId}")
    other = Bot.open(bot.server, population={"followers": 1})
    assert bot.get(f"/v2/bot/profile/{bot.friend()}").status_code == 500
    assert bot.get(INFO).status_code == 200
    assert other.get(f"/v2/bot/profile/{other.friend()}").status_code == 200


def test_skip_lets_the_first_ones_pass(bot: Bot) -> None:
    add(bot, "status", skip=2, times=1)
    assert [bot.get(INFO).status_code for _ in range(4)] == [200, 200, 500, 200]


def test_reset_before_processing_has_no_effect(bot: Bot) -> None:
    user_id = bot.friend()
    add(bot, "reset", path="/v2/bot/message/push", times=1)
    with pytest.raises(requests.ConnectionError):
        bot.push(user_id)
    assert bot.mail_for(user_id) == []
    assert bot.counters()["POST /v2/bot/message/push"]["statuses"] == {"dropped": 1}


def test_lost_answer_was_processed(bot: Bot) -> None:
    user_id = bot.friend()
    add(bot, "lost", path="/v2/bot/message/push", times=1)
    with pytest.raises(requests.ConnectionError):
        bot.push(user_id)
    assert len(bot.mail_for(user_id)) == 1


def test_malformed_json(bot: Bot) -> None:
    add(bot, "malformed", times=1)
    answer = bot.get(INFO)
    assert answer.status_code == 200
    with pytest.raises(requests.JSONDecodeError):
        answer.json()
    assert bot.get(INFO).json()


def test_unknown_values_and_extra_fields(bot: Bot) -> None:
    plain = bot.get(INFO).json()
    bent = add(bot, "unknown_enum")
    assert bot.get(INFO).json() == plain | {"chatMode": "sandbox_unknown", "markAsReadMode": "sandbox_unknown"}
    bot.server.api("DELETE", f"/faults/{bent}")
    add(bot, "extra_fields")
    extended = bot.get(INFO).json()
    assert extended.pop("sandboxExtra")
    assert extended == plain


def test_slow_body_arrives_whole_in_the_end(bot: Bot) -> None:
    plain = bot.get(INFO).json()
    add(bot, "slow_body", delay_ms=600, times=2)
    assert bot.get(INFO).json() == plain
    with pytest.raises((requests.ConnectionError, requests.Timeout)):
        requests.get(bot.server.url + INFO, headers={"Authorization": f"Bearer {bot.token}"}, timeout=0.05)


def test_latency_of_a_fault_and_of_a_channel(bot: Bot) -> None:
    add(bot, "latency", fixed_ms=150, times=1)
    assert seconds_taken(bot) >= 0.15
    bot.change(latency={"fixed_ms": 120})
    assert seconds_taken(bot) >= 0.12
    bot.change(latency={"fixed_ms": 0, "median_ms": 100, "p99_ms": 101})
    assert seconds_taken(bot) >= 0.09


def test_profiles_beyond_the_rate_of_a_channel_wait_for_their_turn(bot: Bot) -> None:
    follower = bot.get("/v2/bot/followers/ids").json()["userIds"][0]
    bot.change(latency={"profiles_per_second": 10})
    assert sum(seconds_taken(bot, f"/v2/bot/profile/{follower}") for _ in range(3)) >= 0.19


def seconds_taken(bot: Bot, path: str = INFO) -> float:
    started = time.monotonic()
    assert bot.get(path).status_code == 200
    return time.monotonic() - started


def test_probability_strikes_the_same_requests_for_the_same_seed() -> None:
    def struck(seed: int) -> list[bool]:
        faults = Faults(seed)
        faults.add({"kind": "status", "probability": 0.3})
        return [bool(faults.striking("1", "GET", INFO)) for _ in range(200)]

    assert struck(1) == struck(1) != struck(2)
    assert 30 < sum(struck(1)) < 90


def test_spread_has_the_wanted_median_and_99th_percentile() -> None:
    dice = random.Random(1)
    drawn = sorted(spread_ms(30, 200, dice) for _ in range(20_000))
    assert 28 < drawn[10_000] < 32
    assert 170 < drawn[19_800] < 235


@pytest.mark.parametrize(
    "wish", [{"kind": "magic"}, {"kind": "status", "colour": "red"}, {"kind": "lost", "times": "x"}]
)
def test_wishes_that_make_no_sense_are_refused(bot: Bot, wish: dict) -> None:
    with pytest.raises(SandboxError) as refused:
        bot.server.api("POST", "/faults", wish)
    assert refused.value.status == 400
    assert bot.server.api("GET", "/faults") == {"faults": []}
