"""What is said on LINE stands in HubSpot's inbox: once, in order, with pictures and times, whatever happens between."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import pytest
import requests

from app.chat.operations.answering import answer
from app.chat.recipients import texts
from app.core.db import db
from app.integrations.hubspot.inbox import publishing
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.delivery import deliver_due
from app.team.actors import Actor
from tests.factories import integrations
from tests.factories.team import member
from tests.integrations.hubspot.inbox.conftest import Desk
from tests.messages.sending.conftest import Killed


def test_words_of_friends_come_in_order_with_their_times(desk: Desk, hana: str) -> None:
    desk.shop.friend(hana).display_name = "Hana"
    db.session.commit()
    for words in ("One", "Two", "Three"):
        desk.shop.say(hana, words)
    assert desk.publish() == 1
    (thread,) = desk.threads()
    assert [one["text"] for one in thread["messages"]] == ["One", "Two", "Three"]
    assert thread["integration_id"] == f"{desk.shop.account.id}:{hana}"
    assert thread["visitor"]["name"] == "Hana"
    (row,) = db.session.execute(db.text("SELECT occurred_at FROM conversation_messages ORDER BY id LIMIT 1"))
    said = datetime.fromisoformat(thread["messages"][0]["createdAt"])
    assert abs((said - row.occurred_at).total_seconds()) < 0.001
    assert desk.inbox().last_published_at is not None
    assert desk.publish() == 0


def test_a_friend_who_is_being_named_waits_for_it(desk: Desk, hana: str) -> None:
    desk.shop.say(hana, "Hi")
    db.session.execute(db.text("UPDATE friends SET display_name = NULL, profile_due_at = now()"))
    db.session.commit()
    publishing.publish_due(desk.integration.id)
    assert desk.threads() == []
    desk.name_everyone()
    db.session.execute(db.text("UPDATE hubspot_threads SET due_at = now()"))
    db.session.commit()
    desk.publish()
    assert desk.threads()[0]["visitor"]["name"] == "Hana"


def test_a_redelivered_message_and_a_killed_worker_publish_once(
    desk: Desk, hana: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    desk.shop.say(hana, "Once")
    with monkeypatch.context() as patch, pytest.raises(Killed):
        patch.setattr(publishing, "_settle", _die)
        desk.publish()
    db.session.rollback()
    db.session.execute(db.text("UPDATE hubspot_threads SET leased_until = NULL"))
    db.session.commit()
    desk.publish()
    assert desk.texts() == [("INCOMING", "Once")]


def _die(*_given: Any) -> None:
    raise Killed


def test_a_picture_is_a_private_file(desk: Desk, hana: str) -> None:
    desk.shop.act(hana, "message", message={"type": "image"})
    desk.shop.friend(hana)
    desk.fetch()
    desk.publish()
    (message,) = desk.threads()[0]["messages"]
    (file,) = message["attachments"]
    assert (file["type"], file["fileUsageType"]) == ("FILE", "IMAGE")
    assert requests.get(file["url"].partition("?")[0], timeout=20).status_code == 403
    assert requests.get(file["url"], timeout=20).headers["Content-Type"].startswith("image/")


def test_what_comes_after_a_picture_waits_until_it_is_fetched(desk: Desk, hana: str) -> None:
    desk.shop.act(hana, "message", message={"type": "image"})
    desk.shop.say(hana, "Do you have this?")
    desk.publish()
    assert desk.threads() == []
    desk.fetch()
    db.session.execute(db.text("UPDATE hubspot_threads SET due_at = now()"))
    db.session.commit()
    desk.publish()
    first, second = desk.threads()[0]["messages"]
    assert len(first["attachments"]) == 1 and second["text"] == "Do you have this?"


def test_a_picture_that_line_no_longer_has_goes_with_a_note_at_once(desk: Desk, hana: str) -> None:
    desk.shop.act(hana, "message", message={"type": "image", "failed": True})
    desk.shop.friend(hana)
    desk.fetch()
    desk.publish()
    ((_in, note),) = desk.texts()
    assert note.startswith("A photo that could not be fetched from LINE:")


def test_what_comes_after_a_picture_goes_on_after_a_minute(desk: Desk, hana: str) -> None:
    desk.shop.act(hana, "message", message={"type": "image"})
    desk.shop.say(hana, "Do you have this?")
    desk.publish()
    assert desk.threads() == []
    db.session.execute(db.text("UPDATE hubspot_outgoing SET created_at = created_at - interval '61 seconds'"))
    db.session.execute(db.text("UPDATE hubspot_threads SET due_at = now()"))
    db.session.commit()
    desk.publish()
    (_in, note), (_too, after) = desk.texts()
    assert note.startswith("A photo that could not be fetched from LINE:") and f"/chat/{desk.conversation().id}" in note
    assert after == "Do you have this?"


def test_other_kinds_are_a_place_or_a_line_with_a_link(desk: Desk, hana: str) -> None:
    place = {"type": "location", "title": "Shop", "address": "Kyoto 1", "latitude": 35.0, "longitude": 135.7}
    desk.shop.act(hana, "message", message=place)
    desk.shop.act(hana, "message", message={"type": "sticker", "packageId": "446", "stickerId": "1988"})
    desk.shop.friend(hana)
    desk.publish()
    first, second = desk.threads()[0]["messages"]
    assert first["attachments"][0]["type"] == "LOCATION" and first["attachments"][0]["latitude"] == 35.0
    assert second["text"].startswith("Sticker") and f"/chat/{desk.conversation().id}" in second["text"]


def test_a_message_that_was_taken_back_in_time_is_left_out(desk: Desk, hana: str) -> None:
    said = desk.shop.say(hana, "Oops")
    desk.shop.act(hana, "unsend", messageId=said)
    desk.shop.friend(hana)
    desk.shop.say(hana, "Right")
    desk.publish()
    assert desk.texts() == [("INCOMING", "Right")]


def test_a_message_that_is_taken_back_later_stays_and_that_is_said(desk: Desk, hana: str) -> None:
    said = desk.shop.say(hana, "Oops")
    desk.publish()
    desk.shop.act(hana, "unsend", messageId=said)
    desk.shop.friend(hana)
    desk.publish()
    assert [words for _direction, words in desk.texts()] == [
        "Oops",
        "Took back a message on LINE. It stays here, since it cannot be removed from HubSpot.",
    ]


def test_what_the_team_and_workflows_answer_goes_out_too(desk: Desk, hana: str) -> None:
    desk.shop.say(hana, "Open?")
    carol = Actor.of_member(member(name="Carol", email="carol@example.com", permissions=["chat"]))
    answer(desk.conversation(), texts("Yes, until 6."), actor=carol)
    db.session.commit()
    deliver_due()
    desk.shop.send(hana, "See you", cause=Cause(CauseKind.WORKFLOW, "step-1"))
    desk.shop.send(hana, "A test", cause=Cause(CauseKind.TEST, "1"))
    desk.publish()
    assert desk.texts() == [("INCOMING", "Open?"), ("OUTGOING", "Yes, until 6."), ("OUTGOING", "See you")]
    assert desk.threads()[0]["messages"][1]["senders"][0]["name"] == "Carol"


def test_the_linked_contact_is_tied_to_the_thread_and_one_that_is_gone_is_left_out(desk: Desk, hana: str) -> None:
    contact = desk.portal.contact(firstname="花子")
    link = integrations.link(desk.integration, desk.shop.friend(hana), contact)
    desk.shop.say(hana, "Hi")
    desk.publish()
    assert desk.threads()[0]["contact_id"] == contact
    link.remote_id = "404"
    db.session.commit()
    desk.shop.say(hana, "Still me")
    desk.publish()
    assert [words for _direction, words in desk.texts()] == ["Hi", "Still me"]


def test_a_friend_whose_contact_is_being_made_waits_for_it(desk: Desk, hana: str) -> None:
    desk.integration.creates_records, desk.integration.watermarks = True, {"contact": 1}
    db.session.commit()
    desk.shop.say(hana, "Hi")
    desk.publish()
    assert desk.threads() == []
    contact = desk.portal.contact(firstname="花子")
    db.session.execute(db.text("UPDATE remote_links SET remote_id = :id"), {"id": contact})
    db.session.execute(db.text("UPDATE hubspot_threads SET due_at = now()"))
    db.session.commit()
    desk.publish()
    assert desk.threads()[0]["contact_id"] == contact


def test_too_many_calls_and_a_lost_answer_hold_up_and_double_nothing(desk: Desk, hana: str) -> None:
    fault = {"channel_id": desk.portal.portal_id, "times": 8, "path": f"{ROOT}/{{channel_id}}/messages"}
    desk.shop.line.api("POST", "/faults", fault | {"kind": "status", "status": 500})
    desk.shop.say(hana, "One")
    desk.shop.say(hana, "Two")
    desk.publish()
    assert desk.inbox().problem == "hubspot.unavailable"
    desk.shop.line.api("POST", "/faults", fault | {"kind": "lost", "times": 1})
    for _ in range(3):
        db.session.execute(db.text("UPDATE hubspot_threads SET due_at = now() WHERE due_at IS NOT NULL"))
        db.session.commit()
        desk.publish()
    assert [words for _direction, words in desk.texts()] == ["One", "Two"]
    assert desk.inbox().problem is None


ROOT = "/conversations/custom-channels/2026-03"


def test_a_message_that_hubspot_refuses_holds_up_no_other(desk: Desk, hana: str) -> None:
    fault = {"channel_id": desk.portal.portal_id, "times": 1, "path": f"{ROOT}/{{channel_id}}/messages"}
    desk.shop.line.api("POST", "/faults", fault | {"kind": "status", "status": 400})
    desk.shop.say(hana, "Refused")
    desk.shop.say(hana, "Taken")
    desk.publish()
    assert desk.texts() == [("INCOMING", "Taken")]
    page = desk.browser.get(f"/integrations/hubspot/{desk.integration.id}/settings").text
    assert "Failed in the last 30 days" in page


def test_groups_have_threads_of_their_own(desk: Desk, hana: str) -> None:
    club = desk.club(hana)
    desk.say_in(club, hana, "In the group")
    desk.shop.say(hana, "Alone")
    desk.publish()
    assert {one["integration_id"].partition(":")[2] for one in desk.threads()} == {club, hana}
    (group,) = [one for one in desk.threads() if club in one["integration_id"]]
    assert group["messages"][0]["senders"][0]["deliveryIdentifier"]["value"] == hana
