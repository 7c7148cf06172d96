"""What HubSpot refuses of single contacts: in our own words where it happens, and tried again when that may help."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import update

from app.core import error_messages
from app.core.db import db
from app.core.i18n import in_language
from app.friends.models import Friend
from app.integrations.hubspot.gateway.bad_values import BadValue
from app.integrations.hubspot.gateway.refused import why_refused
from app.integrations.hubspot.properties import make_line_properties
from app.integrations.hubspot.writing.storing import MOST_TRIES
from app.integrations.shared.models import FieldMapping, IntegrationState, RemoteLink
from tests.factories import integrations
from tests.factories.friends import friend
from tests.integrations.hubspot.writing.conftest import Office
from tests.integrations.hubspot.writing.test_mapped_fields import change, link_of, linked, names
from tests.support.client import CheckingClient

__all__ = ["names"]
WORDS_OF_HUBSPOT = "The record could not be written."


@pytest.fixture
def addresses(ready: Office) -> FieldMapping:
    return integrations.mapping(ready.connection, "email", "email")


def screen(client: CheckingClient, office: Office, tail: str = "") -> str:
    return client.get(f"/integrations/hubspot/{office.connection.id}/data{tail}").text


def card(client: CheckingClient, person: Friend) -> str:
    return client.get(f"/integrations/hubspot/friends/{person.account_id}/{person.id}").text


def fail(office: Office, **categories: str) -> None:
    """Let batches fail for these contacts alone, with a category of HubSpot's."""
    office.portal.switch(failing_inputs={contact.removeprefix("c"): name for contact, name in categories.items()})


def test_an_address_that_another_contact_has_is_named_with_it_and_can_be_tried_again(
    ready: Office, addresses: FieldMapping, as_alice: CheckingClient
) -> None:
    other = ready.portal.contact(email="hana@example.jp")
    hana, contact = linked(ready, None, "email")
    change(hana, email="hana@example.jp")
    ready.mark()
    ready.write()

    (error,) = ready.errors()
    for language, words in (("en", "has this e-mail address already"), ("ja", "このメールアドレス")):
        with in_language(language):
            said = error_messages.sentence(error.code, error.code_values)
        assert words in said and other in said and "Existing ID" not in said
    for page in (screen(as_alice, ready, f"/fields/{addresses.id}"), card(as_alice, hana)):
        assert "has this e-mail address already" in page and f"/record/0-1/{other}" in page
    assert ready.contact(contact)["line_follow_status"] == "following", "All others of its values are written."

    ready.portal.control("PATCH", f"/contacts/{other}", {"properties": {"email": "other@example.jp"}})
    pressed = as_alice.post(f"/integrations/hubspot/{ready.connection.id}/data/fields/{addresses.id}/again")
    assert pressed.status_code == 303
    ready.write()
    assert ready.contact(contact, "email") == {"email": "hana@example.jp"} and list(ready.errors()) == []


@pytest.mark.parametrize(
    "code",
    [
        "CONFLICTING_UNIQUE_VALUE",
        "INVALID_DATE",
        "INVALID_EMAIL",
        "INVALID_INTEGER",
        "INVALID_LENGTH",
        "INVALID_OPTION",
        "PROPERTY_DOESNT_EXIST",
        "READ_ONLY_VALUE",
    ],
)
def test_what_hubspot_is_known_to_refuse_has_a_sentence_of_our_own(code: str) -> None:
    said = error_messages.sentence(*why_refused(BadValue("jobtitle", code, WORDS_OF_HUBSPOT)))
    assert WORDS_OF_HUBSPOT not in said and code not in said


def test_what_is_not_known_is_quoted() -> None:
    said = error_messages.sentence(*why_refused(BadValue("jobtitle", "NEW_CODE", WORDS_OF_HUBSPOT)))
    assert f"It says: “{WORDS_OF_HUBSPOT}”" in said and "jobtitle" in said


@pytest.mark.parametrize("category", ["RATE_LIMITS", "INTERNAL_ERROR", "LOCKED", "", "NO_ANSWER"])
def test_a_row_that_fails_for_the_moment_is_tried_again_and_the_others_go_on(
    ready: Office, names: FieldMapping, category: str
) -> None:
    (hana, contact), (ken, other) = linked(ready), linked(ready)
    for person in (hana, ken):
        change(person, last_name="Tanaka")
    fail(ready, **{f"c{contact}": category})
    ready.mark()
    ready.write()

    assert link_of(hana).due_at is not None and link_of(hana).reason == "hubspot.record_busy"
    assert ready.contact(other, "lastname") == {"lastname": "Tanaka"} and link_of(ken).due_at is None
    fail(ready)
    ready.mark()
    ready.write()
    assert ready.contact(contact, "lastname") == {"lastname": "Tanaka"} and link_of(hana).reason is None


def test_a_contact_of_which_an_answer_says_nothing_counts_as_not_written(ready: Office) -> None:
    contact = ready.portal.contact(firstname="Hana")
    hana = friend(ready.place, display_name="Hana")
    ready.link(hana, contact)
    fail(ready, **{f"c{contact}": "NO_ANSWER"})
    ready.write()
    assert (link_of(hana).written, link_of(hana).reason) == ({}, "hubspot.record_busy")
    fail(ready)
    ready.mark()
    ready.write()
    assert ready.contact(contact)["line_display_name"] == "Hana"


