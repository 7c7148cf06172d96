"""Quota by person reached, consumption, units and daily counts, over days and months."""

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from tests.sandbox.bots import Bot, text
from tests.support.contract import check_response, has_specs

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


def test_figures_of_a_name_are_told_from_twenty_people_on(bot: Bot) -> None:
    path, today, people = "/v2/bot/insight/message/event/aggregation", japan_date(bot), bot.all_user_ids()

    def shown(name: str) -> Any:
        answer = bot.get(f"{path}?customAggregationUnit={name}&from={today}&to={today}")
        if has_specs():
            check_response("line/insight.yml", "GET", path, answer.status_code, answer.json())
        return answer.json()

    for name, count in (("few", 19), ("many", 20)):
        body = {"to": people[:count], "messages": [text("x"), text("y")], "customAggregationUnits": [name]}
        assert bot.post("/v2/bot/message/multicast", body).status_code == 200
    assert shown("few")["overview"]["uniqueImpression"] is None
    many = shown("many")
    assert many["overview"]["uniqueImpression"] == 20
    assert [(one["seq"], one["impression"], one["uniqueImpression"]) for one in many["messages"]] == [
        (1, 20, 20),
        (2, 20, 20),
    ]
    assert shown("other") == {**shown("other"), "messages": [], "clicks": []}


def test_clicks_and_watched_videos_count_for_fourteen_days(bot: Bot) -> None:
    path, today, people = "/v2/bot/insight/message/event/aggregation", japan_date(bot), bot.all_user_ids()[:21]
    film = {"originalContentUrl": "https://a.example/f.mp4", "previewImageUrl": "https://a.example/f.png"}
    messages = [text("https://a.example/page"), {"type": "video", "trackingId": "film", **film}]
    link = {"type": "uri", "label": "Open", "uri": "http://127.0.0.1:9/offer"}
    messages.append(
        {"type": "template", "altText": "x", "template": {"type": "buttons", "text": "x", "actions": [link]}}
    )
    body = {"to": people, "messages": messages, "customAggregationUnits": ["film"]}
    assert bot.post("/v2/bot/message/multicast", body).status_code == 200

    def shown() -> Any:
        answer = bot.get(f"{path}?customAggregationUnit=film&from={today}&to={today}")
        if has_specs():
            check_response("line/insight.yml", "GET", path, answer.status_code, answer.json())
        return answer.json()

    def tap(user_ids: list[str]) -> None:
        for user_id in user_ids:
            bot.control("POST", f"/friends/{user_id}/visits", {"address": link["uri"]})
            bot.act(user_id, "video-complete", trackingId="film")

    tap(people[:19])
    few = shown()
    assert (few["overview"]["uniqueClick"], few["clicks"][0]["click"]) == (None, None)
    bot.server.advance(13 * 24 * 3600)
    tap([people[18], people[19]])
    many = shown()
    assert many["overview"] == {**dict.fromkeys(many["overview"], 20), "uniqueImpression": 21}
    assert many["clicks"] == [
        {"seq": 3, "url": link["uri"], "click": 21, "uniqueClick": 20, "uniqueClickOfRequest": 20}
    ]
    film_figures = many["messages"][1]
    assert (film_figures["mediaPlayed"], film_figures["uniqueMediaPlayed100Percent"]) == (21, 20)
    bot.server.advance(2 * 24 * 3600)
    tap([people[20]])
    assert shown() == many


def test_figures_are_told_sixty_times_an_hour(bot: Bot) -> None:
    today = japan_date(bot)
    path = f"/v2/bot/insight/message/event/aggregation?customAggregationUnit=x&from={today}&to={today}"
    assert [bot.get(path).status_code for _ in range(61)] == 60 * [200] + [429]
    bot.server.advance(3600)
    assert bot.get(path).status_code == 200


@pytest.mark.parametrize(
    ("query", "wrong"),
    [
        ("from=20260101&to=20260101", "customAggregationUnit"),
        ("customAggregationUnit=a&from=x&to=20260101", "from"),
        ("customAggregationUnit=a&from=20260101&to=20260201", "to"),
    ],
)
def test_wrong_questions_for_figures_are_refused(bot: Bot, query: str, wrong: str) -> None:
    refused = bot.get(f"/v2/bot/insight/message/event/aggregation?{query}")
    assert (refused.status_code, refused.json()) == (
        400,
        {"message": f"The value for the '{wrong}' parameter is invalid"},
    )
