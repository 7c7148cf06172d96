"""What a phone fetches: media when a chat is looked at, links when they are opened; nothing before."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import quote

import pytest
import requests

from sandbox.media import landscape
from tests.sandbox.bots import Bot, text
from tests.support.sandbox import SandboxError

PNG = landscape("shop", 60, 40)


class Shop:
    """A web server with pictures at every path; `fetched` are paths with the headers of their requests."""

    def __init__(self) -> None:
        self.fetched: list[tuple[str, dict[str, str]]] = []
        shop = self

        class Handler(BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                shop.fetched.append((self.path, {name.lower(): value for name, value in self.headers.items()}))
                if self.path.startswith("/moved"):
                    self._answer(302, b"", Location=f"/picture?of={self.path[1:]}")
                elif self.path.startswith("/page"):
                    self._answer(200, b"<script>1</script>", **{"Content-Type": "text/html"})
                elif part := self.headers.get("Range"):
                    first, last = map(int, part.removeprefix("bytes=").split("-"))
                    span = {"Content-Range": f"bytes {first}-{last}/{len(PNG)}", "Content-Type": "video/mp4"}
                    self._answer(206, PNG[first : last + 1], **span)
                else:
                    self._answer(200, PNG, **{"Content-Type": "image/png"})

            def _answer(self, status: int, body: bytes, **headers: str) -> None:
                self.send_response(status)
                for name, value in (headers | {"Content-Length": str(len(body))}).items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, *_: Any) -> None:
                """Say nothing."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True).start()
        self.url = f"http://127.0.0.1:{self._server.server_address[1]}"

    @property
    def paths(self) -> list[str]:
        return [path for path, _ in self.fetched]

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def shop() -> Iterator[Shop]:
    opened = Shop()
    yield opened
    opened.close()


def image(shop: Shop, path: str = "/small.png") -> dict[str, str]:
    return {"type": "image", "originalContentUrl": f"{shop.url}/large.png", "previewImageUrl": shop.url + path}


def imagemap(shop: Shop, base: str = "/map") -> dict[str, Any]:
    size = {"width": 1040, "height": 520}
    area = {"x": 0, "y": 0, "width": 520, "height": 520}
    tap = {"type": "message", "text": "left", "area": area}
    return {"type": "imagemap", "baseUrl": shop.url + base, "altText": "map", "baseSize": size, "actions": [tap]}


def shown(bot: Bot, chat: str, address: str, **headers: str) -> requests.Response:
    """What the page of a phone gets for a picture of its chat."""
    url = f"{bot.server.url}/_sandbox/media/{bot.channel_id}/{chat}?address={quote(address, safe='')}"
    return requests.get(url, headers=headers, timeout=20)


def push(bot: Bot, to: str, *messages: dict[str, Any]) -> None:
    response = bot.push(to, *messages)
    assert response.status_code == 200, response.text


def test_nothing_is_fetched_before_the_chat_is_looked_at_even_hours_later(bot: Bot, shop: Shop) -> None:
    friend = bot.friend()
    assert bot.post("/v2/bot/message/validate/push", {"messages": [image(shop)]}).status_code == 200
    push(bot, friend, image(shop), imagemap(shop))
    bot.server.advance(6 * 3600)
    assert shop.fetched == []

    fetched = bot.control("POST", f"/friends/{friend}/looks", {"width": 460})["fetched"]
    assert shop.paths == ["/map/460", "/small.png"]
    assert [(one["status"], one["type"], one["bytes"]) for one in fetched] == 2 * [(200, "image/png", len(PNG))]
    headers = shop.fetched[0][1]
    assert headers["user-agent"].startswith("Line/")
    assert not {"cookie", "referer", "authorization"} & set(headers)


