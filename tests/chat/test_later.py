"""Answers that go out later: listed, changed, taken back, and sent once in the name of the member."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest

from app.chat.later import operations as later
from app.chat.later import sending
from app.chat.later.models import PlannedAnswer
from app.core.clock import now
from app.core.db import db
from app.core.i18n import zone
from app.messages.conversations.models import Conversation
from app.messages.sending.delivery import deliver_due
from tests.chat.conftest import the_conversation
from tests.chat.saying import since
from tests.chat.test_composer import STICKER, page_of, post
from tests.messages.sending.conftest import Killed, Shop
from tests.support.client import CheckingClient

TOMORROW = timedelta(days=1)


def at(after: timedelta) -> str:
    return (now() + after).astimezone(zone()).strftime("%Y-%m-%dT%H:%M")


def plan(client: CheckingClient, talk: Conversation, words: str = "Good morning", **data: Any) -> Any:
    return post(client, talk, "planned", **{"text": words, "at": at(TOMORROW), **data})


def planned() -> PlannedAnswer:
    query = db.select(PlannedAnswer).order_by(PlannedAnswer.id.desc()).limit(1)
    return db.session.scalars(query.execution_options(populate_existing=True)).one()


def let_it_be_due() -> None:
    db.session.execute(db.text("UPDATE planned_answers SET due_at = now() WHERE due_at IS NOT NULL"))
    db.session.commit()


def send_due() -> None:
    sending.send_due()
    deliver_due()
    db.session.commit()


def said(shop: Shop) -> list[str]:
    return [one["messages"][0].get("text") for one in shop.log()]


def test_it_waits_with_what_is_beside_the_words_and_is_sent_once(
    shop: Shop, talk: Conversation, as_carol: CheckingClient
) -> None:
    post(as_carol, talk, "draft/sticker", **STICKER)
    for _press in range(2):
        assert plan(as_carol, talk, press="p1").status_code == 200
    page = page_of(as_carol, talk)
    assert page.count("Good morning") == 1 and "chat-waiting" not in page
    send_due()
    assert shop.log() == []
    let_it_be_due()
    for _time in range(2):
        send_due()
    (sent,) = shop.log()
    assert [one["type"] for one in sent["messages"]] == ["text", "sticker"]
    assert "Carol answers now" in page_of(as_carol, talk) and planned().state == "sent"
    assert 'id="chat-planned" class="chat-planned" aria-label="Sent later" hidden' in page_of(as_carol, talk)


@pytest.mark.parametrize("when", ["", "soon", "2020-01-01T09:00", "2999-01-01T09:00"])
def test_a_time_that_is_none_or_is_over_is_refused_and_the_words_stay(
    talk: Conversation, as_carol: CheckingClient, when: str
) -> None:
    refused = plan(as_carol, talk, at=when)
    assert refused.status_code == 422 and "chat-later-problem" in refused.text
    assert "Good morning</textarea>" in page_of(as_carol, talk)


def test_nothing_written_and_what_line_takes_not_are_refused(talk: Conversation, as_carol: CheckingClient) -> None:
    assert "Write something first." in plan(as_carol, talk, " ").text
    assert "5000" in plan(as_carol, talk, "a" * 5_001).text


def test_it_is_moved_sent_at_once_or_taken_back(shop: Shop, talk: Conversation, as_carol: CheckingClient) -> None:
    plan(as_carol, talk)
    one = planned().id
    moved = post(as_carol, talk, f"planned/{one}/time", at=at(2 * TOMORROW))
    assert moved.status_code == 200 and planned().due_at == planned().send_at
    assert planned().send_at - now() > TOMORROW
    assert post(as_carol, talk, f"planned/{one}/time", at="2020-01-01T09:00").status_code == 422
    assert post(as_carol, talk, f"planned/{one}/sending").status_code == 200
    deliver_due()
    db.session.commit()
    assert said(shop) == ["Good morning"]
    over = post(as_carol, talk, f"planned/{one}/cancellation")
    assert over.status_code == 422 and "sent or taken back already" in over.text
    plan(as_carol, talk, "Not this one")
    assert "Not this one" not in post(as_carol, talk, f"planned/{planned().id}/cancellation").text
    let_it_be_due()
    send_due()
    assert said(shop) == ["Good morning"]


def test_it_is_edited_in_the_composer_again(shop: Shop, talk: Conversation, as_carol: CheckingClient) -> None:
    post(as_carol, talk, "draft/sticker", **STICKER)
    plan(as_carol, talk)
    post(as_carol, talk, "draft", text="Something else")
    assert as_carol.post(f"/chat/{talk.id}/planned/{planned().id}/edit").status_code == 409
    db.session.rollback()
    post(as_carol, talk, "draft", text="")
    edited = post(as_carol, talk, f"planned/{planned().id}/edit").text
    assert "Good morning</textarea>" in edited and "chat-waiting" in edited and planned().state == "cancelled"


def test_a_worker_that_is_killed_leaves_it_to_be_sent_once(
    shop: Shop, talk: Conversation, as_carol: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    plan(as_carol, talk)
    let_it_be_due()
    stored = sending.store_planned

    def killed(*args: Any) -> None:
        stored(*args)
        raise Killed

    monkeypatch.setattr(sending, "store_planned", killed)
    with pytest.raises(Killed):
        sending.send_due()
    db.session.rollback()
    monkeypatch.undo()
    db.session.execute(db.text("UPDATE planned_answers SET leased_until = now() - interval '1 hour'"))
    db.session.commit()
    send_due()
    assert said(shop) == ["Good morning"]


def test_one_whose_member_may_not_answer_any_more_says_so(
    shop: Shop, talk: Conversation, as_carol: CheckingClient, people: Any
) -> None:
    plan(as_carol, talk)
    db.session.execute(db.text("UPDATE members SET permissions = '{}' WHERE name = 'Carol'"))
    db.session.commit()
    let_it_be_due()
    send_due()
    assert (planned().state, shop.log()) == ("failed", [])
    assert "may not answer here any more" in str(planned().problem)
    db.session.execute(db.text("UPDATE members SET permissions = '{chat}' WHERE name = 'Carol'"))
    db.session.commit()
    assert "may not answer here any more" in page_of(as_carol, talk)
    post(as_carol, talk, f"planned/{planned().id}/sending")
    deliver_due()
    db.session.commit()
    assert said(shop) == ["Good morning"]


def test_of_another_conversation_nothing_is_changed(talk: Conversation, as_carol: CheckingClient) -> None:
    assert as_carol.post(f"/chat/{talk.id}/planned/999/cancellation").status_code == 404
    assert the_conversation().owner == "automation" and later.OWNER == "planned_answer"


def test_an_open_page_is_sent_the_list_only_when_it_changed(
    shop: Shop, hana: str, talk: Conversation, as_carol: CheckingClient
) -> None:
    plan(as_carol, talk)
    page = page_of(as_carol, talk)
    (state,) = re.findall(r'id="chat-planned"[^>]* data-planned="([^"]+)"', page)
    asked = f"/chat/changes?since={since(page)}&open={talk.id}"
    shop.say(hana, "Hello?")
    told = as_carol.get(f"{asked}&planned={state}").text
    assert "Hello?" in told and "chat-planned" not in told
    assert "Good morning" in as_carol.get(f"{asked}&planned=").text
    post(as_carol, talk, f"planned/{planned().id}/time", at=at(TOMORROW * 2))
    assert "Good morning" in as_carol.get(f"{asked}&planned={state}").text
