"""A friend sends photos, a film and a file, quotes one of them, and takes one back: the open thread follows."""

from __future__ import annotations

import base64
import re
import secrets
from typing import Any

import pytest
from playwright.sync_api import Page, Route, expect

from app.seeds import known
from tests.factories import media
from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP, ON_PHONE
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words
from tests.support.axe import faults

pytestmark = pytest.mark.journey


@ON_PHONE
def test_what_a_friend_sends_is_seen_heard_and_saved(page: Page, demo: Installation, say: Words) -> None:
    friends = f"/channels/{known.COFFEE.channel_id}/friends"
    name = f"Mio {secrets.token_hex(3)}"
    friend = demo.sandbox("POST", friends, {"display_name": name})["user_id"]

    def act(act: str, **fields: Any) -> dict[str, Any]:
        return dict(demo.sandbox("POST", f"{friends}/{friend}/acts", {"act": act, **fields, "wait": 5}))

    def send(kind: str, content: bytes | None = None, **fields: Any) -> str:
        upload = {"upload": base64.b64encode(content).decode()} if content else {}
        message = {"type": kind, **upload, **fields}
        return str(act("message", message=message)["events"][0]["message"]["id"])

    act("add")
    act("message", message={"type": "text", "text": "Look at these"})
    sign_in(page, demo)
    page.goto(f"{demo.url}/chat")
    page.locator(".chat-link", has_text=name).click()
    lines = page.locator("#chat-lines")
    expect(lines).to_contain_text("Look at these")
    photos = [
        send("image", media.picture("JPEG", (300, 200)), imageSet={"id": f"set of {name}", "index": number, "total": 2})
        for number in (1, 2)
    ]
    album = lines.locator(".is-album")
    expect(album.locator("img")).to_have_count(2)
    expect(lines.locator(".chat-message.is-in")).to_have_count(2)
    expect(album.locator("img").first).to_have_js_property("naturalWidth", 700)
    send("video")
    expect(lines.locator("video")).to_have_js_property("controls", True)
    send("file", media.PDF, fileName="menu.pdf")
    with page.expect_download() as saved:
        lines.locator(".chat-file", has_text="menu.pdf").get_by_role("link", name=say("Download")).click()
    assert saved.value.suggested_filename == "menu.pdf"
    act("message", message={"type": "text", "text": "The second one", "quotedMessageId": photos[1]})
    expect(lines.locator(".chat-quoted")).to_be_visible()
    assert faults(page) == []
    act("unsend", messageId=photos[1])
    expect(album).to_have_count(0)
    expect(lines).to_contain_text(say("Took back a message"))
    expect(lines.locator(".chat-file.is-image img")).to_have_count(1)


@ON_DESKTOP
def test_a_file_that_line_does_not_carry_is_downloaded_from_a_page(page: Page, demo: Installation, say: Words) -> None:
    friends = f"/channels/{known.COFFEE.channel_id}/friends"
    name = f"Rio {secrets.token_hex(3)}"
    friend = demo.sandbox("POST", friends, {"display_name": name})["user_id"]
    for wish in ({"act": "add"}, {"act": "message", "message": {"type": "text", "text": "Your menu, please"}}):
        demo.sandbox("POST", f"{friends}/{friend}/acts", {**wish, "wait": 5})
    sign_in(page, demo)
    page.goto(f"{demo.url}/chat")
    page.locator(".chat-link", has_text=name).click()
    title = "季節のメニュー（春の新しいコーヒー豆とお菓子のご案内・2026年版）.pdf"
    file = {"name": title, "mimeType": "application/pdf", "buffer": media.PDF}
    uploads: list[Route] = []

    def hold(route: Route) -> None:
        uploads.append(route)

    page.route("**/accounts/*/media", hold)
    page.locator("#chat-files").set_input_files(file)
    page.fill("#chat-text", "Here it is")
    # Sent while the file is on its way, the answer waits for it.
    page.locator(".chat-tools .btn-primary").click()
    expect(page.locator(".chat-held")).to_be_visible()
    expect(page.locator("#chat-text")).to_have_value("Here it is")
    uploads[0].continue_()
    sent = page.locator(".chat-message.is-out", has_text="季節のメニュー")
    expect(sent).to_contain_text(say("Sent"))
    expect(page.locator("#chat-text")).to_have_value("")
    said = demo.sandbox("GET", f"{friends}/{friend}/chat")["entries"]
    assert str(said).index("Here it is") < str(said).index("季節のメニュー")
    address = re.findall(r"http[^'\" ]+/files/[^'\" ]+", str(said))[0]
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme)
        page.goto(address)
        expect(page.locator("h1")).to_have_text(title)
        assert faults(page) == []
        assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    with page.expect_download() as saved:
        page.get_by_role("link", name=say("Download")).click()
    assert saved.value.suggested_filename == title
