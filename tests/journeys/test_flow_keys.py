"""The flow by keyboard alone: a coupon three days after someone adds us, from empty to the phone, and each key."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.flow_by_keys import (
    add,
    begin,
    done,
    expect_on_phone,
    expect_run,
    fill,
    open_phone,
    pass_over_delays,
    save_and_start,
)
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_rich_menus import press
from tests.journeys.test_segments import tab_to
from tests.journeys.words import Words
from tests.journeys.workflow_pages import add as add_step
from tests.journeys.workflow_pages import post

pytestmark = pytest.mark.journey
COUPON = "Here is your coupon: 100 yen off"


@pytest.fixture(params=[("desktop", "en")], ids="-".join)
def reader(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param  # type: ignore[no-any-return]


def test_a_coupon_three_days_after_someone_adds_us(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    begin(page, demo, say, "Coupon by keyboard")
    add(page, say("Friend add"))
    done(page)
    add(page, say("Delay"))
    fill(page, page.locator("#f-amount"), "3")
    done(page)
    add(page, say("Send message"))
    press(page, page.locator("#add-text"))
    fill(page, page.locator("textarea[name='messages.0.text']"), COUPON)
    done(page)
    try_out(page, say)
    save_and_start(page, say)
    phone = open_phone(page, demo, "Coupon Rin")
    page.bring_to_front()
    press(page, page.get_by_role("link", name=say("Execution history")))
    expect_run(page, "Coupon Rin", say("Waiting"))
    expect(phone.locator("#talk")).not_to_contain_text(COUPON)
    pass_over_delays(demo)
    expect_on_phone(phone, COUPON)
    expect_run(page, "Coupon Rin", say("Succeeded"))


def try_out(page: Page, say: Words) -> None:
    """Step through a test run, in which the days pass at once, until the coupon is seen; come back to the flow."""
    press(page, page.get_by_role("link", name=say("Test run")))
    tab_to(page, page.locator("input[name=who]:checked"))
    for _friend in range(2):
        if not page.locator("#who-invented").is_checked():
            page.keyboard.press("ArrowDown")
    press(page, page.locator("#begin-test"))
    for number in (1, 2):
        press(page, page.locator("#test-go"))
        expect(page.locator("#test-run .run-steps > li")).to_have_count(number)
    expect(page.locator(".test-phone", has_text=COUPON).first).to_be_visible()
    press(page, page.locator(".page-header").get_by_role("link", name="Coupon by keyboard"))
    expect(page.locator("#save-workflow")).to_be_visible()


def test_each_key_does_what_its_button_does(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    split = draw_split(page, demo)
    focused = page.locator(":focus")
    first, second = (one.get_attribute("id") or "" for one in page.locator(f"[id^=add-{split}-]").all())
    # Nothing has the focus yet: from the Start node to the trigger, the step with two branches, and its first branch.
    walk(page, "ArrowDown", "ArrowDown", "ArrowDown")
    expect(focused).to_have_id(first)
    walk(page, "ArrowRight")
    expect(focused).to_have_id(second)
    add(page, say("Tag"))
    page.keyboard.press("Escape")
    tag = focused.get_attribute("id") or ""
    assert tag.startswith("open-n")
    page.keyboard.press("Control+C")
    expect(page.locator("#toasts")).to_contain_text("1 step is copied")
    walk(page, "ArrowLeft")
    expect(focused).to_have_id(first)
    page.keyboard.press("Control+V")
    expect(page.locator("#workflow-panel [data-step]")).to_be_visible()
    page.keyboard.press("Escape")
    copy = focused.get_attribute("id") or ""
    assert copy.startswith("open-n") and copy != tag
    # A question that is not answered leads back to the step, and after a deletion the step above has the focus.
    page.keyboard.press("Delete")
    expect(page.locator("#drawer")).to_be_visible()
    page.keyboard.press("Escape")
    expect(focused).to_have_id(copy)
    page.keyboard.press("Delete")
    press(page, page.locator("#drawer-body button[type=submit]").first)
    expect(page.locator(f"#{copy}")).to_have_count(0)
    expect(focused).to_have_id(f"open-{split}")
    page.keyboard.press("Control+Z")
    expect(page.locator(f"#{copy}")).to_be_visible()
    page.keyboard.press("Control+Y")
    expect(page.locator(f"#{copy}")).to_have_count(0)
    walk(page, "ArrowDown", "ArrowRight")
    expect(focused).to_have_id(tag)
    page.keyboard.press("Control+X")
    expect(page.locator(f"#{tag}")).to_have_count(0)
    expect(focused).to_have_id(f"open-{split}")
    # Of several branches it asks for one, and there the step can be pasted.
    page.keyboard.press("+")
    expect(page.locator("#drawer-body a").first).to_be_focused()
    page.keyboard.press("Escape")
    expect(focused).to_have_id(f"open-{split}")
    page.keyboard.press("Control+V")
    press(page, page.locator("#drawer-body button[name=exit]").last)
    expect(page.locator("#workflow-panel [data-step]")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".workflow-card")).to_have_count(4)
    expect(page.locator(f"#{second}")).to_have_count(1)
    page.keyboard.press("?")
    expect(page.locator("#flow-keys")).to_contain_text("Ctrl+V")
    page.keyboard.press("Escape")
    expect(page.locator("#flow-keys")).to_be_hidden()


def draw_split(page: Page, demo: Installation) -> str:
    """Make a workflow with a trigger and a step with two branches, and open it; returns the id of that step."""
    page.goto(f"{demo.url}/workflows")
    workflow = post(page, f"{demo.url}/workflows", name="Keys", description="")
    page.goto(f"{workflow}/steps/start")
    seen = page.locator("input[name=seen]").input_value()
    post(page, f"{workflow}/steps/start", accounts="1", re_entry="every", on_block="end", seen=seen, do="done")
    split = add_step(page, workflow, "split", add_step(page, workflow, "message"))
    page.goto(workflow)
    return split


def walk(page: Page, *keys: str) -> None:
    for key in keys:
        page.keyboard.press(key)
