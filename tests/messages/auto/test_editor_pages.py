"""Creating and changing an Auto Send Message in the composer."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.core import usage
from app.core.db import db
from app.core.registry import Registry
from app.line.models import Account
from app.media.queries import is_used
from app.messages.auto.library import AUTO_MESSAGES
from app.messages.auto.models import AutoMessage
from app.messages.composer.models import MessageDraft
from app.messages.content.kinds.plain import ImageMessage
from app.messages.content.message_set import MessageSet
from app.messages.library.operations import change_message, copy_message, create_message, delete_message
from app.team.actors import Actor
from app.team.models import AuditEntry
from tests.factories.auto_messages import auto_message, folder
from tests.factories.media import media_file
from tests.messages.auto.test_list_pages import url
from tests.support.client import CheckingClient


def fields(html: str) -> dict[str, str]:
    """The form as the browser would send it, as far as texts, numbers and areas of text go."""
    found = dict(re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', html))
    found |= dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>\s*([^<]*)</textarea>', html))
    return {name: value for name, value in found.items() if name not in ("do", "over", "csrf_token")}


def with_text(client: CheckingClient, page: str, text: str) -> dict[str, Any]:
    """Add a text message by the composer's button, and return the form with this text."""
    form = fields(page)
    path = re.search(r"/accounts/\d+/composer/\d+", page)
    assert path
    drawn = client.fragment(path[0], method="POST", data={**form, "do": "add:messages:text"}).text
    form |= fields(drawn)
    assert "messages.0.text" in form
    return {**form, "messages.0.text": text}


def test_the_name_of_a_new_one_is_kept_while_it_is_typed(connected: Account, as_alice: CheckingClient) -> None:
    page = as_alice.get(url(connected, "/new")).text
    form = with_text(as_alice, page, "Hello")
    path = re.search(r"/accounts/\d+/composer/\d+", page)
    assert path
    as_alice.fragment(f"{path[0]}/check", method="POST", data={**form, "name": "Welcome"})
    again = as_alice.get(url(connected, "/new")).text
    assert fields(again)["name"] == "Welcome" and "data-guard-dirty-value=true" in again
    assert 'id="left-unsaved"' in again and 'id="left-unsaved"' not in page


def test_creating_one(connected: Account, as_alice: CheckingClient) -> None:
    box = folder(connected, "Shop")
    form = with_text(as_alice, as_alice.get(url(connected, f"/new?folder={box.id}")).text, "Hello {{display_name|you}}")
    answer = as_alice.fragment(url(connected), method="POST", data={**form, "name": "Welcome", "folder": box.id})
    made = db.session.scalars(select(AutoMessage)).one()
    assert answer.headers["HX-Redirect"] == url(connected, f"/{made.id}/edit")
    assert (made.name, made.folder_id, made.content["messages"][0]["text"]) == (
        "Welcome",
        box.id,
        "Hello {{display_name|you}}",
    )
    [draft] = db.session.scalars(select(MessageDraft))
    assert (draft.owner_id, draft.is_changed) == (made.id, False)
    assert db.session.scalars(select(AuditEntry.action)).all() == ["auto_message.created"]


def test_a_second_window_of_a_new_one_is_told_what_was_saved(connected: Account, as_alice: CheckingClient) -> None:
    form = with_text(as_alice, as_alice.get(url(connected, "/new")).text, "Hello")
    first = as_alice.fragment(url(connected), method="POST", data={**form, "name": "Welcome"})
    again = as_alice.fragment(url(connected), method="POST", data={**form, "name": "Welcome"})
    assert first.headers["HX-Redirect"] == again.headers["HX-Redirect"]
    other = as_alice.fragment(url(connected), method="POST", data={**form, "name": "Good bye"})
    assert (other.status_code, "message-conflict" in other.text, "Good bye" in other.text) == (409, True, True)
    [made] = db.session.scalars(select(AutoMessage))
    saved = as_alice.fragment(
        url(connected, f"/{made.id}"), method="POST", data={**form, "name": "Good bye", "over": "1"}
    )
    db.session.refresh(made)
    assert (saved.status_code, made.name) == (204, "Good bye")


def test_a_refusal_keeps_what_was_typed(connected: Account, as_alice: CheckingClient) -> None:
    form = with_text(as_alice, as_alice.get(url(connected, "/new")).text, "Typed words")
    refused = as_alice.fragment(url(connected), method="POST", data={**form, "name": ""})
    assert refused.status_code == 422 and "Enter a name." in refused.text and "Typed words" in refused.text
    assert "Typed words" in as_alice.get(url(connected, "/new")).text
    assert db.session.scalars(select(AutoMessage)).all() == []


def test_without_a_message_it_is_refused(connected: Account, as_alice: CheckingClient) -> None:
    form = fields(as_alice.get(url(connected, "/new")).text)
    refused = as_alice.fragment(url(connected), method="POST", data={**form, "name": "Empty"})
    assert refused.status_code == 422 and "Add one to five messages." in refused.text


def test_changing_one_says_where_it_takes_effect(
    connected: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    one = auto_message(connected, "Welcome", "Hello")
    finders: Registry[usage.Finder] = Registry("usage")
    finders.add("auto_message/workflows", lambda _id: [usage.Usage("Workflow", "First steps", "home.show")])
    monkeypatch.setattr(usage, "FINDERS", finders)
    page = as_alice.get(url(connected, f"/{one.id}/edit")).text
    assert "sent from then on by" in page and "First steps" in page
    form = {name: "Good day" if value == "Hello" else value for name, value in fields(page).items()}
    as_alice.fragment(url(connected, f"/{one.id}"), method="POST", data={**form, "name": "Greeting"})
    db.session.refresh(one)
    assert (one.name, one.version, one.content["messages"][0]["text"]) == ("Greeting", 2, "Good day")


def test_of_two_who_save_the_second_is_asked(connected: Account, as_alice: CheckingClient) -> None:
    one = auto_message(connected, "Welcome", "Hello")
    form = fields(as_alice.get(url(connected, f"/{one.id}/edit")).text)
    one.version += 1
    db.session.commit()
    refused = as_alice.fragment(url(connected, f"/{one.id}"), method="POST", data={**form, "name": "Mine"})
    assert refused.status_code == 409 and "Save mine over it" in refused.text and 'value="Mine"' in refused.text
    again = {**form, **fields(refused.text), "name": "Mine", "over": "2"}
    as_alice.fragment(url(connected, f"/{one.id}"), method="POST", data=again)
    db.session.refresh(one)
    assert (one.name, one.version) == ("Mine", 3)


def test_its_files_stay_as_long_as_it_uses_them(connected: Account, people: SimpleNamespace) -> None:
    place, alice = connected, Actor.of_member(people.alice)
    first, second = media_file(place.id), media_file(place.id)
    content = MessageSet((ImageMessage(file_id=first.id),))
    made = create_message(place.id, AUTO_MESSAGES, "Picture", content, actor=alice)
    copy = copy_message(place.id, AUTO_MESSAGES, made.id, actor=alice)
    other = MessageSet((ImageMessage(file_id=second.id),))
    change_message(place.id, AUTO_MESSAGES, made.id, "Picture", other, seen=1, actor=alice)
    assert is_used(first.id) and is_used(second.id)
    delete_message(place.id, AUTO_MESSAGES, copy.id, actor=alice)
    assert not is_used(first.id) and is_used(second.id)
