"""What is written is kept until it is sent, goes out once, and says what it costs and what became of it."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import update

from app.chat.queries.drafts import draft_in
from app.core.clock import now
from app.core.db import db
from app.friends.models import Friend
from app.line.models import Account
from app.line.operations import processing
from app.messages.auto.models import AutoMessage
from app.messages.conversations.models import Conversation, ConversationMessage
from app.messages.sending.delivery import deliver_due
from app.messages.sending.models import MessageSend
from app.messages.tracking.models import LinkFetch, TrackedLink
from app.messages.tracking.operations.judging import judge_fetches
from app.team.actors import Actor
from app.team.models import Member
from tests.chat.conftest import answer, the_conversation
from tests.chat.saying import since
from tests.conftest import signed_in
from tests.factories.team import member
from tests.messages.sending.conftest import Shop, outgoing
from tests.support.client import CheckingClient

STICKER = {"package_id": "446", "sticker_id": "1988"}
PLACE = {"title": "Shop", "address": "1-1 Marunouchi", "place": "https://maps.example/@35.6812,139.7671,17z"}


def page_of(client: CheckingClient, talk: Conversation) -> str:
    """Return the page of the conversation as it is read."""
    return unescape(client.get(f"/chat/{talk.id}").text)


def post(client: CheckingClient, talk: Conversation, path: str, **data: Any) -> Any:
    return client.post(f"/chat/{talk.id}/{path}", data=data, headers={"HX-Request": "true"})


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found.group(1) if found else ""


def send(client: CheckingClient, talk: Conversation, words: str = "", **data: Any) -> Any:
    answered = post(client, talk, "answers", text=words, **data)
    deliver_due()
    db.session.commit()
    return answered


def test_what_is_typed_is_kept_for_the_member_alone_until_it_is_sent(
    talk: Conversation, as_carol: CheckingClient, app: Flask
) -> None:
    page = page_of(as_carol, talk)
    assert post(as_carol, talk, "draft", text="Half a sen", press=field(page, "press")).status_code == 204
    assert "Half a sen" in page_of(as_carol, talk)
    dora = signed_in(app, member(name="Dora", email="dora@example.com", permissions=["chat"]))
    assert "Half a sen" not in dora.get(f"/chat/{talk.id}").text
    press = field(page, "press")
    assert send(as_carol, talk, "Half a sentence.", press=press).status_code == 200
    # What the browser had on its way while it sent comes too late.
    post(as_carol, talk, "draft", text="Half a sentence.", press=press)
    assert "Half a sentence.</textarea>" not in page_of(as_carol, talk)


def test_a_press_that_arrives_twice_sends_once_and_another_text_is_another_answer(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    for words in ("Until six.", "Until six.", "Until seven."):
        send(as_carol, talk, words, press="p1")
    assert [one["messages"][0]["text"] for one in shop.log()] == ["Until six.", "Until seven."]


def test_words_that_cannot_be_sent_stay(talk: Conversation, as_carol: CheckingClient) -> None:
    refused = send(as_carol, talk, "a" * 5_001)
    assert refused.status_code == 422 and "a" * 5_001 in refused.text and "5,000" in refused.text
    assert "a" * 5_001 in page_of(as_carol, talk)


def test_stickers_and_places_wait_in_the_composer_and_go_with_the_words(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    assert "Sticker" in post(as_carol, talk, "draft/sticker", **STICKER, text="Here we are:").text
    assert "Shop" in post(as_carol, talk, "draft/location", **PLACE).text
    removed = post(as_carol, talk, "draft/removal", number="0").text
    assert "Location" in removed and "Sticker" not in removed
    post(as_carol, talk, "draft/sticker", **STICKER)
    assert send(as_carol, talk, "Here we are:").status_code == 200
    (sent,) = shop.log()
    assert [one["type"] for one in sent["messages"]] == ["text", "location", "sticker"]
    assert (sent["messages"][1]["latitude"], sent["messages"][1]["longitude"]) == (35.6812, 139.7671)
    assert "chat-waiting" not in page_of(as_carol, talk)


def test_a_place_without_degrees_is_refused_where_it_is_typed(talk: Conversation, as_carol: CheckingClient) -> None:
    refused = post(as_carol, talk, "draft/location", title="", address="x", place="near the station")
    assert refused.status_code == 422 and "chat-place-problem" in refused.text
    assert "35.6812, 139.7671" in refused.text and "Write a title" in refused.text


def test_at_most_five_messages_go_together(talk: Conversation, as_carol: CheckingClient) -> None:
    for _number in range(4):
        assert post(as_carol, talk, "draft/sticker", **STICKER, text="One").status_code == 200
    refused = post(as_carol, talk, "draft/sticker", **STICKER, text="One")
    assert refused.status_code == 422 and "five messages at once" in refused.text


def test_an_answer_quotes_a_message(shop: Shop, talk: Conversation, as_carol: CheckingClient) -> None:
    asked = str(talk.last_incoming_id)
    assert "Are you open?" in post(as_carol, talk, "draft/quote", message=asked).text
    send(as_carol, talk, "Until six.")
    (sent,) = shop.log()
    assert sent["messages"][0]["quoteToken"]
    assert page_of(as_carol, talk).count('class="chat-quoted"') == 1
    again = ConversationMessage.quoted_message_id
    assert db.session.scalars(db.select(again).where(ConversationMessage.direction == "out")).all() != [None]


def test_only_words_and_stickers_quote_and_a_message_taken_back_is_quoted_no_more(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    post(as_carol, talk, "draft/quote", message=str(talk.last_incoming_id))
    post(as_carol, talk, "draft/location", **PLACE)
    assert "Only words and stickers can quote" in send(as_carol, talk).text
    db.session.execute(db.text("UPDATE conversation_messages SET quote_token = NULL, state = 'unsent'"))
    db.session.commit()
    assert "was taken back" in send(as_carol, talk, "Yes").text
    assert shop.log() == []
    wrong = post(as_carol, talk, "draft/quote", message="999999")
    assert wrong.status_code == 422 and "cannot be quoted" in wrong.text


def test_another_member_who_just_answered_is_looked_at_first(
    shop: Shop, talk: Conversation, as_carol: CheckingClient, app: Flask
) -> None:
    seen = field(page_of(as_carol, talk), "seen")
    dora = signed_in(app, member(name="Dora", email="dora@example.com", permissions=["chat"]))
    answer(dora, talk, "Until six.")
    between = send(as_carol, talk, "Until seven.", seen=seen)
    assert between.status_code == 409 and "Dora just answered" in between.text and "Send anyway" in between.text
    assert len(shop.log()) == 1
    assert send(as_carol, talk, "Until seven.", seen=seen, anyway="1").status_code == 200
    # Of what the member has seen, and of the own answers, nothing is said.
    assert send(as_carol, talk, "Or eight.", seen=seen).status_code == 409
    assert send(as_carol, talk, "Or eight.", seen=field(between.text, "seen")).status_code == 200


def test_a_person_of_hubspot_who_just_answered_is_looked_at_too(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    seen = field(page_of(as_carol, talk), "seen")
    answer(as_carol, talk, "Until six.")
    # Numbers of members and of other services have nothing to do with each other.
    carol = db.session.scalars(db.select(Member).where(Member.name == "Carol")).one()
    theirs = {"author_kind": "integration", "author_id": carol.id}
    db.session.execute(update(ConversationMessage).where(ConversationMessage.direction == "out").values(**theirs))
    db.session.commit()
    assert send(as_carol, talk, "Until seven.", seen=seen).status_code == 409


def test_each_state_has_its_words_and_what_can_be_done(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    def page() -> str:
        return page_of(as_carol, talk)

    send(as_carol, talk, "By reply")
    assert "Sent, free of charge" in page()
    send(as_carol, talk, "By push")
    assert "Sent, 1 message of this month's limit" in page()
    shop.fault("status", "push", status=429, message="You have reached your monthly limit.")
    send(as_carol, talk, "Too many")
    assert "Not sent" in page() and "Try again" in page() and "limit" in page()
    as_carol.post(f"/chat/{talk.id}/answers/{outgoing()[-1].send_id}/again")
    deliver_due()
    db.session.commit()
    assert [one["messages"][0]["text"] for one in shop.log()] == ["By reply", "By push", "Too many"]


def test_what_waits_because_line_asks_for_a_slower_pace_can_be_cancelled(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    db.session.execute(db.text("DELETE FROM reply_tokens"))
    db.session.commit()
    slower = "The API rate limit has been exceeded. Try again later."
    shop.fault("status", "push", times=None, status=429, message=slower)
    send(as_carol, talk, "Slowly")
    page = page_of(as_carol, talk)
    assert "Sending" in page and "LINE asked us to slow down" in page and "Cancel" in page
    assert "It is tried again by itself." in page
    (line,) = outgoing()
    assert as_carol.post(f"/chat/{talk.id}/answers/{line.send_id}/cancellation").status_code == 303
    assert "Cancelled" in page_of(as_carol, talk)
    shop.line.api("DELETE", "/faults")
    deliver_due()
    db.session.commit()
    assert shop.log() == []
    assert as_carol.post(f"/chat/{talk.id}/answers/{line.send_id}/cancellation").status_code == 409
    db.session.rollback()


def test_one_that_line_may_have_taken_cannot_be_cancelled(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    db.session.execute(db.text("DELETE FROM reply_tokens"))
    db.session.commit()
    shop.fault("lost", "push", times=None)
    send(as_carol, talk, "Perhaps")
    (line,) = outgoing()
    assert "Cancel<" not in page_of(as_carol, talk)
    assert as_carol.post(f"/chat/{talk.id}/answers/{line.send_id}/cancellation").status_code == 409
    db.session.rollback()


def test_the_cost_is_said_before(shop: Shop, talk: Conversation, as_carol: CheckingClient) -> None:
    assert "Free of charge as a reply" in page_of(as_carol, talk)
    send(as_carol, talk, "By reply")
    page = page_of(as_carol, talk)
    assert "Free of charge as a reply" not in page and "Costs 1 message of this month's limit." in page


def test_in_a_group_each_person_costs_a_message(shop: Shop, hana: str, as_carol: CheckingClient) -> None:
    made = shop.line.api("POST", f"/channels/{shop.id}/groups", {"members": [hana]})
    path = f"/channels/{shop.id}/groups/{made['group_id']}/acts"
    shop.line.api("POST", path, {"act": "join", "wait": 10})
    said = {"act": "message", "user_id": hana, "message": {"type": "text", "text": "All here?"}, "wait": 10}
    shop.line.api("POST", path, said)
    processing.process_due()
    talk = the_conversation()
    people = as_carol.get(f"/chat/{talk.id}/cost", headers={"HX-Request": "true"}).text
    assert "1 person = 1 message" in people
    db.session.execute(db.text("UPDATE conversations SET people = 12"))
    db.session.execute(db.text("DELETE FROM reply_tokens"))
    db.session.commit()
    page = page_of(as_carol, talk)
    assert "12 people = 12 messages of this month's limit." in page
    # LINE tells no name of this group, and its id says nothing to members.
    assert re.search(r'id="chat-title"[^>]*><bdi>Name not known<', page) and talk.chat_id not in page
    send(as_carol, talk, "To all")
    assert "Sent, 12 messages of this month's limit" in page_of(as_carol, talk)


@pytest.mark.parametrize(("chosen", "shown"), [("1", "true"), ("0", "false")])
def test_the_key_that_sends_is_the_members_own(
    talk: Conversation, as_carol: CheckingClient, chosen: str, shown: str
) -> None:
    as_carol.get(f"/chat/{talk.id}")
    post(as_carol, talk, "draft/key", enter_sends="1")
    post(as_carol, talk, "draft/key", enter_sends=chosen)
    assert f'enter-value="{shown}"' in page_of(as_carol, talk)


def test_a_message_sent_is_counted_in_units_for_a_person(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    send(as_carol, talk, "By reply")
    assert [one.units for one in db.session.scalars(db.select(MessageSend))] == [1]


def test_an_auto_send_message_goes_out_as_it_is_kept_and_counts(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    content = {
        "version": 1,
        "messages": [{"kind": "text", "text": "Hello {{display_name|you}}"}],
        "quick_replies": [{"action": {"kind": "message", "text": "Yes", "label": "Yes"}, "icon_file_id": None}],
    }
    kept = AutoMessage(account_id=shop.account.id, name="Greeting", content=content)
    db.session.add(kept)
    db.session.commit()
    assert "Greeting" in as_carol.get(f"/chat/{talk.id}/library?words=greet").text
    assert "Greeting" not in as_carol.get(f"/chat/{talk.id}/library?words=other").text
    assert "Hello" in post(as_carol, talk, "draft/library", kept=f"auto:{kept.id}").text
    send(as_carol, talk)
    (sent,) = shop.log()
    assert sent["messages"][0]["text"] == "Hello you" and sent["messages"][0]["quickReply"]
    assert db.session.scalars(db.select(MessageSend.auto_message_id)).all() == [kept.id]
    assert as_carol.post(f"/chat/{talk.id}/draft/library", data={"kept": "auto:999"}).status_code == 404


def test_links_are_tracked_where_the_member_says_so(shop: Shop, talk: Conversation, as_carol: CheckingClient) -> None:
    send(as_carol, talk, "See https://example.com/menu")
    post(as_carol, talk, "draft/tracking", tracks="1", text="See")
    send(as_carol, talk, "See https://example.com/menu")
    plain, tracked = [one["messages"][0]["text"] for one in shop.log()]
    assert plain.endswith("https://example.com/menu") and not tracked.endswith("example.com/menu")
    assert "checked" not in page_of(as_carol, talk).partition('name="tracks"')[2][:40]


def test_a_draft_loses_the_quote_of_a_message_that_is_taken_back(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    said = shop.say(hana, "Until when?")
    asked = db.session.scalars(
        db.select(ConversationMessage.id).where(ConversationMessage.line_message_id == said)
    ).one()
    page = page_of(as_carol, talk)
    post(as_carol, talk, "draft/quote", message=str(asked), text="Until six.")
    shop.act(hana, "unsend", messageId=said)
    processing.process_due()
    news = as_carol.get(f"/chat/changes?since={since(page)}&open={talk.id}").text
    lost = "The message that you quoted was taken back. Your answer goes without a quote."
    assert lost in unescape(news) and lost in page_of(as_carol, talk)
    assert send(as_carol, talk, "Until six.").status_code == 200
    (sent,) = shop.log()
    assert "quoteToken" not in sent["messages"][0]


def test_a_quote_that_is_lost_while_it_is_sent_is_dropped(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    post(as_carol, talk, "draft/quote", message=str(talk.last_incoming_id))
    db.session.execute(db.text("UPDATE conversation_messages SET quote_token = NULL, state = 'unsent'"))
    db.session.commit()
    refused = send(as_carol, talk, "Until six.")
    assert refused.status_code == 422 and "Send again to answer without a quote" in refused.text
    assert send(as_carol, talk, "Until six.").status_code == 200
    assert len(shop.log()) == 1


def test_what_is_left_of_the_month_is_said_beside_the_cost(talk: Conversation, as_carol: CheckingClient) -> None:
    account = db.session.get_one(Account, talk.account_id)
    for limit, used, said in ((200, 13, "187 are left."), (200, 199, "1 is left."), (200, 200, "None is left.")):
        account.quota_limit, account.quota_used = limit, used
        db.session.commit()
        assert said in page_of(as_carol, talk)
    account.quota_limit = None
    db.session.commit()
    page = page_of(as_carol, talk)
    assert "Costs 1 message of this month's limit." in page and "are left." not in page


def test_an_answer_says_how_often_its_links_were_opened(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    post(as_carol, talk, "draft/tracking", tracks="1")
    send(as_carol, talk, "Look: https://shop.example.com/menu")
    page = page_of(as_carol, talk)
    assert "link not opened yet" in page
    for times, said in ((1, "link opened once"), (2, "links opened 2 times")):
        link = db.session.scalars(db.select(TrackedLink)).one()
        earlier = {"link_id": link.id, "friend_id": talk.friend_id, "client": "phone"}
        db.session.add(LinkFetch(**earlier, fetched_at=now() - timedelta(minutes=10 * times), due_at=now()))
        db.session.execute(db.text("UPDATE tracked_sends SET accepted_at = now() - interval '1 hour'"))
        db.session.commit()
        judge_fetches()
        assert said in as_carol.get(f"/chat/changes?since={since(page)}&open={talk.id}").text


def test_rich_messages_and_cards_are_composed_on_the_draft(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    opened = post(as_carol, talk, "draft/messages", text="Look at this:")
    assert opened.headers["HX-Redirect" if "HX-Redirect" in opened.headers else "HX-Location"]
    page = unescape(as_carol.get(f"/chat/{talk.id}/draft/messages").text)
    assert "Your words go first:" in page and "Look at this:" in page
    action = re.search(r'action="(/accounts/\d+/composer/\d+)"', page)
    assert action
    version = field(page, "draft_version")
    made = as_carol.post(
        action[1], data={"do": "add:messages:cards", "draft_version": version}, headers={"HX-Request": "true"}
    )
    assert made.status_code == 200
    typed = {"draft_version": field(made.text, "draft_version"), "do": "back", "utm.source": "chat"}
    back = as_carol.post(action[1], data=typed)
    assert back.headers["Location"].endswith(f"/chat/{talk.id}")
    page = page_of(as_carol, talk)
    assert "Card Type Message" in page and "Look at this:</textarea>" in page
    assert draft_in(talk, Actor.of_member(db.session.query(Member).filter_by(name="Carol").one())).utm


def test_words_beside_five_messages_are_refused(shop: Shop, talk: Conversation, as_carol: CheckingClient) -> None:
    for _number in range(5):
        assert post(as_carol, talk, "draft/sticker", **STICKER).status_code == 200
    refused = send(as_carol, talk, "And words")
    assert refused.status_code == 422 and "five messages" in refused.text
    assert "And words</textarea>" in page_of(as_carol, talk) and shop.log() == []


def test_what_is_known_of_the_friend_is_offered_when_it_is_asked_for(
    talk: Conversation, as_carol: CheckingClient
) -> None:
    address = f"/chat/{talk.id}/values"
    assert "Nothing is known yet" in as_carol.get(address, headers={"HX-Request": "true"}).text
    db.session.get_one(Friend, talk.friend_id).display_name = "Hana"
    db.session.commit()
    assert f'hx-get="{address}" hx-trigger="intersect once"' in as_carol.get(f"/chat/{talk.id}").text
    offered = as_carol.get(address, headers={"HX-Request": "true"}).text
    assert 'data-picker-text-param="Hana"' in offered and "<html" not in offered
    assert as_carol.get(address).headers["Location"] == f"/chat/{talk.id}"
