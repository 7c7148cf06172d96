"""The sandbox's pages over HTTP: what they show, refuse and stream; what they do in a browser is a journey."""

from __future__ import annotations

import base64
import json
import re
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import html5lib
import pytest
import requests

from tests.sandbox.bots import Bot, text
from tests.support.sandbox import SandboxServer

PAGES = Path(__file__).resolve().parents[2] / "sandbox" / "pages"
JAPANESE = json.loads((PAGES / "words" / "ja.json").read_text())
# The smallest GIF there is.
DOT = "R0lGODlhAQABAAAAACw="
NAMESPACE = "{http://www.w3.org/1999/xhtml}"


def get(bot: Bot, path: str, **options: Any) -> requests.Response:
    return requests.get(bot.server.url + path, timeout=20, **options)


def people_page(bot: Bot, **query: Any) -> str:
    return get(bot, f"/phone/{bot.channel_id}", params=query).text


def elements(html: str) -> Iterator[tuple[str, dict[str, str]]]:
    """Every element of a page, which must be valid HTML."""
    parser = html5lib.HTMLParser(strict=True)
    for element in parser.parse(html).iter():
        if isinstance(element.tag, str):
            yield element.tag.removeprefix(NAMESPACE), dict(element.attrib)


@contextmanager
def stream(bot: Bot, path: str) -> Iterator[Iterator[dict[str, Any]]]:
    """The news of a stream, one after the other."""
    with urllib.request.urlopen(f"{bot.server.url}/_sandbox/live/{path}", timeout=20) as response:
        assert response.headers["Content-Type"].startswith("text/event-stream")
        yield (json.loads(line[6:]) for line in response if line.startswith(b"data: "))


def until(news: Iterator[dict[str, Any]], name: str) -> Any:
    """The next news of this name."""
    return next(fresh[name] for fresh in news if name in fresh)


def test_states_are_said_in_words(bot: Bot) -> None:
    english = get(bot, f"/phone/{bot.channel_id}", headers={"Accept-Language": "en"}).text
    options = dict(re.findall(r'<option value="([\w-]+)"[^>]*>\s*([^<]+?)\s*<', english))
    assert options["no-consent"] == "Profile not shared" and options["wrote-within-7-days"] == "Wrote within 7 days"
    assert "never" not in options.values()


def test_times_are_those_of_the_demo_wherever_the_browser_is(bot: Bot) -> None:
    assert 'data-time-zone="Asia/Tokyo"' in get(bot, "/control").text


@pytest.mark.parametrize("path", ["/", "/control", "/phone/{id}", "/phone/{id}/{friend}", "/phone/unknown"])
def test_every_page_is_valid_and_lets_nothing_foreign_in(bot: Bot, path: str) -> None:
    response = get(bot, path.format(id=bot.channel_id, friend=bot.friend()))
    policy = response.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "script-src 'self'" in policy
    assert "unsafe" not in policy
    ids = []
    for tag, attributes in elements(response.text):
        assert not [name for name in attributes if name.startswith("on") or name == "style"], tag
        assert tag != "style"
        if tag in ("script", "link", "img"):
            address = attributes.get("src") or attributes.get("href") or "/"
            assert address.startswith(("/_sandbox/", bot.server.url)) or attributes.get("type") == "application/json"
        ids += [attributes["id"]] if "id" in attributes else []
    assert len(ids) == len(set(ids))


def test_index_leads_to_every_account(bot: Bot) -> None:
    html = get(bot, "/").text
    assert f'href="/phone/{bot.channel_id}"' in html
    assert "テスト珈琲" in html
    assert "Friends: 40" in html


def test_index_without_accounts_says_what_to_do() -> None:
    with SandboxServer.start() as server:
        html = requests.get(server.url + "/", timeout=20).text
    assert "There is no official account yet." in html
    assert 'href="/control#channels"' in html


def test_friends_are_counted_after_blocks_and_additions(bot: Bot) -> None:
    leaver = bot.user_ids()[0][0]
    bot.act(leaver, "block")
    newcomer = bot.friend("never")
    bot.act(newcomer, "add")
    bot.friend("never")
    assert "Friends: 40" in people_page(bot)
    bot.act(bot.friend("never"), "add")
    assert "Friends: 41" in people_page(bot)


