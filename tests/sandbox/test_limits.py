"""Rate limits per channel and endpoint, and the counters that prove a client kept them."""

from concurrent.futures import ThreadPoolExecutor

from sandbox.line.channels import LimitSettings
from sandbox.line.limits import Meters
from tests.sandbox.bots import Bot

LIMITED = {"message": "The API rate limit has been exceeded. Try again later."}
PROFILE = ("GET", "/v2/bot/profile/{userId}")
MULTICAST = ("POST", "/v2/bot/message/multicast")


def test_webhook_test_allows_sixty_an_hour(bot: Bot) -> None:
    bot.change(webhook={"endpoint": "http://127.0.0.1:9/no-listener"})
    with ThreadPoolExecutor(8) as pool:
        answers = list(pool.map(lambda _: bot.post("/v2/bot/channel/webhook/test"), range(62)))
    refused = [answer for answer in answers if answer.status_code == 429]
    assert len(refused) == 2
    assert refused[0].json() == LIMITED
    assert "Retry-After" not in refused[0].headers
    assert bot.post("/v2/bot/channel/webhook/test").status_code == 429
    bot.server.advance(121)
    assert [bot.post("/v2/bot/channel/webhook/test").status_code for _ in range(3)] == [200, 200, 429]


def test_limit_may_be_switched_off_and_endpoints_are_counted_apart(bot: Bot) -> None:
    bot.change(webhook={"endpoint": "http://127.0.0.1:9/no-listener"})
    with ThreadPoolExecutor(8) as pool:
        codes = list(pool.map(lambda _: bot.post("/v2/bot/channel/webhook/test").status_code, range(61)))
    assert codes.count(429) == 1
    assert bot.get("/v2/bot/info").status_code == 200
    bot.change(limits={"enforce": False})
    assert bot.post("/v2/bot/channel/webhook/test").status_code == 200
    counter = bot.counters()["POST /v2/bot/channel/webhook/test"]
    assert (counter["total"], counter["excess"], counter["ever_exceeded"]) == (62, 2, True)


def test_counters_tell_totals_statuses_and_excess(bot: Bot) -> None:
    user_id = bot.all_user_ids()[0]
    for path in (user_id, user_id, "nonsense"):
        bot.get(f"/v2/bot/profile/{path}")
    counter = bot.counters()["GET /v2/bot/profile/{userId}"]
    assert counter["total"] == 3
    assert counter["statuses"] == {"200": 2, "400": 1}
    assert counter["limit"] == {"requests": 2000, "seconds": 1}
    assert (counter["too_many"], counter["ever_exceeded"]) == (0, False)
    assert 1 <= counter["busiest_second"] <= 3
    bot.server.api("DELETE", f"/counters?channel_id={bot.channel_id}")
    assert bot.counters() == {}


def test_channels_do_not_use_up_each_others_limits() -> None:
    meters = Meters()
    one = meters.meter("1", MULTICAST, LimitSettings(), 0.0)
    other = meters.meter("2", MULTICAST, LimitSettings(), 0.0)
    assert [one.arrive(0.0) for _ in range(201)].count(False) == 1
    assert other.arrive(0.0)


def test_burst_is_configurable_and_can_be_changed_later() -> None:
    meters = Meters()
    meter = meters.meter("1", MULTICAST, LimitSettings(burst_seconds=0.01), 0.0)
    assert [meter.arrive(0.0) for _ in range(4)] == [True, True, False, False]
    meters.retune("1", LimitSettings(burst_seconds=0.02))
    assert [meter.arrive(0.0) for _ in range(5)] == [True] * 4 + [False]
    assert not meter.report()["ever_exceeded"]


def test_bucket_refills_continuously() -> None:
    meter = Meters().meter("1", MULTICAST, LimitSettings(), 0.0)
    assert all(meter.arrive(0.0) for _ in range(200))
    assert not meter.arrive(0.004)
    assert meter.arrive(0.006)
    assert sum(meter.arrive(0.503) for _ in range(200)) == 99


def test_a_client_that_keeps_the_rate_never_exceeds_it() -> None:
    meter = Meters().meter("1", PROFILE, LimitSettings(), 0.0)
    assert all(meter.arrive(number / 1999) for number in range(20_000))
    report = meter.report()
    assert not report["ever_exceeded"]
    assert 1990 <= report["busiest_second"] <= 2000


def test_excess_is_seen_even_where_it_is_not_refused() -> None:
    meter = Meters().meter("1", PROFILE, LimitSettings(burst_seconds=10), 0.0)
    assert all(meter.arrive(number / 4096) for number in range(8192))
    report = meter.report()
    assert report["ever_exceeded"]
    assert report["busiest_second"] == 4096
    assert 2150 < report["excess"] < 2250
