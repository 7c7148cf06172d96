"""A marketer brings the shop's ID links in: a wrong file first, then the right one, and finds a customer."""

from __future__ import annotations

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.readers import ON_DESKTOP, ON_PHONE
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words

pytestmark = pytest.mark.journey

ROWS = 400_000
SAMPLE = (
    "line_user_id,user_id\n"
    "dummy_line_user_id_000000000001,dummy_user_id_000000000001\n"
    "dummy_line_user_id_000000000002,dummy_user_id_000000000002\n"
)


def a_friend(page: Page, account: str) -> str:
    """The LINE user ID of the newest friend, as their page shows it."""
    page.goto(f"{account}/friends")
    page.locator("#friends-rows a[href*='/friends/']").first.click()
    return page.locator("#friend-profile code").inner_text()


def choose(page: Page, name: str, content: str) -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    # A large file takes its time on the way to the browser.
    page.locator("#id-links-file").set_input_files(file, timeout=60_000)  # type: ignore[arg-type]


@ON_DESKTOP
def test_a_file_is_refused_corrected_and_imported(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/1/settings")
    account = page.url.removesuffix("/settings")
    line_user_id = a_friend(page, account)

    page.goto(f"{account}/settings")
    page.locator("#id-links-panel").get_by_role("link", name=say("Import a CSV file")).click()
    expect(page.locator("h1")).to_have_text(say("Import LINE Delivery User Information"))

    choose(page, "sample.csv", SAMPLE)
    page.get_by_role("button", name=say("Import"), exact=True).click()
    refused = page.locator("#id-links-imports .list-group-item", has_text="sample.csv").first
    expect(refused.get_by_text(say("Error"), exact=True)).to_be_visible(timeout=30_000)
    reason = say("This is a sample from the documentation, not a LINE user ID.")
    for line in (2, 3):
        expect(refused).to_contain_text(say("Line %(line)s: %(reason)s", line=line, reason=reason))

    # Slow enough that a person sees the percent grow.
    customer = f"shop-{page.viewport_size['width']}"  # type: ignore[index]
    rows = "".join(f"U{number:032x},customer-{number}\n" for number in range(ROWS))
    choose(page, "shop.csv", f"line_user_id,user_id\n{rows}{line_user_id},{customer}\n")
    slow = page.context.new_cdp_session(page)
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 6_000_000}
    slow.send("Network.enable")
    slow.send("Network.emulateNetworkConditions", limits)
    page.get_by_role("button", name=say("Import"), exact=True).click()
    expect(page.locator("[data-upload-target=words]")).to_have_text(re.compile(r"\b[1-9]\d?%"))
    arrived = page.get_by_text(say("The file has arrived. You can use Tomoru as usual while it is imported."))
    expect(arrived).to_be_visible(timeout=60_000)

    imported = page.locator("#id-links-imports .list-group-item", has_text="shop.csv").first
    expect(imported.get_by_text(say("Uploading"), exact=True)).to_be_visible()
    page.evaluate("window.notReloaded = true")
    expect(imported.get_by_text(say("Import Completed"), exact=True)).to_be_visible(timeout=120_000)
    expect(page.locator("#id-links-stored")).to_contain_text("customer-0")
    assert page.evaluate("window.notReloaded") is True
    page.reload()
    expect(imported.get_by_text(say("Import Completed"), exact=True)).to_be_visible()
    expect(imported).to_contain_text(re.compile(r"400[,，]?001"))

    page.goto(f"{account}/friends?search={customer}")
    expect(page.locator("#friends-total")).to_have_attribute("data-total", "1")
    page.locator("#friends-rows a[href*='/friends/']").first.click()
    expect(page.locator("#friend-id-link")).to_contain_text(customer)


@ON_DESKTOP
def test_an_upload_is_cancelled_on_its_way(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/2/id-links")
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    slow.send("Network.emulateNetworkConditions", limits)
    choose(page, "slow.csv", "line_user_id,user_id\n" * 200_000)
    page.get_by_role("button", name=say("Import"), exact=True).click()
    expect(page.locator("[data-upload-target=words]")).to_have_text(re.compile(r"\b[1-9]\d?%"))
    with page.expect_event("dialog") as question:
        page.once("dialog", lambda dialog: dialog.dismiss())
        page.evaluate("setTimeout(() => location.assign('/'))")
    assert question.value.type == "beforeunload", "A member who leaves the page during the upload is asked first."
    page.locator("[data-action='upload#cancel']").click()
    expect(page.get_by_text(say("The upload was cancelled. Nothing of it was kept."))).to_be_visible()
    expect(page.get_by_role("button", name=say("Import"), exact=True)).to_be_enabled()
    page.reload()
    expect(page.locator("#id-links-imports")).not_to_contain_text("slow.csv", timeout=15_000)


@ON_PHONE
def test_a_file_is_sent_again_with_a_fresh_token(
    page: Page, demo: Installation, say: Words, request: pytest.FixtureRequest
) -> None:
    request.node.expected_problems = ["400"]
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/2/id-links")
    page.evaluate("document.querySelector('#id-links-form [name=csrf_token]').value = 'stale'")
    choose(page, "links.csv", f"line_user_id,user_id\nU{7:032x},fresh\n")
    page.get_by_role("button", name=say("Import"), exact=True).click()
    imported = page.locator("#id-links-imports .list-group-item", has_text="links.csv").first
    expect(imported.get_by_text(say("Import Completed"), exact=True)).to_be_visible(timeout=30_000)


@ON_PHONE
def test_links_come_and_go_without_script(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    browser, signed_in = page.context.browser, page.context.storage_state()
    assert browser
    context = browser.new_context(java_script_enabled=False, storage_state=signed_in, viewport=page.viewport_size)
    plain = context.new_page()
    plain.goto(f"{demo.url}/accounts/2/id-links")
    rows = "".join(f"U{number:032x},plain-{number}\n" for number in range(3))
    choose(plain, "plain.csv", f"line_user_id,user_id\n{rows}")
    plain.locator("#id-links-form button[type=submit]").click()
    stored = plain.locator("#id-links-stored")
    wait_for(plain, lambda: "plain-2" in stored.inner_text())
    stored.locator("li", has_text="plain-1").get_by_role("button").click()
    plain.locator("dialog[open] button[type=submit]").click()
    expect(stored).not_to_contain_text("plain-1")
    expect(stored).to_contain_text("plain-0")
    stored.locator("button.btn-outline-danger").click()
    plain.locator("dialog[open] button[type=submit]").click()
    wait_for(plain, lambda: "plain-" not in stored.inner_text())
    context.close()


def wait_for(page: Page, holds: Callable[[], bool]) -> None:
    """Load the page again and again, as someone without script does."""
    for _look in range(60):
        if holds():
            return
        page.wait_for_timeout(500)
        page.reload()
    raise AssertionError("It did not come about in time.")