def test_names_are_only_text(bot: Bot) -> None:
    bot.change(name="<script>alert(1)</script>")
    user_id = bot.friend(display_name='"><img src=x onerror=alert(1)>')
    for path in ("/", f"/phone/{bot.channel_id}", f"/phone/{bot.channel_id}/{user_id}"):
        html = get(bot, path).text
        assert "<script>alert" not in html
        assert "<img src=x" not in html


def test_people_are_found_by_name_id_and_state(bot: Bot) -> None:
    hanako, taro = bot.friend(display_name="はな子"), bot.friend("blocked", display_name="太郎")
    assert hanako in people_page(bot, q="はな")
    assert taro not in people_page(bot, q="はな")
    assert taro in people_page(bot, q=taro)
    assert taro in people_page(bot, state="blocked")
    assert hanako not in people_page(bot, state="blocked")
    assert "No person was found." in people_page(bot, q="no one is called this")


def test_people_come_a_page_at_a_time(bot: Bot) -> None:
    seen: list[str] = []
    query: dict[str, Any] = {}
    while True:
        html = people_page(bot, **query)
        seen += re.findall(rf"/phone/{bot.channel_id}/(U[0-9a-f]{{32}})", html)
        following = re.search(r"class=\"button\" href=\"[^\"]*cursor=(\d+)", html)
        if not following:
            break
        query = {"cursor": following[1]}
    assert len(seen) == 40
    assert set(seen) == set(bot.all_user_ids())


def test_a_search_in_a_large_crowd_can_go_on(line_sandbox: SandboxServer) -> None:
    crowd = Bot.open(line_sandbox, name="Crowd", population={"followers": 1_000_000})
    html = people_page(crowd, q="no one is called this")
    assert "No match among the first 20000 people." in html
    assert "cursor=20000" in html


def test_a_new_person_is_made_and_their_phone_opens(bot: Bot) -> None:
    address = f"{bot.server.url}/phone/{bot.channel_id}"
    response = requests.post(address, {"display_name": " 新しい人 ", "language": "ja"}, timeout=20)
    assert response.history[0].status_code == 303
    assert "新しい人" in response.text
    person = bot.control("GET", f"/friends/{response.url.rsplit('/', 1)[1]}")
    assert (person["display_name"], person["state"], person["language"]) == ("新しい人", "never", "ja")


def test_no_person_is_made_without_a_name_or_from_another_site(bot: Bot) -> None:
    address = f"{bot.server.url}/phone/{bot.channel_id}"
    assert requests.post(address, {"display_name": "  "}, timeout=20).status_code == 400
    foreign = requests.post(address, {"display_name": "Mallory"}, headers={"Sec-Fetch-Site": "cross-site"}, timeout=20)
    assert foreign.status_code == 403
    assert "Mallory" not in people_page(bot)


def test_unknown_places_say_so(bot: Bot) -> None:
    unknown = "U" + "0" * 32
    friend = bot.friend()
    paths = ("/phone/1", f"/phone/{bot.channel_id}/{unknown}", f"/phone/{bot.channel_id}/{friend}/groups/C0")
    for path in paths:
        response = get(bot, path)
        assert response.status_code == 404
        assert "Pick an account" in response.text
    assert get(bot, f"/_sandbox/live/chats/{bot.channel_id}/{unknown}").status_code == 404
    assert get(bot, "/_sandbox/static/../screens.py").status_code == 404
    assert get(bot, "/_sandbox/static/%2e%2e/screens.py").status_code == 404


def test_language_follows_the_browser_until_it_is_chosen(bot: Bot) -> None:
    japanese = {"Accept-Language": "fr;q=0.4, ja-JP, en;q=0.9"}
    assert '<html lang="ja"' in get(bot, "/control", headers=japanese).text
    assert '<html lang="en"' in get(bot, "/control", headers={"Accept-Language": "fr"}).text
    session = requests.Session()
    chosen = session.get(f"{bot.server.url}/phone/{bot.channel_id}?q=x&lang=en", headers=japanese, timeout=20)
    assert chosen.url.endswith(f"/phone/{bot.channel_id}?q=x")
    assert '<html lang="en"' in chosen.text
    assert '<html lang="en"' in session.get(f"{bot.server.url}/", headers=japanese, timeout=20).text


def test_everything_the_pages_say_is_there_in_japanese() -> None:
    said = set()
    for path in (PAGES / "templates").rglob("*.html"):
        said |= set(re.findall(r"_\(\s*'([^']+)'", path.read_text()))
    for path in (PAGES / "static").rglob("*.js"):
        said |= set(re.findall(r'\bt\(\s*"([^"]+)"', path.read_text()))
    assert len(said) > 200
    assert said - JAPANESE.keys() == set()


