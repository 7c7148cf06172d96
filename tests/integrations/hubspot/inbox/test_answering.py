"""What people write in HubSpot's inbox reaches LINE once and in order, and HubSpot is told what came of it."""

from __future__ import annotations

import io
from typing import Any
from urllib.parse import urlsplit

import pytest
from PIL import Image

from app.core.db import db
from app.integrations.hubspot.inbox import answering, content
from app.integrations.hubspot.inbox.answering import answer_due
from app.messages.sending.delivery import deliver_due
from tests.integrations.hubspot.inbox.conftest import Desk, attachment
from tests.messages.sending.conftest import Killed
from tests.support.waiting import wait_until


@pytest.fixture
def talk(desk: Desk, hana: str) -> Desk:
    """A friend has asked something, and HubSpot shows it."""
    desk.shop.say(hana, "Are you open?")
    desk.publish()
    return desk


def picture(kind: str = "PNG") -> bytes:
    file = io.BytesIO()
    Image.new("RGB", (40, 30), "red").save(file, kind)
    return file.getvalue()


def test_an_answer_reaches_the_friend_and_takes_the_conversation_over(talk: Desk) -> None:
    message = talk.write("Yes, until 6.", agent=1)
    talk.work()
    assert [one["text"] for one in talk.sent()] == ["Yes, until 6."]
    assert talk.status(message) == ("SENT", "")
    assert talk.conversation().owner == "person" and talk.conversation().unanswered_since is None
    page = talk.browser.get(f"/chat/{talk.conversation().id}").text
    assert "Ken Mori (HubSpot)" in page and "answers now" in page
    assert talk.inbox().last_received_at is not None


def test_it_is_not_published_back(talk: Desk) -> None:
    talk.write("Yes")
    talk.work()
    talk.publish()
    assert talk.texts() == [("INCOMING", "Are you open?"), ("OUTGOING", "Yes")]


def test_a_webhook_that_comes_twice_or_in_an_array_sends_once(talk: Desk) -> None:
    talk.portal.control("PATCH", "/inbox", {"duplicate_rate": 1.0, "as_arrays": True})
    message = talk.write("Once")
    talk.portal.control("POST", f"/inbox/messages/{message}/again")
    talk.work()
    talk.work()
    assert [one["text"] for one in talk.sent()] == ["Once"]


def test_our_own_publications_that_come_back_are_passed_over(talk: Desk) -> None:
    key = db.session.scalar(db.text("SELECT webhook_key FROM hubspot_channels"))
    message = {"id": "9", "direction": "OUTGOING", "client": {"clientType": "INTEGRATION", "integrationAppId": 1}}
    event = {"type": "OUTGOING_CHANNEL_MESSAGE_CREATED", "portalId": talk.portal.portal_id, "message": message}
    assert talk.browser.post(f"/integrations/hubspot/inbox/webhooks/{key}", json=event).status_code == 200
    assert talk.stored("9") is None


