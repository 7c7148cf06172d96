"""One conversation after the other: what belongs to the first one stays with it, however late it comes."""

from __future__ import annotations

import secrets
from typing import Any

import pytest
from playwright.sync_api import Page, Request, Route, expect

from app.seeds import known
from tests.factories.media import picture
from tests.journeys.conftest import Installation
from tests.journeys.test_first_day import sign_in
from tests.journeys.words import Words
from tests.support.waiting import wait_until

pytestmark = pytest.mark.journey
FRIENDS = f"/channels/{known.COFFEE.channel_id}/friends"


@pytest.fixture(params=[("desktop", "en")], ids="-".join)
def reader(request: pytest.FixtureRequest) -> tuple[str, str]:
    return request.param  # type: ignore[no-any-return]


@pytest.fixture
def two(page: Page, demo: Installation) -> tuple[str, str, dict[str, str]]:
    """Two friends who have written, by the names in the list, and their ids by name; the chat is open."""
    mark = secrets.token_hex(3)
    ids = {}
    for name in (f"Asa {mark}", f"Yoru {mark}"):
        ids[name] = demo.sandbox("POST", FRIENDS, {"display_name": name})["user_id"]
        for wish in ({"act": "add"}, {"act": "message", "message": {"type": "text", "text": f"I am {name}"}}):
            demo.sandbox("POST", f"{FRIENDS}/{ids[name]}/acts", {**wish, "wait": 5})
    sign_in(page, demo)
    page.goto(f"{demo.url}/chat")
    # A worker may take a message later than the page is opened; answers that a test holds back would then bring it.
    for name in ids:
        expect(page.locator(".chat-link", has_text=name).first).to_be_visible()
    first, second = ids
    return first, second, ids


def write(demo: Installation, friend: str, text: str) -> None:
    wish = {"act": "message", "message": {"type": "text", "text": text}, "wait": 5}
    demo.sandbox("POST", f"{FRIENDS}/{friend}/acts", wish)


def choose(page: Page, name: str) -> None:
    page.locator(".chat-link", has_text=name).first.click()
    expect(page.locator("#chat-title")).to_have_text(name)


def test_words_that_were_typed_a_moment_ago_are_there_again(
    page: Page, demo: Installation, two: tuple[str, str, Any]
) -> None:
    first, second, _ids = two
    choose(page, first)
    page.locator("#chat-text").press_sequentially("Not sent yet")
    choose(page, second)
    expect(page.locator("#chat-text")).to_have_value("")
    choose(page, first)
    expect(page.locator("#chat-text")).to_have_value("Not sent yet")
    page.locator("#chat-text").press_sequentially(", nor now")
    conversation = page.url
    page.goto(f"{demo.url}/profile")
    page.goto(conversation)
    expect(page.locator("#chat-text")).to_have_value("Not sent yet, nor now")
    with page.expect_response(lambda answer: answer.url.endswith("/draft")):
        page.locator("#chat-text").fill("")


def test_a_search_beside_a_conversation_lets_it_go_on(
    page: Page, demo: Installation, say: Words, two: tuple[str, str, dict[str, str]]
) -> None:
    first, second, ids = two
    choose(page, first)
    page.locator("#chat-filter [name=search]").fill(second)
    expect(page.locator("#chat-rows .chat-row")).to_have_count(1)
    write(demo, ids[first], "Are you there?")
    expect(page.locator("#chat-lines")).to_contain_text("Are you there?")
    page.locator("#chat-text").fill("Yes, I am")
    page.locator(".chat-tools .btn-primary").click()
    expect(page.locator(".chat-message.is-out", has_text="Yes, I am")).to_contain_text(say("Sent"))
    page.locator("#chat-filter [name=search]").fill(first)
    expect(page.locator("#chat-rows .chat-link", has_text=first)).to_have_attribute("aria-current", "true")


def test_what_comes_late_for_one_conversation_is_not_put_into_another(
    page: Page, demo: Installation, two: tuple[str, str, dict[str, str]]
) -> None:
    first, second, ids = two
    choose(page, first)
    held: list[tuple[Route, Any]] = []

    def hold(route: Route) -> None:
        answer = route.fetch()
        if not held and "For the first one" in answer.text():
            held.append((route, answer))
        else:
            route.fulfill(response=answer)

    page.route("**/chat/changes?**", hold)
    write(demo, ids[first], "For the first one")
    wait_until(lambda: page.wait_for_timeout(50) is None and bool(held), "the answer is on its way")
    choose(page, second)
    route, answer = held[0]
    with page.expect_response("**/chat/changes?**"):
        route.fulfill(response=answer)
    # The next answer shows that the late one is over.
    with page.expect_response("**/chat/changes?**"):
        pass
    expect(page.locator("#chat-title")).to_have_text(second)
    expect(page.locator("#chat-lines")).not_to_contain_text("For the first one")
    choose(page, first)
    expect(page.locator("#chat-lines")).to_contain_text("For the first one")


def test_a_file_that_arrives_late_waits_where_it_was_chosen(page: Page, two: tuple[str, str, Any]) -> None:
    first, second, _ids = two
    choose(page, first)
    held: list[Route] = []

    def hold(route: Route) -> None:
        held.append(route)

    page.route("**/media", hold)
    file = {"name": "late.png", "mimeType": "image/png", "buffer": picture()}
    page.locator("#chat-files").set_input_files(file)
    wait_until(lambda: page.wait_for_timeout(50) is None and bool(held), "the file is on its way")
    choose(page, second)
    page.locator("#chat-text").fill("For the second one")

    def is_attached(request: Request) -> bool:
        return request.url.endswith("/draft/files")

    with page.expect_request_finished(is_attached):
        held[0].continue_()
    expect(page.locator(".chat-waiting")).to_have_count(0)
    choose(page, first)
    expect(page.locator(".chat-waiting")).to_have_count(1)
    expect(page.locator("#chat-text")).to_have_value("")
    page.locator(".chat-waiting button").click()
    expect(page.locator(".chat-waiting")).to_have_count(0)
    choose(page, second)
    expect(page.locator("#chat-text")).to_have_value("For the second one")
    with page.expect_response(lambda answer: answer.url.endswith("/draft")):
        page.locator("#chat-text").fill("")
