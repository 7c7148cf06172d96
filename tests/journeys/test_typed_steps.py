"""What is typed into the form of a step is in the workflow, whatever is pressed next."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.journeys.conftest import Installation
from tests.journeys.test_builder import add, begin, done
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words

pytestmark = pytest.mark.journey
WORD, TEXT = "#f-keywords-0", "textarea[name='messages.0.text']"


@pytest.fixture(params=[("desktop", "en")], ids="-".join)
def reader(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param  # type: ignore[no-any-return]


def closed(page: Page) -> None:
    expect(page.locator("#workflow-panel > *")).to_have_count(0)


def test_nothing_that_was_typed_is_lost(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    workflow = begin(page, demo, "Typed")
    add(page, "#add-trigger-0", "message")
    page.locator(WORD).fill("first")
    done(page)
    trigger = (page.locator(".is-trigger").get_attribute("id") or "").removeprefix("node-")
    card = page.locator(f"#node-{trigger}")
    keywords_outlive_any_press(page, trigger)
    save_takes_what_is_on_the_screen(page, say, trigger)

    page.keyboard.press("Escape")
    add(page, f"#add-{trigger}-next", "send_message")
    page.locator("#add-text").click()
    messages_are_like_all_other_fields(page, say)

    page.goto(workflow)
    expect(card).to_contain_text("saved at once")
    expect(page.locator("#save-workflow")).to_be_disabled()
    what_is_discarded_does_not_come_back(page)


def keywords_outlive_any_press(page: Page, trigger: str) -> None:
    """Type into the trigger, and leave its form at once by a key, its button, and another step."""
    for at, press in enumerate(("Escape", "#close-panel", "#open-start")):
        page.locator(f"#open-{trigger}").click()
        page.locator(WORD).fill(f"word {at}")
        if press == "Escape":
            page.keyboard.press(press)
        else:
            page.locator(press).click()
        expect(page.locator(WORD)).to_have_count(0)
        expect(page.locator(f"#node-{trigger}")).to_contain_text(f"word {at}")
    page.keyboard.press("Escape")
    closed(page)


def save_takes_what_is_on_the_screen(page: Page, say: Words, trigger: str) -> None:
    """Save right after typing; the button can be pressed as soon as something is typed, and the focus stays near."""
    unsaved = page.locator(".workflow-unsaved")
    for version, word in ((2, "saved"), (3, "saved at once")):
        if version == 2:
            page.locator(f"#open-{trigger}").click()
        else:
            expect(page.locator("#save-workflow")).to_be_disabled()
        page.locator(WORD).fill(word)
        expect(unsaved).to_be_visible()
        page.locator("#save-workflow").click()
        expect(page.locator(".toasts")).to_contain_text(
            say("Version %(number)s is saved. It is a draft until you press Start.", number=str(version))
        )
        expect(page.locator(f"#node-{trigger}")).to_contain_text(word)
        expect(unsaved).to_be_hidden()
        expect(page.locator("#workflow-head [id^=start-workflow-]")).to_be_focused()


def messages_are_like_all_other_fields(page: Page, say: Words) -> None:
    """Compose a message, and close its form; change it, and save."""
    page.locator(TEXT).fill("Thank you")
    page.keyboard.press("Escape")
    closed(page)
    card = page.locator(".workflow-card").last
    expect(card).to_contain_text("Thank you")
    card.locator("a").click()
    page.locator(TEXT).fill("Thanks")
    page.locator("#save-workflow").click()
    expect(page.locator(".toasts")).to_contain_text(
        say("Version %(number)s is saved. It is a draft until you press Start.", number="4")
    )
    expect(card).to_contain_text("Thanks")


def what_is_discarded_does_not_come_back(page: Page) -> None:
    card = page.locator(".workflow-card").last
    card.locator("a").click()
    page.locator(TEXT).fill("Never mind")
    page.keyboard.press("Escape")
    closed(page)
    expect(card).to_contain_text("Never mind")
    page.locator("#workflow-head [commandfor=discard-draft]:visible").click()
    page.locator("#discard-draft button[type=submit]").click()
    expect(card).to_contain_text("Thanks")
    card.locator("a").click()
    expect(page.locator(TEXT)).to_have_value("Thanks")
