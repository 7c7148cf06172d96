"""“Tag people who answer a survey” is built from empty with the keyboard alone, started, and answers in the sandbox."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Locator, Page, expect

from app.seeds import known
from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_rich_menus import press
from tests.journeys.test_segments import choose, tab_to
from tests.journeys.words import Words

pytestmark = pytest.mark.journey
PERSON = f"/channels/{known.COFFEE.channel_id}/friends"
ANSWERS = ("Great", "So so")


def fill(page: Page, field: Locator, text: str) -> None:
    """Come to a field with the keyboard and write into it."""
    tab_to(page, field)
    page.keyboard.press("Control+A")
    page.keyboard.type(text)


def add(page: Page, link: str, label: str) -> None:
    """Open the palette at a place, find a kind by its name, and choose it."""
    press(page, page.locator(link))
    expect(page.locator("#drawer [role=combobox]")).to_be_focused()
    page.keyboard.type(label)
    expect(page.locator("#drawer [aria-selected=true]")).to_contain_text(label)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/steps/n[0-9a-f]{8}\?new=1"))


def done(page: Page) -> str:
    """Leave a step's form as finished; returns the id of the step."""
    press(page, page.locator(".step-foot button[value=done]"))
    expect(page).to_have_url(re.compile(r"#node-"))
    return page.url.rpartition("#node-")[2]


def test_a_survey_tags_those_who_answer_it(page: Page, demo: Installation, say: Words, reader: tuple[str, str]) -> None:
    sign_in(page, demo)
    workflow = build(page, demo, say, f"Survey {reader[0]}", f"survey {reader[0]}")
    user_id = str(demo.sandbox("POST", PERSON, {"display_name": f"Aoi {reader[0]}"})["user_id"])
    demo.sandbox("POST", f"{PERSON}/{user_id}/acts", {"act": "add", "wait": 10})
    write(demo, user_id, f" SURVEY {reader[0]} ")
    expect_answer(page, demo, user_id, "How did you like it?")
    write(demo, user_id, ANSWERS[0])
    expect_answer(page, demo, user_id, "Thank you!")
    page.goto(f"{demo.url}/accounts/1/friends?search=Aoi+{reader[0]}")
    press(page, page.get_by_role("link", name=f"Aoi {reader[0]}").first)
    expect(page.locator("main")).to_contain_text("VIP")
    page.goto(f"{workflow}/runs")
    expect(page.locator("main")).to_contain_text(f"Aoi {reader[0]}")


def build(page: Page, demo: Installation, say: Words, name: str, keyword: str) -> str:
    """Build and start the workflow; returns its address."""
    page.goto(f"{demo.url}/workflows/new")
    fill(page, page.locator("#new-workflow-name"), name)
    page.keyboard.press("Enter")
    expect(page).to_have_url(re.compile(r"/workflows/\d+$"))
    workflow = page.url
    press(page, page.get_by_role("link", name=say("Accounts and entry")))
    tab_to(page, page.get_by_role("checkbox", name="Tomoru Coffee"))
    page.keyboard.press("Space")
    assert done(page) == "start"
    add(page, "#add-trigger-0", say("Message received"))
    fill(page, page.locator("#f-keywords-0"), keyword)
    trigger = done(page)
    add(page, f"#add-{trigger}-next", say("Question"))
    fill(page, page.locator("#f-question"), "How did you like it?")
    choose(page, "#f-kind", "choices")
    fill(page, page.locator("#f-choices-0"), ANSWERS[0])
    press(page, page.locator("#add-choices"))
    expect(page.locator("#f-choices-1")).to_be_focused()
    page.keyboard.type(ANSWERS[1])
    question = done(page)
    add(page, f"#add-{question}-next", say("Conditional branch"))
    press(page, page.locator("#add-tests_b1"))
    choose(page, "#f-tests_b1-0", "answer.answer")
    fill(page, page.locator("input[name=tests_b1-0-value]"), ANSWERS[0])
    branch = done(page)
    add(page, f"#add-{branch}-b1", say("Tag"))
    tab_to(page, page.get_by_label("VIP", exact=True))
    page.keyboard.press("Space")
    tag = done(page)
    add(page, f"#add-{tag}-next", say("Send message"))
    press(page, page.locator("#add-text"))
    fill(page, page.locator("textarea[name='messages.0.text']"), "Thank you!")
    done(page)
    press(page, page.locator("#save-workflow"))
    expect(page.locator(".workflow-state")).to_contain_text(say("version %(number)s", number=2))
    press(page, page.locator("[id^=start-workflow-]"))
    press(page, page.locator("#workflow-start button[type=submit]"))
    expect(page.locator(".workflow-state")).to_contain_text(say("Active"))
    return workflow


def write(demo: Installation, user_id: str, text: str) -> None:
    message = {"type": "text", "text": text}
    demo.sandbox("POST", f"{PERSON}/{user_id}/acts", {"act": "message", "message": message, "wait": 10})


def expect_answer(page: Page, demo: Installation, user_id: str, text: str) -> None:
    """Wait until the person's phone shows a text."""
    for _ in range(60):
        if text in str(demo.sandbox("GET", f"{PERSON}/{user_id}/chat")):
            return
        page.wait_for_timeout(500)
    raise AssertionError(f"“{text}” has not arrived.")
