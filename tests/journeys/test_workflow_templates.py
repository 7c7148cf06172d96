"""“Coupon three days after friend add” from the template to the coupon on the phone; a template of the team; a file."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from app.seeds import known
from tests.journeys.conftest import Installation
from tests.journeys.flow_by_keys import pass_over_delays
from tests.journeys.readers import ON_DESKTOP, ON_PHONE
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words

pytestmark = pytest.mark.journey
PERSON = f"/channels/{known.COFFEE.channel_id}/friends"
OFFER = "https://coffee.example.com/coupon"


def shown(demo: Installation, user_id: str) -> str:
    """Return the chat on the person's phone."""
    return str(demo.sandbox("GET", f"{PERSON}/{user_id}/chat"))


def wait_for(page: Page, demo: Installation, user_id: str, text: str) -> None:
    for _ in range(60):
        if text in shown(demo, user_id):
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"“{text}” has not arrived.")


def done(page: Page) -> None:
    """Leave the form of a step as finished."""
    page.locator(".step-foot button[value=done]").click()
    expect(page).to_have_url(re.compile(r"#node-"))


def create(page: Page, demo: Installation, say: Words, name: str) -> str:
    """Create the workflow from the template, and return its address."""
    page.goto(f"{demo.url}/workflows/new")
    page.locator("#new-workflow-name").fill(name)
    page.get_by_text(say("Use a template")).click()
    page.get_by_role("radio", name=re.compile(re.escape(say("Coupon three days after friend add")))).check()
    expect(page.get_by_text(say("Address of your coupon"))).to_be_visible()
    page.locator("#workflow-create-form button[type=submit]").click()
    expect(page).to_have_url(re.compile(r"/workflows/\d+$"))
    return page.url


def fill_in(page: Page, workflow: str) -> None:
    """Fill in what the template leaves open: the account, and where the button leads."""
    page.goto(f"{workflow}/steps/start")
    page.get_by_role("checkbox", name="Tomoru Coffee").check()
    done(page)
    message = page.locator("article.workflow-card").last.get_attribute("id") or ""
    page.goto(f"{workflow}/steps/{message.removeprefix('node-')}")
    page.locator("input[name='messages.0.actions.0.url']").fill(OFFER)
    done(page)


@ON_DESKTOP
def test_a_coupon_from_the_template_to_the_phone(
    page: Page, demo: Installation, say: Words, reader: tuple[str, str]
) -> None:
    sign_in(page, demo)
    workflow = create(page, demo, say, f"Coupon {reader[0]}")
    fill_in(page, workflow)
    page.locator("#save-workflow").click()
    expect(page.locator(".workflow-state")).to_contain_text(say("version %(number)s", number=2))
    page.locator("[id^=start-workflow-]").click()
    page.locator("#workflow-start button[type=submit]").click()
    expect(page.locator("#workflow-head")).to_contain_text(say("Active"))
    user_id = str(demo.sandbox("POST", PERSON, {"display_name": f"Rin {reader[0]}"})["user_id"])
    demo.sandbox("POST", f"{PERSON}/{user_id}/acts", {"act": "add", "wait": 10})
    page.goto(f"{workflow}/runs")
    expect(page.locator("main")).to_contain_text(f"Rin {reader[0]}")
    assert say("Use the coupon") not in shown(demo, user_id), "not before three days have passed"
    pass_over_delays(demo)
    wait_for(page, demo, user_id, say("Use the coupon"))


@ON_PHONE
def test_a_workflow_becomes_a_template_and_a_file(
    page: Page, demo: Installation, say: Words, reader: tuple[str, str], tmp_path: Path
) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/workflows/2/template")
    page.locator("#template-name").fill(f"Ours {reader[0]}")
    page.locator("#workflow-template button.btn-primary").click()
    page.goto(f"{demo.url}/workflows/templates")
    page.get_by_role("link", name=f"Ours {reader[0]}").click()
    page.locator("#use-name").fill(f"Made {reader[0]}")
    page.get_by_role("checkbox", name="Tomoru Coffee").check()
    tag = page.get_by_label(re.compile("ワークショップ参加"))
    expect(tag.locator("option:checked")).to_have_text("ワークショップ参加")
    page.locator("#template-use .dialog-foot button").click()
    expect(page).to_have_url(re.compile(r"/workflows/\d+$"))
    expect(page.locator("h1")).to_have_text(f"Made {reader[0]}")
    with page.expect_download() as download:
        page.locator("[data-menu-target=button]").last.click()
        page.get_by_role("link", name=say("Export"), exact=True).click()
    file = tmp_path / "made.json"
    download.value.save_as(file)
    page.goto(f"{demo.url}/workflows/import")
    page.set_input_files("#import-file", file)
    page.get_by_role("button", name=say("Go on")).click()
    expect(page.locator("#use-name")).to_have_value(f"Made {reader[0]}")
