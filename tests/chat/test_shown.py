"""What a thread and the list say of each line, in words that a member understands."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
from flask import Flask

from app.chat.suggesting.registry import SUGGESTERS, Ability, Suggester, Suggestion, SuggestionSource
from app.core.db import db
from app.friends.models import Friend
from app.line.models import Account
from app.line.operations import processing
from app.messages.conversations.models import Conversation
from app.messages.sending.delivery import deliver_due
from tests.chat.conftest import answer, the_conversation
from tests.chat.saying import wrote
from tests.chat.test_canned import reply
from tests.chat.test_composer import page_of
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories.broadcasts import sent_broadcast
from tests.factories.team import member
from tests.messages.sending.conftest import Shop
from tests.support.client import CheckingClient

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def cafe(app: Flask) -> Account:
    return line_factory.account(name="Cafe")


def lines_of(page: str) -> str:
    return unescape(page.partition('id="chat-lines"')[2].partition('<details class="chat-note')[0])


def last_words(client: CheckingClient, talk: Conversation) -> str:
    """Return what the list says of the newest line."""
    row = unescape(client.get("/chat").text).partition(f'id="chat-row-{talk.id}"')[2]
    found = re.search(r'text-truncate text-secondary"><bdi>(.*?)</bdi>', row)
    return found.group(1) if found else ""


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        ("image", "Photo"),
        ("video", "Video"),
        ("audio", "Voice message"),
        ("sticker", "Sticker"),
        ("location", "Place"),
        ("hologram", "A message that cannot be shown"),
    ],
)
def test_the_list_says_the_kind_of_what_has_no_words(
    cafe: Account, as_carol: CheckingClient, kind: str, words: str
) -> None:
    assert last_words(as_carol, wrote(cafe, "", type=kind)) == words


def test_the_list_says_whose_the_last_words_are(talk: Conversation, as_carol: CheckingClient) -> None:
    assert last_words(as_carol, talk) == "Are you open?"
    answer(as_carol, talk, "Until six.")
    assert last_words(as_carol, talk) == "You: Until six."


def test_a_pressed_button_is_a_line_that_says_which(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    shop.act(hana, "postback", data="action=reserve", params={"date": "2026-12-24"})
    processing.process_due()
    said = last_words(as_carol, talk)
    assert said == "Pressed: action: reserve · Dec 24, 2026"
    assert said in lines_of(as_carol.get(f"/chat/{talk.id}").text)


def test_what_is_taken_back_leaves_a_line_and_is_neither_found_nor_answered_any_more(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    reply(shop.account.id, "Parking", "There is parking behind the shop.")
    said = shop.say(hana, "Is there parking behind the shop?")
    assert "is-found" in found(as_carol, "parking") and "behind the shop" in suggested(as_carol, talk)
    shop.act(hana, "unsend", messageId=said)
    processing.process_due()
    page = as_carol.get(f"/chat/{talk.id}").text
    assert "Took back a message" in lines_of(page) and "parking" not in lines_of(page)
    assert last_words(as_carol, talk) == "Took back a message"
    assert "is-found" not in found(as_carol, "parking") and "behind the shop" not in suggested(as_carol, talk)


def found(client: CheckingClient, words: str) -> str:
    """Return what the list finds, with a word for messages."""
    page = client.get("/chat", query_string={"search": words}).text
    return page + (" is-found" if re.search(r'href="/chat/\d+\?message=', page) else "")


def suggested(client: CheckingClient, talk: Conversation) -> str:
    return client.post(f"/chat/{talk.id}/suggestion", headers=FRAGMENT).text


def test_an_edited_message_shows_its_new_words_and_keeps_no_old_ones(
    shop: Shop, hana: str, as_carol: CheckingClient
) -> None:
    made = shop.line.api("POST", f"/channels/{shop.id}/groups", {"name": "Regulars", "members": [hana]})

    def act(kind: str, **fields: Any) -> dict[str, Any]:
        path = f"/channels/{shop.id}/groups/{made['group_id']}/acts"
        done = shop.line.api("POST", path, {"act": kind, "wait": 10, **fields})
        processing.process_due()
        return dict(done)

    act("join")
    wish = {"user_id": hana, "message": {"type": "text", "text": "A table at noon"}}
    said = act("message", **wish)["events"][0]["message"]["id"]
    talk = the_conversation()
    assert "edited" not in lines_of(as_carol.get(f"/chat/{talk.id}").text)
    act("edit", user_id=hana, messageId=said, text="A table at seven")
    lines = lines_of(as_carol.get(f"/chat/{talk.id}").text)
    assert "A table at seven" in lines and "· edited" in lines and "noon" not in lines
    assert "is-found" in found(as_carol, "seven") and "is-found" not in found(as_carol, "noon")


@pytest.mark.parametrize(("permissions", "is_link"), [(["chat"], False), (["chat", "broadcasts"], True)])
def test_a_broadcast_is_one_line_with_its_name_that_leads_there(
    cafe: Account, app: Flask, permissions: list[str], is_link: bool
) -> None:
    talk = wrote(cafe)
    sent = sent_broadcast(cafe, [db.session.get_one(Friend, talk.friend_id)], "Spring sale")
    page = signed_in(app, member(email="dan@example.com", permissions=permissions)).get(f"/chat/{talk.id}").text
    assert lines_of(page).count("Broadcast: Spring sale") == 1
    assert (f'href="/accounts/{cafe.id}/broadcasts/{sent.id}"' in page) == is_link


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE friends SET follow_status = 'blocked'", "Not sent: the person has blocked the account."),
        (
            "UPDATE accounts SET state = 'broken', problem = 'line.token_refused'",
            "LINE refuses the access token. Reconnect the account in its settings",
        ),
    ],
)
def test_why_an_answer_was_not_sent_stands_at_its_bubble(
    talk: Conversation, as_carol: CheckingClient, change: str, said: str
) -> None:
    as_carol.post(f"/chat/{talk.id}/answers", data={"text": "Until six."})
    db.session.execute(db.text(change))
    db.session.commit()
    deliver_due()
    db.session.commit()
    lines = lines_of(as_carol.get(f"/chat/{talk.id}").text)
    assert "Not sent" in lines and said in lines and "Try again" in lines


def test_what_is_never_shown_is_said_once_under_the_thread(talk: Conversation, as_carol: CheckingClient) -> None:
    page = page_of(as_carol, talk)
    assert page.count("Messages that were written in LINE Official Account Manager are not shown") == 1
    assert "Official Account Manager" not in lines_of(page)


@pytest.mark.parametrize(("permissions", "is_led"), [(["chat"], False), (["chat", "settings"], True)])
def test_a_chat_without_an_account_says_what_is_missing(app: Flask, permissions: list[str], is_led: bool) -> None:
    page = signed_in(app, member(email="dan@example.com", permissions=permissions)).get("/chat").text
    assert "No account yet" in page and "when a LINE Official Account is connected" in page
    empty = page.partition('class="chat-empty"')[2].partition("</main>")[0]
    assert ('href="/accounts"' in empty) == is_led


@pytest.mark.parametrize("abilities", [[], [Ability.SHORTER], [Ability.MORE_POLITE, Ability.THEIR_LANGUAGE]])
def test_only_what_a_suggester_can_do_is_offered(
    talk: Conversation, as_carol: CheckingClient, abilities: list[Ability]
) -> None:
    drafted = Suggestion("We open at ten.", [SuggestionSource("Guide", "Opening hours")], "1")
    with SUGGESTERS.restored(*SUGGESTERS):
        SUGGESTERS.add("test", Suggester("test", abilities, lambda _wish: drafted))
        page = unescape(suggested(as_carol, talk))
    assert "We open at ten." in page and "Opening hours" in page
    labels = {
        Ability.ANOTHER: "Another",
        Ability.SHORTER: "Shorter",
        Ability.MORE_POLITE: "More polite",
        Ability.THEIR_LANGUAGE: "In the friend’s language",
    }
    assert {one for one, label in labels.items() if label in page} == set(abilities)


def test_the_problem_of_another_answer_offers_both_ways(
    talk: Conversation, as_carol: CheckingClient, app: Flask
) -> None:
    seen = re.findall(r'name="seen" value="([^"]*)"', as_carol.get(f"/chat/{talk.id}").text)[0]
    dora = signed_in(app, member(name="Dora", email="dora@example.com", permissions=["chat"]))
    answer(dora, talk, "Until six.")
    between = as_carol.post(f"/chat/{talk.id}/answers", data={"text": "Until seven.", "seen": seen}, headers=FRAGMENT)
    assert "Dora just answered. Look at it first, or send yours as well." in unescape(between.text)
    assert "Look first" in between.text and "Send anyway" in between.text
