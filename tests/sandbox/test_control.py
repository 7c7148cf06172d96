"""The control API's own manners: looking people up, refusing nonsense, keeping strangers' pages out."""

import pytest
import requests

from tests.sandbox.bots import Bot, text
from tests.support.sandbox import SandboxError, SandboxServer


def test_channels_are_opened_changed_and_closed(line_sandbox: SandboxServer) -> None:
    bot = Bot.open(line_sandbox, name="Kumo", kind="premium", secret="0" * 32, channel_id="424242")
    channel = bot.control("GET")
    assert (channel["channel_id"], channel["name"], channel["kind"]) == ("424242", "Kumo", "premium")
    assert bot.secret == "0" * 32
    changed = bot.change(name="Sora", population={"followers": 9, "blocked": 0.5})
    assert changed["population"] == {"followers": 9, "blocked": 0.5, "no_consent": 0.0, "gone": 0.0}
    bot.control("DELETE")
    assert bot.get("/v2/bot/info").status_code == 401
    with pytest.raises(SandboxError, match="no such channel"):
        bot.control("GET")


@pytest.mark.parametrize(
    "settings",
    [
        {"colour": "red"},
        {"name": "half done", "colour": "red"},
        {"kind": "golden"},
        {"population": {"followers": "many"}},
        {"webhook": {"endpoint": "ftp://x"}},
        {"webhook": {"redelivery": {"often": True}}},
        {"channels": {}},
        {"people": {}},
    ],
)
def test_settings_that_do_not_exist_or_fit_are_refused(bot: Bot, settings: dict) -> None:
    before = bot.control("GET")
    with pytest.raises(SandboxError) as refused:
        bot.change(**settings)
    assert refused.value.status == 400
    assert bot.control("GET") == before


def test_channel_ids_are_not_given_twice(bot: Bot) -> None:
    with pytest.raises(SandboxError) as refused:
        bot.server.create_channel(channel_id=bot.channel_id)
    assert refused.value.status == 409


def test_people_are_listed_in_pages_and_found_by_name_id_and_state(bot: Bot) -> None:
    made = bot.friend(display_name="Zaphod Q", state="blocked")
    first = bot.control("GET", "/friends?limit=10")
    assert first["friends"][0]["user_id"] == made
    assert (len(first["friends"]), first["next"], first["total"]) == (10, 10, 41)
    rest = bot.control("GET", "/friends?limit=100&cursor=10")
    assert (len(rest["friends"]), rest["next"]) == (31, None)
    for query in ("q=zaphod", f"q={made}", f"q={made[5:20]}", "state=blocked"):
        assert [person["user_id"] for person in bot.control("GET", f"/friends?{query}")["friends"]] == [made]
    assert bot.control("GET", "/friends?q=no-friend-has-this-name")["friends"] == []


def test_search_in_a_huge_crowd_goes_on_where_it_stopped(line_sandbox: SandboxServer) -> None:
    bot = Bot.open(line_sandbox, population={"followers": 50_000})
    answer = bot.control("GET", "/friends?q=no-friend-has-this-name")
    assert (answer["friends"], answer["next"]) == ([], 20_000)


def test_acts_follow_the_state_of_friendship(bot: Bot) -> None:
    user_id = bot.friend(state="never")
    assert bot.act(user_id, "add")["events"][0]["follow"] == {"isUnblocked": False}
    for act in ("add", "unblock"):
        assert refused_status(bot, user_id, act) == 409
    assert bot.act(user_id, "block")["events"][0]["type"] == "unfollow"
    for act in ("block", "message", "postback"):
        assert refused_status(bot, user_id, act) == 409
    assert bot.act(user_id, "add")["events"][0]["follow"] == {"isUnblocked": True}
    assert bot.control("GET", f"/friends/{user_id}")["state"] == "unblocked"
    assert refused_status(bot, bot.friend(state="deleted"), "add") == 409
    assert refused_status(bot, user_id, "dance") == 400
    assert refused_status(bot, user_id, "unsend") == 409
    assert refused_status(bot, user_id, "video-complete") == 400
    assert refused_status(bot, "U" + "0" * 32, "add") == 404