def test_a_killed_worker_sends_nothing_twice(talk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    message = talk.write("Once")
    for step in ("store_send", "_tell_one"):
        with monkeypatch.context() as patch, pytest.raises(Killed):
            patch.setattr(answering, step, _die)
            talk.work()
        db.session.rollback()
        db.session.execute(db.text("UPDATE hubspot_answers SET leased_until = NULL"))
        db.session.commit()
    talk.work()
    assert [one["text"] for one in talk.sent()] == ["Once"]
    assert talk.status(message) == ("SENT", "")


def _die(*_given: Any, **_named: Any) -> None:
    raise Killed


def test_messages_of_one_thread_keep_their_order(talk: Desk) -> None:
    slow = talk.write("First", files=[attachment(picture(), "menu.png", "image/png")])
    talk.write("Second")
    talk.shop.line.api("DELETE", "/faults")
    talk.work()
    talk.work()
    assert [one.get("text", one["type"]) for one in talk.sent()] == ["First", "image", "Second"]
    assert talk.status(slow) == ("SENT", "")


def test_messages_that_hubspot_tells_out_of_order_go_as_they_were_written(talk: Desk) -> None:
    talk.portal.control("PATCH", "/inbox", {"late_seconds": 60.0})
    path = f"/inbox/threads/{talk.threads()[0]['id']}/messages"
    late = str(talk.portal.control("POST", path, {"text": "First"})["id"])
    talk.portal.control("PATCH", "/inbox", {"late_seconds": 0.0})
    talk.write("Second")
    assert talk.stored(late) is None
    talk.shop.line.advance(60)
    wait_until(lambda: talk.stored(late), "the late webhook")
    talk.work()
    assert [one["text"] for one in talk.sent()] == ["First", "Second"]


def test_a_picture_without_words_is_hosted_here(talk: Desk) -> None:
    message = talk.write(files=[attachment(picture(), "menu.png", "image/png")])
    talk.work()
    (sent,) = talk.sent()
    assert sent["type"] == "image" and "/media/" in sent["originalContentUrl"]
    assert talk.status(message) == ("SENT", "")


def test_other_files_go_as_a_link(talk: Desk) -> None:
    pdf = b"%PDF-1.4\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"
    talk.write("The menu", files=[attachment(pdf, "menu.pdf", "application/pdf")])
    talk.work()
    words, card = talk.sent()
    assert words["text"] == "The menu" and (card["type"], card["altText"]) == ("flex", "menu.pdf")


@pytest.mark.parametrize("name", ["prices.xlsx", "photos.zip"])
def test_files_of_any_type_lead_to_the_page_from_which_they_are_downloaded(talk: Desk, name: str) -> None:
    message = talk.write(files=[attachment(b"PK\x03\x04 whatever", name, "application/octet-stream")])
    talk.work()
    (card,) = talk.sent()
    page = urlsplit(card["contents"]["footer"]["contents"][0]["action"]["uri"]).path
    assert page.startswith("/files/") and name in talk.browser.get(page).text
    assert talk.browser.get(f"{page}/content").data == b"PK\x03\x04 whatever"
    assert talk.status(message) == ("SENT", "")


def test_a_long_text_is_divided_between_words(talk: Desk) -> None:
    text = "word " * 1500
    message = talk.write(text)
    talk.work()
    sent = [one["text"] for one in talk.sent()]
    assert len(sent) == 2 and " ".join(sent) == text.strip()
    assert all(len(one) <= 5000 for one in sent) and talk.status(message) == ("SENT", "")


def test_parts_never_divide_an_emoji() -> None:
    assert content.parts("😀" * 2501) == ["😀" * 2500, "😀"]
    assert content.parts("") == []


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ("UPDATE friends SET follow_status = 'blocked'", "has blocked the account"),
        ("UPDATE accounts SET state = 'disconnected'", "is disconnected"),
        ("DELETE FROM conversations", "not known to the LINE account any more"),
        ("UPDATE hubspot_inboxes SET state = 'disconnected'", "not connected with HubSpot's inbox any more"),
    ],
)
def test_why_it_was_not_sent_is_said(talk: Desk, change: str, said: str) -> None:
    message = talk.write("Hello")
    db.session.execute(db.text(change))
    db.session.commit()
    talk.work()
    state, error = talk.status(message)
    assert state == "FAILED" and said in error
    assert talk.sent() == []


def test_a_used_up_limit_is_said(talk: Desk) -> None:
    message = talk.write("Hello")
    talk.shop.line.api("PATCH", f"/channels/{talk.shop.id}", {"quota": {"type": "limited", "value": 0}})
    db.session.execute(db.text("DELETE FROM reply_tokens"))
    db.session.commit()
    talk.work()
    state, error = talk.status(message)
    assert state == "FAILED" and "limit" in error


def test_a_message_without_a_signature_is_taken_and_its_name_is_asked_for(talk: Desk) -> None:
    talk.portal.control("PATCH", "/inbox", {"is_signed": False})
    message = talk.write("Hello")
    stored = talk.stored(message)
    assert stored is not None
    stored.message = {**stored.message, "senders": [{"actorId": "A-1"}]}
    db.session.commit()
    talk.work()
    assert "Hanako Sato (HubSpot)" in talk.browser.get(f"/chat/{talk.conversation().id}").text


def test_hubspot_is_told_later_while_it_does_not_answer(talk: Desk) -> None:
    message = talk.write("Hello")
    fault = {"channel_id": talk.portal.portal_id, "kind": "status", "status": 503, "times": 2, "method": "PATCH"}
    talk.shop.line.api("POST", "/faults", fault)
    talk.work()
    assert talk.status(message)[0] == ""
    db.session.execute(db.text("UPDATE hubspot_answers SET due_at = now()"))
    db.session.commit()
    answer_due()
    assert talk.status(message) == ("SENT", "")
    assert [one["text"] for one in talk.sent()] == ["Hello"]


def test_an_answer_in_a_group_goes_to_the_group(desk: Desk, hana: str) -> None:
    club = desk.club(hana)
    desk.say_in(club, hana, "Who comes?")
    desk.publish()
    message = desk.write("We do")
    db.session.rollback()
    answer_due()
    deliver_due()
    db.session.commit()
    answer_due()
    assert desk.status(message) == ("SENT", "")
    assert [one["text"] for one in desk.sent()] == ["We do"]
