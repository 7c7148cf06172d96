"""The builder: a coupon three days after someone adds us, built by mouse on a phone; two windows; a large flow."""

from __future__ import annotations

import re
from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Page, expect

from tests.journeys.conftest import WIDTHS, Installation
from tests.journeys.flow_by_keys import expect_on_phone, expect_run, pass_over_delays
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words, words_in
from tests.journeys.workflow_pages import become_friend, open_history, post
from tests.support.axe import faults

pytestmark = pytest.mark.journey
COFFEE = 1
COUPON = "100円引きのクーポンです。"


# By how many pixels the lower ends of lines miss the middles of the labels below them.
MISSED = """() => [...document.querySelectorAll('.flow-group[id^=branches-]')].flatMap(group => {
  const lines = group.querySelector(':scope > .flow-lines'), place = lines.getBoundingClientRect()
  const labels = group.querySelectorAll(':scope > .flow-columns > .flow-column > .flow-label')
  return [...lines.querySelectorAll('path')].map((path, at) => {
    const end = path.getPointAtLength(path.getTotalLength()), label = labels[at].getBoundingClientRect()
    const x = place.left + end.x / lines.viewBox.baseVal.width * place.width
    return Math.round(Math.abs(x - label.left - label.width / 2))
  })
})"""


@pytest.fixture(params=[("phone", "ja")], ids="-".join)
def reader(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def other(page: Page, demo: Installation, chromium: Browser) -> Iterator[Page]:
    """Another browser of the same member, on a large screen and in English."""
    sign_in(page, demo)
    state = page.context.storage_state()
    context = chromium.new_context(
        storage_state=state, viewport=WIDTHS["desktop"], locale="en-US", reduced_motion="reduce"
    )
    context.set_default_timeout(15_000)
    yield context.new_page()
    context.close()


def begin(page: Page, demo: Installation, name: str) -> str:
    """Make a workflow, whose form of accounts opens by itself, and choose the account; returns its address."""
    page.goto(f"{demo.url}/workflows/new")
    page.locator("#new-workflow-name").fill(name)
    page.locator("#new-workflow-name").press("Enter")
    page.locator(f"#f-accounts-{COFFEE}").check()
    done(page)
    return page.url.partition("#")[0]


def add(page: Page, place: str, kind: str) -> None:
    """Press the + at a place, and choose a kind."""
    page.locator(place).last.click()
    page.locator(f"#drawer button[name=kind][value={kind}]").click()
    expect(page.locator("#cancel-step")).to_be_visible()


def done(page: Page) -> None:
    """Leave a step's form as finished."""
    page.locator(".step-foot button[value=done]").click()
    expect(page.locator("#workflow-panel > *")).to_have_count(0)


def test_lines_lead_to_the_branches_on_a_phone(page: Page, demo: Installation) -> None:
    sign_in(page, demo)
    page.goto(f"{demo.url}/workflows/2")
    expect(page.locator(".flow-label")).to_have_count(5)
    assert page.evaluate(MISSED) == [0] * 5


def test_a_coupon_three_days_after_a_friend_was_added(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    workflow = begin(page, demo, "Coupon")
    add(page, "#add-trigger-0", "friend_add")
    # What was added by mistake is taken out from its form.
    page.locator("#cancel-step").click()
    expect(page.locator(".workflow-card")).to_have_count(1)
    add(page, "#add-trigger-0", "friend_add")
    done(page)
    add(page, "[id^=add-n][id$=-next]", "delay")
    page.locator("#f-amount").fill("3")
    done(page)
    add(page, "[id^=add-n][id$=-next]", "send_message")
    page.locator("#add-text").click()
    page.locator("textarea[name='messages.0.text']").fill(COUPON)
    done(page)
    expect(page.locator("#workflow-problems li")).to_have_count(1)
    page.locator("#save-workflow").click()
    expect(page.locator("#save-workflow")).to_be_disabled()
    expect(page.locator("#workflow-foot")).to_contain_text(say("Nothing to fix."))
    try_out(page, workflow)
    page.goto(workflow)
    page.locator("[id^=start-workflow-]").click()
    page.locator("dialog[open] #workflow-start button[type=submit]").click()
    expect(page.locator("#workflow-head")).to_contain_text(say("Active"))
    phone = become_friend(page, demo, "クーポン みお")
    open_history(page)
    expect_run(page, "クーポン みお", say("Waiting"))
    expect(phone.locator("#talk")).not_to_contain_text(COUPON)
    pass_over_delays(demo)
    expect_on_phone(phone, COUPON)
    expect_run(page, "クーポン みお", say("Succeeded"))


def try_out(page: Page, workflow: str) -> None:
    """Step through a test run, in which the days pass at once, until the message is seen."""
    page.goto(f"{workflow}/test")
    page.locator("input[name=who][value=invented]").check()
    page.locator("#test-run form button[type=submit].btn-primary").last.click()
    for _step in range(8):
        pressed = page.locator("#test-go, #test-pass").first
        with page.expect_response(lambda answer: answer.request.method == "POST"):
            pressed.click()
        page.wait_for_timeout(300)
        if any(COUPON in one for one in page.locator(".test-phone").all_inner_texts()):
            return
    raise AssertionError("The test run shows no coupon.")


def test_two_browsers_lose_nothing(request: pytest.FixtureRequest, page: Page, other: Page, demo: Installation) -> None:
    # Of the change that is refused.
    request.node.expected_problems = ("409",)
    workflow = begin(page, demo, "Two")
    add(page, "#add-trigger-0", "message")
    page.locator("#f-keywords-0").fill("first")
    done(page)
    other.goto(workflow)
    trigger = (page.locator(".is-trigger").get_attribute("id") or "").removeprefix("node-")
    add(other, f"#add-{trigger}-next", "stop")
    # The phone still shows the flow without the new step; what is added there is refused, and it sees that step.
    page.locator(f"#add-{trigger}-next").click()
    page.locator("#drawer button[name=kind][value=tag]").wait_for()
    add(other, "[id^=add-trigger]", "block")
    page.locator("#drawer button[name=kind][value=tag]").click()
    expect(page.locator(".workflow-card")).to_have_count(4)
    # What is typed in both forms of one step is not lost either.
    page.goto(f"{workflow}/steps/{trigger}")
    other.goto(f"{workflow}/steps/{trigger}")
    for one, word in ((page, "coupon"), (other, "ticket")):
        one.locator("#f-keywords-0").fill(word)
        one.locator(".step-foot button[value=done]").click()
    expect(other.locator("#step-conflict")).to_be_visible()
    expect(other.locator("#f-keywords-0")).to_have_value("ticket")
    other.locator("#step-conflict button[name=over]").click()
    expect(other.locator("#step-conflict")).to_have_count(0)
    other.goto(workflow)
    expect(other.locator(f"#node-{trigger}")).to_contain_text("ticket")


def test_a_flow_of_100_steps_is_sound(other: Page, demo: Installation) -> None:
    say = words_in("en")
    workflow = begin(other, demo, "Long")
    add(other, "#add-trigger-0", "friend_add")
    done(other)
    trigger = (other.locator(".is-trigger").get_attribute("id") or "").removeprefix("node-")
    for number in range(98):
        shown = re.search(r'name="stamp" value="([^"]+)"', other.request.get(workflow).text())
        kind = "branch" if number % 12 == 11 else "delay"
        post(other, f"{workflow}/steps", kind=kind, after=trigger, exit="next", stamp=shown[1] if shown else "")
    other.goto(workflow)
    expect(other.locator(".workflow-card")).to_have_count(100)
    expect(other.locator(".builder-map")).to_be_visible()
    assert faults(other) == []
    other.emulate_media(color_scheme="dark")
    assert faults(other, rules=("color-contrast",)) == []
    # Branches are collapsed and shown again, and the whole flow fits.
    fold = other.locator("[id^=fold-]").first
    fold.click()
    assert other.locator(".workflow-card:visible").count() < 100
    expect(fold).to_contain_text(re.compile(r"\d"))
    fold.click()
    expect(other.locator(".workflow-card:visible")).to_have_count(100)
    other.get_by_role("button", name=say("Show the whole flow")).click()
    expect(other.get_by_role("button", name=say("Original size"), exact=True).last).to_be_visible()
    assert other.locator(".builder-canvas").evaluate(
        "one => one.scrollWidth <= one.clientWidth && one.scrollHeight <= one.clientHeight"
    )
    other.locator("#zoom-own").click()
    expect(other.locator("#zoom-own")).to_have_text("100%")
    # On a phone the page scrolls, and a button shows the map over the flow.
    other.set_viewport_size({"width": 390, "height": 844})
    expect(other.locator(".builder-map")).not_to_be_visible()
    other.get_by_role("button", name=say("Map of the flow")).click()
    flow_map = other.locator(".builder-map")
    expect(flow_map).to_be_visible()
    size = flow_map.bounding_box() or {"width": 0.0, "height": 0.0}
    flow_map.click(position={"x": size["width"] / 2, "y": size["height"] - 10})
    other.wait_for_function("window.scrollY > 4000")
    assert faults(other) == []