def refused_status(bot: Bot, user_id: str, act: str) -> int:
    with pytest.raises(SandboxError) as refused:
        bot.act(user_id, act)
    return refused.value.status


def test_people_of_the_crowd_are_stored_only_once_they_changed(bot: Bot) -> None:
    user_id = bot.all_user_ids()[3]
    renamed = bot.control("PATCH", f"/friends/{user_id}", {"display_name": "改名", "status_message": None})
    assert renamed["display_name"] == "改名"
    assert not renamed["created"]
    assert bot.get(f"/v2/bot/profile/{user_id}").json()["displayName"] == "改名"
    with pytest.raises(SandboxError):
        bot.control("PATCH", f"/friends/{user_id}", {"user_id": "U1"})


def test_person_with_a_chosen_id(bot: Bot) -> None:
    chosen = "U" + "ab" * 16
    assert bot.friend(user_id=chosen) == chosen
    for user_id, status in ((chosen, 409), ("U1", 400)):
        with pytest.raises(SandboxError) as refused:
            bot.friend(user_id=user_id)
        assert refused.value.status == status


def test_summary_shows_who_was_reached_twice(bot: Bot) -> None:
    one, other = bot.friend(), bot.friend()
    for user_id in (one, one, other):
        bot.push(user_id)
    summary = bot.control("GET", "/messages/summary")
    assert (summary["requests"], summary["delivered"], summary["dropped"]) == (3, 3, 0)
    assert (summary["chats_reached"], summary["chats_reached_more_than_once"]) == (2, 1)
    assert summary["examples_reached_more_than_once"] == [one]
    bot.control("DELETE", "/messages")
    assert bot.control("GET", "/messages")["messages"] == []


def test_clock_only_moves_forward(line_sandbox: SandboxServer) -> None:
    before = line_sandbox.api("GET", "/clock")["now"]
    after = line_sandbox.api("POST", "/_sandbox/clock", {"advance_seconds": 1000})["now"]
    assert after >= before + 1000
    with pytest.raises(SandboxError, match="forward"):
        line_sandbox.advance(-1)
    with pytest.raises(SandboxError, match="advance_seconds"):
        line_sandbox.api("POST", "/clock", {})


@pytest.mark.parametrize("site", ["cross-site", "same-site"])
def test_pages_of_other_origins_cannot_press_buttons(bot: Bot, site: str) -> None:
    url = f"{bot.server.url}/_sandbox/api/channels/{bot.channel_id}"
    refused = requests.delete(url, headers={"Sec-Fetch-Site": site}, timeout=10)
    assert refused.status_code == 403
    assert bot.control("GET")


def test_bodies_that_are_no_objects_are_refused(bot: Bot) -> None:
    url = f"{bot.server.url}/_sandbox/api/channels"
    for body in ("[]", "{broken", "7"):
        assert requests.post(url, data=body, timeout=10).status_code == 400


def test_drawn_pictures_are_there_for_every_page(bot: Bot) -> None:
    picture = bot.get(f"/v2/bot/profile/{bot.friend()}").json()["pictureUrl"]
    sign = bot.get("/v2/bot/info").json()["pictureUrl"]
    for url in (picture, sign):
        answer = requests.get(url, timeout=10)
        assert answer.headers["Content-Type"].startswith("image/svg+xml")
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        assert answer.text.startswith("<svg")
    assert requests.get(sign.replace(bot.channel_id, "1"), timeout=10).status_code == 404


def test_message_log_of_one_person_after_a_certain_entry(bot: Bot) -> None:
    user_id = bot.friend()
    bot.push(user_id, text("first"))
    seen = bot.mail_for(user_id)[-1]["sequence"]
    bot.push(user_id, text("second"))
    later = bot.control("GET", f"/messages?user={user_id}&after={seen}")["messages"]
    assert [mail["messages"][0]["text"] for mail in later] == ["second"]
