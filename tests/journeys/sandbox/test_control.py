"""Controlling the stand-ins in a browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.readers import ON_DESKTOP
from tests.journeys.sandbox.acting import Say
from tests.sandbox.bots import Bot, text
from tests.support.receiver import WebhookReceiver
from tests.support.sandbox import SandboxServer

pytestmark = [pytest.mark.journey, ON_DESKTOP]


def test_control_makes_accounts_and_faults_and_moves_the_clock(
    window: Page, say: Say, server: SandboxServer, receiver: WebhookReceiver
) -> None:
    server.reset()
    window.goto(f"{server.url}/control")
    window.locator("#create-channel").click()
    dialog = window.locator("#asking")
    dialog.get_by_label(say("Name")).fill("パン工房")
    dialog.get_by_label(say("Kind")).select_option("unverified")
    dialog.get_by_label(say("Followers")).fill("12")
    dialog.get_by_role("button", name=say("Create"), exact=True).click()
    card = window.get_by_role("article", name="パン工房")
    expect(card).to_contain_text(say("unverified"))
    expect(card).to_contain_text(say("Friends: {count}", count=12))
    (channel,) = server.api("GET", "/channels")["channels"]
    expect(card).to_contain_text(channel["secret"])

    card.get_by_label("Webhook URL").fill(receiver.url)
    card.get_by_role("button", name=say("Save"), exact=True).first.click()
    expect(window.locator("#toasts")).to_contain_text(say("Saved."))
    card.get_by_role("switch", name=say("Webhook redelivery")).check()
    card.get_by_role("switch", name=say("Use webhook")).uncheck()
    card.get_by_text(say("More settings")).click()
    card.get_by_label(say("Messages a month")).fill("200")
    card.get_by_label(say("Blocked the account, in %")).fill("25")
    card.locator(".more-form").get_by_role("button", name=say("Save")).click()
    expect(card).to_contain_text(say("Friends: {count}", count="≈ 9"))
    changed = server.api("GET", f"/channels/{channel['channel_id']}")
    assert changed["webhook"]["endpoint"] == receiver.url
    assert (changed["webhook"]["active"], changed["webhook"]["redelivery"]["enabled"]) == (False, True)
    assert (changed["quota"]["value"], changed["population"]["blocked"]) == (200, 0.25)

    form = window.locator("#fault-form")
    form.get_by_label(say("What goes wrong")).select_option("status")
    form.get_by_label(say("Status")).select_option("429")
    form.get_by_label(say("Endpoint")).select_option("POST /v2/bot/message/push")
    form.get_by_label(say("Times (empty: always)")).fill("2")
    form.get_by_role("button", name=say("Add"), exact=True).click()
    expect(window.locator("#fault-list")).to_contain_text("POST /v2/bot/message/push")
    (fault,) = server.api("GET", "/faults")["faults"]
    assert (fault["status"], fault["times"], fault["method"]) == (429, 2, "POST")
    window.locator("#fault-list").get_by_role("button", name=say("Remove"), exact=True).click()
    expect(window.locator("#fault-list")).to_contain_text(
        say("Nothing goes wrong: every request is answered as LINE would.")
    )

    before = server.api("GET", "/clock")["offset_seconds"]
    window.get_by_role("button", name=say("+1 day")).click()
    expect(window.locator("#clock-card")).to_contain_text(say("{count} d", count=int(before / 86400) + 1))
    assert server.api("GET", "/clock")["offset_seconds"] == before + 86400


def test_control_shows_deliveries_and_limits(window: Page, say: Say, bot: Bot) -> None:
    friends = [bot.friend(), bot.friend("blocked")]
    for _ in range(2):
        bot.post("/v2/bot/message/multicast", {"to": friends, "messages": [text("spring sale")]})
    bot.act(friends[0], "message", message={"type": "text", "text": "hi"})
    window.goto(f"{bot.server.url}/control")
    window.locator("#chosen-channel").select_option(bot.channel_id)
    webhooks, messages = window.locator("#webhook-log"), window.locator("#message-log")
    expect(webhooks.locator(".entry")).to_have_count(1)
    expect(webhooks.locator(".entry")).to_contain_text("200")
    expect(messages.locator(".figure").nth(3)).to_contain_text("2")
    expect(messages.locator(".entry").first).to_contain_text("multicast")
    messages.get_by_role("button", name=say("Was anybody reached twice?")).click()
    expect(messages.locator(".verdict")).to_have_text(
        say("{count} of {reached} chats got more than one message.", count=1, reached=1)
    )
    row = window.locator("#limit-table tr", has_text="/v2/bot/message/multicast").filter(
        has_text=bot.control("GET")["name"]
    )
    expect(row.last).to_contain_text(say("yes"))
    window.locator("#reset-counters").click()
    expect(window.locator("#limit-table")).to_contain_text(say("LINE's API has not been called yet."))
