"""The properties in which Tomoru writes are made once, and what a customer has is compared with them."""

from __future__ import annotations

from app.core import error_messages
from app.core.db import db
from app.integrations.hubspot.line_properties import GROUP, LINE_PROPERTIES, LineKey
from app.integrations.hubspot.line_state import is_left, line_names
from app.integrations.hubspot.properties import make_line_properties, refresh_mappings, remote_fields
from app.integrations.shared.models import IntegrationAccount
from tests.factories import integrations
from tests.factories.line import account
from tests.integrations.hubspot.writing.conftest import Office, access, hubspot, office, portal
from tests.sandbox.hubspot.portals import V

__all__ = ["access", "hubspot", "office", "portal"]
PATH = f"/crm/properties/{V}/contacts"


def make(office: Office) -> IntegrationAccount:
    make_line_properties(office.connection, office.access)
    db.session.commit()
    return office.covered()


def test_they_are_made_once_with_names_and_types(office: Office) -> None:
    assert is_left(office.covered())
    covered = make(office)
    make(office)

    found = {one["name"]: one for one in office.portal.get(PATH).json()["results"] if one["groupName"] == GROUP}
    assert {name: (one["label"], one["type"], one["fieldType"]) for name, one in found.items()} == {
        "line_user_id": ("LINE User ID", "string", "text"),
        "line_display_name": ("LINE display name", "string", "text"),
        "line_picture_url": ("LINE profile image", "string", "text"),
        "line_friend_added_at": ("LINE friend added date", "datetime", "date"),
        "line_follow_status": ("LINE follow status", "enumeration", "select"),
        "line_tags": ("LINE tag", "string", "text"),
        "line_last_broadcast_name": ("Last broadcast name", "string", "text"),
        "line_last_broadcast_at": ("Last broadcast date", "datetime", "date"),
        "line_last_open_at": ("Last open date", "datetime", "date"),
        "line_last_click_at": ("Last click date", "datetime", "date"),
    }
    assert [name for name, one in found.items() if one["hasUniqueValue"]] == ["line_user_id"]
    assert line_names(covered) == {key: one.name(1) for key, one in LINE_PROPERTIES.items()}
    assert not is_left(covered)


def test_a_second_account_has_its_own(office: Office) -> None:
    bakery = account()
    about = {"integration_id": office.connection.id, "account_id": bakery.id, "service": "hubspot", "number": 2}
    db.session.add(IntegrationAccount(**about))
    db.session.commit()

    make(office)

    label = office.portal.get(f"{PATH}/line_tags_2").json()["label"]
    assert label == "LINE tag 2"


def test_a_property_of_the_customer_with_another_type_is_left_alone(office: Office) -> None:
    body = {"name": "line_tags", "label": "Tags", "type": "number", "fieldType": "number"}
    office.portal.post(PATH, body | {"groupName": "contactinformation"})

    covered = make(office)

    entry = covered.properties[LineKey.TAGS]
    assert error_messages.sentence(entry["problem"], entry["values"]) == (
        "HubSpot has a property named line_tags already, of another type. Rename or delete it in HubSpot, then check"
        " again."
    )
    assert LineKey.TAGS not in line_names(covered) and len(line_names(covered)) == 9


def test_when_hubspot_has_no_unique_property_left(office: Office) -> None:
    for number in range(10):
        body = {"name": f"own_{number}", "label": "Own", "type": "string", "fieldType": "text"}
        office.portal.post(PATH, body | {"groupName": "contactinformation", "hasUniqueValue": True})

    covered = make(office)

    entry = covered.properties[LineKey.USER_ID]
    assert (entry["is_unique"], entry["problem"]) == (False, "hubspot.not_unique")
    assert "line_user_id is not unique" in error_messages.sentence(entry["problem"], entry["values"])
    assert line_names(covered)[LineKey.USER_ID] == "line_user_id"


def test_an_archived_one_comes_back_and_one_that_is_off_is_not_made(office: Office) -> None:
    make(office)
    office.portal.call("DELETE", f"{PATH}/line_tags")
    covered = office.covered()
    covered.properties = {**covered.properties, LineKey.CLICK_AT: {"is_off": True}}
    db.session.commit()
    office.portal.call("DELETE", f"{PATH}/line_last_click_at")

    names = line_names(make(office))

    assert names[LineKey.TAGS] == "line_tags" and LineKey.CLICK_AT not in names
    assert office.portal.get(f"{PATH}/line_tags").status_code == 200
    assert office.portal.get(f"{PATH}/line_last_click_at").status_code == 404


def test_without_the_scope_each_says_so(office: Office) -> None:
    scopes = ["oauth", "crm.objects.contacts.read"]
    office.portal.control("PATCH", f"/installs/{office.portal.app.app_id}", {"scopes": scopes})

    covered = make(office)

    entry = covered.properties[LineKey.TAGS]
    assert entry["problem"] == "hubspot.missing_scope"
    assert line_names(covered) == {} and not is_left(covered)


def test_what_may_be_mapped_and_what_hubspot_says_of_it_now(office: Office) -> None:
    make(office)
    found = {(one.kind, one.name): one for one in remote_fields(office.access)}
    assert found["contact", "lifecyclestage"].options[0] == ("subscriber", "Subscriber")
    assert found["contact", "createdate"].is_read_only
    assert found["company", "name"].is_read_only
    assert ("contact", "line_tags") not in found

    stage = integrations.mapping(office.connection, "lifecyclestage", "company")
    gone = integrations.mapping(office.connection, "nowhere", "email")
    refresh_mappings(office.connection, office.access)
    db.session.commit()
    assert (stage.remote_label, stage.remote_type, stage.problem) == ("Lifecycle Stage", "enumeration", None)
    assert gone.problem == "integrations.property_missing"
