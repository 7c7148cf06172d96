"""Workflows for journeys, made as their pages would make them."""

from __future__ import annotations

from playwright.sync_api import Page, expect

from app.seeds import known
from tests.journeys.conftest import Installation


def post(page: Page, path: str, **form: str) -> str:
    """Send a form as the page that is open would; returns the address to which it leads."""
    token = page.locator("meta[name=csrf-token]").get_attribute("content") or ""
    answer = page.request.post(path, form={"csrf_token": token, **form})
    assert answer.ok, f"{path}: {answer.status}"
    return answer.url


def fill_in(page: Page, address: str) -> None:
    """Give the workflow at this address the first account, the trigger *Friend add* and a step, and save it."""

    def now(name: str) -> str:
        return page.locator(f"input[name={name}]").first.input_value()

    page.goto(f"{address}/steps/start")
    post(page, f"{address}/steps/start", accounts="1", re_entry="every", on_block="end", seen=now("seen"), do="done")
    page.goto(address)
    post(page, f"{address}/steps", kind="friend_add", after="", stamp=now("stamp"))
    page.goto(address)
    trigger = page.locator(".workflow-card.is-trigger").get_attribute("id") or ""
    after = {"after": trigger.removeprefix("node-"), "exit": "next"}
    post(page, f"{address}/steps", kind="stop", **after, stamp=now("stamp"))
    page.goto(address)
    post(page, f"{address}/save", stamp=now("stamp"))
    page.goto(address)


def add(page: Page, workflow: str, kind: str, after: str = "") -> str:
    """Add a step at the first exit of another one, or a trigger; returns its id."""
    page.goto(workflow)
    place = {"after": after, "exit": "next"} if after else {}
    stamp = page.locator("#workflow-steps input[name=stamp]").input_value()
    address = post(page, f"{workflow}/steps", kind=kind, stamp=stamp, **place)
    return address.rpartition("/steps/")[2].partition("?")[0]


def draft(page: Page, url: str, name: str) -> str:
    """Make a workflow with a few steps, not saved; returns its address."""
    page.goto(f"{url}/workflows")
    workflow = post(page, f"{url}/workflows", name=name, description="")
    page.goto(f"{workflow}/steps/start")
    account = page.get_by_role("checkbox", name="Tomoru Coffee").get_attribute("value") or ""
    seen = page.locator("input[name=seen]").input_value()
    post(page, f"{workflow}/steps/start", accounts=account, re_entry="every", on_block="end", seen=seen, do="done")
    trigger = add(page, workflow, "message")
    for kind in ("branch", "question", "split", "delay", "tag", "attribute", "wait_for_event", "send_message"):
        add(page, workflow, kind, trigger)
    return workflow


def become_friend(page: Page, demo: Installation, name: str) -> Page:
    """Open the phone of a new person, in which they have added the first account."""
    phone = page.context.new_page()
    phone.goto(f"{demo.sandbox_url}/phone/{known.COFFEE.channel_id}")
    phone.locator("#display_name").fill(name)
    phone.locator("form[method=post] button[type=submit]").click()
    phone.locator("#banner button").first.click()
    expect(phone.locator("#banner")).to_be_hidden()
    return phone


def open_history(page: Page) -> None:
    """Open the execution history from the editor; on a phone its link stands in the menu."""
    menu = page.locator("#workflow-head .dropdown")
    if page.locator("#workflow-head a.is-roomy").first.is_hidden():
        menu.locator("button").first.click()
    page.locator("#workflow-head a[href$='/runs']:visible").click()
    expect(page.locator("#runs-list")).to_be_visible()
