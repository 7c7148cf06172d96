"""Quota by person reached, consumption, units and daily counts, over days and months."""

from datetime import UTC, datetime, timedelta

from tests.sandbox.bots import Bot, text

QUOTA = "/v2/bot/message/quota"


def used(bot: Bot) -> int:
    return int(bot.checked("GET", f"{QUOTA}/consumption").json()["totalUsage"])


def japan_date(bot: Bot) -> str:
    now = bot.server.api("GET", "/clock")["now"]
    return (datetime.fromtimestamp(now, UTC) + timedelta(hours=9)).strftime("%Y%m%d")


def test_quota_is_none_or_limited(bot: Bot) -> None:
    assert bot.checked("GET", QUOTA).json() == {"type": "none"}
    bot.change(quota={"type": "limited", "value": 200})
    assert bot.checked("GET", QUOTA).json() == {"type": "limited", "value": 200}


def test_counted_by_person_reached_and_replies_are_free(bot: Bot) -> None:
    friend, blocked = bot.friend(), bot.friend(state="blocked")
    bot.push(friend, *[text(word) for word in "abcd"])
    bot.push(blocked)
    bot.post("/v2/bot/message/multicast", {"to": [friend, blocked], "messages": [text("x")]})
    token = bot.act(friend, "message", message=text("hi"))["events"][0]["replyToken"]
    bot.post("/v2/bot/message/reply", {"replyToken": token, "messages": [text("free")]})
    assert used(bot) == 2
    group = bot.control("POST", "/groups", {"members": bot.all_user_ids()[:5]})["group_id"]
    bot.control("POST", f"/groups/{group}/acts", {"act": "join"})
    bot.push(group)
    assert used(bot) == 7


def test_monthly_limit_refuses_the_whole_request_and_rolls_over(bot: Bot) -> None:
    bot.change(quota={"type": "limited", "value": 41})
    everyone = {"to": bot.all_user_ids(), "messages": [text("x")]}
    assert bot.post("/v2/bot/message/multicast", everyone).status_code == 200
    refused = bot.post("/v2/bot/message/multicast", everyone)
    assert (refused.status_code, refused.json()) == (429, {"message": "You have reached your monthly limit."})
    friend = bot.friend()
    assert [bot.push(friend).status_code for _ in range(2)] == [200, 429]
    assert bot.push(bot.friend(state="blocked")).status_code == 200
    assert used(bot) == 41
    bot.server.advance(32 * 24 * 3600)
    assert used(bot) == 0
    assert bot.push(friend).status_code == 200


def test_daily_counts_are_ready_the_next_day(bot: Bot) -> None:
    friend, today = bot.friend(), japan_date(bot)
    bot.push(friend)
    bot.push(friend)
    path = "/v2/bot/message/delivery"
    assert bot.checked("GET", f"{path}/push?date={today}").json() == {"status": "unready"}
    bot.server.advance(24 * 3600)
    assert bot.checked("GET", f"{path}/push?date={today}").json() == {"status": "ready", "success": 2}
    assert bot.checked("GET", f"{path}/multicast?date={today}").json() == {"status": "ready", "success": 0}
    assert bot.get(f"{path}/push?date=20180330").json() == {"status": "out_of_service"}
    for date in ("", "2026-01-01", "20260231", "today"):
        refused = bot.get(f"{path}/push?date={date}")
        assert refused.status_code == 400
        assert refused.json() == {"message": "The value for the 'date' parameter is invalid"}


def test_unit_names_are_recorded_paged_and_capped(bot: Bot) -> None:
    friend = bot.friend()

    def send(units: list[str]) -> int:
        body = {"to": friend, "messages": [text("x")], "customAggregationUnits": units}
        return bot.post("/v2/bot/message/push", body).status_code

    assert [send([f"unit_{number}"]) for number in range(105)] == [200] * 105
    assert send(["unit_1"]) == 200
    assert bot.checked("GET", "/v2/bot/message/aggregation/info").json() == {"numOfCustomAggregationUnits": 105}
    page = bot.checked("GET", "/v2/bot/message/aggregation/list").json()
    rest = bot.checked("GET", f"/v2/bot/message/aggregation/list?start={page['next']}").json()
    assert (len(page["customAggregationUnits"]), len(rest["customAggregationUnits"])) == (100, 5)
    assert "next" not in rest
    for units in (["a", "b"], ["bad-name"], ["x" * 31], "name", [1]):
        assert send(units) == 400  # type: ignore[arg-type]
    bot.server.advance(32 * 24 * 3600)
    assert bot.get("/v2/bot/message/aggregation/info").json() == {"numOfCustomAggregationUnits": 0}
