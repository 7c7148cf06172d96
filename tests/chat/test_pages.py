"""The chat's pages: the list, the thread, answers, what the team decides, and who may see it."""

from __future__ import annotations

from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.messages.conversations.models import Conversation
from tests.chat.conftest import answer, the_conversation
from tests.chat.saying import seen, since
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories.team import member
from tests.messages.sending.conftest import Shop, outgoing
from tests.support.client import CheckingClient


def test_an_answer_goes_out_by_reply_and_takes_the_conversation_over(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    assert "Are you open?" in as_carol.get(f"/chat/{talk.id}").text
    assert answer(as_carol, talk, "Until six.") == 303
    (sent,) = shop.log()
    assert (sent["endpoint"], sent["messages"][0]["text"]) == ("reply", "Until six.")
    page = as_carol.get(f"/chat/{talk.id}").text
    assert "Until six." in page and "Sent, free of charge" in page and "Carol answers now" in page
    now = the_conversation()
    assert (now.owner, now.unanswered_since) == ("person", None)


def test_an_empty_answer_is_refused_and_one_to_who_blocked_us_is_not_offered(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    refused = as_carol.post(f"/chat/{talk.id}/answers", data={"text": "  "})
    assert refused.status_code == 422 and "Write something first." in refused.text
    feed = f"/chat/changes?since={since(as_carol.get(f'/chat/{talk.id}').text)}&open={talk.id}"
    shop.act(hana, "block")
    shop.friend(hana)
    told = as_carol.get(feed).text
    assert "The person has blocked the account." in told and 'id="chat-state"' in told
    page = as_carol.get(f"/chat/{talk.id}").text
    assert "The person has blocked the account." in page and "disabled hidden" in page
    # Nothing is offered that does nothing.
    assert "Automatic messages answer." not in page and "Take over" not in page and "chat-read-mark" not in page


def test_what_is_unread_is_each_members_own(shop: Shop, hana: str, talk: Conversation, app: Flask) -> None:
    carol, dora = (
        signed_in(app, member(name=name, email=f"{name}@example.com", permissions=["chat"])) for name in "cd"
    )
    for client in (carol, dora):
        client.get("/chat")
    shop.say(hana, "Hello?")
    assert "is-unread" in carol.get("/chat").text
    carol.get(f"/chat/{talk.id}")
    assert "is-unread" not in carol.get("/chat").text
    assert "is-unread" in dora.get("/chat?show=unread").text


def test_unread_from_here_makes_it_unread_again(talk: Conversation, as_carol: CheckingClient) -> None:
    as_carol.get(f"/chat/{talk.id}")
    answered = as_carol.post(f"/chat/{talk.id}/unread", data={"message": str(talk.last_incoming_id)})
    assert answered.status_code == 303 and "is-unread" in as_carol.get("/chat").text
    wrong = as_carol.post(f"/chat/{talk.id}/unread", data={"message": "999999"})
    assert wrong.status_code == 422


@pytest.mark.parametrize(
    ("path", "given", "query", "found"),
    [
        ("status", {"status": "to_do"}, "status=to_do", True),
        ("status", {"status": "to_do"}, "status=done", False),
        ("spam", {"spam": "1"}, "", False),
        ("spam", {"spam": "1"}, "show=spam", True),
        ("mark", {"mark": "is_pinned", "is_set": "1"}, "show=pinned", True),
        ("mark", {"mark": "is_followed", "is_set": "1"}, "show=pinned", False),
        ("owner", {"owner": "person"}, "owner=person", True),
        ("owner", {"owner": "person"}, "owner=automation", False),
    ],
)
def test_what_is_decided_is_found_by_the_filter(
    talk: Conversation, as_carol: CheckingClient, path: str, given: dict[str, str], query: str, found: bool
) -> None:
    assert as_carol.post(f"/chat/{talk.id}/{path}", data=given).status_code == 303
    assert (f"chat-row-{talk.id}" in as_carol.get(f"/chat?{query}").text) == found


def test_only_who_may_answer_is_put_in_charge(
    talk: Conversation, as_carol: CheckingClient, app: Flask, people: Any
) -> None:
    refused = as_carol.post(f"/chat/{talk.id}/assignee", data={"assignee": str(people.bob.id)})
    assert refused.status_code == 422 and the_conversation().assignee_id is None
    as_carol.post(f"/chat/{talk.id}/assignee", data={"assignee": str(people.alice.id)})
    assert the_conversation().assignee_id == people.alice.id
    assert f"chat-row-{talk.id}" in signed_in(app, people.alice).get("/chat?assignee=me").text


def test_names_are_searched_as_in_the_friends_list(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    shop.friend(hana).display_name = "Hana"
    db.session.commit()
    row = f"chat-row-{talk.id}"
    assert row in as_carol.get("/chat?search=hana").text and row not in as_carol.get("/chat?search=taro").text


def test_nothing_is_seen_of_other_accounts_and_nothing_without_the_permission(
    talk: Conversation, app: Flask, people: Any
) -> None:
    other = line_factory.account(name="Other")
    eve = signed_in(app, member(email="eve@example.com", permissions=["chat"], account_ids=[other.id]))
    assert f"chat-row-{talk.id}" not in eve.get("/chat").text
    for path in ("", "/older"):
        assert eve.get(f"/chat/{talk.id}{path}").status_code == 404
    for path in ("answers", "status", "assignee", "spam", "owner", "mark", "unread"):
        assert eve.post(f"/chat/{talk.id}/{path}", data={"text": "Hi"}).status_code == 404
    assert eve.get(f"/chat/changes?since=0&open={talk.id}").text.count("Are you open?") == 0
    assert signed_in(app, people.bob).get("/chat").status_code == 403


def test_what_changed_is_told_once(shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient) -> None:
    page = as_carol.get(f"/chat/{talk.id}").text
    at = since(page)
    assert as_carol.get(f"/chat/changes?since={at}&open={talk.id}&seen={seen(page)}").status_code == 304
    shop.say(hana, "Hello?")
    news = as_carol.get(
        f"/chat/changes?since={at}&open={talk.id}&seen={seen(page)}", headers={"HX-Request": "true"}
    ).text
    assert "Hello?" in news and "Are you open?" not in news
    assert as_carol.get(f"/chat/changes?since={since(news)}&open={talk.id}&seen={seen(news)}").status_code == 304
    of_list = as_carol.get(f"/chat/changes?since={at}", headers={"HX-Request": "true"}).text
    assert "Hello?" in of_list and of_list.count("<hx-upsert") == 1


def test_an_answer_that_line_did_not_speak_of_is_settled_by_hand(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    shop.fault("lost", "reply")
    answer(as_carol, talk, "Until six.")
    page = as_carol.get(f"/chat/{talk.id}").text
    assert "Not known whether it was sent" in page and "Mark as sent" in page
    assert "Check the phone, then send again or mark as sent." in page
    send_id = outgoing()[0].send_id
    assert as_carol.post(f"/chat/{talk.id}/answers/{send_id}/sent").status_code == 303
    assert outgoing()[0].state == "sent" and len(shop.log()) == 1
    assert as_carol.post(f"/chat/{talk.id}/answers/{send_id}/again").status_code == 409
    db.session.rollback()
