"""What else a friend can send from the phone: films, voices, files, several pictures, quotes and mentions."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from sandbox.media import landscape
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.sandbox.acting import Say, open_phone, push, wait_for_event
from tests.sandbox.bots import Bot, text
from tests.support.receiver import WebhookReceiver

pytestmark = [pytest.mark.journey, ON_DESKTOP]


def choose(window: Page, name: str) -> None:
    window.locator("#plus").click()
    window.locator("#tray").get_by_role("button", name=name, exact=True).click()


def test_films_voices_and_files_are_sent_and_handed_out_as_chosen(
    window: Page, say: Say, bot: Bot, receiver: WebhookReceiver, tmp_path: Path
) -> None:
    open_phone(window, bot, bot.friend())

    def sent(kind: str) -> tuple[dict[str, Any], int]:
        message = wait_for_event(window, receiver, "message", type=kind)["message"]
        return message, bot.get(f"/v2/bot/message/{message['id']}/content").status_code

    choose(window, say("A video"))
    assert sent("video")[1] == 200
    window.locator("#plus").click()
    window.get_by_label(say("LINE hands it to the account")).select_option("later")
    window.locator("#tray").get_by_role("button", name=say("A voice message"), exact=True).click()
    assert sent("audio")[1] == 202
    window.locator("#plus").click()
    window.get_by_label(say("LINE hands it to the account")).select_option("expires")
    window.locator("#tray").get_by_role("button", name=say("A file"), exact=True).click()
    message, status = sent("file")
    assert (message["fileName"], status) == (say("Note.txt"), 404)
    window.locator("#plus").click()
    window.get_by_label(say("LINE hands it to the account")).select_option("once")
    own = tmp_path / "plan.pdf"
    own.write_bytes(b"%PDF-1.7 %%EOF")
    window.locator("#tray input[type=file][multiple]").set_input_files([own])
    plan = wait_for_event(window, receiver, "message", type="file", fileName="plan.pdf")["message"]["id"]
    assert bot.get(f"/v2/bot/message/{plan}/content").content == b"%PDF-1.7 %%EOF"


def told(receiver: WebhookReceiver, kind: str) -> list[dict[str, Any]]:
    """Return the events of messages of this kind, in order."""
    return [one for one in receiver.events if one["type"] == "message" and one["message"]["type"] == kind]


def test_pictures_that_are_chosen_together_are_a_set(
    window: Page, say: Say, bot: Bot, receiver: WebhookReceiver, tmp_path: Path
) -> None:
    open_phone(window, bot, bot.friend())
    choose(window, say("Three pictures together"))
    expect(window.locator(".own .bubble.media")).to_have_count(3)
    sets = [event["message"]["imageSet"] for event in told(receiver, "image")]
    assert len({one["id"] for one in sets}) == 1 and [(one["index"], one["total"]) for one in sets] == [
        (1, 3),
        (2, 3),
        (3, 3),
    ]
    files = [tmp_path / f"{number}.png" for number in (1, 2)]
    for number, file in enumerate(files):
        file.write_bytes(landscape(str(number), 40, 30))
    window.locator("#plus").click()
    window.locator("#tray input[type=file][multiple]").set_input_files(files)
    expect(window.locator(".own .bubble.media")).to_have_count(5)
    own = [event["message"]["imageSet"] for event in told(receiver, "image")][3:]
    assert [(one["index"], one["total"]) for one in own] == [(1, 2), (2, 2)] and own[0]["id"] != sets[0]["id"]


def test_a_text_quotes_what_the_account_sent(window: Page, say: Say, bot: Bot, receiver: WebhookReceiver) -> None:
    user_id = bot.friend()
    open_phone(window, bot, user_id)
    push(bot, user_id, text("Table at ten?"))
    bubble = window.locator(".theirs", has_text="Table at ten?")
    bubble.hover()
    bubble.get_by_role("button", name=say("Quote this message")).click()
    expect(window.locator("#quoting")).to_contain_text("Table at ten?")
    window.locator("#words-field").fill("Yes")
    window.locator("#words-field").press("Enter")
    message = wait_for_event(window, receiver, "message", type="text", text="Yes")["message"]
    chat = bot.control("GET", f"/friends/{user_id}/chat")["entries"]
    assert message["quotedMessageId"] == next(one["message_id"] for one in chat if one["from"] == "account")
    expect(window.locator(".own .quoted")).to_have_text("Table at ten?")
    expect(window.locator("#quoting")).to_be_hidden()


def test_a_name_behind_at_is_a_mention(window: Page, bot: Bot, receiver: WebhookReceiver) -> None:
    yuki, hana = bot.friend(), bot.friend()
    bot.control("PATCH", f"/friends/{hana}", {"display_name": "Hana"})
    group = bot.control("POST", "/groups", {"name": "Regulars", "members": [yuki, hana]})["group_id"]
    bot.control("POST", f"/groups/{group}/acts", {"act": "join"})
    open_phone(window, bot, yuki, f"/groups/{group}")
    window.locator("#words-field").fill("Hi @Hana, are you in?")
    window.locator("#words-field").press("Enter")
    message = wait_for_event(window, receiver, "message", type="text")["message"]
    assert message["mention"]["mentionees"] == [{"index": 3, "length": 5, "type": "user", "userId": hana}]
