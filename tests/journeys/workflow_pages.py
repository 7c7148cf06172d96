"""A workflow for journeys that are about something else: the forms of the editor fill it in."""

from __future__ import annotations

from playwright.sync_api import Page


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
