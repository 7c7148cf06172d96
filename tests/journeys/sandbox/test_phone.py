"""Being a friend in a browser: on a desktop and a phone, in both languages."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from sandbox.media import landscape
from tests.journeys.readers import ON_PHONE
from tests.journeys.sandbox.acting import Say, open_phone, push, show_notes, wait_for_event
from tests.sandbox.bots import Bot, text
from tests.support.receiver import WebhookReceiver

pytestmark = [pytest.mark.journey, ON_PHONE]


def test_a_new_person_becomes_a_friend_and_talks(window: Page, say: Say, bot: Bot, receiver: WebhookReceiver) -> None:
    window.goto(bot.server.url)
    window.locator(f'a[href="/phone/{bot.channel_id}"]').click()
    window.get_by_label(say("Display name")).fill("みなみ")
    window.get_by_role("button", name=say("Create and open the phone")).click()
    user_id = window.url.rsplit("/", 1)[1]

    window.locator("#banner").get_by_role("button", name=say("Add as friend")).click()
    expect(window.locator("#talk")).to_contain_text(say("You added the account as a friend."))
    expect(window.locator("#banner")).to_be_hidden()
    assert wait_for_event(window, receiver, "follow")["source"]["userId"] == user_id

    push(bot, user_id, text("ようこそ\nsecond line https://example.com/a?b=1."))
    bubble = window.locator(".talk-list .theirs .bubble")
    expect(bubble).to_contain_text("second line")
    expect(bubble.locator("a")).to_have_attribute("href", "https://example.com/a?b=1")

    window.locator("#words-field").fill("one <b>two</b>")
    window.locator("#words-field").press("Shift+Enter")
    window.locator("#words-field").press_sequentially("three")
    window.locator("#words-field").press("Enter")
    wait_for_event(window, receiver, "message", type="text", text="one <b>two</b>\nthree")
    expect(window.locator(".own .bubble")).to_have_text("one <b>two</b>\nthree")
    expect(window.locator(".own .read")).to_have_text(say("Read"))
    expect(window.locator("#words-field")).to_have_value("")


def test_stickers_pictures_and_places_are_sent_and_taken_back(
    window: Page, say: Say, bot: Bot, receiver: WebhookReceiver, tmp_path: Path
) -> None:
    open_phone(window, bot, bot.friend())
    window.locator("#faces").click()
    window.locator("#tray").get_by_role("button", name=say("Thank you"), exact=True).click()
    wait_for_event(window, receiver, "message", type="sticker", stickerId="1989")
    expect(window.locator(".own svg.sticker")).to_be_visible()
    expect(window.locator("#tray")).to_be_hidden()

    window.locator("#plus").click()
    window.locator("#tray").get_by_role("button", name=say("A cup of coffee")).click()
    sample = wait_for_event(window, receiver, "message", type="image")["message"]["id"]
    assert bot.get(f"/v2/bot/message/{sample}/content").content[:2] == b"\xff\xd8"

    own = tmp_path / "own.png"
    own.write_bytes(landscape("own", 2000, 1000))
    window.locator("#plus").click()
    window.locator("#tray input[type=file][accept]").set_input_files(own)
    expect(window.locator(".own .media img")).to_have_count(2)
    width = (
        window.locator(".own .media img").nth(1).evaluate("async (image) => (await image.decode(), image.naturalWidth)")
    )
    assert width == 1280

    window.locator("#plus").click()
    window.locator("#tray").get_by_role("button", name=say("Kyoto Station")).click()
    wait_for_event(window, receiver, "message", type="location", latitude=34.985849)

    window.locator(".row.own").filter(has=window.locator(".place")).get_by_role(
        "button", name=say("Unsend this message")
    ).click()
    window.locator("#asking").get_by_role("button", name=say("Unsend"), exact=True).click()
    expect(window.locator("#talk")).to_contain_text(say("You unsent a message."))
    expect(window.locator(".place")).to_have_count(0)
    wait_for_event(window, receiver, "unsend")


def test_a_picture_that_is_too_large_or_none_at_all_is_refused(
    window: Page, say: Say, bot: Bot, receiver: WebhookReceiver, tmp_path: Path
) -> None:
    open_phone(window, bot, bot.friend())
    large, odd = tmp_path / "large.png", tmp_path / "odd.png"
    large.write_bytes(b"\0" * (5 * 1024 * 1024 + 1))
    odd.write_bytes(b"no picture")
    for path, words in (
        (large, "The picture is larger than 5 MB."),
        (odd, "This file is not a picture that can be read."),
    ):
        window.locator("#plus").click()
        window.locator("#tray input[type=file][accept]").set_input_files(path)
        expect(window.locator("#toasts")).to_contain_text(say(words))
        window.locator("#plus").click()
    assert receiver.events == []


def test_a_person_blocks_and_comes_back(window: Page, say: Say, bot: Bot, receiver: WebhookReceiver) -> None:
    friend = bot.friend()
    open_phone(window, bot, friend)
    window.locator("#chat-menu-button").click()
    window.locator("#chat-menu").get_by_role("button", name=say("Block")).click()
    window.locator("#asking").get_by_role("button", name=say("Block"), exact=True).click()
    expect(window.locator("#banner")).to_contain_text(say("You blocked this account. Its messages do not arrive."))
    expect(window.locator("#words-field")).to_be_disabled()
    wait_for_event(window, receiver, "unfollow")

    push(bot, friend, text("while blocked"))
    window.locator("#banner").get_by_role("button", name=say("Unblock")).click()
    assert wait_for_event(window, receiver, "follow", isUnblocked=True)
    push(bot, friend, text("welcome back"))
    expect(window.locator("#talk")).to_contain_text("welcome back")
    expect(window.locator("#talk")).not_to_contain_text("while blocked")
    expect(window.locator("#words-field")).to_be_enabled()


def test_the_person_and_the_events_stand_beside_the_phone(
    window: Page, say: Say, bot: Bot, reader: tuple[str, str]
) -> None:
    friend = bot.friend(display_name="あき")
    open_phone(window, bot, friend)
    show_notes(window, say, reader)
    bot.act(friend, "message", message={"type": "text", "text": "hello"})
    entry = window.locator("#webhooks .entry")
    expect(entry).to_contain_text("200")
    entry.locator("summary").press("Enter")
    expect(entry.locator("pre")).to_contain_text(friend)
    entry.get_by_role("button", name=say("Send again as redelivery")).click()
    expect(window.locator("#webhooks .entry")).to_have_count(2)
    expect(window.locator("#webhooks .entry").first).to_contain_text(say("attempt {number}", number=2))

    window.locator("#person").get_by_role("button", name=say("Change")).click()
    window.locator("#asking [name=display_name]").fill("ふゆ")
    window.locator("#asking [name=consent]").uncheck()
    window.locator("#asking").get_by_role("button", name="OK").click()
    expect(window.locator("#person")).to_contain_text("ふゆ")
    expect(window.locator("#person")).to_contain_text(say("no-consent"))


def test_a_group_with_the_account(window: Page, say: Say, bot: Bot, receiver: WebhookReceiver) -> None:
    friend = bot.friend(display_name="はる")
    group = bot.control("POST", "/groups", {"name": "喫茶部", "members": [friend]})["group_id"]
    open_phone(window, bot, friend, f"/groups/{group}")
    expect(window.locator("#words-field")).to_be_disabled()
    window.locator("#banner").get_by_role("button", name=say("Invite the account")).click()
    assert wait_for_event(window, receiver, "join")["source"]["groupId"] == group
    push(bot, group, text("hello all"))
    expect(window.locator("#talk")).to_contain_text("hello all")
    window.locator("#words-field").fill("hello from me")
    window.locator("#send").click()
    event = wait_for_event(window, receiver, "message", text="hello from me")
    assert event["source"] == {"type": "group", "groupId": group, "userId": friend}
    window.locator("#chat-menu-button").click()
    window.locator("#chat-menu").get_by_role("button", name=say("Remove the account from the group")).click()
    wait_for_event(window, receiver, "leave")
    expect(window.locator("#words-field")).to_be_disabled()


def test_members_come_and_go_beside_the_chat(
    window: Page, say: Say, bot: Bot, receiver: WebhookReceiver, reader: tuple[str, str]
) -> None:
    friend = bot.friend(display_name="はる")
    bot.friend(display_name="なつ")
    open_phone(window, bot, friend)
    show_notes(window, say, reader)
    window.locator("#groups").get_by_role("button", name=say("Make a group")).click()
    window.locator("#asking").get_by_role("button", name="OK").click()
    window.wait_for_url("**/groups/*")
    expect(window.locator("#phone[data-ready=yes]")).to_be_visible()
    show_notes(window, say, reader)
    window.locator("#groups").get_by_role("button", name=say("Invite the account")).click()
    wait_for_event(window, receiver, "join")
    window.locator("#groups").get_by_role("button", name=say("Let a person join")).click()
    window.locator("#asking select").select_option("なつ")
    window.locator("#asking").get_by_role("button", name="OK").click()
    wait_for_event(window, receiver, "memberJoined")
    row = window.locator(".member", has_text="なつ")
    row.get_by_role("button", name=say("Remove")).click()
    expect(row).to_have_count(0)
    wait_for_event(window, receiver, "memberLeft")


def test_a_text_in_a_group_is_edited_and_taken_back(
    window: Page, say: Say, bot: Bot, receiver: WebhookReceiver
) -> None:
    friend = bot.friend(display_name="はる")
    group = bot.control("POST", "/groups", {"name": "喫茶部", "members": [friend]})["group_id"]
    bot.control("POST", f"/groups/{group}/acts", {"act": "join"})
    open_phone(window, bot, friend, f"/groups/{group}")
    window.locator("#words-field").fill("first words")
    window.locator("#send").click()
    row = window.locator("#talk .row.own")
    row.hover()
    row.get_by_role("button", name=say("Edit this message")).click()
    window.locator("#asking textarea").fill("second words")
    window.locator("#asking").get_by_role("button", name=say("Save")).click()
    expect(row).to_contain_text("second words")
    expect(row).to_contain_text(say("Edited"))
    assert wait_for_event(window, receiver, "messageEdited", text="second words")["source"]["userId"] == friend
    row.hover()
    row.get_by_role("button", name=say("Unsend this message")).click()
    window.locator("#asking").get_by_role("button", name=say("Unsend")).click()
    expect(row).to_have_count(0)
    wait_for_event(window, receiver, "unsend")
    window.reload()
    expect(window.locator("#talk")).to_contain_text(say("You unsent a message."))


def test_only_texts_in_groups_can_be_edited(window: Page, say: Say, bot: Bot) -> None:
    friend = bot.friend()
    bot.act(friend, "message", message={"type": "text", "text": "hi"})
    open_phone(window, bot, friend)
    row = window.locator("#talk .row.own")
    row.hover()
    expect(row.get_by_role("button", name=say("Unsend this message"))).to_be_visible()
    expect(row.get_by_role("button", name=say("Edit this message"))).to_have_count(0)


def test_line_emoji_go_into_the_text(window: Page, say: Say, bot: Bot, receiver: WebhookReceiver) -> None:
    open_phone(window, bot, bot.friend())
    field, tray = window.locator("#words-field"), window.locator("#tray")
    field.fill("☕ (love) ")
    window.locator("#faces").click()
    tray.get_by_role("button", name=say("Emoji: {name}", name=say("Hello"))).click()
    tray.get_by_role("button", name=say("Emoji: {name}", name=say("without a name"))).click()
    window.locator("#send").click()
    message = wait_for_event(window, receiver, "message")["message"]
    assert message["text"] == "☕ (love) (hello)()"
    places = [(emoji["index"], emoji["length"]) for emoji in message["emojis"]]
    assert places == [(9, 7), (16, 2)]
    expect(window.locator("#talk .row.own svg.emoji")).to_have_count(2)
    expect(window.locator("#talk .row.own")).to_contain_text("☕ (love)")


def test_a_multi_person_chat_is_made_and_joined(
    window: Page, say: Say, bot: Bot, receiver: WebhookReceiver, reader: tuple[str, str]
) -> None:
    friend = bot.friend(display_name="はる")
    open_phone(window, bot, friend)
    show_notes(window, say, reader)
    window.locator("#groups").get_by_role("button", name=say("Make a multi-person chat")).click()
    window.locator("#asking").get_by_role("button", name="OK").click()
    window.wait_for_url("**/groups/R*")
    expect(window.locator("h1")).to_contain_text("はる")
    window.locator("#banner").get_by_role("button", name=say("Invite the account")).click()
    expect(window.locator("#talk")).to_contain_text(say("The account joined the chat."))
    window.locator("#words-field").fill("hello all")
    window.locator("#send").click()
    room = wait_for_event(window, receiver, "join")["source"]
    assert wait_for_event(window, receiver, "message", text="hello all")["source"] == {**room, "userId": friend}
    assert room["type"] == "room"


def test_names_stand_in_their_own_direction(window: Page, say: Say, bot: Bot, reader: tuple[str, str]) -> None:
    turning, nothing = bot.friend(display_name="نورا \u202e!"), bot.friend(display_name="\u3164\u2800")
    group = bot.control("POST", "/groups", {"name": "קפה", "members": [turning, nothing]})["group_id"]
    window.goto(f"{bot.server.url}/phone/{bot.channel_id}?q=نورا")
    expect(window.locator(".people bdi")).to_have_text("نورا \u202e!")
    window.goto(f"{bot.server.url}/phone/{bot.channel_id}")
    expect(window.locator(".people bdi", has_text=say("Name not known"))).to_be_visible()
    open_phone(window, bot, turning, f"/groups/{group}")
    assert window.title().strip().startswith("\u2068קפה\u2069")
    show_notes(window, say, reader)
    expect(window.locator("h1 bdi")).to_have_text("קפה")
    expect(window.locator("#person h2 bdi")).to_have_text("نورا \u202e!")
    expect(window.locator(".member bdi")).to_have_text(["نورا \u202e!", say("Name not known")])
