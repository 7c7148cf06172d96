"""A flow built, tried and started with the keyboard alone, and a friend who lives on the phone page."""

from __future__ import annotations

import re

import psycopg
from playwright.sync_api import Locator, Page, expect

from app.embedded.data_directory import data_directory_for
from app.embedded.postgresql import DATABASE
from app.seeds import known
from tests.journeys.conftest import Installation
from tests.journeys.test_rich_menus import press
from tests.journeys.test_segments import tab_to
from tests.journeys.words import Words


def fill(page: Page, field: Locator, text: str) -> None:
    """Come to a field with the keyboard and write into it."""
    tab_to(page, field)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def begin(page: Page, demo: Installation, say: Words, name: str) -> str:
    """Create a workflow from the list, and choose the account in the form that opens; returns its address."""
    page.goto(f"{demo.url}/workflows")
    press(page, page.get_by_role("button", name=say("Create Workflow")).first)
    expect(page.locator("#new-workflow-name")).to_be_focused()
    page.keyboard.type(name)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/workflows/\d+$"))
    workflow = page.url
    expect(page.locator("[data-step=start]")).to_be_visible()
    tab_to(page, page.get_by_role("checkbox", name="Tomoru Coffee"))
    page.keyboard.press("Space")
    assert done(page) == "start"
    return workflow


def add(page: Page, label: str, *, at: str = "") -> None:
    """Press + where the focus is, of several branches take the one `at` this name, and find a kind by its name."""
    page.keyboard.press("+")
    if at:
        press(page, page.locator("#drawer-body").get_by_role("link", name=at))
    search = page.locator("#drawer [role=combobox]")
    expect(search).to_be_focused()
    page.keyboard.type(label)
    expect(page.locator("#drawer [aria-selected=true]")).to_contain_text(label)
    page.keyboard.press("Enter")
    expect(page.locator("#cancel-step")).to_be_visible()


def done(page: Page) -> str:
    """Leave a step's form as finished; returns the id of the step, which has the focus."""
    press(page, page.locator(".step-foot button[value=done]"))
    expect(page.locator("#workflow-panel > *")).to_have_count(0)
    expect(page.locator(".workflow-card a:focus")).to_have_count(1)
    return (page.locator("a:focus").get_attribute("id") or "").removeprefix("open-")


def save_and_start(page: Page, say: Words) -> None:
    press(page, page.locator("#save-workflow"))
    expect(page.locator("#save-workflow")).to_be_disabled()
    press(page, page.locator("[id^=start-workflow-]"))
    press(page, page.locator("#workflow-start button[type=submit]"))
    expect(page.locator(".workflow-state")).to_contain_text(say("Active"))


def open_phone(page: Page, demo: Installation, name: str) -> Page:
    """Open the phone of a new person who adds the account."""
    phone = page.context.new_page()
    phone.goto(f"{demo.sandbox_url}/phone/{known.COFFEE.channel_id}")
    fill(phone, phone.locator("#display_name"), name)
    phone.keyboard.press("Enter")
    press(phone, phone.locator("#banner button").first)
    expect(phone.locator("#banner")).to_be_hidden()
    return phone


def write(phone: Page, text: str) -> None:
    """Write to the account."""
    fill(phone, phone.locator("#words-field"), text)
    phone.keyboard.press("Enter")


def expect_on_phone(phone: Page, text: str) -> None:
    expect(phone.locator("#talk .theirs", has_text=text).first).to_be_visible(timeout=30_000)


def pass_over_delays(demo: Installation) -> None:
    """Let the time come for which runs wait."""
    sockets = str(data_directory_for(demo.data / "demo").sockets)
    with psycopg.connect(host=sockets, user=DATABASE, dbname=DATABASE, autocommit=True) as connection:
        connection.execute("UPDATE workflow_runs SET due_at = now() WHERE state = 'waiting'")


def expect_run(page: Page, name: str, state: str) -> None:
    """Wait until the history, which asks by itself, shows the run of a friend in this state."""
    row = page.locator("#runs-list tbody tr", has_text=name)
    expect(row).to_contain_text(state, timeout=30_000)