def test_no_translation_is_left_over() -> None:
    sources = [path for path in PAGES.parent.rglob("*") if path.suffix in (".py", ".js", ".html")]
    everything = "\n".join(path.read_text() for path in sources)
    # Spans of time stand in a table of their own, the rest of the sentence around them.
    left_over = {words for words in JAPANESE if words not in everything and not words.startswith("{count} a ")}
    assert left_over == set()


def test_translations_keep_their_values() -> None:
    for english, japanese in JAPANESE.items():
        assert set(re.findall(r"\{\w+\}", english)) == set(re.findall(r"\{\w+\}", japanese)), english


def test_a_chat_streams_what_arrives_and_what_becomes_of_it(listening_bot: Bot) -> None:
    bot = listening_bot
    friend = bot.friend()
    bot.push(friend, text("first"))
    with stream(bot, f"chats/{bot.channel_id}/{friend}") as news:
        start = next(news)
        assert [entry["message"]["text"] for entry in start["entries"]] == ["first"]
        assert start["person"]["state"] == "friend"
        bot.push(friend, text("second"), text("third"))
        arrived = until(news, "entries")
        assert [entry["message"]["text"] for entry in arrived] == ["second", "third"]
        bot.act(friend, "message", message={"type": "text", "text": "hi"})
        own = until(news, "entries")[0]
        assert (own["from"], own["message"]["text"], own["read"]) == ("friend", "hi", False)
        bot.post("/v2/bot/chat/markAsRead", {"markAsReadToken": own["message"]["markAsReadToken"]})
        while not (marks := until(news, "marks"))[str(own["sequence"])]["read"]:
            pass
        assert marks[str(own["sequence"])] == {"read": True, "unsent": False, "edited": None}


def test_a_chat_streams_its_webhooks_with_their_outcome(listening_bot: Bot) -> None:
    bot = listening_bot
    friend, other = bot.friend("never"), bot.friend("never")
    with stream(bot, f"chats/{bot.channel_id}/{friend}") as news:
        next(news)
        bot.act(other, "add")
        bot.act(friend, "add")
        while (log := until(news, "webhooks"))[0]["reason"] == "waiting":
            pass
        assert [(entry["event_types"], entry["status"]) for entry in log] == [(["follow"], 200)]
        assert json.loads(log[0]["body"])["events"][0]["source"]["userId"] == friend


def test_a_chat_starts_over_when_its_messages_are_forgotten(bot: Bot) -> None:
    friend = bot.friend()
    bot.push(friend, text("gone soon"))
    with stream(bot, f"chats/{bot.channel_id}/{friend}") as news:
        next(news)
        bot.control("DELETE", "/messages")
        fresh = next(news)
        assert fresh["reset"] is True
        assert fresh["entries"] == []


def test_a_chat_learns_that_its_account_is_gone(bot: Bot) -> None:
    with stream(bot, f"chats/{bot.channel_id}/{bot.friend()}") as news:
        assert next(news)["is_open"] is True
        bot.control("DELETE")
        assert until(news, "is_open") is False


def test_a_group_streams_who_said_what(listening_bot: Bot) -> None:
    bot = listening_bot
    hanako, taro = bot.friend(display_name="花子"), bot.friend(display_name="太郎")
    group = bot.control("POST", "/groups", {"name": "喫茶部", "members": [hanako]})["group_id"]
    with stream(bot, f"chats/{bot.channel_id}/{hanako}/{group}") as news:
        assert next(news)["group"]["bot_is_member"] is False
        path = f"/groups/{group}/acts"
        bot.control("POST", path, {"act": "join"})
        assert until(news, "entries")[0]["notice"] == "joined"
        bot.control("POST", path, {"act": "member-joined", "user_ids": [taro]})
        assert until(news, "entries")[0]["names"] == ["太郎"]
        bot.control("POST", path, {"act": "message", "user_id": taro, "message": {"type": "text", "text": "やあ"}})
        entry = until(news, "entries")[0]
        assert (entry["name"], entry["message"]["text"]) == ("太郎", "やあ")


def test_open_pages_do_not_hold_up_a_stop() -> None:
    with SandboxServer.start(demo=True) as server:
        bot = Bot(server, "2000000001", "", "sandbox-coffee-long-lived-token")
        with stream(bot, "control") as control, stream(bot, f"chats/2000000001/{bot.friend()}") as chat:
            next(control), next(chat)
            assert server.stop() == 0
            assert list(chat) == []


