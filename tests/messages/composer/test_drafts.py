"""Drafts: kept on the server until they are saved or discarded, each its member's own."""

from __future__ import annotations

from threading import Barrier, Thread
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import select

from app.core.db import db
from app.core.errors import Conflict
from app.line.models import Account
from app.media.models import MediaReference
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import (
    DraftClosed,
    SavedElsewhere,
    change_draft,
    close,
    open_draft,
    settle,
    take,
)
from app.team.actors import Actor
from tests.factories.media import media_file
from tests.messages.composer.pressing import draft_content, press
from tests.support.client import CheckingClient


def test_a_draft_goes_on_where_it_was_left_until_it_is_taken(place: Account, alice: Actor) -> None:
    stored = {"messages": [{"kind": "text", "text": "Stored"}], "quick_replies": []}
    draft = open_draft(place.id, "auto_message", 7, stored, actor=alice)
    change_draft(place.id, draft.id, {"draft_version": "1", "messages.0.text": "Changed"}, actor=alice)
    again = open_draft(place.id, "auto_message", 7, stored, actor=alice)
    assert (again.id, again.content["messages"][0]["text"], again.is_changed) == (draft.id, "Changed", True)
    taken = take(place.id, draft.id, {"draft_version": "1", "messages.0.text": "Last"}, actor=alice)
    close(place.id, draft.id, actor=alice)
    assert taken["messages"] == [{"kind": "text", "text": "Last"}]
    fresh = open_draft(place.id, "auto_message", 7, taken, actor=alice)
    assert fresh.id != draft.id and not fresh.is_changed


def test_a_saved_draft_is_that_of_its_owner_in_all_windows(place: Account, alice: Actor) -> None:
    draft = open_draft(place.id, "auto_message", None, own={"name": ""}, actor=alice)
    taken = take(place.id, draft.id, {"draft_version": "1", "name": "Hello"}, actor=alice)
    settle(place.id, draft.id, 7, before=None, actor=alice)
    assert not draft.is_changed and draft.past == []
    change_draft(place.id, draft.id, {"draft_version": "1"}, "add:messages:text", actor=alice)
    again = open_draft(place.id, "auto_message", 7, taken, {"name": "Hello"}, actor=alice)
    assert (again.id, again.is_changed, len(again.content["messages"])) == (draft.id, True, 1)
    with pytest.raises(SavedElsewhere):
        settle(place.id, draft.id, 8, before=None, actor=alice)
    assert open_draft(place.id, "auto_message", None, actor=alice).id != draft.id


def test_two_pages_that_open_at_the_same_moment_have_one_draft(app: Flask, place: Account, alice: Actor) -> None:
    account_id, ids, gate = place.id, list[int](), Barrier(2)
    db.session.commit()

    def open_page() -> None:
        with app.app_context():
            gate.wait(10)
            ids.append(open_draft(account_id, "auto_message", None, actor=alice).id)
            db.session.commit()

    threads = [Thread(target=open_page) for _ in range(2)]
    [thread.start() for thread in threads], [thread.join(20) for thread in threads]
    assert len(ids) == 2
    assert list(db.session.scalars(select(MessageDraft.id))) == [ids[0]] == [ids[1]]


def test_an_unchanged_draft_follows_its_owner(place: Account, alice: Actor) -> None:
    open_draft(place.id, "auto_message", 7, actor=alice)
    newer = {"messages": [{"kind": "text", "text": "By someone else"}]}
    assert (
        open_draft(place.id, "auto_message", 7, newer, actor=alice).content["messages"][0]["text"] == "By someone else"
    )


def test_a_draft_keeps_what_was_typed_into_its_owners_fields(place: Account, alice: Actor) -> None:
    draft = open_draft(place.id, "auto_message", None, own={"name": "", "folder": "0"}, actor=alice)
    posted = {"draft_version": "1", "name": "Welc", "version": "0"}
    change_draft(place.id, draft.id, posted, actor=alice)
    again = open_draft(place.id, "auto_message", None, own={"name": "", "folder": "3"}, actor=alice)
    assert (again.id, again.own, again.is_changed) == (draft.id, {"name": "Welc", "folder": "3"}, True)
    change_draft(place.id, draft.id, {**posted, "name": "Welcome"}, "discard", actor=alice)
    assert (draft.own, draft.is_changed) == ({"name": "", "folder": "3"}, False)


def test_what_was_discarded_can_be_brought_back_on_a_page_that_was_loaded_again(place: Account, alice: Actor) -> None:
    draft = open_draft(place.id, "auto_message", None, actor=alice)
    change_draft(place.id, draft.id, {"draft_version": "1"}, "add:messages:text", actor=alice)
    change_draft(place.id, draft.id, {"draft_version": "2", "messages.0.text": "Kept"}, "discard", actor=alice)
    again = open_draft(place.id, "auto_message", None, actor=alice)
    change_draft(place.id, again.id, {"draft_version": str(again.version)}, "undo", actor=alice)
    assert again.content["messages"] == [{"kind": "text", "text": "Kept"}]


def test_discarding_loads_the_page_again(draft: MessageDraft, as_alice: CheckingClient) -> None:
    press(as_alice, draft, "add:messages:text")
    data = {"draft_version": str(draft.version), "do": "discard"}
    page = f"/accounts/{draft.account_id}/auto-messages/new"
    headers = {"HX-Request": "true", "HX-Current-URL": f"http://127.0.0.1{page}"}
    answer = as_alice.post(f"/accounts/{draft.account_id}/composer/{draft.id}", data=data, headers=headers)
    assert answer.headers["HX-Redirect"] == page
    assert draft_content(draft)["messages"] == []


def test_files_of_a_draft_stay(place: Account, alice: Actor, draft: MessageDraft) -> None:
    file_id = media_file(place.id).id
    change_draft(place.id, draft.id, {"draft_version": "1"}, "add:messages:image", actor=alice)
    change_draft(place.id, draft.id, {"draft_version": "2", "messages.0.file_id": str(file_id)}, actor=alice)
    assert db.session.scalars(select(MediaReference.file_id)).all() == [file_id]
    close(place.id, draft.id, actor=alice)
    assert db.session.scalars(select(MediaReference.file_id)).all() == []


def test_a_draft_is_its_members_own(place: Account, draft: MessageDraft, people: SimpleNamespace) -> None:
    people.bob.permissions = ["rich_menus", "chat"]
    db.session.commit()
    bob = Actor.of_member(people.bob)
    with pytest.raises(DraftClosed):
        change_draft(place.id, draft.id, {"draft_version": "1"}, actor=bob)
    with pytest.raises(DraftClosed):
        take(place.id, draft.id, {"draft_version": "1"}, actor=bob)
    assert open_draft(place.id, "auto_message", None, actor=bob).id != draft.id


def test_a_page_of_another_state_cannot_be_saved(place: Account, alice: Actor, draft: MessageDraft) -> None:
    change_draft(place.id, draft.id, {"draft_version": "1"}, "add:messages:text", actor=alice)
    with pytest.raises(Conflict):
        take(place.id, draft.id, {"draft_version": "1", "messages.0.text": "x"}, actor=alice)
