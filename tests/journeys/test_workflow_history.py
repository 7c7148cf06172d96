"""The execution history in a browser: a friend is found, their run is read and cancelled by keyboard."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_PHONE
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_workflow_notice import ACCOUNT, PEOPLE
from tests.journeys.words import words_in
from tests.journeys.workflow_pages import open_history

pytestmark = [pytest.mark.journey, ON_PHONE]


def test_a_run_is_found_read_and_cancelled(page: Page, demo: Installation, reader: tuple[str, str]) -> None:
    say, word, name = words_in(reader[1]), f"later-{reader[0]}", f"Kaede {reader[0]}"
    sign_in(page, demo)
    workflow = _started(page, demo, say, word, f"Later {reader[0]}")
    open_history(page)
    expect(page.get_by_text(say("No runs yet"))).to_be_visible()
    user_id = str(demo.sandbox("POST", PEOPLE, {"display_name": name})["user_id"])
    for act in ({"act": "add"}, {"act": "message", "message": {"type": "text", "text": word}}):
        demo.sandbox("POST", f"{PEOPLE}/{user_id}/acts", act)
    # The list asks by itself; the search finds the friend once LINE has told the name.
    expect(page.locator("#runs-list tbody tr")).to_have_count(1, timeout=30_000)
    page.locator("input[name=search]").press_sequentially("Kaede")
    row = page.locator("#runs-list tbody tr", has_text=name)
    expect(row).to_have_count(1, timeout=30_000)
    row.locator(".btn").press("Enter")
    expect(page).to_have_url(re.compile(rf"/workflows/{workflow}/runs/\d+$"))
    expect(page.locator("#run-steps-title")).to_be_visible()
    expect(page.locator("#run-step-1")).to_contain_text(say("Waiting"))
    page.locator("#run-cancel").press("Enter")
    expect(page.locator("#run [role=status]")).to_contain_text(say("Cancelled"))
    expect(page.locator("#run-cancel")).to_have_count(0)
    page.locator("#run .run-facts a").first.click()
    expect(page.locator("#friend-timeline")).to_contain_text(f"Later {reader[0]}")


def _started(page: Page, demo: Installation, say: Callable[[str], str], word: str, name: str) -> str:
    """Make and start a workflow that waits after this word; returns its number."""
    page.goto(f"{demo.url}/workflows")
    page.get_by_role("button", name=say("Create Workflow")).first.click()
    page.locator("#new-workflow-name").fill(name)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/workflows/\d+$"))
    number = page.url.rsplit("/", 1)[1]
    page.goto(f"{page.url}/steps/start")
    page.get_by_role("checkbox", name=ACCOUNT).check()
    page.get_by_role("button", name=say("Done")).last.click()
    expect(page).to_have_url(re.compile(r"#node-start$"))
    trigger = _add(page, "#add-trigger-0", "message")
    page.locator("#f-keywords-0").fill(word)
    page.get_by_role("button", name=say("Done")).last.click()
    delay = _add(page, f"[id^=add-{trigger}-next]", "delay")
    page.get_by_role("button", name=say("Done")).last.click()
    expect(page).to_have_url(re.compile(rf"#node-{delay}$"))
    page.locator("#save-workflow").click()
    expect(page.locator("#save-workflow")).to_be_disabled()
    page.locator("[id^=start-workflow-]").click()
    page.locator("dialog[open] #workflow-start button[type=submit]").click()
    expect(page.locator("#workflow-head")).to_contain_text(say("Active"))
    return number


def _add(page: Page, after: str, kind: str) -> str:
    """Choose a kind in the palette that a + opens; returns the id of the step whose form follows."""
    page.locator(after).click()
    page.locator(f"dialog[open] button[name=kind][value={kind}]").click()
    expect(page).to_have_url(re.compile(r"\?step=n[0-9a-f]+(&new=1)?$"))
    return page.url.partition("step=")[2].partition("&")[0]
