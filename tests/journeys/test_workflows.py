"""“Tag people who answer a survey”, from empty to two friends' answers: by keyboard alone, and by mouse on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.journeys import flow_by_keys as keys
from tests.journeys.conftest import Installation
from tests.journeys.test_builder import add, begin, done
from tests.journeys.test_first_day import sign_in
from tests.journeys.test_rich_menus import press
from tests.journeys.test_segments import choose, tab_to
from tests.journeys.words import Words
from tests.journeys.workflow_pages import become_friend, open_history

pytestmark = pytest.mark.journey
THANKS, SORRY = "Thank you!", "We will do better."


@pytest.mark.parametrize("reader", [("desktop", "en")], indirect=True, ids="-".join)
def test_a_survey_by_keyboard_alone(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    workflow = keys.begin(page, demo, say, "Survey by keyboard")
    draw_by_keys(page, say)
    keys.save_and_start(page, say)
    for name, answer, reply in (("Aoi K", "Great", THANKS), ("Ren K", "So so", SORRY)):
        phone = keys.open_phone(page, demo, name)
        keys.write(phone, " SURVEY ")
        keys.expect_on_phone(phone, "How did you like it?")
        press(phone, phone.locator("#quick button", has_text=answer))
        keys.expect_on_phone(phone, reply)
        phone.close()
    expect_tags(page, demo, {"Aoi K": "VIP", "Ren K": "ラテ好き"})
    page.goto(workflow)
    press(page, page.get_by_role("link", name=say("Execution history")))
    for name in ("Aoi K", "Ren K"):
        keys.expect_run(page, name, say("Succeeded"))


def draw_by_keys(page: Page, say: Words) -> None:
    """Draw a question with two choices, and a tag and a message for each."""
    keys.add(page, say("Message received"))
    keys.fill(page, page.locator("#f-keywords-0"), "survey")
    keys.done(page)
    keys.add(page, say("Question"))
    keys.fill(page, page.locator("#f-question"), "How did you like it?")
    choose(page, "#f-kind", "choices")
    keys.fill(page, page.locator("#f-choices-0"), "Great")
    press(page, page.locator("#add-choices"))
    expect(page.locator("#f-choices-1")).to_be_focused()
    page.keyboard.type("So so")
    keys.done(page)
    keys.add(page, say("Conditional branch"), at=say("Answered"))
    keys.fill(page, page.locator("#f-branches-0"), "Happy")
    press(page, page.locator("#add-tests_b1"))
    choose(page, "#f-tests_b1-0", "answer.answer")
    keys.fill(page, page.locator("input[name=tests_b1-0-value]"), "Great")
    branch = keys.done(page)
    keys.add(page, say("Tag"), at="Happy")
    answer_by_keys(page, say, "VIP", THANKS)
    # To the empty branch beside it.
    page.keyboard.press("ArrowUp")
    page.keyboard.press("ArrowRight")
    expect(page.locator(f"#add-{branch}-else")).to_be_focused()
    keys.add(page, say("Tag"))
    answer_by_keys(page, say, "ラテ好き", SORRY)


def answer_by_keys(page: Page, say: Words, tag: str, reply: str) -> None:
    """Choose the tag in the form that is open, and add a message below."""
    tab_to(page, page.locator("#workflow-panel").get_by_label(tag, exact=True))
    page.keyboard.press("Space")
    keys.done(page)
    keys.add(page, say("Send message"))
    press(page, page.locator("#add-text"))
    keys.fill(page, page.locator("textarea[name='messages.0.text']"), reply)
    keys.done(page)


@pytest.mark.parametrize("reader", [("phone", "ja")], indirect=True, ids="-".join)
def test_a_survey_by_mouse_on_a_phone(page: Page, demo: Installation, say: Words) -> None:
    sign_in(page, demo)
    workflow = begin(page, demo, "アンケート")
    draw_by_mouse(page)
    page.locator("#save-workflow").click()
    expect(page.locator("#save-workflow")).to_be_disabled()
    page.locator("[id^=start-workflow-]").click()
    page.locator("dialog[open] #workflow-start button[type=submit]").click()
    expect(page.locator("#workflow-head")).to_contain_text(say("Active"))
    for name, answer, reply in (("あおい", "よかった", THANKS), ("れん", "まあまあ", SORRY)):
        phone = become_friend(page, demo, name)
        phone.locator("#words-field").fill("あんけーと")
        phone.locator("#send").click()
        keys.expect_on_phone(phone, "いかがでしたか？")
        phone.locator("#quick button", has_text=answer).click()
        keys.expect_on_phone(phone, reply)
        phone.close()
    expect_tags(page, demo, {"あおい": "VIP", "れん": "ラテ好き"})
    page.goto(workflow)
    open_history(page)
    for name in ("あおい", "れん"):
        keys.expect_run(page, name, say("Succeeded"))


def draw_by_mouse(page: Page) -> None:
    """Draw the same as by keyboard; the keyword is found in the other Kana as well."""
    add(page, "#add-trigger-0", "message")
    page.locator("#f-keywords-0").fill("アンケート")
    done(page)
    add(page, "[id^=add-n][id$=-next]", "question")
    page.locator("#f-question").fill("いかがでしたか？")
    page.locator("#f-kind").select_option("choices")
    page.locator("#f-choices-0").fill("よかった")
    page.locator("#add-choices").click()
    page.locator("#f-choices-1").fill("まあまあ")
    done(page)
    add(page, "[id^=add-n][id$=-next]", "branch")
    page.locator("#add-tests_b1").click()
    page.locator("#f-tests_b1-0").select_option("answer.回答")
    page.locator("input[name=tests_b1-0-value]").fill("よかった")
    done(page)
    for exit_name, tag, reply in (("b1", "VIP", THANKS), ("else", "ラテ好き", SORRY)):
        add(page, f"[id^=add-n][id$=-{exit_name}]", "tag")
        node = re.search(r"step=(n[0-9a-f]{8})", page.url)
        page.locator("#workflow-panel").get_by_label(tag, exact=True).check()
        done(page)
        add(page, f"#add-{node[1] if node else ''}-next", "send_message")
        page.locator("#add-text").click()
        page.locator("textarea[name='messages.0.text']").fill(reply)
        done(page)


def expect_tags(page: Page, demo: Installation, tags: dict[str, str]) -> None:
    """Find each friend by name, and expect their tag and no other one's."""
    for name, tag in tags.items():
        page.goto(f"{demo.url}/accounts/1/friends?search={name}")
        press(page, page.get_by_role("link", name=name).first)
        expect(page.locator("#friend-tag-line")).to_contain_text(tag)
        for other in set(tags.values()) - {tag}:
            expect(page.locator("#friend-tag-line")).not_to_contain_text(other)
