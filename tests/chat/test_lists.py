"""What the list shows: its filters, what is found by words, and what an open page learns of changes."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import Select, text

from app.chat.queries import list_changes, said
from app.core.db import db
from app.core.db.explain import Plan, plan_of
from app.core.events import announce
from app.friends.events import ProfilesChanged
from app.friends.models import Friend
from app.friends.operations.attributes import set_attributes
from app.line.models import Account
from app.messages.conversations.models import Conversation
from app.team.actors import SYSTEM
from tests.chat.conftest import the_conversation
from tests.chat.saying import since, with_name, wrote
from tests.conftest import signed_in
from tests.factories import friends, segments
from tests.factories import line as line_factory
from tests.factories.team import member
from tests.support.client import CheckingClient

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def cafe(app: Flask) -> Account:
    return line_factory.account(name="Cafe")


@pytest.fixture
def carol(app: Flask) -> CheckingClient:
    return signed_in(app, member(name="Carol", permissions=["chat", "friends", "segments"]))


def rows(page: str) -> list[int]:
    """Return the conversations of a page's list in their order."""
    return [int(one) for one in re.findall(r'id="chat-row-(\d+)" data-id', page)]


def listed(client: CheckingClient, query: str = "") -> list[int]:
    return rows(client.get(f"/chat?{query}").text)


def test_tags_segments_and_files_narrow_the_list(cafe: Account, carol: CheckingClient) -> None:
    tag = friends.tag(cafe, "Regular")
    tagged = wrote(cafe, "Hi", friends.friend(cafe, (tag,)))
    sent_file = wrote(cafe, type="file", fileName="menu.pdf")
    wrote(cafe, "Neither")
    only = segments.segment(cafe, definition=segments.definition([segments.condition("tag", "contains_any", tag.id)]))
    assert listed(carol, f"tag={tag.id}") == listed(carol, f"segment={only.id}") == [tagged.id]
    assert listed(carol, "files=1") == [sent_file.id]
    assert len(listed(carol, f"account={cafe.id}")) == 3
    assert "Regular" in carol.get("/chat").text


def test_tags_filter_for_no_member_who_may_not_see_friends(cafe: Account, app: Flask) -> None:
    tag = friends.tag(cafe, "Secret")
    wrote(cafe, "Hi")
    dora = signed_in(app, member(name="Dora", email="dora@example.com", permissions=["chat"]))
    assert len(listed(dora, f"tag={tag.id}")) == 1 and "Secret" not in dora.get("/chat").text


def test_a_tag_of_another_account_finds_nothing(cafe: Account, carol: CheckingClient) -> None:
    other = line_factory.account(name="Other")
    wrote(cafe, "Hi")
    assert listed(carol, f"tag={friends.tag(other, 'Theirs').id}") == []
    assert listed(carol, f"segment={segments.segment(other).id}") == []


def test_who_waits_longest_comes_first(cafe: Account, carol: CheckingClient) -> None:
    first, second = wrote(cafe, "One"), wrote(cafe, "Two")
    assert listed(carol) == [second.id, first.id]
    assert listed(carol, "sort=waiting") == [first.id, second.id]


@pytest.mark.parametrize(
    ("said", "sought", "is_found"),
    [
        ("What is the price of 寿司?", "寿司", True),
        ("ｶﾌｪｵﾚをください", "カフェオレ", True),
        ("CAFÉ au lait", "café", True),
        ("one two", "two one", True),
        ("100% sure", "%", False),
        ("Hello", "bye", False),
    ],
)
def test_messages_are_found_by_their_words(
    cafe: Account, carol: CheckingClient, said: str, sought: str, is_found: bool
) -> None:
    talk = wrote(cafe, said)
    address = f"/chat/{talk.id}?message={talk.last_message_id}"
    page = carol.get("/chat", query_string={"search": sought}).text
    assert (address in page) == is_found
    assert ("Nothing matches" in page) and rows(page) == []


