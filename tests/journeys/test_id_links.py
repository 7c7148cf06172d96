"""A marketer brings the shop's ID links in: a wrong file first, then the right one, and finds a customer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words, words_in

pytestmark = pytest.mark.journey

ROWS = 400_000
SAMPLE = (
    "line_user_id,user_id\n"
    "dummy_line_user_id_000000000001,dummy_user_id_000000000001\n"
    "dummy_line_user_id_000000000002,dummy_user_id_000000000002\n"
)


@pytest.fixture
def say(reader: tuple[str, str]) -> Words:
    return words_in(reader[1])


def a_friend(page: Page, account: str) -> str:
    """The LINE user ID of the newest friend, as their page shows it."""
    page.goto(f"{account}/friends")
    page.locator("#friends-list a[href*='/friends/']").first.click()
    return page.locator("#friend-profile code").inner_text()


def choose(page: Page, name: str, content: str) -> None:
    file = {"name": name, "mimeType": "text/csv", "buffer": content.encode()}
    page.locator("#id-links-file").set_input_files(file)  # type: ignore[arg-type]


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
    expect(page.locator("[data-upload-words]")).to_have_text(re.compile(r"\b[1-9]\d?%"))
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
    page.locator("#friends-list a[href*='/friends/']").first.click()
    expect(page.locator("#friend-id-link")).to_contain_text(customer)


def test_an_upload_is_cancelled_on_its_way(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/accounts/2/id-links")
    slow = page.context.new_cdp_session(page)
    slow.send("Network.enable")
    limits = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": 300_000}
    slow.send("Network.emulateNetworkConditions", limits)
    choose(page, "slow.csv", "line_user_id,user_id\n" * 200_000)
    page.get_by_role("button", name=say("Import"), exact=True).click()
    expect(page.locator("[data-upload-words]")).to_have_text(re.compile(r"\b[1-9]\d?%"))
    page.locator("[data-upload-cancel]").click()
    expect(page.get_by_text(say("The upload was cancelled. Nothing of it was kept."))).to_be_visible()
    expect(page.get_by_role("button", name=say("Import"), exact=True)).to_be_enabled()
    page.reload()
    expect(page.locator("#id-links-imports")).not_to_contain_text("slow.csv", timeout=15_000)
