"""Help in the console: contents, pages in the reader's language, search, and the way from each page."""

from __future__ import annotations

import re

import pytest

from app.help.guide import PAGES
from app.help.rendering import rendered
from tests.factories import line
from tests.support.client import CheckingClient

ENGLISH, JAPANESE = {"Accept-Language": "en"}, {"Accept-Language": "ja"}


def html_of(browser: CheckingClient, path: str, language: dict[str, str] = ENGLISH) -> str:
    answer = browser.get(path, headers=language)
    assert answer.status_code == 200
    return answer.get_data(as_text=True)


def found(browser: CheckingClient, words: str, language: dict[str, str] = ENGLISH) -> list[str]:
    answer = browser.get("/help", query_string={"q": words}, headers=language)
    part = answer.get_data(as_text=True).partition('id="guide-found"')[2].partition("</main>")[0]
    return re.findall(r'href="/help/([^"]+)"', part)


def test_every_member_finds_help_and_its_contents(as_bob: CheckingClient) -> None:
    contents = html_of(as_bob, "/help")
    assert all(f'href="/help/{page}"' in contents for page in PAGES)


def test_strangers_are_asked_to_sign_in(browser: CheckingClient) -> None:
    for path in ("/help", "/help/tags"):
        answer = browser.get(path)
        assert answer.status_code in {302, 303}
        assert "/sign-in" in answer.headers["Location"]


@pytest.mark.parametrize("page", PAGES)
def test_each_page_is_shown_in_both_languages(as_bob: CheckingClient, page: str) -> None:
    for language in (ENGLISH, JAPANESE):
        shown = html_of(as_bob, f"/help/{page}", language)
        article = shown.partition("<article")[2].partition("</article>")[0]
        assert "**" not in article, "A mark of emphasis was not read as one."
        assert "{#" not in article
        assert not [name for name in re.findall(r'href="#([^"]+)"', shown) if f'id="{name}"' not in shown]


def test_a_page_leads_to_the_one_before_and_after(as_bob: CheckingClient) -> None:
    shown = html_of(as_bob, f"/help/{PAGES[1]}")
    assert f'rel="prev" href="/help/{PAGES[0]}"' in shown
    assert f'rel="next" href="/help/{PAGES[2]}"' in shown
    assert 'rel="prev"' not in html_of(as_bob, f"/help/{PAGES[0]}")
    assert 'rel="next"' not in html_of(as_bob, f"/help/{PAGES[-1]}")


def test_links_between_pages_lead_to_the_console(as_bob: CheckingClient) -> None:
    assert 'href="/help/members#permissions"' in html_of(as_bob, "/help/start")


@pytest.mark.parametrize("page", ["nothing", "..%2f..%2fREADME", "EN"])
def test_a_page_that_is_not_there(as_bob: CheckingClient, page: str) -> None:
    assert as_bob.get(f"/help/{page}").status_code == 404


def test_search_looks_at_titles_first_and_at_texts(as_bob: CheckingClient) -> None:
    assert found(as_bob, "segments")[0] == "segments", "First steps name it too, in their text."
    assert found(as_bob, "reconnect")[0] == "accounts#reconnect"
    assert "friends#export" in found(as_bob, "personal data")
    assert found(as_bob, "再接", JAPANESE)[0] == "accounts#reconnect"
    assert "segments#dates" in found(as_bob, "誕生", JAPANESE)


def test_search_folds_as_elsewhere_and_wants_all_words(as_bob: CheckingClient) -> None:
    assert "qr-codes#create" in found(as_bob, "ＱＲ ＬＯＧＯ")
    assert found(as_bob, "まちガエテ", JAPANESE) == ["troubles#deleted"]
    assert "accounts#reconnect" not in found(as_bob, "reconnect birthday")


def test_a_result_shows_the_words_in_their_text(as_bob: CheckingClient) -> None:
    assert "personal data leave Tomoru" in html_of(as_bob, "/help?q=personal+data")


def test_nothing_found_says_so_and_shows_the_contents(as_bob: CheckingClient) -> None:
    shown = html_of(as_bob, "/help?q=%3Cb%3Exyzzy")
    assert "No part of the guide holds “&lt;b&gt;xyzzy”" in shown
    assert 'href="/help/tags"' in shown


def test_the_page_includes_what_a_search_brings(as_bob: CheckingClient) -> None:
    part = as_bob.fragment("/help?q=passkey").get_data(as_text=True)
    assert part.strip() in as_bob.get("/help?q=passkey").get_data(as_text=True)


def test_each_page_leads_to_its_section(as_alice: CheckingClient) -> None:
    account = line.account()
    for path, section in {
        "/": "start#home",
        f"/accounts/{account.id}/tags": "tags",
        f"/accounts/{account.id}/segments/new": "segments#create",
        f"/accounts/{account.id}/settings": "accounts#check",
        "/workflows": "workflows",
        "/members": "members",
    }.items():
        assert re.search(rf'class="page-help" href="/help/{section}"', html_of(as_alice, path)), path


def test_html_in_a_page_stays_text() -> None:
    page = rendered("# A page\n\nWords <script>alert(1)</script> and [a link](javascript:alert(1)).\n")
    assert "<script>" not in page.html
    assert "&lt;script&gt;" in page.html
    assert "href" not in page.html


def test_pictures_are_shown_to_members_only(as_bob: CheckingClient, browser: CheckingClient) -> None:
    shown = html_of(as_bob, "/help/friends")
    assert 'src="/help/pictures/en/friends.webp" alt="The list of friends' in shown
    answer = as_bob.get("/help/pictures/en/friends.webp")
    assert (answer.status_code, answer.mimetype) == (200, "image/webp")
    assert as_bob.get("/help/pictures/en/nothing.webp").status_code == 404
    assert browser.get("/help/pictures/en/friends.webp").status_code in {302, 303}
