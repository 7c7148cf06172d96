"""Each kind of message is composed, previewed, and sent to a tester, whose phone shows what the preview showed."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Mapping
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from app.seeds import known
from tests.factories.media import picture, silence, video
from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words, words_in

pytestmark = pytest.mark.journey
COFFEE = known.COFFEE.channel_id
FILES: Mapping[str, Callable[[], bytes]] = {
    "a.png": lambda: picture(size=(1040, 520), color="teal"),
    "a.mp3": silence,
    "a.mp4": video,
}
LINK = {"label": "Open", "url": "https://www.example.com/menu"}
# Sets of messages: each kind with its fields by the end of their names, and files in the fields of files.
SETS: list[dict[str, dict[str, str]]] = [
    {
        "text": {"text": "Hello {{first_name|dear customer}}"},
        "image": {"file_id": "a.png"},
        "sticker": {"package_id": "446", "sticker_id": "1990"},
        "location": {"title": "Shop", "address": "Tokyo 1-2-3", "latitude": "35.5", "longitude": "139.5"},
        "buttons": {
            "alt_text": "News",
            "text": "What next?",
            **{f"actions.0.{name}": one for name, one in LINK.items()},
        },
    },
    {
        "rich": {"alt_text": "Menu", "file_id": "a.png", "areas.0.action.url": LINK["url"]},
        "cards": {
            "alt_text": "Cards",
            "cards.0.file_id": "a.png",
            "cards.0.name": "Beans",
            "cards.0.description": "Dark roast",
            "cards.0.price": "1,200 yen",
            **{f"cards.0.actions.0.{name}": one for name, one in LINK.items()},
        },
        "confirm": {
            "alt_text": "Question",
            "text": "Coffee?",
            "actions.0.label": "Yes",
            "actions.0.text": "Yes, please",
            "actions.1.label": "No",
            "actions.1.text": "No, thanks",
        },
        "flex": {"alt_text": "Flex"},
        "json": {"message": '{"type": "text", "text": "Bye"}'},
    },
    {
        "video": {"file_id": "a.mp4", "preview_file_id": "a.png"},
        "audio": {"file_id": "a.mp3"},
        "rich_video": {"alt_text": "Film", "file_id": "a.mp4", "preview_file_id": "a.png"},
    },
]
# What stands for a kind in the preview and on the phone.
LOOKS = {
    "text": (".phone-words", ".bubble.words"),
    "image": (".phone-photo img", "img:not(.face)"),
    "sticker": (".phone-sticker img", ".sticker"),
    "location": (".phone-map", ".bubble"),
    "buttons": (".phone-card", ".template-card"),
    "rich": (".phone-imagemap img", ".imagemap"),
    "cards": (".phone-bubble img", ".flex-bubble"),
    "confirm": (".phone-confirm", ".template-card"),
    "flex": (".phone-bubble", ".flex-bubble"),
    "json": (".phone-words", ".bubble.words"),
    "video": (".phone-film img", ".play"),
    "audio": (".phone-audio", "audio"),
    "rich_video": (".phone-film-area", ".film-spot"),
}
# The two say the length of a sound in their own ways.
WITHOUT_WORDS = ("audio",)
STICKERS = "https://stickershop.line-scdn.net/**"


@pytest.mark.parametrize("reader", [("phone", "ja")], indirect=True, ids="-".join)
def test_the_phone_shows_what_the_preview_showed(
    page: Page, demo: Installation, reader: tuple[str, str], tmp_path: Path
) -> None:
    say = words_in(reader[1])
    for name, content in FILES.items():
        (tmp_path / name).write_bytes(content())
    sticker = picture()
    page.context.route(STICKERS, lambda route: route.fulfill(body=sticker, content_type="image/png"))
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/auto-messages/new")
    phone = page.context.new_page()
    for number, kinds in enumerate(SETS):
        if number:
            # Pressed before the scripts of the new page run, a button would lead to a page of its own.
            with page.expect_navigation():
                page.locator("#do-discard").click()
            expect(page.locator(".composer-message")).to_have_count(0)
        for place, (kind, fields) in enumerate(kinds.items()):
            compose(page, place, kind, fields, tmp_path)
        previewed = preview_of(page, kinds)
        send_test(page, say)
        assert_shown(phone, demo, kinds, previewed)

    page.locator(".composer-tabs [data-view=edit]").click()
    page.locator("[name=name]").fill("Films")
    page.locator(".save-bar .btn-primary").click()
    expect(page).to_have_url(re.compile(r"/auto-messages/\d+/edit$"))
    page.goto(f"{demo.url}/accounts/1/auto-messages")
    expect(page.get_by_role("link", name="Films").first).to_be_visible()


def compose(page: Page, place: int, kind: str, fields: Mapping[str, str], folder: Path) -> None:
    """Add a message and fill in its fields."""
    page.locator(f"#add-{kind}").click()
    expect(by_id(page, f"body-messages.{place}")).to_be_visible()
    for name, value in fields.items():
        path = f"messages.{place}.{name}"
        if name.endswith("file_id"):
            by_id(page, f"f-{path}-file").set_input_files(folder / value)
            expect(by_id(page, f"f-{path}")).not_to_have_value("")
        else:
            by_id(page, f"f-{path}").fill(value)


def preview_of(page: Page, kinds: Collection[str]) -> list[list[str]]:
    """Wait until nothing is wrong with the set; return the words of each message as the preview shows them."""
    expect(page.locator("#composer-shown [data-composer-target=problems] li")).to_have_count(0)
    page.locator(".composer-tabs [data-view=preview]").click()
    messages = page.locator(".phone-message")
    expect(messages).to_have_count(len(kinds))
    for place, kind in enumerate(kinds):
        expect(messages.nth(place).locator(LOOKS[kind][0]).first).to_be_attached()
    # What was typed last may still be on its way; until then this stands in its place.
    expect(messages.filter(has_text="…")).to_have_count(0)
    # JSON begins with words of its own, which are shown until then.
    if "json" in kinds:
        expect(messages.nth(list(kinds).index("json"))).to_have_text("Bye")
    return [one.inner_text().split() for one in messages.all()]


def send_test(page: Page, say: Words) -> None:
    """Send what is composed to the first tester."""
    page.locator("[name=tester]:enabled").first.check()
    page.locator("#composer-send-test").click()
    expect(page.locator("#composer-test")).to_contain_text(say("LINE took the test message."))
    page.locator(".composer-tabs [data-view=edit]").click()


def assert_shown(phone: Page, demo: Installation, kinds: Collection[str], previewed: list[list[str]]) -> None:
    """The newest messages on the tester's phone are of these kinds, with the words that the preview showed."""
    newest = demo.sandbox("GET", f"/channels/{COFFEE}/messages")["messages"][-1]
    phone.goto(f"{demo.sandbox_url}/phone/{COFFEE}/{newest['to'][0]['id']}")
    rows = phone.locator("#talk .talk-list .row:not(.own)")
    expect(rows.last.locator(LOOKS[list(kinds)[-1]][1]).first).to_be_attached()
    expect(rows.last).to_contain_text((previewed[-1] or [""])[-1])
    for row, kind, words in zip(rows.all()[-len(kinds) :], kinds, previewed, strict=True):
        expect(row.locator(LOOKS[kind][1]).first).to_be_attached()
        shown = row.inner_text()
        assert kind in WITHOUT_WORDS or all(word in shown for word in words), (kind, words, shown)


def by_id(page: Page, name: str) -> Locator:
    return page.locator(f"[id='{name}']")
