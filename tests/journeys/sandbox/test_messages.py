"""What an account sends, drawn on the phone and tapped."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.readers import ON_DESKTOP
from tests.journeys.sandbox.acting import ELSEWHERE, Say, open_phone, push, wait_for_event
from tests.journeys.sandbox.samples import CAROUSEL, FLEX, IMAGE_CAROUSEL, IMAGEMAP
from tests.sandbox.bots import Bot, text
from tests.support.receiver import WebhookReceiver

pytestmark = pytest.mark.journey


@ON_DESKTOP
def test_buttons_do_what_their_actions_say(window: Page, say: Say, bot: Bot, receiver: WebhookReceiver) -> None:
    friend = bot.friend()
    open_phone(window, bot, friend)
    actions = [
        {"type": "postback", "label": "Book", "data": "book=1", "displayText": "I book"},
        {"type": "message", "label": "Ask", "text": "How much?"},
        {"type": "uri", "label": "Menu", "uri": "https://example.com/menu"},
        {"type": "datetimepicker", "label": "When", "data": "when", "mode": "datetime", "initial": "2026-03-01t09:30"},
    ]
    picture = f"{ELSEWHERE}/t.png"
    template = {"type": "buttons", "thumbnailImageUrl": picture, "title": "Coffee", "text": "Well?", "actions": actions}
    push(bot, friend, {"type": "template", "altText": "coffee", "template": template})
    card = window.locator(".template-card")

    card.get_by_role("button", name="Book").click()
    wait_for_event(window, receiver, "postback", data="book=1")
    expect(window.locator(".own .bubble").last).to_have_text("I book")
    card.get_by_role("button", name="Ask").click()
    wait_for_event(window, receiver, "message", text="How much?")
    link = card.get_by_role("link", name="Menu")
    expect(link).to_have_attribute("href", "https://example.com/menu")
    expect(link).to_have_attribute("rel", "noopener noreferrer")
    window.context.route("https://example.com/**", lambda route: route.fulfill(body="the menu"))
    with window.expect_popup() as opening:
        link.click()
    expect(opening.value.get_by_text("the menu")).to_be_visible()
    assert opening.value.evaluate("opener") is None
    opening.value.close()
    card.get_by_role("button", name="When").click()
    moment = window.locator("#asking input[type=datetime-local]")
    expect(moment).to_have_value("2026-03-01T09:30")
    moment.fill("2026-03-04T18:00")
    window.locator("#asking").get_by_role("button", name="OK").click()
    wait_for_event(window, receiver, "postback", data="when", params={"datetime": "2026-03-04T18:00"})


@ON_DESKTOP
def test_old_messages_stay_in_view_when_a_new_one_comes(window: Page, say: Say, bot: Bot) -> None:
    friend = bot.friend()
    for number in range(30):
        push(bot, friend, text(f"message {number}"))
    open_phone(window, bot, friend)
    expect(window.get_by_text("message 29")).to_be_in_viewport()
    window.locator("#talk").evaluate("(talk) => { talk.scrollTop = 0; }")
    newer = window.get_by_role("button", name=say("New message ↓"))
    expect(window.get_by_text("message 0", exact=True)).to_be_in_viewport()
    push(bot, friend, text("the newest"))
    newer.click()
    expect(window.get_by_text("the newest")).to_be_in_viewport()
    expect(newer).to_be_hidden()


@ON_DESKTOP
def test_addresses_that_only_a_phone_opens(window: Page, say: Say, bot: Bot) -> None:
    friend = bot.friend()
    open_phone(window, bot, friend)
    write = "https://line.me/R/oaMessage/@x/?hi%20you"
    labels = {"Call": "tel:0312345678", "Scan": "line://nv/QRCodeReader", "Say hi": write}
    actions = [{"type": "uri", "label": label, "uri": address} for label, address in labels.items()]
    template = {"type": "buttons", "text": "Well?", "actions": actions}
    push(bot, friend, {"type": "template", "altText": "links", "template": template})
    card = window.locator(".template-card")
    for label in ("Call", "Scan"):
        card.get_by_role("button", name=label).click()
        told = say("On a real phone this opens {address}", address=labels[label])
        expect(window.locator("#toasts")).to_contain_text(told)
    card.get_by_role("button", name="Say hi").click()
    expect(window.locator("#words-field")).to_have_value("hi you")
    expect(window.locator("#words-field")).to_be_focused()


@ON_DESKTOP
def test_quick_replies_stand_until_something_is_said(
    window: Page, say: Say, bot: Bot, receiver: WebhookReceiver
) -> None:
    friend = bot.friend()
    open_phone(window, bot, friend)
    items = [
        {"type": "action", "action": {"type": "postback", "label": "Quiet", "data": "q"}},
        {"type": "action", "action": {"type": "location", "label": "Where"}},
        {"type": "action", "action": {"type": "cameraRoll", "label": "Show"}},
    ]
    push(bot, friend, text("Choose") | {"quickReply": {"items": items}})
    quick = window.locator("#quick")
    quick.get_by_role("button", name="Where").click()
    expect(window.locator("#tray h3").first).to_have_text(say("Places"))
    quick.get_by_role("button", name="Show").click()
    expect(window.locator("#tray h3").first).to_have_text(say("Pictures"))
    open_phone(window, bot, friend, "?on=pc")
    expect(window.get_by_text("Choose")).to_be_visible()
    expect(quick).to_be_hidden()
    open_phone(window, bot, friend)
    quick.get_by_role("button", name="Quiet").click()
    expect(quick).to_be_hidden()
    expect(window.locator("#talk")).to_contain_text(say("Sent without a word in the chat: {data}", data="q"))
    wait_for_event(window, receiver, "postback", data="q")


@ON_DESKTOP
def test_a_watched_video_is_reported(window: Page, say: Say, bot: Bot, receiver: WebhookReceiver) -> None:
    friend = bot.friend()
    open_phone(window, bot, friend)
    addresses = {"originalContentUrl": f"{ELSEWHERE}/v.mp4", "previewImageUrl": f"{ELSEWHERE}/v.png"}
    push(bot, friend, {"type": "video", "trackingId": "spring", **addresses})
    window.get_by_role("button", name=say("Watch the video; the account learns when it ends")).click()
    window.locator("#viewer").get_by_role("button", name=say("Watch to the end")).click()
    wait_for_event(window, receiver, "videoPlayComplete", trackingId="spring")
    expect(window.locator("#viewer")).to_be_hidden()
    expect(window.locator("#talk")).to_contain_text(say("You watched the video to its end."))


@ON_DESKTOP
def test_flex_templates_and_imagemaps_are_drawn_and_tapped(window: Page, bot: Bot, receiver: WebhookReceiver) -> None:
    friend = bot.friend()
    open_phone(window, bot, friend)
    push(bot, friend, FLEX, CAROUSEL, IMAGE_CAROUSEL, IMAGEMAP)
    expect(window.locator(".flex-bubble")).to_have_count(2)
    expect(window.locator(".template-card")).to_have_count(2)
    expect(window.locator(".image-card")).to_have_count(2)
    title = window.locator(".fx-text", has_text="Menu of the month")
    assert title.evaluate("(e) => [getComputedStyle(e).color, getComputedStyle(e).fontSize]") == [
        "rgb(171, 18, 52)",
        "22px",
    ]
    left, right = (window.locator(".fx-text", has_text=words).bounding_box() for words in ("left one", "right two"))
    assert left is not None
    assert right is not None
    assert abs(2 * left["width"] - right["width"]) < 2
    assert abs(left["y"] - right["y"]) < 1

    window.locator(".flex-bubble").first.get_by_role("button", name="Order").click()
    wait_for_event(window, receiver, "postback", data="order")
    window.locator(".fx-box[role=button]").first.press("Enter")
    wait_for_event(window, receiver, "message", text="the box")
    window.locator(".image-card").nth(1).click()
    wait_for_event(window, receiver, "message", text="two")
    frame = window.locator(".imagemap").bounding_box()
    assert frame is not None
    window.locator(".imagemap").click(position={"x": frame["width"] * 0.75, "y": frame["height"] * 0.5})
    wait_for_event(window, receiver, "message", text="right half")


def test_the_phone_fills_a_small_screen_and_never_scrolls_sideways(
    window: Page, bot: Bot, reader: tuple[str, str]
) -> None:
    friend = bot.friend()
    push(bot, friend, FLEX, CAROUSEL, IMAGE_CAROUSEL, IMAGEMAP)
    for path in (f"/phone/{bot.channel_id}/{friend}", "/control", f"/phone/{bot.channel_id}", "/"):
        window.goto(bot.server.url + path)
        expect(window.locator("main")).to_be_visible()
        window.wait_for_timeout(300)
        assert window.evaluate("document.documentElement.scrollWidth <= innerWidth"), path
    open_phone(window, bot, friend)
    expect(window.locator(".imagemap")).to_be_visible()
    assert window.evaluate("(t => t.scrollWidth <= t.clientWidth)(document.getElementById('talk'))")
    device = window.locator(".device").bounding_box()
    assert device is not None
    assert device["width"] == (390 if reader[0] == "phone" else 400)