def test_every_kind_of_message_has_its_pictures_fetched(bot: Bot, shop: Shop) -> None:
    friend, tap = bot.friend(), {"type": "message", "label": "Go", "text": "go"}

    def at(name: str) -> str:
        return f"{shop.url}/{name}"

    video = {"type": "video", "originalContentUrl": at("film.mp4"), "previewImageUrl": at("film.png")}
    buttons = {"type": "buttons", "thumbnailImageUrl": at("buttons"), "text": "Well?", "actions": [tap]}
    carousel = {"type": "carousel", "columns": [{"thumbnailImageUrl": at("column"), "text": "one", "actions": [tap]}]}
    row = {"type": "image_carousel", "columns": [{"imageUrl": at("row"), "action": tap}]}
    bubble = {"type": "bubble", "hero": {"type": "image", "url": at("hero")}}
    reply = {"quickReply": {"items": [{"type": "action", "imageUrl": at("reply"), "action": tap}]}}
    templates = [{"type": "template", "altText": "card", "template": one} for one in (buttons, carousel, row)]
    flex = {"type": "flex", "altText": "flex", "contents": bubble} | reply
    push(bot, friend, video, *templates, flex)
    bot.control("POST", f"/friends/{friend}/looks", {})
    assert sorted(shop.paths) == ["/buttons", "/column", "/film.png", "/hero", "/reply", "/row"]


def test_only_what_was_sent_to_a_chat_is_fetched_for_it(bot: Bot, shop: Shop) -> None:
    friend, other = bot.friend(), bot.friend()
    push(bot, friend, image(shop), imagemap(shop))
    assert shown(bot, friend, f"{shop.url}/small.png").content == PNG
    assert shown(bot, friend, f"{shop.url}/map/240").headers["Content-Type"] == "image/png"
    refused = [(other, "/small.png"), (friend, "/secret.png"), (friend, "/map/1041"), ("unknown", "/small.png")]
    assert [shown(bot, chat, shop.url + path).status_code for chat, path in refused] == 4 * [404]
    assert shop.paths == ["/small.png", "/map/240"]


def test_what_a_person_sent_from_elsewhere_is_fetched_until_it_is_taken_back(bot: Bot, shop: Shop) -> None:
    friend, address = bot.friend(), f"{shop.url}/own.png"
    kept = {"type": "external", "originalContentUrl": address, "previewImageUrl": address}
    event = bot.act(friend, "message", message={"type": "image", "contentProvider": kept})["events"][0]
    assert shown(bot, friend, address).content == PNG
    bot.act(friend, "unsend", messageId=event["message"]["id"])
    assert shown(bot, friend, address).status_code == 404


def test_a_film_is_fetched_in_parts(bot: Bot, shop: Shop) -> None:
    friend = bot.friend()
    push(bot, friend, {"type": "video", "originalContentUrl": f"{shop.url}/film", "previewImageUrl": f"{shop.url}/p"})
    part = shown(bot, friend, f"{shop.url}/film", Range="bytes=2-5")
    assert (part.status_code, part.content) == (206, PNG[2:6])
    assert part.headers["Content-Range"] == f"bytes 2-5/{len(PNG)}"


def test_what_the_app_does_not_show_is_not_handed_on(bot: Bot, shop: Shop) -> None:
    friend = bot.friend()
    push(bot, friend, image(shop, "/page"), image(shop, "/moved"), imagemap(shop, "/moved"))
    assert shown(bot, friend, f"{shop.url}/page").status_code == 502
    # Pictures may be elsewhere, imagemaps may not.
    assert shown(bot, friend, f"{shop.url}/moved").content == PNG
    assert shown(bot, friend, f"{shop.url}/moved/700").status_code == 502
    push(bot, friend, image(shop, "/gone"))
    shop.close()
    assert shown(bot, friend, f"{shop.url}/gone").status_code == 502


def test_a_link_is_opened_by_the_browser_within_line(bot: Bot, shop: Shop) -> None:
    friend = bot.friend()
    visit = bot.control("POST", f"/friends/{friend}/visits", {"address": f"{shop.url}/moved/1"})
    assert visit == {"status": 302, "leads_to": f"{shop.url}/picture?of=moved/1"}
    assert shop.paths == ["/moved/1"]
    headers = shop.fetched[0][1]
    assert "iPhone" in headers["user-agent"] and "Line/" in headers["user-agent"]
    assert not {"cookie", "referer"} & set(headers)
    shop.close()
    gone = f"{shop.url}/gone"
    assert bot.control("POST", f"/friends/{friend}/visits", {"address": gone}) == {"status": None, "leads_to": gone}
    with pytest.raises(SandboxError, match="web address"):
        bot.control("POST", f"/friends/{friend}/visits", {"address": "file:///etc/hosts"})


def test_a_chat_without_pictures_has_nothing_to_fetch(bot: Bot) -> None:
    friend = bot.friend()
    push(bot, friend, text("only words"))
    assert bot.control("POST", f"/friends/{friend}/looks", {}) == {"fetched": []}
