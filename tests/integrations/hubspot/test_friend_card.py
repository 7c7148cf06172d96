"""The card of HubSpot on a friend's page: the contact, who wrote which value, and linking by hand."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from app.core.db import db
from app.friends.models import Friend
from app.friends.operations.attributes import set_attributes
from app.friends.panels import panels_for
from app.friends.sources import Source
from app.integrations.shared.links import drop_links, link_of
from app.integrations.shared.models import FieldConflict, Integration, IntegrationState
from app.line.models import Account
from app.team.actors import SYSTEM
from app.team.permissions import Permission
from tests.factories import integrations, line
from tests.factories.friends import friend as a_friend
from tests.support.client import CheckingClient


@pytest.fixture
def place(app: Any) -> Account:
    return line.account()


@pytest.fixture
def portal(place: Account) -> Integration:
    """HubSpot, with the first name in step."""
    made = integrations.integration(place, remote_id="243000001", name="Tomoru Coffee")
    integrations.mapping(made, "firstname", "first_name", remote_label="First Name")
    return made


@pytest.fixture
def hana(place: Account) -> Friend:
    return a_friend(place, display_name="Hana")


def card(friend: Friend, act: str = "") -> str:
    return f"/integrations/hubspot/friends/{friend.account_id}/{friend.id}{act}"


def test_a_linked_friend_shows_the_contact_and_who_wrote_each_value(
    as_alice: CheckingClient, portal: Integration, hana: Friend
) -> None:
    company = integrations.record(portal, "77", kind="company", name="Kissa Hoshi")
    integrations.record(portal, "501", company_id=company.remote_id, firstname="花", lastname="星")
    integrations.link(portal, hana, "501")
    source = Source("hubspot", "243000001", "Tomoru Coffee")
    set_attributes(hana.account_id, hana.id, {"first_name": "花"}, source=source, actor=SYSTEM)
    db.session.commit()
    page = as_alice.get(card(hana)).text
    assert "/contacts/243000001/record/0-1/501" in page and "<bdi>星 花</bdi> · 501" in page
    assert "by the LINE User ID" in page and "Kissa Hoshi" in page
    assert "First Name" in page and "花" in page and "HubSpot</bdi>, no later than <time" in page


def test_conflicts_of_the_friend_are_listed(as_alice: CheckingClient, portal: Integration, hana: Friend) -> None:
    integrations.record(portal, "501")
    integrations.link(portal, hana, "501")
    mapping = integrations.mapping(portal, "lastname", "last_name", remote_label="Last Name")
    moment = datetime(2026, 11, 1, tzinfo=UTC)
    said = {"local_value": "Sato", "local_at": moment, "remote_value": "Suzuki", "remote_at": moment}
    db.session.add(FieldConflict(mapping_id=mapping.id, friend_id=hana.id, remote_id="501", winner="remote", **said))
    db.session.commit()
    page = as_alice.get(card(hana)).text
    assert "Tomoru “Sato”, HubSpot “Suzuki”" in page and "HubSpot stayed" in page


def test_a_friend_is_linked_by_the_address_of_the_contact_and_unlinked(
    as_alice: CheckingClient, portal: Integration, hana: Friend
) -> None:
    integrations.record(portal, "501")
    address = "https://app.hubspot.com/contacts/243000001/record/0-1/501/"
    assert as_alice.post(card(hana, "/link"), data={"remote_id": address}).status_code == 200
    found = link_of(portal.id, hana.id)
    assert found is not None and (found.remote_id, found.found_by) == ("501", "manual")
    page = as_alice.post(card(hana, "/unlink")).text
    assert "No contact of HubSpot is linked" in page and "501" in page and "was unlinked by a member." in page
    assert link_of(portal.id, hana.id) is None


def test_what_cannot_be_linked_keeps_what_was_typed(
    as_alice: CheckingClient, portal: Integration, place: Account, hana: Friend
) -> None:
    answer = as_alice.post(card(hana, "/link"), data={"remote_id": "999"})
    assert answer.status_code == 422
    assert "There is no contact with this ID." in answer.text and 'value="999"' in answer.text
    integrations.record(portal, "501")
    integrations.link(portal, a_friend(place), "501")
    taken = as_alice.post(card(hana, "/link"), data={"remote_id": "501"})
    assert (taken.status_code, "Another friend is linked" in taken.text) == (422, True)


def test_the_card_is_there_only_while_connected(portal: Integration, hana: Friend, place: Account) -> None:
    def titles(friend: Friend) -> set[str]:
        return {str(one.endpoint) for one in panels_for(friend, lambda _permission: True)}

    assert "hubspot.of_friend" in titles(hana)
    assert "hubspot.of_friend" not in titles(a_friend(line.account()))
    portal.state = IntegrationState.DISCONNECTED
    db.session.commit()
    assert "hubspot.of_friend" not in titles(hana)


def test_it_takes_both_permissions_and_the_account(
    as_bob: CheckingClient, people: Any, portal: Integration, hana: Friend
) -> None:
    for permissions, status in (
        ([Permission.INTEGRATIONS], 404),
        ([Permission.FRIENDS], 403),
        ([Permission.FRIENDS, Permission.INTEGRATIONS], 200),
    ):
        people.bob.permissions = [one.value for one in permissions]
        db.session.commit()
        assert as_bob.get(card(hana)).status_code == status
    people.bob.account_ids = [line.account().id]
    db.session.commit()
    assert as_bob.get(card(hana)).status_code == 404


def test_a_contact_that_tomoru_made_is_called_by_the_name_on_line(
    as_alice: CheckingClient, portal: Integration, hana: Friend
) -> None:
    integrations.link(portal, hana, "501", found_by="created")
    assert "<bdi>Hana</bdi> · 501" in as_alice.get(card(hana)).text


def test_that_the_contact_was_deleted_in_hubspot_is_said(
    as_alice: CheckingClient, portal: Integration, hana: Friend
) -> None:
    assert "A contact reaches a friend by its LINE User ID" in as_alice.get(card(hana)).text
    portal.creates_records = True
    integrations.record(portal, "501")
    integrations.link(portal, hana, "501")
    drop_links(portal, ["501"])
    db.session.commit()
    page = as_alice.get(card(hana)).text
    assert "was deleted in HubSpot. No other one is created by itself." in page and "501" in page


def test_demo_data_are_called_so(as_alice: CheckingClient, portal: Integration, hana: Friend) -> None:
    integrations.link(portal, hana, "501")
    set_attributes(hana.account_id, hana.id, {"first_name": "花"}, source="demo", actor=SYSTEM)
    db.session.commit()
    assert "Demo data</bdi>, <time" in as_alice.get(card(hana)).text


def test_a_contact_is_called_as_names_are_written(as_alice: CheckingClient, portal: Integration, hana: Friend) -> None:
    integrations.record(portal, "501", firstname="Emma", lastname="Clark")
    integrations.link(portal, hana, "501")
    assert "<bdi>Emma Clark</bdi> · 501" in as_alice.get(card(hana)).text
