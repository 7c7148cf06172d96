"""Contacts that are made, gone or taken, and HubSpot in trouble."""

from __future__ import annotations

from sqlalchemy import select

from app.core import error_messages
from app.core.db import db
from app.integrations.hubspot.properties import make_line_properties
from app.integrations.shared.models import RemoteLink, RemoteRecord, RemoteWrite
from tests.factories import integrations
from tests.factories.friends import friend
from tests.integrations.hubspot.writing.conftest import Office

CONTACTS = "/crm/objects/2026-03/contacts"


def links() -> list[RemoteLink]:
    db.session.rollback()
    query = select(RemoteLink).order_by(RemoteLink.id).execution_options(populate_existing=True)
    return list(db.session.scalars(query))


def test_a_contact_is_made_where_that_is_wanted(ready: Office) -> None:
    integrations.mapping(ready.connection, "lastname", "last_name")
    hana = friend(ready.place, last_name="山田", display_name="Hana")
    ready.link(hana, None)
    ready.write()
    assert ready.batches("upsert") == [] and links()[0].remote_id is None

    ready.connection.creates_records = True
    db.session.commit()
    ready.mark()
    ready.write()

    (tie,) = links()
    assert tie.remote_id is not None and tie.found_by == "created"
    told = ready.contact(tie.remote_id, "lastname", "line_user_id", "line_display_name")
    assert told == {"lastname": "山田", "line_user_id": hana.line_user_id, "line_display_name": "Hana"}
    assert tie.synced["lastname"][0] == "山田"
    db.session.refresh(hana)
    assert hana.links == {"hubspot": tie.remote_id}
    ready.mark()
    ready.write()
    assert ready.batches("upsert") == [1]


def test_a_contact_that_has_the_id_already_is_taken(ready: Office) -> None:
    hana = friend(ready.place)
    contact = ready.portal.contact(line_user_id=hana.line_user_id)
    ready.connection.creates_records = True
    ready.link(hana, None)
    ready.write()

    assert links()[0].remote_id == contact


def test_a_contact_that_has_the_address_already_is_taken(ready: Office) -> None:
    integrations.mapping(ready.connection, "email", "email")
    contact = ready.portal.contact(email="hana@example.jp")
    ready.connection.creates_records = True
    ready.link(friend(ready.place, email="Hana@example.jp", display_name="Hana"), None)
    ready.write()
    ready.mark()
    ready.write()

    (tie,) = links()
    assert (tie.remote_id, tie.found_by) == (contact, "email")
    assert ready.contact(contact)["line_display_name"] == "Hana"


def test_without_a_unique_property_contacts_are_looked_for_first(office: Office) -> None:
    for number in range(10):
        body = {"name": f"own_{number}", "label": "Own", "type": "string", "fieldType": "text"}
        office.portal.post(
            "/crm/properties/2026-03/contacts", body | {"groupName": "contactinformation", "hasUniqueValue": True}
        )
    make_line_properties(office.connection, office.access)
    office.connection.creates_records = True
    db.session.commit()
    hana, ken = friend(office.place), friend(office.place)
    contact = office.portal.contact(line_user_id=hana.line_user_id)
    office.link(hana, None)
    office.link(ken, None)
    office.write()

    first, second = links()
    assert first.remote_id == contact and second.remote_id not in (None, contact)
    assert office.contact(str(second.remote_id))["line_user_id"] == ken.line_user_id


def test_the_link_of_a_deleted_contact_goes(ready: Office) -> None:
    contact, other = ready.portal.contact(firstname="Hana"), ready.portal.contact(firstname="Ken")
    hana, ken = friend(ready.place, links={"hubspot": contact}), friend(ready.place)
    ready.link(hana, contact)
    ready.link(ken, other)
    integrations.record(ready.connection, contact)
    ready.portal.call("DELETE", f"{CONTACTS}/{contact}")
    ready.write()

    assert [tie.friend_id for tie in links()] == [ken.id]
    db.session.refresh(hana)
    assert hana.links == {}
    assert db.session.get(RemoteRecord, (ready.connection.id, "contact", contact)) is None
    assert ready.contact(other)["line_follow_status"] == "following"


def test_hubspot_in_trouble_is_waited_for(ready: Office) -> None:
    contact = ready.portal.contact(firstname="Hana")
    ready.link(friend(ready.place), contact)
    ready.access.fault("status", f"{CONTACTS}/batch/update", status=503)
    ready.write()

    (tie,) = links()
    assert tie.due_at is not None and tie.reason == "hubspot.unavailable" and tie.written == {}


def test_a_rule_of_the_portal_is_said_and_not_tried_again(ready: Office) -> None:
    contact = ready.portal.contact(firstname="Hana")
    ready.link(friend(ready.place), contact)
    ready.portal.switch(required_properties=["jobtitle"])
    ready.write()

    (tie,) = links()
    assert tie.due_at is None and tie.reason == "hubspot.required_property"
    assert error_messages.sentence(tie.reason, {"names": "jobtitle"}).startswith("A rule in HubSpot demands")


def test_without_the_scope_all_wait(ready: Office) -> None:
    contact = ready.portal.contact(firstname="Hana")
    ready.link(friend(ready.place), contact)
    scopes = ["oauth", "crm.objects.contacts.read"]
    ready.portal.control("PATCH", f"/installs/{ready.portal.app.app_id}", {"scopes": scopes})
    ready.write()

    (tie,) = links()
    assert tie.due_at is not None and tie.reason == "hubspot.missing_scope" and tie.attempts == 0


def test_a_link_that_moved_during_the_call_is_written_again(ready: Office) -> None:
    contact, survivor = ready.portal.contact(firstname="Hana"), ready.portal.contact(firstname="Hana")
    tie = ready.link(friend(ready.place, display_name="Hana"), contact)
    token = ready.access.token

    def merge_first() -> str:
        ready.access.token = token  # type: ignore[method-assign]
        with db.engine.begin() as connection:
            connection.exec_driver_sql(f"UPDATE remote_links SET remote_id = '{survivor}' WHERE id = {tie.id}")
        return token()

    ready.access.token = merge_first  # type: ignore[method-assign]
    ready.write()
    (tie,) = links()
    assert tie.remote_id == survivor and tie.written == {} and tie.due_at is not None
    ready.mark()
    ready.write()
    assert ready.contact(survivor)["line_display_name"] == "Hana"


def test_the_line_user_id_moves_with_a_friend_who_is_linked_by_hand(ready: Office) -> None:
    hana = friend(ready.place)
    before = ready.portal.contact(line_user_id=hana.line_user_id)
    chosen = ready.portal.contact(firstname="Hana")
    ready.link(hana, chosen, found_by="manual")
    ready.write()

    assert not ready.contact(before, "line_user_id").get("line_user_id")
    assert ready.contact(chosen, "line_user_id") == {"line_user_id": hana.line_user_id}
    assert links()[0].written["line_user_id"] == hana.line_user_id
    assert list(db.session.scalars(select(RemoteWrite.records))) == [1]


def test_an_id_at_another_contact_stays_where_the_link_was_found_otherwise(ready: Office) -> None:
    hana = friend(ready.place)
    before = ready.portal.contact(line_user_id=hana.line_user_id)
    ready.link(hana, ready.portal.contact(email="hana@example.jp"), found_by="email")
    ready.write()

    assert ready.contact(before, "line_user_id") == {"line_user_id": hana.line_user_id}
    assert "line_user_id" not in links()[0].written