def test_control_stream_shows_accounts_faults_and_counters(bot: Bot) -> None:
    with stream(bot, f"control?channel_id={bot.channel_id}") as news:
        start = next(news)
        mine = next(channel for channel in start["channels"] if channel["channel_id"] == bot.channel_id)
        assert (mine["friends"], mine["friends_exact"], mine["secret"]) == (40, True, bot.secret)
        fault = {"kind": "status", "status": 500, "channel_id": bot.channel_id, "times": 1}
        made = bot.server.api("POST", "/faults", fault)
        assert made["id"] in [fault["id"] for fault in until(news, "faults")]
        assert bot.get("/v2/bot/info").status_code == 500
        counters = [entry for entry in until(news, "counters") if entry["channel_id"] == bot.channel_id]
        assert [(entry["path"], entry["statuses"]) for entry in counters] == [("/v2/bot/info", {"500": 1})]


def test_control_stream_sums_up_one_accounts_logs(listening_bot: Bot) -> None:
    bot = listening_bot
    stranger = Bot.open(bot.server, name="Other", population={"followers": 2})
    stranger.push(stranger.user_ids()[0][0])
    friends = [bot.friend(), bot.friend("blocked")]
    bot.post("/v2/bot/message/multicast", {"to": friends, "messages": [text("sale")]})
    bot.act(friends[0], "block")
    with stream(bot, f"control?channel_id={bot.channel_id}") as news:
        start = next(news)
        assert start["message_totals"] == {"requests": 1, "accepted": 2, "delivered": 1, "dropped": 1}
        (mail,) = start["messages"]
        assert (mail["endpoint"], mail["text"], mail["accepted"], mail["dropped"]) == ("multicast", "sale", 2, 1)
        assert [entry["event_types"] for entry in start["webhooks"]] == [["unfollow"]]
        assert start["webhook_totals"]["reasons"] == {"OK": 1}
        assert start["webhook_totals"]["slowest_milliseconds"] > 0
        bot.push(friends[1], text("dropped"))
        assert until(news, "message_totals") == {"requests": 2, "accepted": 3, "delivered": 1, "dropped": 2}


def test_control_page_offers_the_endpoints_that_there_are(bot: Bot) -> None:
    offered = re.search(r'id="endpoints">(.*?)</script>', get(bot, "/control").text)
    assert offered is not None
    endpoints = json.loads(offered[1])
    assert {"method": "POST", "path": "/v2/bot/message/push"} in endpoints
    assert {"method": "GET", "path": "/v2/bot/profile/{userId}"} in endpoints
    assert all(endpoint["path"].startswith(("/v2/", "/oauth2/")) for endpoint in endpoints)


def test_what_a_person_sent_is_shown_until_it_is_taken_back(bot: Bot) -> None:
    friend = bot.friend()
    picture = {"type": "image", "upload": DOT, "upload_type": "image/gif"}
    message = bot.act(friend, "message", message=picture)["events"][0]["message"]
    path = f"/_sandbox/contents/{bot.channel_id}/{message['id']}"
    shown = get(bot, path)
    assert (shown.content, shown.headers["Content-Type"]) == (base64.b64decode(DOT), "image/gif")
    bot.act(friend, "unsend", messageId=message["id"])
    assert get(bot, path).status_code == 404


def test_what_could_act_in_a_page_is_only_handed_out_as_a_download(bot: Bot) -> None:
    evil = base64.b64encode(b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>").decode()
    picture = {"type": "image", "upload": evil, "upload_type": "image/svg+xml"}
    message = bot.act(bot.friend(), "message", message=picture)["events"][0]["message"]
    response = get(bot, f"/_sandbox/contents/{bot.channel_id}/{message['id']}")
    assert response.headers["Content-Type"] == "application/octet-stream"
    assert response.headers["Content-Disposition"] == "attachment"
    assert "sandbox" in response.headers["Content-Security-Policy"]


def test_the_accounts_code_leads_nowhere_but_here(bot: Bot) -> None:
    response = get(bot, f"/_sandbox/qr/{bot.channel_id}.svg")
    assert response.headers["Content-Type"].startswith("image/svg+xml")
    assert b"<svg" in response.content
    assert get(bot, "/_sandbox/qr/1.svg").status_code == 404