def test_a_contact_of_whose_making_nothing_is_said_is_made_with_the_next_try(ready: Office) -> None:
    ready.connection.creates_records = True
    hana = friend(ready.place, display_name="Hana")
    ready.link(hana, None)
    fail(ready, **{hana.line_user_id: "NO_ANSWER"})
    ready.write()
    assert (link_of(hana).remote_id, link_of(hana).reason) == (None, "hubspot.record_busy")
    fail(ready)
    ready.mark()
    ready.write()
    assert link_of(hana).remote_id is not None and link_of(hana).reason is None


def test_a_row_that_fails_each_time_is_given_up_in_the_end(ready: Office, names: FieldMapping) -> None:
    hana, contact = linked(ready)
    change(hana, last_name="Tanaka")
    fail(ready, **{f"c{contact}": "NEVER_SEEN_BEFORE"})
    ready.mark()
    db.session.execute(update(RemoteLink).values(attempts=MOST_TRIES - 1))
    db.session.commit()
    ready.write()

    assert (link_of(hana).due_at, link_of(hana).reason) == (None, "hubspot.refused")
    assert link_of(hana).reason_values == {"message": WORDS_OF_HUBSPOT}


def test_a_row_that_is_refused_for_good_is_shown_and_tried_again_by_hand(
    ready: Office, names: FieldMapping, as_alice: CheckingClient
) -> None:
    (hana, contact), (ken, other) = linked(ready), linked(ready)
    for person in (hana, ken):
        change(person, last_name="Tanaka")
    fail(ready, **{f"c{contact}": "VALIDATION_ERROR", f"c{other}": "VALIDATION_ERROR"})
    ready.mark()
    ready.write()

    assert [link_of(person).due_at for person in (hana, ken)] == [None, None]
    page = screen(as_alice, ready)
    assert "Contacts that HubSpot refuses" in page and page.count(f"It says: “{WORDS_OF_HUBSPOT}”") == 2
    assert WORDS_OF_HUBSPOT in card(as_alice, hana) and "Try again" in card(as_alice, hana)

    fail(ready)
    assert "tried again by itself" not in card(as_alice, hana)
    as_alice.post(f"/integrations/hubspot/friends/{hana.account_id}/{hana.id}/again")
    ready.write()
    assert ready.contact(contact, "lastname") == {"lastname": "Tanaka"}
    assert WORDS_OF_HUBSPOT not in card(as_alice, hana)
    assert ready.contact(other, "lastname") == {"lastname": "Yamada"}
    as_alice.post(f"/integrations/hubspot/{ready.connection.id}/data/refused")
    ready.write()
    assert ready.contact(other, "lastname") == {"lastname": "Tanaka"}
    assert "Contacts that HubSpot refuses" not in screen(as_alice, ready)


def test_a_rule_of_the_portal_names_the_properties_that_it_demands(
    ready: Office, names: FieldMapping, as_alice: CheckingClient
) -> None:
    hana, _contact = linked(ready)
    change(hana, last_name="Tanaka")
    ready.portal.switch(required_properties=["jobtitle"])
    ready.mark()
    ready.write()

    assert "A rule in HubSpot demands a value of jobtitle" in card(as_alice, hana)


def test_nothing_is_tried_again_while_hubspot_is_not_connected(
    ready: Office, names: FieldMapping, as_alice: CheckingClient
) -> None:
    hana, contact = linked(ready)
    change(hana, last_name="Tanaka")
    fail(ready, **{f"c{contact}": "VALIDATION_ERROR"})
    ready.mark()
    ready.write()
    ready.connection.state = IntegrationState.DISCONNECTED
    db.session.commit()

    assert "try-refused-again" not in screen(as_alice, ready)
    tails = (f"{ready.connection.id}/data/refused", f"friends/{hana.account_id}/{hana.id}/again")
    assert [as_alice.post(f"/integrations/hubspot/{tail}").status_code for tail in tails] == [409, 409]


@pytest.fixture
def without_unique(office: Office) -> Office:
    """An office whose portal has no room for another unique property, and where friends get contacts."""
    for number in range(10):
        body: dict[str, Any] = {"name": f"own_{number}", "label": "Own", "type": "string", "fieldType": "text"}
        more = {"groupName": "contactinformation", "hasUniqueValue": True}
        office.portal.post("/crm/properties/2026-03/contacts", body | more)
    make_line_properties(office.connection, office.access)
    office.connection.creates_records = True
    db.session.commit()
    return office


def test_a_contact_that_is_made_alone_loses_only_the_value_that_is_refused(without_unique: Office) -> None:
    office = without_unique
    integrations.mapping(office.connection, "lifecyclestage", "last_name")
    integrations.mapping(office.connection, "firstname", "first_name")
    hana = friend(office.place, first_name="Hana", last_name="VIP")
    office.link(hana, None)
    office.write()

    made = link_of(hana)
    assert made.remote_id is not None
    assert office.contact(made.remote_id, "firstname", "lifecyclestage") == {"firstname": "Hana"}
    (error,) = office.errors()
    assert (error.code, error.value) == ("hubspot.no_such_choice", "VIP")


def test_a_contact_that_is_made_alone_takes_the_one_that_has_its_address(without_unique: Office) -> None:
    office = without_unique
    integrations.mapping(office.connection, "email", "email")
    known = office.portal.contact(email="hana@example.jp")
    hana = friend(office.place, email="hana@example.jp", display_name="Hana")
    office.link(hana, None)
    office.write()
    office.mark()
    office.write()

    assert (link_of(hana).remote_id, link_of(hana).reason) == (known, None)
    assert office.contact(known)["line_display_name"] == "Hana"
