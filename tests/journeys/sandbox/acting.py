"""Short ways to open a phone, to look beside it, and to wait for what a bot is told."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from playwright.sync_api import Page, expect

from tests.sandbox.bots import Bot
from tests.support.receiver import WebhookReceiver

# Where the pictures and films of the messages are.
ELSEWHERE = "https://elsewhere.example"
Say = Callable[..., str]


def open_phone(window: Page, bot: Bot, user_id: str, rest: str = "") -> None:
    """Open a person's phone and wait until it knows everything."""
    window.goto(f"{bot.server.url}/phone/{bot.channel_id}/{user_id}{rest}")
    expect(window.locator("#phone[data-ready=yes]")).to_be_visible()


def push(bot: Bot, to: str, *messages: dict[str, Any]) -> None:
    """Send messages that LINE must accept."""
    response = bot.push(to, *messages)
    assert response.status_code == 200, response.text


def show_notes(window: Page, say: Say, reader: tuple[str, str]) -> None:
    """On a small screen what stands beside the phone is a sheet behind the menu."""
    if reader[0] == "phone":
        window.locator("#chat-menu-button").click()
        window.locator("#chat-menu").get_by_role("button", name=say("Person and events")).click()
    expect(window.locator("#beside")).to_be_visible()


def wait_for_event(window: Page, receiver: WebhookReceiver, kind: str, **wanted: Any) -> dict[str, Any]:
    """The first event of this kind whose details have these values, once it has arrived."""
    for _ in range(200):
        for event in receiver.events:
            details = event.get("message") or event.get(kind) or {}
            if event["type"] == kind and all(details.get(name) == value for name, value in wanted.items()):
                return event
        window.wait_for_timeout(50)
    raise AssertionError(f"There was no {kind} with {wanted}: {receiver.events}")
