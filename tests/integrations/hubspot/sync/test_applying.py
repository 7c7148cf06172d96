"""Field by field, the newer value stays; what a field cannot hold is named and changes nothing."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta

from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.runs.models import Run
from app.friends.models import Friend
from app.friends.operations.attributes import set_attributes
from app.friends.queries.value_sources import value_origins
from app.integrations.hubspot.sync.due import look_for_contacts
from app.integrations.shared.links import link_of
from app.integrations.shared.models import FieldConflict, FieldError, Integration
from app.line.models import Account
from app.team.actors import SYSTEM
from tests.factories.friends import friend
from tests.factories.integrations import mapping
from tests.integrations.contacts import links, set_at
from tests.integrations.hubspot.sync.conftest import CONTACTS, again, change, counted
from tests.sandbox.hubspot.portals import Portal, V

Sync = Callable[..., Run]
# Where the sandbox's clock was moved, it is known to half a second.
SURELY = timedelta(seconds=2)


def edit(person: Friend, **values: str) -> None:
    set_attributes(person.account_id, person.id, values, source="member", actor=SYSTEM)
    db.session.commit()


def conflicts() -> list[tuple[str, str | None, str | None]]:
    rows = db.session.scalars(select(FieldConflict).order_by(FieldConflict.id))
    return [(row.winner, row.local_value, row.remote_value) for row in rows]


def linked(place: Account, at_hubspot: Portal, **properties: str) -> tuple[Friend, str]:
    person = friend(place)
    return person, at_hubspot.contact(line_user_id=person.line_user_id, **properties)


def is_due(portal: Integration, person: Friend) -> bool:
    db.session.expire_all()
    link = link_of(portal.id, person.id)
    assert link is not None
    return link.due_at is not None


def settle(portal: Integration, person: Friend) -> None:
    """Take the link off the list, as the writer does."""
    link = link_of(portal.id, person.id)
    assert link is not None
    link.due_at = None
    db.session.commit()


def test_a_later_edit_in_hubspot_wins_and_the_conflict_is_told(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    person, contact = linked(place, at_hubspot, firstname="Both")
    sync()
    edit(person, first_name="Ours")
    set_at(person, "first_name", now() - SURELY)
    change(at_hubspot, contact, firstname="Theirs")
    run = sync()
    assert (again(person).first_name, counted(run, "conflicts")) == ("Theirs", (1,))
    assert conflicts() == [("remote", "Ours", "Theirs")]


def test_a_value_is_as_old_as_it_is_at_hubspot(
    place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    person, contact = linked(place, at_hubspot, firstname="Hana")
    sync()
    told = datetime.fromisoformat(at_hubspot.read(contact)["updatedAt"])
    assert value_origins(person.id)["first_name"].set_at == told


def test_a_later_edit_of_ours_wins_and_is_written(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    person, contact = linked(place, at_hubspot, firstname="Both")
    sync()
    settle(portal, person)
    change(at_hubspot, contact, firstname="Theirs")
    edit(person, first_name="Ours")
    set_at(person, "first_name", now() + SURELY)
    sync()
    assert (again(person).first_name, is_due(portal, person)) == ("Ours", True)
    assert conflicts() == [("local", "Ours", "Theirs")]
    sync(everything=True)
    assert (again(person).first_name, len(conflicts())) == ("Ours", 1)


def test_our_own_write_is_no_change_of_hubspots(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    person, contact = linked(place, at_hubspot, firstname="Both")
    sync()
    edit(person, first_name="Second")
    at_hubspot.server.api("POST", "/clock", {"advance_seconds": 60})
    written = {"properties": {"firstname": "First write"}}
    assert at_hubspot.call("PATCH", f"{CONTACTS}/{contact}", written).status_code == 200
    sync()
    assert (again(person).first_name, is_due(portal, person), conflicts()) == ("Second", True, [])


def test_an_emptied_value_is_a_change(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    person, contact = linked(place, at_hubspot, firstname="Both", lastname="Stays")
    sync()
    change(at_hubspot, contact, firstname="")
    sync()
    person = again(person)
    assert (person.first_name, person.last_name) == (None, "Stays")


def test_a_value_of_ours_is_kept_where_hubspot_never_had_one(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    person, _contact = linked(place, at_hubspot, lastname="Theirs")
    edit(person, first_name="Ours")
    sync()
    person = again(person)
    assert (person.first_name, person.last_name, is_due(portal, person)) == ("Ours", "Theirs", True)
    assert conflicts() == []


def test_a_value_that_a_field_cannot_hold_is_named_until_it_is_right(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    mapping(portal, "city", "email")
    person, contact = linked(place, at_hubspot, city="no address", firstname="Hana")
    run = sync()
    assert counted(run, "errors") == (1,)
    error = db.session.scalars(select(FieldError)).one()
    assert (error.friend_id, error.code, error.side, error.value) == (
        person.id,
        "hubspot.local_email",
        "local",
        "no address",
    )
    assert (again(person).email, again(person).first_name) == (None, "Hana")
    change(at_hubspot, contact, city="now@example.com")
    sync()
    assert again(person).email == "now@example.com"
    assert db.session.scalars(select(FieldError)).all() == []


def test_an_outdated_index_does_not_bring_back_what_was(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    person, contact = linked(place, at_hubspot, firstname="Old")
    sync()
    at_hubspot.switch(index_seconds=3600.0)
    change(at_hubspot, contact, firstname="New")
    sync(everything=True)
    assert again(person).first_name == "New"
    sync()
    assert again(person).first_name == "New"


def test_the_company_of_a_contact_reaches_the_friend(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    mapping(portal, "name", "company", record_kind="company")
    person, contact = linked(place, at_hubspot, firstname="Hana")
    first, second = (
        at_hubspot.post(f"/crm/objects/{V}/companies", {"properties": {"name": name}, "associations": []}).json()["id"]
        for name in ("Kissa", "Bakery")
    )
    at_hubspot.control("PUT", f"/contacts/{contact}/company", {"company": first, "primary": True})
    sync()
    assert again(person).company == "Kissa"
    assert sum("/associations/" in one["path"] for one in at_hubspot.requests()) == 1
    at_hubspot.control("PATCH", f"/companies/{first}", {"properties": {"name": "Kissaten"}})
    sync()
    assert again(person).company == "Kissaten"
    before = now()
    at_hubspot.control("PUT", f"/contacts/{contact}/company", {"company": second, "primary": True})
    sync()
    assert again(person).company == "Bakery"
    # The company is older than that it is this contact's.
    assert value_origins(person.id)["company"].set_at >= before


def test_of_a_field_that_is_only_read_the_value_of_hubspot_is_taken(
    portal: Integration, place: Account, at_hubspot: Portal, line_property: str, sync: Sync
) -> None:
    mapping(portal, "name", "company", record_kind="company", is_read_only=True)
    person, contact = linked(place, at_hubspot)
    wish = {"properties": {"name": "Kissa"}, "associations": []}
    company = at_hubspot.post(f"/crm/objects/{V}/companies", wish).json()["id"]
    at_hubspot.control("PUT", f"/contacts/{contact}/company", {"company": company, "primary": True})
    edit(person, company="Set later here")
    sync()
    assert again(person).company == "Kissa"
    assert conflicts() == [("remote", "Set later here", "Kissa")]
    settle(portal, person)
    edit(person, company="Changed here")
    sync()
    assert (again(person).company, is_due(portal, person)) == ("Changed here", False)
    at_hubspot.control("PATCH", f"/companies/{company}", {"properties": {"name": "Kissaten"}})
    edit(person, company="Changed later here")
    sync()
    assert again(person).company == "Kissaten"


def test_a_new_friend_is_found_by_the_contacts_that_are_known(
    portal: Integration, place: Account, at_hubspot: Portal, sync: Sync
) -> None:
    contact = at_hubspot.contact(firstname="Hana", email="hana@example.com")
    sync()
    person = friend(place, email="hana@example.com")
    look_for_contacts(place.id, [person.id])
    db.session.commit()
    sync()
    assert links(portal) == {person.id: (contact, "email")}
    assert again(person).first_name == "Hana"
