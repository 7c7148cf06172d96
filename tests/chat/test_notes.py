"""Notes: only the team sees them, members who are mentioned are told, and authors change them."""

from __future__ import annotations

import re
from typing import Any

import pytest
from flask import Flask

from app.core.db import db
from app.core.mail.models import OutgoingMail
from app.messages.conversations.models import Conversation, ConversationMessage
from tests.chat.conftest import the_conversation
from tests.conftest import signed_in
from tests.factories import line as line_factory
from tests.factories.team import member
from tests.messages.sending.conftest import Shop
from tests.support.client import CheckingClient

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def as_dora(app: Flask) -> CheckingClient:
    """Another member who may use the chat."""
    return signed_in(app, member(name="Dora Lee", email="dora@example.com", permissions=["chat"]))


def write(client: CheckingClient, talk: Conversation, text: str) -> int:
    """Write a note and return its id."""
    client.post(f"/chat/{talk.id}/notes", data={"note": text})
    return notes()[-1].id


def notes() -> list[ConversationMessage]:
    db.session.rollback()
    query = db.select(ConversationMessage).where(ConversationMessage.type == "note").order_by(ConversationMessage.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def mails() -> list[OutgoingMail]:
    db.session.rollback()
    return list(db.session.scalars(db.select(OutgoingMail).order_by(OutgoingMail.id)))


def since(text: str) -> str:
    return text.partition('data-since="')[2].partition('"')[0]


def test_a_note_stands_in_the_thread_and_goes_to_no_one_else(
    shop: Shop, talk: Conversation, as_carol: CheckingClient, as_dora: CheckingClient
) -> None:
    before = the_conversation()
    opened = as_dora.get(f"/chat/{talk.id}").text
    at, state = since(opened), opened.partition('data-state="')[2].partition('"')[0]
    write(as_carol, talk, "Prefers the window seat.")
    page = as_carol.get(f"/chat/{talk.id}").text
    assert page.index("Are you open?") < page.index("Prefers the window seat.")
    news = as_dora.get(f"/chat/changes?since={at}&open={talk.id}", headers=FRAGMENT).text
    assert "Prefers the window seat." in news and 'id="chat-state"' in news
    # A page whose state is the same gets the line alone.
    alone = as_dora.get(f"/chat/changes?since={at}&open={talk.id}&state={state}", headers=FRAGMENT).text
    assert "Prefers the window seat." in alone and 'id="chat-state"' not in alone
    after = the_conversation()
    assert shop.log() == []
    assert (after.owner, after.last_message_id, after.unanswered_since) == (
        before.owner,
        before.last_message_id,
        before.unanswered_since,
    )


def test_a_member_who_is_mentioned_is_told_and_finds_the_conversation(
    talk: Conversation, as_carol: CheckingClient, as_dora: CheckingClient
) -> None:
    note_id = write(as_carol, talk, "@dora lee, can you look? @Zoe @Carol")
    (told,) = mails()
    assert (told.recipient, f"/chat/{talk.id}" in (told.body or "")) == ("dora@example.com", True)
    row = f"chat-row-{talk.id}"
    assert row in as_dora.get("/chat?show=mentioned").text
    assert row not in as_carol.get("/chat?show=mentioned").text
    as_dora.get(f"/chat/{talk.id}")
    assert row not in as_dora.get("/chat?show=mentioned").text
    # The same members again are not told again.
    as_carol.post(f"/chat/{talk.id}/notes/{note_id}", data={"note": "@Dora Lee, can you look today?"})
    assert len(mails()) == 1


def test_its_author_changes_and_deletes_it_and_no_one_else(
    talk: Conversation, as_carol: CheckingClient, as_dora: CheckingClient
) -> None:
    note_id = write(as_carol, talk, "Prefers the window seat.")
    for path in ("", "/removal"):
        assert as_dora.post(f"/chat/{talk.id}/notes/{note_id}{path}", data={"note": "No."}).status_code == 403
    changed = as_carol.post(f"/chat/{talk.id}/notes/{note_id}", data={"note": "Prefers the bar."}, headers=FRAGMENT)
    assert "Prefers the bar." in changed.text and "edited" in changed.text
    at = since(as_dora.get(f"/chat/{talk.id}").text)
    as_carol.post(f"/chat/{talk.id}/notes/{note_id}/removal")
    news = as_dora.get(f"/chat/changes?since={at}&open={talk.id}", headers=FRAGMENT).text
    assert re.search(rf'id="line-{note_id}"[^>]* hidden', news)
    assert "Prefers the bar." not in as_dora.get(f"/chat/{talk.id}").text and notes()[0].content == {}
    assert as_carol.post(f"/chat/{talk.id}/notes/{note_id}/removal").status_code == 404


def test_one_note_is_pinned_on_top(talk: Conversation, as_carol: CheckingClient, as_dora: CheckingClient) -> None:
    first, second = (write(as_carol, talk, text) for text in ("Allergic to nuts.", "Prefers the bar."))

    def pinned(page: str) -> str:
        return page.partition('id="chat-pinned"')[2].partition('id="chat-scroll"')[0]

    for note_id, text in ((first, "Allergic to nuts."), (second, "Prefers the bar.")):
        as_dora.post(f"/chat/{talk.id}/notes/pin", data={"note": str(note_id)})
        page = pinned(as_carol.get(f"/chat/{talk.id}").text)
        # The way there, wherever in the thread it stands.
        assert text in page and f'href="/chat/{talk.id}?message={note_id}"' in page
    assert "Allergic to nuts." not in pinned(as_carol.get(f"/chat/{talk.id}").text)
    as_carol.post(f"/chat/{talk.id}/notes/{second}/removal")
    assert "chat-pinned-words" not in pinned(as_carol.get(f"/chat/{talk.id}").text)
    assert the_conversation().pinned_note_id is None
    as_dora.post(f"/chat/{talk.id}/notes/pin", data={"note": str(first)})
    as_dora.post(f"/chat/{talk.id}/notes/pin", data={"note": ""})
    assert the_conversation().pinned_note_id is None


@pytest.mark.parametrize("text", ["  ", "x" * 5_001])
def test_what_is_no_note_is_refused_and_stays(talk: Conversation, as_carol: CheckingClient, text: str) -> None:
    note_id = write(as_carol, talk, "Prefers the bar.")
    for path in ("", f"/{note_id}"):
        refused = as_carol.post(f"/chat/{talk.id}/notes{path}", data={"note": text}, headers=FRAGMENT)
        assert refused.status_code == 422 and "is-invalid" in refused.text
    assert [one.content["text"] for one in notes()] == ["Prefers the bar."]


def test_notes_of_other_accounts_are_not_there(talk: Conversation, as_carol: CheckingClient, app: Flask) -> None:
    note_id = write(as_carol, talk, "Prefers the bar.")
    other = line_factory.account(name="Other")
    eve = signed_in(app, member(email="eve@example.com", permissions=["chat"], account_ids=[other.id]))
    for path in ("", "/pin", f"/{note_id}", f"/{note_id}/removal"):
        assert eve.post(f"/chat/{talk.id}/notes{path}", data={"note": "Hi"}).status_code == 404
    for path in ("/new", f"/{note_id}", f"/{note_id}/edit"):
        assert eve.get(f"/chat/{talk.id}/notes{path}").status_code == 404


def test_the_friends_cards_are_shown_to_who_may_see_friends(
    talk: Conversation, as_carol: CheckingClient, app: Flask, people: Any
) -> None:
    url = f"/chat/{talk.id}/person"
    assert as_carol.get(url, headers=FRAGMENT).status_code == 403
    assert url not in as_carol.get(f"/chat/{talk.id}").text
    fay = signed_in(app, member(email="fay@example.com", permissions=["chat", "friends", "tags", "segments"]))
    assert url in fay.get(f"/chat/{talk.id}").text
    cards = fay.get(url, headers=FRAGMENT).text
    for part in ("friend-tags", "friend-attributes", "friend-id-link", "friend-timeline", "new-tag", "/segments"):
        assert part in cards
