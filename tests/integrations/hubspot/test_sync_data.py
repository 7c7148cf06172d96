"""The screen Sync Data: what is synced, by which rule, how it is doing; fields are added and removed."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure
from app.core.i18n import when
from app.friends.models import AttributeDefinition, Friend
from app.friends.operations.definitions import delete_definition
from app.integrations.hubspot import sync_data
from app.integrations.hubspot.defaults import add_default_mappings
from app.integrations.hubspot.gateway.scopes import OPTIONAL, REQUIRED
from app.integrations.hubspot.line_properties import LineKey
from app.integrations.hubspot.steps.value_trigger import VALUE_CHANGED
from app.integrations.shared.mappings import mappings_of
from app.integrations.shared.models import FieldConflict, FieldError, IntegrationAccount, IntegrationState
from app.integrations.shared.step_models import RemoteProperty
from app.team.actors import SYSTEM
from app.team.permissions import Permission
from app.workflows.operations.drafts import add_action
from app.workflows.queries.drafts import draft_of, stamp_of
from tests.factories import integrations
from tests.factories.friends import friend
from tests.factories.line import account
from tests.factories.segments import condition, definition, segment
from tests.factories.workflows import active, step
from tests.integrations.hubspot.writing.conftest import Office, access, hubspot, office, portal
from tests.support.client import CheckingClient

__all__ = ["access", "hubspot", "office", "portal"]


def plain(page: str) -> str:
    """The page without marks of direction."""
    return page.replace("\u2068", "").replace("\u2069", "")


@pytest.fixture
def screen(office: Office, monkeypatch: pytest.MonkeyPatch) -> str:
    """The address of the screen of a portal with the basic fields."""
    opened = lambda _connection: (office.access, office.portal.app.app_id)  # noqa: E731
    for view in ("data", "adding"):
        monkeypatch.setattr(f"app.integrations.hubspot.views.{view}.open_portal", opened)
    office.connection.scopes = [*REQUIRED, *OPTIONAL]
    add_default_mappings(office.connection)
    db.session.commit()
    return f"/integrations/hubspot/{office.connection.id}/data"


def test_the_basic_fields_and_what_is_written(as_alice: CheckingClient, office: Office, screen: str) -> None:
    page = as_alice.get(screen).text

    for words in ("First Name", "The more recent value stays", "Waiting for the next sync", "line_user_id"):
        assert words in page
    assert page.count("Not made yet") == 10

    as_alice.post(f"{screen}/check", data={})
    page = as_alice.get(screen).text
    assert page.count("Not made yet") == 0 and "Written" in page


def test_the_first_name_stands_before_the_last_name_however_they_were_stored(
    as_alice: CheckingClient, office: Office, screen: str
) -> None:
    db.session.execute(db.text("DELETE FROM field_mappings"))
    for name, of_friend in (("city", "company"), ("lastname", "last_name"), ("firstname", "first_name")):
        integrations.mapping(office.connection, name, of_friend, remote_label=f"Label of {name}")
    page = as_alice.get(screen).text
    places = [page.index(f"Label of {name}") for name in ("firstname", "lastname", "city")]
    assert places == sorted(places)


def test_a_member_without_the_permission_and_one_who_sees_no_account(
    as_bob: CheckingClient, as_charlie: CheckingClient, screen: str
) -> None:
    paths = ("", "/properties", "/properties/contact/city", "/fields/1")
    assert {as_bob.get(screen + path).status_code for path in paths} == {403}
    assert {as_charlie.get(screen + path).status_code for path in paths} == {404}
    assert as_charlie.post(f"{screen}/check", data={}).status_code == 404


def test_properties_are_offered_with_what_they_are(as_alice: CheckingClient, office: Office, screen: str) -> None:
    integrations.mapping(office.connection, "jobtitle", "company")
    page = as_alice.get(f"{screen}/properties").text

    assert "City" in page and "Contact information" in page and "Company of the contact" in page
    assert f"{screen}/properties/contact/city" in page
    assert f"{screen}/properties/contact/jobtitle" not in page and "Synced already" in page
    assert "Read-only" in page and "line_tags" not in page


def test_a_field_is_added_to_one_that_is_there(as_alice: CheckingClient, office: Office, screen: str) -> None:
    page = as_alice.get(f"{screen}/properties/contact/email").text
    assert 'value="email" selected' in page or 'selected value="email"' in page

    answer = as_alice.post(f"{screen}/properties/contact/email", data={"way": "existing", "field": "email"})
    assert answer.status_code == 303
    added = mappings_of(office.connection.id)[-1]
    assert (added.remote_name, added.field, added.remote_type) == ("email", "email", "string")
    assert "E-mail" in as_alice.get(screen).text


def test_a_property_that_another_tab_has_added_is_synced_already(
    as_alice: CheckingClient, office: Office, screen: str
) -> None:
    wish = {"way": "existing", "field": "email"}
    for words in ("was added", "is synced already"):
        answer = as_alice.post(f"{screen}/properties/contact/email", data=wish)
        assert answer.status_code == 303
        assert words in as_alice.get(screen).text
    assert len(mappings_of(office.connection.id)) == 3


def test_a_new_attribute_is_made_in_every_account(as_alice: CheckingClient, office: Office, screen: str) -> None:
    bakery = account()
    about = {"integration_id": office.connection.id, "account_id": bakery.id, "service": "hubspot", "number": 2}
    db.session.add(IntegrationAccount(**about))
    db.session.commit()
    path = f"{screen}/properties/contact/birthday"
    assert 'value="Birthday"' in as_alice.get(path).text

    new = {"way": "new", "label": "Birthday", "kind": "date"}
    assert as_alice.post(path, data=new).status_code == 303

    made = db.session.scalars(select(AttributeDefinition).where(AttributeDefinition.label == "Birthday")).all()
    assert {(one.account_id, one.key, one.kind) for one in made} == {
        (office.place.id, "birthday", "date"),
        (bakery.id, "birthday", "date"),
    }
    delete_definition(bakery.id, next(one.id for one in made if one.account_id == bakery.id), actor=SYSTEM)
    db.session.commit()
    added = mappings_of(office.connection.id)[-1]
    as_alice.post(f"{screen}/check", data={})
    field = f"{screen}/fields/{added.id}"
    assert f"Create the attribute in {bakery.name}" in plain(as_alice.get(field).text)
    # The key is in use until a worker has taken the values off all friends.
    as_alice.post(f"{field}/attribute", data={})


@pytest.mark.parametrize(
    ("posted", "words"),
    [
        ({"way": "existing", "field": "last_name"}, "Choose one from the list."),
        ({"way": "new", "label": "", "kind": "text"}, "Enter a name."),
        ({"field": "email"}, "Choose one from the list."),
    ],
)
def test_what_cannot_be_added_says_why(
    as_alice: CheckingClient, screen: str, posted: dict[str, Any], words: str
) -> None:
    answer = as_alice.post(f"{screen}/properties/contact/city", data=posted)
    assert answer.status_code == 422 and words in answer.text


def test_a_property_that_hubspot_does_not_have(as_alice: CheckingClient, screen: str) -> None:
    assert as_alice.get(f"{screen}/properties/contact/nowhere").status_code == 404


def test_a_field_is_removed_and_a_basic_one_only_after_the_question(
    as_alice: CheckingClient, office: Office, screen: str
) -> None:
    basic = mappings_of(office.connection.id)[0]
    path = f"{screen}/fields/{basic.id}"
    assert "This is a basic field." in as_alice.get(path).text
    assert as_alice.post(f"{path}/removal", data={}).status_code == 409

    assert as_alice.post(f"{path}/removal", data={"is_sure": "1"}).status_code == 303
    assert [one.remote_name for one in mappings_of(office.connection.id)] == ["lastname"]


def test_a_field_shows_errors_and_conflicts(
    as_alice: CheckingClient, office: Office, screen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    stage = integrations.mapping(office.connection, "stage", "company", remote_label="Stage", synced_at=now())
    hana = friend(office.place, display_name="Hana")
    path = f"{screen}/fields/{stage.id}"
    page = as_alice.get(path).text
    assert "All values of this field fit both sides." in page and "There was no conflict." in page

    about = {"mapping_id": stage.id, "friend_id": hana.id}
    why = {"code": "hubspot.remote_choice", "code_values": {"value": "VIP"}}
    db.session.add(FieldError(**about, **why, value="VIP", side="remote"))
    at = now().replace(microsecond=100_000)
    before = at - timedelta(milliseconds=20)
    sides = {"local_value": "Tanaka", "local_at": at, "remote_value": "Suzuki", "remote_at": before}
    db.session.add(FieldConflict(**about, **sides, remote_id="7", winner="local"))
    db.session.commit()

    page = as_alice.get(path).text
    assert " values." not in page
    for words in ("“VIP” is not among the choices", "Tanaka", "Suzuki", "Hana", "1 value cannot be stored."):
        assert words in page
    assert "20 milliseconds later" in page

    monkeypatch.setattr(sync_data, "SHOWN", 1)
    db.session.add(FieldError(**about | {"friend_id": friend(office.place).id}, **why, value="VIP", side="remote"))
    db.session.commit()
    assert "The newest 1 of 2 values." in plain(as_alice.get(path).text)


def test_a_field_is_synced_since_all_of_its_values_were_read(
    as_alice: CheckingClient, office: Office, screen: str
) -> None:
    since = now() - timedelta(days=2)
    city = integrations.mapping(office.connection, "city", "company", created_at=since - timedelta(days=5))
    assert "Synced since" not in as_alice.get(f"{screen}/fields/{city.id}").text
    city.synced_at = since
    db.session.commit()
    page = as_alice.get(f"{screen}/fields/{city.id}").text
    assert "Synced since" in page and when(since) in page


def test_a_property_is_switched_off_and_on(as_alice: CheckingClient, office: Office, screen: str) -> None:
    as_alice.post(f"{screen}/check", data={})
    about = {"account": str(office.place.id), "key": "tags"}
    as_alice.post(f"{screen}/line", data={**about, "on": "0"})
    assert office.covered().properties[LineKey.TAGS]["is_off"]
    assert "Switched off" in as_alice.get(screen).text

    as_alice.post(f"{screen}/line", data={**about, "on": "1"})
    assert not office.covered().properties[LineKey.TAGS].get("is_off")
    assert as_alice.post(f"{screen}/line", data={**about, "key": "user_id", "on": "0"}).status_code == 422


def test_hubspot_in_trouble(as_alice: CheckingClient, office: Office, screen: str) -> None:
    office.access.fault("status", status=503)

    assert "HubSpot has trouble on its side." in as_alice.get(f"{screen}/properties").text
    assert "HubSpot has trouble on its side." in as_alice.get(f"{screen}/properties/contact/city").text
    assert as_alice.post(f"{screen}/check", data={}).status_code == 303


def test_a_check_that_hubspot_refuses_looks_like_a_failure(
    as_alice: CheckingClient, screen: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_connection: object) -> None:
        raise PermanentFailure("hubspot.disconnected")

    monkeypatch.setattr("app.integrations.hubspot.views.data.open_portal", refuse)
    as_alice.post(f"{screen}/check", data={})
    assert 'data-kind="error"' in as_alice.get(screen).text


def test_nothing_is_offered_while_it_is_not_connected(as_alice: CheckingClient, office: Office, screen: str) -> None:
    office.connection.state = IntegrationState.DISCONNECTED
    office.connection.disconnected_at = now()
    db.session.commit()

    page = as_alice.get(screen).text
    assert "data/properties" not in page and "Check again" not in page and "Switch off" not in page


def test_a_new_attribute_needs_the_permission_for_friends(
    as_bob: CheckingClient, people: Any, office: Office, screen: str
) -> None:
    people.bob.permissions = [Permission.INTEGRATIONS]
    people.bob.account_ids = None
    db.session.commit()
    path = f"{screen}/properties/contact/city"

    assert "you need the permission Friends" in as_bob.get(path).text
    new = {"way": "new", "label": "City", "kind": "text"}
    assert as_bob.post(path, data=new).status_code == 403


def test_what_a_missing_scope_switches_off_stands_at_its_rows(
    as_alice: CheckingClient, office: Office, screen: str
) -> None:
    integrations.mapping(office.connection, "name", "company", record_kind="company", remote_label="Company name")
    office.connection.scopes = ["oauth", "crm.objects.contacts.read"]
    db.session.commit()
    page = as_alice.get(screen).text
    missing = "Nothing is written to HubSpot. The permission “Create and change contacts” is missing in HubSpot."
    assert plain(page).count(missing) >= 12
    assert "Company names are not read. The permission “Read companies” is missing in HubSpot." in plain(page)
    assert "To grant it, approve again in HubSpot" in page
    dashboard = as_alice.get(f"/integrations/hubspot/{office.connection.id}").text
    assert "HubSpot did not grant everything that Tomoru asks for:" in dashboard
    settings = as_alice.get(f"/integrations/hubspot/{office.connection.id}/settings").text
    assert "HubSpot granted everything" not in settings

    office.connection.state = IntegrationState.DISCONNECTED
    db.session.commit()
    page = as_alice.get(screen).text
    assert "Not syncing" in page and ">Written<" not in page


def test_a_property_that_hubspot_keeps_from_us_says_which_permission_is_missing(
    as_alice: CheckingClient, office: Office, screen: str
) -> None:
    integrations.mapping(office.connection, "name", "company", record_kind="company", remote_label="Company name")
    left = [one for one in office.connection.scopes if "companies" not in one]
    office.portal.control("PATCH", f"/installs/{office.portal.app.app_id}", {"scopes": left})
    as_alice.post(f"{screen}/check", data={})
    page = as_alice.get(screen).text
    assert "HubSpot did not grant what this needs: “Read companies”." in plain(page)
    assert "The property is no longer there" not in page


def test_removing_a_field_names_what_uses_the_property(as_alice: CheckingClient, office: Office, screen: str) -> None:
    as_alice.post(f"{screen}/check", data={})
    city = integrations.mapping(office.connection, "city", "company", remote_label="City")
    asked = definition([condition("hubspot.contact.city", "filled")])
    segment(office.place, "People with a city", asked)
    about = db.session.scalars(
        select(RemoteProperty).where(RemoteProperty.name == "city", RemoteProperty.record_kind == "contact")
    ).one()
    chosen = {str(office.place.id): about.id}
    active(office.place, step(VALUE_CHANGED, hubspot_properties=chosen), step("stop"), name="When the city changes")
    page = as_alice.get(f"{screen}/fields/{city.id}").text
    assert "People with a city" in page and "When the city changes" in page
    waiting = active(office.place, step("friend_add"), step("stop"), name="Not saved yet")
    seen, update = stamp_of(waiting, draft_of(waiting.id)), {"hubspot_properties": chosen, "change": "clear"}
    add_action(waiting.id, "hubspot_property", update, "n0", "next", seen=seen, actor=SYSTEM)
    db.session.commit()
    page = as_alice.get(f"{screen}/fields/{city.id}").text
    assert "Workflow, in changes not saved yet" in page and "Not saved yet" in page
    assert "steps that set it change it in HubSpot alone" in page
    first = mappings_of(office.connection.id)[0]
    assert "It is used here" not in as_alice.get(f"{screen}/fields/{first.id}").text


def test_a_choice_that_is_removed_at_hubspot_changes_no_value_and_is_said(
    as_alice: CheckingClient, office: Office, screen: str
) -> None:
    tea, coffee = ({"label": one.title(), "value": one} for one in ("tea", "coffee"))
    about = {"name": "drink", "label": "Favourite", "groupName": "contactinformation", "fieldType": "select"}
    wish = {**about, "type": "enumeration", "options": [tea, coffee]}
    assert office.portal.post("/crm/properties/2026-03/contacts", wish).status_code == 201
    drink = integrations.mapping(office.connection, "drink", "company", remote_type="enumeration", synced_at=now())
    hana, contact = friend(office.place, display_name="Hana", company="Tea"), office.portal.contact(drink="tea")
    office.link(hana, contact, synced={"drink": ["tea", "2026-04-01T00:00:00+00:00"]})
    field, said = f"{screen}/fields/{drink.id}", "“Tea” is not among the choices of this property at HubSpot."
    for options, is_held in (([tea, coffee], False), ([coffee], True), ([tea, coffee], False)):
        office.portal.call("PATCH", "/crm/properties/2026-03/contacts/drink", {"options": options})
        as_alice.post(f"{screen}/check", data={})
        office.mark()
        office.write()
        page = plain(as_alice.get(field).text)
        assert (said in page, "All values of this field fit both sides." in page) == (is_held, not is_held)
        assert ("1 value cannot be stored." in as_alice.get(screen).text) == is_held
        assert office.contact(contact, "drink") == {"drink": "tea"}
        assert db.session.get_one(Friend, hana.id, populate_existing=True).company == "Tea"
