"""What a sync must not take for a change: answers that leave something out, and contacts that were never read."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from app.core.db import db
from app.core.runs.models import Run, RunState
from app.friends.models import Friend
from app.friends.operations.friends import lock_friends
from app.integrations.hubspot.gateway import objects
from app.integrations.hubspot.gateway.batches import BatchResult
from app.integrations.hubspot.sync import applying, due
from app.integrations.hubspot.sync import run as sync_run
from app.integrations.hubspot.sync.due import apply_waiting
from app.integrations.shared.models import FieldMapping, Integration
from app.integrations.shared.records import CONTACT, ReadRecord, store_records
from app.line.models import Account
from tests.factories import integrations
from tests.factories.friends import friend
from tests.factories.integrations import mapping
from tests.integrations.contacts import contact, links
from tests.integrations.hubspot.sync.conftest import again
from tests.sandbox.hubspot.portals import Portal, V

Sync = Callable[..., Run]
PROPERTIES = f"/crm/properties/{V}/contacts"


@pytest.fixture
def nickname(portal: Integration, at_hubspot: Portal) -> FieldMapping:
    """A property of the portal's own that is mapped."""
    wish = {"name": "nickname", "label": "Nickname", "groupName": "contactinformation", "type": "string"}
    assert at_hubspot.post(PROPERTIES, wish | {"fieldType": "text"}).status_code == 201
    return mapping(portal, "nickname", "company")


def linked(place: Account, at_hubspot: Portal, **properties: str) -> tuple[Friend, str]:
    person = friend(place)
    return person, at_hubspot.contact(line_user_id=person.line_user_id, **properties)


@pytest.mark.parametrize("everything", [True, False])
def test_a_property_that_goes_while_contacts_are_read_empties_no_friend(
    place: Account,
    at_hubspot: Portal,
    line_property: str,
    nickname: FieldMapping,
    sync: Sync,
    monkeypatch: pytest.MonkeyPatch,
    everything: bool,
) -> None:
    person, known = linked(place, at_hubspot, nickname="Hanachan", firstname="Hana")
    sync()
    look = sync_run.prepare

    def delete_after(*about: Any) -> None:
        look(*about)
        at_hubspot.call("DELETE", f"{PROPERTIES}/nickname")

    monkeypatch.setattr(sync_run, "prepare", delete_after)
    at_hubspot.control("PATCH", f"/contacts/{known}", {"properties": {"firstname": "Hanako"}})
    sync(everything=everything)
    assert (again(person).company, again(person).first_name) == ("Hanachan", "Hanako")
    assert db.session.get_one(FieldMapping, nickname.id).problem == "integrations.property_missing"


def test_contacts_of_which_an_answer_says_nothing_stay(
    portal: Integration,
    place: Account,
    at_hubspot: Portal,
    line_property: str,
    sync: Sync,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    person, known = linked(place, at_hubspot, firstname="Hana")
    sync()
    read_page, read_many = objects.page, objects.read_many
    nothing = objects.RecordPage([], None)
    monkeypatch.setattr(objects, "page", lambda *a, **o: replace(read_page(*a, **o), read=lambda _body: nothing))
    unsaid: BatchResult[Any] = BatchResult([], [])
    monkeypatch.setattr(objects, "read_many", lambda *a, **o: replace(read_many(*a, **o), read=lambda _body: unsaid))
    run = sync(everything=True)
    assert run.state == RunState.COMPLETED
    assert links(portal) == {person.id: (known, "line_user_id")}


def test_a_linked_contact_that_went_before_it_was_read_is_found_out(
    portal: Integration, place: Account, at_hubspot: Portal, sync: Sync
) -> None:
    person, stays = friend(place), friend(place)
    gone, there = at_hubspot.contact(firstname="Made"), at_hubspot.contact(firstname="There")
    integrations.link(portal, person, gone, found_by="created")
    integrations.link(portal, stays, there, found_by="created")
    at_hubspot.control("DELETE", f"/contacts/{gone}")
    sync(everything=True)
    assert links(portal) == {stays.id: (there, "created")}


def test_what_another_worker_has_applied_since_is_not_undone(
    portal: Integration, place: Account, grantee: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    person = friend(place)
    known = contact(portal, "7", properties={"firstname": "First"}, lines=[person.line_user_id], updated_at=at(1))
    apply_waiting(portal.id)
    store(portal, "Second", at(2))

    def after_the_other(friend_ids: Any) -> Any:
        monkeypatch.setattr(applying, "lock_friends", lock_friends)
        store(portal, "First", at(3))
        apply_waiting(portal.id)
        return lock_friends(friend_ids)

    monkeypatch.setattr(applying, "lock_friends", after_the_other)
    due.apply_waiting(portal.id)
    assert (again(person).first_name, links(portal)) == ("First", {person.id: (known, "line_user_id")})


def store(portal: Integration, name: str, moment: str) -> None:
    store_records(portal.id, CONTACT, [ReadRecord("7", {"firstname": name}, moment)])
    db.session.commit()


def at(minute: int) -> str:
    return f"2026-04-01T00:0{minute}:00+00:00"