def test_messages_are_found_both_ways_and_page_by_page(
    cafe: Account, carol: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    talks = [wrote(cafe, f"Number {number:02}") for number in range(23)]
    # Collected at once, or after few were tried; walked after collecting gave up; walked at once, to the end or until
    # that gives up.
    for few, enough, many in ((500, 5_000, 20_000), (1, 5_000, 20_000), (1, 1, 20_000), (1, 0, 20_000), (1, 0, 1)):
        monkeypatch.setattr("app.chat.queries.said.FEW", few)
        monkeypatch.setattr("app.chat.queries.said.ENOUGH", enough)
        monkeypatch.setattr("app.chat.queries.said.MANY", many)
        first = carol.get("/chat?search=number").text
        key = re.search(r"found=([\w-]+)", first)
        assert key
        rest = carol.get(f"/chat/found?search=number&found={key[1]}", headers=FRAGMENT).text
        found = re.findall(r'href="/chat/(\d+)\?message=', first + rest)
        assert [int(one) for one in found] == [one.id for one in reversed(talks)]
    assert carol.get("/chat/found?search=number&found=nonsense").status_code == 422


# Of words that its statistics do not know PostgreSQL expects half a percent of all messages.
@pytest.mark.parametrize(("expected", "reaches"), [(15_000.0, []), (300_000.0, [10, said.MANY])])
def test_words_that_statistics_do_not_know_are_collected_and_common_ones_are_walked(
    cafe: Account, carol: CheckingClient, monkeypatch: pytest.MonkeyPatch, expected: float, reaches: list[int]
) -> None:
    talk = wrote(cafe, "Zanzibar")
    for number in range(12):
        wrote(cafe, f"Number {number:02}")
    walked: list[int] = []
    walk = said._Search._walk
    monkeypatch.setattr(said._Search, "_walk", lambda search, reach: walked.append(reach) or walk(search, reach))
    monkeypatch.setattr(said, "plan_of", lambda query: Plan(0.0, False, expected))
    monkeypatch.setattr(said, "rows_of", lambda model: 3_000_000.0)
    monkeypatch.setattr(said, "FEW", 10)
    page = carol.get("/chat?search=zanzibar").text
    assert f"/chat/{talk.id}?message={talk.last_message_id}" in page and walked == reaches


@pytest.mark.parametrize("address", ["/chat?search=table", "/chat/found?search=table"])
def test_a_search_starts_no_parallel_workers(
    cafe: Account, carol: CheckingClient, monkeypatch: pytest.MonkeyPatch, address: str
) -> None:
    talk = wrote(cafe, "A table")
    workers: list[str] = []

    def plan(query: Select[Any]) -> Plan:
        workers.append(str(db.session.scalar(text("SHOW max_parallel_workers_per_gather"))))
        return plan_of(query)

    monkeypatch.setattr(said, "plan_of", plan)
    assert f"/chat/{talk.id}?message" in carol.get(address, headers=FRAGMENT).text and workers == ["0"]


def test_filters_combine_with_words(cafe: Account, carol: CheckingClient) -> None:
    talk, other = wrote(cafe, "A table"), wrote(cafe, "A table, too")
    carol.post(f"/chat/{talk.id}/status", data={"status": "done"})
    page = carol.get("/chat?search=table&status=done").text
    assert f"/chat/{talk.id}?message" in page and f"/chat/{other.id}?message" not in page


def test_a_found_message_is_opened_with_its_neighbours(cafe: Account, carol: CheckingClient) -> None:
    who = friends.friend(cafe)
    lines = [wrote(cafe, f"Line {number:03}", who).last_message_id for number in range(100)]
    talk = the_conversation()
    page = carol.get(f"/chat/{talk.id}?message={lines[50]}").text
    assert [f"Line {number:03}" in page for number in (29, 30, 50, 69, 70)] == [False, True, True, True, False]
    assert "Show earlier messages" in page and "Show later messages" in page
    after = re.search(r"newer\?after=([\w-]+)", page)
    assert after
    rest = carol.get(f"/chat/{talk.id}/newer?after={after[1]}", headers=FRAGMENT).text
    assert "Line 099" in rest and "Show later" not in rest
    assert carol.get(f"/chat/{talk.id}?message=999999").status_code == 404


@pytest.fixture
def asks(carol: CheckingClient) -> Callable[[str, str], tuple[int, str]]:
    def ask(at: str, query: str = "") -> tuple[int, str]:
        answer = carol.get(f"/chat/changes?since={at}&{query}", headers=FRAGMENT)
        return answer.status_code, answer.text

    return ask


def test_a_change_brings_the_lines_that_it_concerns(
    cafe: Account, carol: CheckingClient, asks: Callable[[str, str], tuple[int, str]]
) -> None:
    wrote(cafe, "Old")
    page = carol.get("/chat").text
    assert asks(since(page), "")[0] == 304
    new = wrote(cafe, "New")
    status, told = asks(since(page), "")
    # While another transaction is open, in whatever database, older changes are told again.
    assert (status, new.id in rows(told), 'data-unread="2"' in told) == (200, True, True)
    assert asks(since(told), "")[0] == 304


def test_what_leaves_the_filter_leaves_the_list(
    cafe: Account, carol: CheckingClient, asks: Callable[[str, str], tuple[int, str]]
) -> None:
    talk = wrote(cafe, "Hi")
    page = carol.get("/chat?show=unanswered").text
    carol.post(f"/chat/{talk.id}/spam", data={"spam": "1"})
    told = asks(since(page), "show=unanswered")[1]
    assert f'id="chat-row-{talk.id}" data-gone' in told and rows(told) == []


def test_lines_beyond_the_end_of_the_page_are_left_to_the_next_one(
    cafe: Account, carol: CheckingClient, asks: Callable[[str, str], tuple[int, str]]
) -> None:
    talk = wrote(cafe, "Hi")
    page = carol.get("/chat").text
    carol.post(f"/chat/{talk.id}/status", data={"status": "done"})
    assert rows(asks(since(page), "last=2999-01-01T00:00:00%2B00:00")[1]) == []
    assert rows(asks(since(page), "last=2000-01-01T00:00:00%2B00:00")[1]) == [talk.id]


def test_a_page_that_missed_much_gets_all_of_its_lines(
    cafe: Account,
    carol: CheckingClient,
    asks: Callable[[str, str], tuple[int, str]],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(list_changes, "MOST", 1)
    page = carol.get("/chat").text
    talks = [wrote(cafe, "One"), wrote(cafe, "Two")]
    told = asks(since(page), "")[1]
    assert 'hx-target="#chat-page"' in told and rows(told) == [one.id for one in reversed(talks)]


def test_a_number_from_before_a_restored_backup_tells_all(
    cafe: Account, asks: Callable[[str, str], tuple[int, str]]
) -> None:
    talk = wrote(cafe, "Hi")
    assert rows(asks(str(2**60), "")[1]) == [talk.id]


def test_the_menu_counts_what_is_unread(cafe: Account, carol: CheckingClient) -> None:
    carol.get("/chat")
    wrote(cafe, "Hi")
    badge = re.compile(r"data-chat-unread[^>]*>(\d*)<")
    assert badge.findall(carol.get("/profile").text) == ["1"]
    talk: Conversation = the_conversation()
    carol.get(f"/chat/{talk.id}")
    assert badge.findall(carol.get("/profile").text) == [""]


def test_names_that_the_team_gave_come_first(cafe: Account, carol: CheckingClient) -> None:
    talk = with_name(cafe, "line name")
    assert "line name" in carol.get("/chat").text
    friend = friends.friend(cafe, display_name="other", first_name="Hanako", last_name="Yamada")
    wrote(cafe, "Hi", friend)
    db.session.commit()
    page = carol.get("/chat").text
    assert "Hanako Yamada" in page and rows(carol.get("/chat?search=line").text) == [talk.id]


def test_a_transaction_that_stays_open_lets_nothing_be_told_twice(
    cafe: Account, carol: CheckingClient, asks: Callable[[str, str], tuple[int, str]]
) -> None:
    with db.engine.connect() as other:
        other.execute(db.text("SELECT pg_current_xact_id()"))
        page = carol.get("/chat").text
        talk = wrote(cafe, "Hi")
        told = asks(since(page), "")[1]
        assert rows(told) == [talk.id] and asks(since(told), "")[0] == 304
        assert asks(since(carol.get("/chat").text), "")[0] == 304
        wrote(cafe, "Hi again", db.session.get_one(Friend, talk.friend_id))
        assert rows(asks(since(told), "")[1]) == [talk.id]


def test_a_name_that_comes_later_reaches_open_pages(
    cafe: Account, carol: CheckingClient, asks: Callable[[str, str], tuple[int, str]]
) -> None:
    talk = wrote(cafe, "Hi")
    friend = db.session.get_one(Friend, talk.friend_id)
    page = carol.get(f"/chat/{talk.id}").text
    friend.display_name = "Kasumi"
    announce(ProfilesChanged(account_id=cafe.id, friend_ids=(friend.id,)))
    db.session.commit()
    told = asks(since(page), f"open={talk.id}")[1]
    assert rows(told) == [talk.id] and told.count('<h2 class="card-title text-truncate" id="chat-title"') == 1
    set_attributes(cafe.id, friend.id, {"first_name": "Hanako"}, source="member", actor=SYSTEM)
    db.session.commit()
    assert "Hanako" in asks(since(told), f"open={talk.id}")[1]
