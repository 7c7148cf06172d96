"""Mapped fields that changed here last reach the contact; what HubSpot changed later stays."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core import error_messages
from app.core.clock import now
from app.core.db import db
from app.friends.models import Friend
from app.friends.operations.attributes import set_attributes
from app.friends.operations.definitions import create_definition
from app.integrations.hubspot.writing import sending
from app.integrations.hubspot.writing.planning import decide
from app.integrations.shared.models import FieldMapping, RemoteLink
from app.team.actors import SYSTEM
from tests.factories import integrations
from tests.factories.friends import friend
from tests.integrations.contacts import set_at
from tests.integrations.hubspot.writing.conftest import Office

BEFORE = "2026-04-01T00:00:00+00:00"


@pytest.fixture
def names(ready: Office) -> FieldMapping:
    return integrations.mapping(ready.connection, "lastname", "last_name")


def change(person: Friend, **values: Any) -> None:
    set_attributes(person.account_id, person.id, values, source="member", actor=SYSTEM)
    db.session.commit()


def link_of(person: Friend) -> RemoteLink:
    db.session.rollback()
    query = select(RemoteLink).where(RemoteLink.friend_id == person.id).execution_options(populate_existing=True)
    return db.session.scalars(query).one()


def linked(office: Office, agreed: str | None = "Yamada", name: str = "lastname") -> tuple[Friend, str]:
    """A friend and a contact who agreed on a value."""
    contact = office.portal.contact(**{name: agreed or ""})
    person = friend(office.place, last_name=agreed)
    synced = {} if agreed is None else {name: [agreed, BEFORE]}
    office.link(person, contact, synced=synced)
    return person, contact


def test_a_change_here_is_written_and_agreed_on(ready: Office, names: FieldMapping) -> None:
    hana, contact = linked(ready)
    change(hana, last_name="Tanaka")
    ready.mark()
    ready.write()

    assert ready.contact(contact, "lastname") == {"lastname": "Tanaka"}
    assert link_of(hana).synced["lastname"][0] == "Tanaka"
    assert list(ready.conflicts()) == []
    ready.mark()
    ready.write()
    assert ready.writes(contact, "lastname") == {"lastname": ["Tanaka", "Yamada"]}


def test_clearing_is_a_change(ready: Office, names: FieldMapping) -> None:
    hana, contact = linked(ready)
    change(hana, last_name="")
    ready.mark()
    ready.write()

    assert ready.contact(contact, "lastname") == {}
    assert link_of(hana).synced["lastname"][0] == ""


def test_the_newer_change_here_wins_and_the_conflict_is_kept(ready: Office, names: FieldMapping) -> None:
    hana, contact = linked(ready)
    ready.portal.control("PATCH", f"/contacts/{contact}", {"properties": {"lastname": "Suzuki"}})
    change(hana, last_name="Tanaka")
    set_at(hana, "last_name", now() + ready.portal.server.ahead + timedelta(minutes=5))
    ready.mark()
    ready.write()

    assert ready.contact(contact, "lastname") == {"lastname": "Tanaka"}
    (kept,) = ready.conflicts()
    assert (kept.local_value, kept.remote_value, kept.winner) == ("Tanaka", "Suzuki", "local")
    assert kept.local_at is not None and kept.remote_at is not None and kept.local_at > kept.remote_at


def test_a_newer_change_at_hubspot_is_left_to_the_sync(ready: Office, names: FieldMapping) -> None:
    hana, contact = linked(ready)
    change(hana, last_name="Tanaka")
    set_at(hana, "last_name", now() - timedelta(minutes=5))
    ready.portal.control("PATCH", f"/contacts/{contact}", {"properties": {"lastname": "Suzuki"}})
    ready.mark()
    ready.write()

    assert ready.contact(contact, "lastname") == {"lastname": "Suzuki"}
    assert link_of(hana).synced["lastname"][0] == "Yamada", "The sync has to find the difference."


def test_what_hubspot_changed_while_we_wrote_is_put_back(
    ready: Office, names: FieldMapping, monkeypatch: pytest.MonkeyPatch
) -> None:
    hana, contact = linked(ready)
    change(hana, last_name="Tanaka")

    def late(*about: Any) -> None:
        decide(*about)
        ready.portal.control("PATCH", f"/contacts/{contact}", {"properties": {"lastname": "Suzuki"}})

    monkeypatch.setattr(sending, "decide", late)
    ready.mark()
    ready.write()

    assert ready.writes(contact, "lastname") == {"lastname": ["Suzuki", "Tanaka", "Suzuki", "Yamada"]}
    (kept,) = ready.conflicts()
    assert (kept.local_value, kept.remote_value, kept.winner) == ("Tanaka", "Suzuki", "remote")
    assert kept.local_at is not None and kept.remote_at is not None and kept.remote_at > kept.local_at
    assert link_of(hana).synced["lastname"][0] == "Tanaka", "The sync has to find the difference."


def test_our_own_write_is_no_change_at_hubspot(ready: Office, names: FieldMapping) -> None:
    hana, contact = linked(ready)
    change(hana, last_name="Tanaka")
    ready.mark()
    ready.write()
    link = link_of(hana)
    link.synced = {"lastname": ["Yamada", BEFORE]}
    db.session.commit()
    change(hana, last_name="Mori")
    set_at(hana, "last_name", now() - timedelta(hours=1))
    ready.mark()
    ready.write()

    assert ready.contact(contact, "lastname") == {"lastname": "Mori"}
    assert list(ready.conflicts()) == []


def test_what_is_equal_already_is_only_agreed_on(ready: Office, names: FieldMapping) -> None:
    contact = ready.portal.contact(lastname="Yamada")
    hana = friend(ready.place, last_name="Yamada")
    ready.link(hana, contact)
    ready.write()

    assert link_of(hana).synced["lastname"][0] == "Yamada"
    assert ready.writes(contact, "lastname") == {"lastname": ["Yamada"]}


def test_while_the_sync_compares_a_contact_nothing_is_decided(ready: Office, names: FieldMapping) -> None:
    hana, contact = linked(ready)
    known = integrations.record(ready.connection, contact, lastname="Yamada")
    known.is_pending = True
    change(hana, last_name="Tanaka")
    ready.mark()
    ready.write()

    assert ready.contact(contact, "lastname") == {"lastname": "Yamada"}


def test_what_hubspot_cannot_hold_is_told_and_the_rest_is_written(ready: Office) -> None:
    create_definition(ready.place.id, "Stage", "text", actor=SYSTEM)
    stage = integrations.mapping(
        ready.connection,
        "lifecyclestage",
        "attributes.stage",
        remote_type="enumeration",
        remote_field_type="radio",
        options=[["lead", "Lead"], ["customer", "Customer"]],
    )
    hana, contact = linked(ready, "lead", "lifecyclestage")
    change(hana, **{"attributes.stage": "VIP", "last_name": ""})
    ready.mark()
    ready.write()

    (error,) = ready.errors()
    assert (error.mapping_id, error.side, error.value) == (stage.id, "remote", "VIP")
    assert error_messages.sentence(error.code, error.code_values).startswith("“VIP” is not among the choices")
    assert ready.contact(contact)["line_follow_status"] == "following"

    change(hana, **{"attributes.stage": "Customer"})
    ready.mark()
    ready.write()
    assert list(ready.errors()) == [] and ready.contact(contact, "lifecyclestage") == {"lifecyclestage": "customer"}


def test_a_value_that_hubspot_refuses_does_not_hold_back_the_others(ready: Office, names: FieldMapping) -> None:
    integrations.mapping(ready.connection, "jobtitle", "company")
    hana, contact = linked(ready)
    ready.portal.call("DELETE", "/crm/properties/2026-03/contacts/jobtitle")
    birthday = integrations.mapping(ready.connection, "birthday", "email")
    change(hana, last_name="Tanaka", company="Kissa", email="hana@example.jp")
    ready.mark()
    ready.write()

    assert ready.contact(contact, "lastname") == {"lastname": "Tanaka"}
    told = {one.mapping_id: error_messages.sentence(one.code, one.code_values) for one in ready.errors()}
    assert told[birthday.id] == "HubSpot does not take this as a date."


def test_a_friend_without_a_time_of_the_value(ready: Office, names: FieldMapping) -> None:
    contact = ready.portal.contact(firstname="Hana")
    hana = friend(ready.place, last_name="Yamada")
    ready.link(hana, contact)
    ready.write()

    assert ready.contact(contact, "lastname") == {"lastname": "Yamada"}
