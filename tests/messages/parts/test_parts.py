"""Message Items: the lists of both kinds, the editor of one message, and copies of them in drafts."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.core import usage
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.registry import Registry
from app.line.models import Account
from app.media.queries import is_used
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import open_draft
from app.messages.content.message_set import MessageSet
from app.messages.library.operations import copy_message, create_message, delete_message
from app.messages.parts.library import CARD_MESSAGES, RICH_MESSAGES
from app.messages.parts.models import MessagePart, PartFolder, RichPart
from app.team.actors import Actor
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.factories.auto_messages import says
from tests.factories.line import account
from tests.factories.message_parts import cards_part, rich_message, rich_part
from tests.messages.auto.test_editor_pages import fields
from tests.support.client import CheckingClient


def url(place: Account, path: str = "", kind: str = "rich") -> str:
    return f"/accounts/{place.id}/{kind}-messages{path}"


def names(html: str) -> list[str]:
    return re.findall(r'id="name-(?:rich|card)-messages-\d+"[^>]*><bdi>([^<]*)<', html)


@pytest.fixture
def alice(people: SimpleNamespace) -> Actor:
    """Alice as the actor of operations."""
    return Actor.of_member(people.alice)


def test_each_kind_has_a_list_of_its_own(place: Account, as_alice: CheckingClient) -> None:
    assert "No Rich Messages yet" in as_alice.get(url(place)).text
    one = rich_part(place, "Sale", "Spring sale, 20% off")
    cards_part(place, "Beans")
    rich_part(account(), "Elsewhere")
    page = as_alice.get(url(place)).text
    assert names(page) == ["Sale"] and "Spring sale, 20% off" in page and ">1 Rich Message<" in page
    assert f"/media/{one.content['messages'][0]['file_id']}/240" in page
    assert names(as_alice.get(url(place, kind="card")).text) == ["Beans"]
    assert names(as_alice.fragment(url(place, "?search=ｓａ")).text) == ["Sale"]
    assert as_alice.get(url(place, f"/{one.id}/edit", kind="card")).status_code == 404


def test_folders_of_one_kind_are_not_those_of_the_other(place: Account, as_alice: CheckingClient) -> None:
    one = rich_part(place, "Sale")
    for kind in ("rich", "card"):
        assert as_alice.post(url(place, "/folders", kind), data={"name": "Spring"}).status_code == 303
    rich, cards = db.session.scalars(select(PartFolder).order_by(PartFolder.id)).all()
    assert as_alice.post(url(place, "/moves"), data={"chosen": one.id, "into": cards.id}).status_code == 404
    as_alice.post(url(place, "/moves"), data={"chosen": one.id, "into": rich.id})
    assert names(as_alice.get(url(place, f"?folder={rich.id}")).text) == ["Sale"]
    assert db.session.scalars(select(AuditEntry.action).order_by(AuditEntry.id)).all()[-1] == "rich_part.moved"


def test_the_editor_is_that_of_one_message(connected: Account, as_alice: CheckingClient) -> None:
    page = as_alice.get(url(connected, "/new")).text
    assert 'id="item-messages.0"' in page and not re.search("add:messages|quick_replies|utm", page)
    picture = rich_message(connected)
    form = fields(page) | {"messages.0.file_id": str(picture.file_id), "messages.0.alt_text": "Spring"}
    form["messages.0.areas.0.action.url"] = "https://shop.example/"
    assert as_alice.fragment(url(connected), method="POST", data={**form, "name": ""}).status_code == 422
    as_alice.fragment(url(connected), method="POST", data={**form, "name": "Sale", "folder": "0"})
    [made] = db.session.scalars(select(RichPart)).all()
    assert (made.name, made.content["messages"][0]["alt_text"]) == ("Sale", "Spring") and is_used(picture.file_id or 0)


def test_no_command_makes_it_another_message(place: Account, as_alice: CheckingClient) -> None:
    as_alice.get(url(place, "/new"))
    [draft] = db.session.scalars(select(MessageDraft)).all()
    for command in ("add:messages:text", "remove:messages.0", "copy:messages.0", "add:quick_replies"):
        data = {"draft_version": str(draft.version), "do": command}
        answer = as_alice.post(f"/accounts/{place.id}/composer/{draft.id}", data=data)
        assert answer.status_code == 404, command


def test_only_its_kind_is_kept(place: Account, alice: Actor) -> None:
    with pytest.raises(InvalidInput):
        create_message(place.id, RICH_MESSAGES, "Words", says("Hello"), actor=alice)


def test_its_files_stay_as_long_as_it_uses_them(connected: Account, alice: Actor) -> None:
    picture = rich_message(connected)
    made = create_message(connected.id, RICH_MESSAGES, "Sale", MessageSet((picture,)), actor=alice)
    copy = copy_message(connected.id, RICH_MESSAGES, made.id, actor=alice)
    assert copy.name == "Sale (copy)"
    delete_message(connected.id, RICH_MESSAGES, made.id, actor=alice)
    assert is_used(picture.file_id or 0)
    delete_message(connected.id, RICH_MESSAGES, copy.id, actor=alice)
    assert not is_used(picture.file_id or 0)


def test_what_is_used_is_not_deleted(place: Account, as_alice: CheckingClient, monkeypatch: pytest.MonkeyPatch) -> None:
    one = cards_part(place, "Beans")
    finders: Registry[usage.Finder] = Registry("usage")
    finders.add("cards_part/workflows", lambda _id: [usage.Usage("Workflow", "Weekly", "home.show", holds=True)])
    monkeypatch.setattr(usage, "FINDERS", finders)
    refused = as_alice.post(url(place, f"/{one.id}/removal", "card"))
    assert refused.status_code == 409 and "Workflow: Weekly" in refused.text
    assert "cannot be deleted now" in as_alice.fragment(url(place, f"/{one.id}/removal", "card")).text


def items(place: Account, draft: MessageDraft, path: str = "") -> str:
    return f"/accounts/{place.id}/message-items/{draft.id}{path}"


def test_a_copy_goes_into_a_draft(place: Account, alice: Actor, as_alice: CheckingClient) -> None:
    draft = open_draft(place.id, "auto_message", None, actor=alice)
    one, other, old = rich_part(place, "Sale"), cards_part(place, "Beans"), rich_part(place, "Old")
    archived = as_alice.post(url(place, f"/{old.id}/archival"))
    assert archived.status_code == 303
    offered = as_alice.fragment(items(place, draft)).text
    assert "Sale" in offered and "Beans" in offered and "Old" not in offered
    assert "Sale" not in as_alice.fragment(items(place, draft, "?words=bea")).text
    data: dict[str, Any] = {"draft_version": str(draft.version)}
    drawn = as_alice.fragment(items(place, draft, f"/{one.id}"), method="POST", data=data)
    assert 'id="item-messages.0"' in drawn.text
    db.session.refresh(draft)
    assert draft.content["messages"] == one.content["messages"] and is_used(draft.content["messages"][0]["file_id"])
    one.content = other.content
    db.session.commit()
    db.session.refresh(draft)
    assert draft.content["messages"][0]["kind"] == "rich"


def test_a_full_draft_and_others_drafts_take_none(
    place: Account, alice: Actor, people: SimpleNamespace, as_alice: CheckingClient
) -> None:
    full = {"messages": [{"kind": "text", "text": "Hello"}] * 5}
    draft = open_draft(place.id, "auto_message", 1, full, actor=alice)
    people.bob.permissions = [Permission.AUTO_MESSAGES]
    theirs = open_draft(place.id, "auto_message", 1, full, actor=Actor.of_member(people.bob))
    part, stranger = rich_part(place, "Sale"), rich_part(account(), "Elsewhere")
    data = {"draft_version": "1"}
    for path, status in ((items(place, draft, f"/{part.id}"), 409), (items(place, draft, f"/{stranger.id}"), 404)):
        assert as_alice.fragment(path, method="POST", data=data).status_code == status
    assert as_alice.fragment(items(place, theirs, f"/{part.id}"), method="POST", data=data).status_code == 409
    assert as_alice.fragment(items(place, theirs)).status_code == 404
    assert CARD_MESSAGES.only == "cards" and db.session.scalars(select(MessagePart.kind)).all() == ["rich", "rich"]
