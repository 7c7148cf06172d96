"""Triggers that are set once in a browser each: their forms, the start, and those that a phone and a program fire.

The account has no LIFF app, so that a scan opens the chat with a text, which the person sends.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from app.seeds import known
from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words
from tests.journeys.workflow_pages import add, post
from tests.support.processes import ROOT

pytestmark = [pytest.mark.journey, ON_DESKTOP]
BAKERY = 2
PEOPLE = f"/channels/{known.BAKERY.channel_id}/friends"


def test_each_trigger_is_set_and_the_workflow_answers(
    page: Page, demo: Installation, say: Words, reader: tuple[str, str]
) -> None:
    sign_in(page, demo)
    code = make_code(page, demo, f"Counter {reader[0]}")
    workflow = post(page, f"{demo.url}/workflows", name=f"All ways {reader[0]}", description="")
    page.goto(f"{workflow}/steps/start")
    page.locator(f"#f-accounts-{BAKERY}").check()
    done(page)
    first = add(page, workflow, "video_watched")
    add(page, workflow, "stop", first)
    page.goto(f"{workflow}/steps/{first}")
    page.locator("#f-tracking_id").fill(f"tour-{reader[0]}")
    done(page)
    for kind, fill in FORMS.items():
        page.goto(f"{workflow}/steps/{add(page, workflow, kind)}?new=1")
        fill(page)
        done(page)
    page.goto(f"{workflow}/steps/{add(page, workflow, 'qr_code')}?new=1")
    page.get_by_role("checkbox", name=f"Counter {reader[0]}").check()
    done(page)
    address, key = make_address(page, f"{workflow}/steps/{add(page, workflow, 'webhook_received')}?new=1")
    page.locator("#save-workflow").click()
    expect(page.locator("#save-workflow")).to_be_disabled()
    page.locator("[id^=start-workflow-]").click()
    page.locator("dialog[open] #workflow-start button[type=submit]").click()
    expect(page.locator("#workflow-head")).to_contain_text(say("Active"))

    person = demo.sandbox("POST", PEOPLE, {"display_name": f"Yui {reader[0]}"})["user_id"]
    demo.sandbox("POST", f"{PEOPLE}/{person}/acts", {"act": "add", "wait": 10})
    demo.sandbox("POST", f"{PEOPLE}/{person}/acts", {"act": "video-complete", "trackingId": f"tour-{reader[0]}"})
    scan(page, demo, person, code, reader[1])
    expect_runs(page, workflow, 2)
    answer = page.request.post(address, headers={"X-Tomoru-Key": key}, data={"customer": {"id": person}})
    assert answer.status == 202 and answer.json()["started"], answer.text()
    expect_runs(page, workflow, 3)


def done(page: Page) -> None:
    """Leave a step's form as finished."""
    page.locator(".step-foot button[value=done]").click()
    page.wait_for_url("**#node-*")


def by_address(page: Page) -> None:
    page.locator("#f-of-address").check()
    page.locator("#f-address").fill("https://bakery.example/menu")


def weekly(page: Page) -> None:
    page.locator(f"#f-segments-{BAKERY}").select_option(index=1)
    page.locator("#f-every-week").check()
    page.locator("#f-weekday-0").check()
    page.locator("#f-time").fill("09:30")


def birthday(page: Page) -> None:
    page.locator("#f-field").select_option(label="Birthday")
    page.locator("#f-around-before").check()
    page.locator("#f-days").fill("3")
    page.locator("#f-time").fill("10:00")


def answered(page: Page) -> None:
    page.locator("#f-from_workflow").select_option(label="淹れ方アンケート")
    page.locator("#f-from_node").select_option(index=1)


FORMS: dict[str, Callable[[Page], object]] = {
    "link_clicked": by_address,
    "attribute_changed": lambda page: page.locator("#f-field").select_option(label="Visits"),
    "date_reached": birthday,
    "schedule": weekly,
    "rich_menu_switched": lambda page: expect(page.locator("#f-alias")).to_have_value(""),
    "question_answered": answered,
}


def make_code(page: Page, demo: Installation, name: str) -> str:
    """Make a QR Code; returns the address that its image holds."""
    page.goto(f"{demo.url}/accounts/{BAKERY}/qr-codes")
    page.goto(post(page, f"{demo.url}/accounts/{BAKERY}/qr-codes", name=name))
    return page.locator("#qr-code-address").input_value()


def make_address(page: Page, form: str) -> tuple[str, str]:
    """Make address and key of an incoming webhook; the key stays while the form is filled in, and not longer."""
    page.goto(form)
    page.locator(f"#hook-{BAKERY} button[type=submit]").click()
    key = page.locator(f"#hook-{BAKERY} code")
    shown, address = key.inner_text(), page.locator(f"#hook-{BAKERY}-address").input_value()
    page.locator("#f-friend_path").fill("customer.id")
    page.locator("#add-fields").click()
    expect(page.locator("#f-fields-0")).to_be_visible()
    expect(key).to_have_text(shown)
    page.locator("button[name=do][value='remove-fields:0']").click()
    expect(page.locator("#f-fields-0")).to_have_count(0)
    done(page)
    page.goto(form)
    expect(page.locator(f"#hook-{BAKERY}-address")).to_have_value(address)
    expect(key).to_have_count(0)
    page.go_back()
    return address, shown


def scan(page: Page, demo: Installation, person: str, code: str, language: str) -> None:
    """Scan the code on the person's phone, and send the text with which the chat opens."""
    words = json.loads((ROOT / "sandbox/pages/words/ja.json").read_text()) if language == "ja" else {}
    phone = page.context.new_page()
    phone.goto(f"{demo.sandbox_url}/phone/{known.BAKERY.channel_id}/{person}")
    expect(phone.locator("#phone[data-ready=yes]")).to_be_visible()
    phone.locator("#chat-menu-button").click()
    phone.locator("#chat-menu").get_by_role("button", name=words.get("Scan a QR code", "Scan a QR code")).click()
    phone.locator("#asking input[name=address]").fill(code)
    phone.locator("#asking button[type=submit]").click()
    expect(phone.locator("#words-field")).to_have_value(re.compile(f"QR-{code.rpartition('/')[2]}-[0-9a-z]+"))
    phone.locator("#words-field").press("Enter")
    expect(phone.locator(".own .bubble")).to_contain_text("QR-")
    phone.close()


def expect_runs(page: Page, workflow: str, number: int) -> None:
    """Wait until the history, which asks by itself, lists so many runs."""
    page.goto(f"{workflow}/runs")
    expect(page.locator("#runs-list tbody tr")).to_have_count(number, timeout=30_000)
