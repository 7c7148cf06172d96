"""Definitions of properties and their groups."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.hubspot.portals import Portal, V

ROOT = f"/crm/properties/{V}/contacts"
NEW = {
    "name": "line_tags",
    "label": "LINE tag",
    "groupName": "contactinformation",
    "type": "string",
    "fieldType": "text",
}


def make(portal: Portal, **fields: Any) -> Any:
    return portal.checked("POST", ROOT, NEW | fields)


def test_all_definitions_come_at_once_with_what_may_be_written(portal: Portal) -> None:
    body = portal.checked("GET", ROOT).json()
    assert "paging" not in body
    known = {entry["name"]: entry for entry in body["results"]}
    assert known["firstname"]["modificationMetadata"]["readOnlyValue"] is False
    assert known["createdate"]["modificationMetadata"]["readOnlyValue"] is True
    assert known["lifecyclestage"]["options"][0]["label"] == "Subscriber"
    assert portal.checked("GET", f"{ROOT}/email").json()["label"] == "Email"
    missing = portal.get(f"{ROOT}/nothing")
    assert (missing.status_code, missing.json()["category"]) == (404, "OBJECT_NOT_FOUND")


def test_a_name_is_taken_once_and_comes_back_after_archiving(portal: Portal) -> None:
    assert make(portal).status_code == 201
    refused = portal.post(ROOT, NEW)
    assert (refused.status_code, refused.json()["category"]) == (409, "OBJECT_ALREADY_EXISTS")
    assert refused.json()["subCategory"] == "Properties.PROPERTY_WITH_NAME_EXISTS"
    assert portal.checked("DELETE", f"{ROOT}/line_tags").status_code == 204
    assert portal.get(f"{ROOT}/line_tags").status_code == 404
    assert portal.checked("GET", f"{ROOT}?archived=true").json()["results"][0]["name"] == "line_tags"
    assert make(portal, label="Again").json()["archived"] is False


@pytest.mark.parametrize(
    "wrong",
    [
        {"name": "hs_tags"},
        {"name": "Line Tags"},
        {"type": "number"},
        {"groupName": "nowhere"},
        {"type": "enumeration", "fieldType": "checkbox", "hasUniqueValue": True},
        {"type": "bool", "fieldType": "booleancheckbox"},
        {"label": ""},
        {"colour": "green"},
    ],
)
def test_definitions_are_checked(portal: Portal, wrong: dict[str, Any]) -> None:
    assert portal.post(ROOT, NEW | wrong).status_code == 400


def test_ten_unique_properties_are_the_most(portal: Portal) -> None:
    made = [portal.post(ROOT, NEW | {"name": f"key_{n}", "hasUniqueValue": True}).status_code for n in range(11)]
    assert made == [201] * 10 + [400]
    assert make(portal).status_code == 201


def test_uniqueness_stays_and_options_are_replaced_as_a_whole(portal: Portal) -> None:
    options = [{"label": word, "value": word, "displayOrder": 0, "hidden": False} for word in ("a", "b")]
    make(portal, type="enumeration", fieldType="checkbox", options=options)
    assert portal.call("PATCH", f"{ROOT}/line_tags", {"hasUniqueValue": True}).status_code == 400
    assert portal.call("PATCH", f"{ROOT}/line_tags", {"name": "other"}).status_code == 400
    body = portal.checked("PATCH", f"{ROOT}/line_tags", {"options": options[1:]}).json()
    assert [option["value"] for option in body["options"]] == ["b"]
    values = {"properties": {"line_tags": "a"}, "associations": []}
    assert portal.post(f"/crm/objects/{V}/contacts", values).status_code == 400


def test_a_value_of_a_unique_property_is_taken_once(portal: Portal) -> None:
    make(portal, name="line_user_id", hasUniqueValue=True)
    contact = portal.contact(line_user_id="U1")
    refused = portal.post(f"/crm/objects/{V}/contacts", {"properties": {"line_user_id": "U1"}})
    assert refused.status_code == 400 and "CONFLICTING_UNIQUE_VALUE" in refused.json()["message"]
    assert portal.get(f"/crm/objects/{V}/contacts/U1?idProperty=line_user_id").json()["id"] == contact


def test_batches_make_read_and_archive(portal: Portal) -> None:
    inputs = [NEW, NEW | {"name": "hs_bad"}, NEW | {"name": "line_more"}]
    made = portal.post(f"{ROOT}/batch/create", {"inputs": inputs})
    assert (made.status_code, len(made.json()["results"]), made.json()["numErrors"]) == (207, 2, 1)
    names = {"inputs": [{"name": "line_tags"}, {"name": "line_more"}]}
    read = {"archived": False, "dataSensitivity": "non_sensitive"} | names
    assert len(portal.checked("POST", f"{ROOT}/batch/read", read).json()["results"]) == 2
    assert portal.checked("POST", f"{ROOT}/batch/archive", names).status_code == 204
    assert portal.post(f"{ROOT}/batch/read", read).status_code == 207


def test_hubspots_own_properties_stay(portal: Portal) -> None:
    assert portal.call("DELETE", f"{ROOT}/firstname").status_code == 400
    assert portal.call("PATCH", f"{ROOT}/firstname", {"label": "x"}).status_code == 400


def test_groups_are_made_changed_and_deleted(portal: Portal) -> None:
    group = {"name": "line_messaging", "label": "LINE", "displayOrder": 3}
    assert portal.checked("POST", f"{ROOT}/groups", group).status_code == 201
    assert portal.post(f"{ROOT}/groups", group).status_code == 409
    assert portal.checked("PATCH", f"{ROOT}/groups/line_messaging", {"label": "LINE messaging"}).status_code == 200
    assert "LINE messaging" in str(portal.checked("GET", f"{ROOT}/groups").json())
    make(portal, groupName="line_messaging")
    assert portal.call("DELETE", f"{ROOT}/groups/line_messaging").status_code == 400
    portal.call("DELETE", f"{ROOT}/line_tags")
    assert portal.checked("DELETE", f"{ROOT}/groups/line_messaging").status_code == 204
    assert portal.get(f"{ROOT}/groups/line_messaging").status_code == 404


def test_the_limit_of_custom_properties_can_be_read_and_holds(portal: Portal) -> None:
    portal.switch(custom_properties=1)
    assert make(portal).status_code == 201
    row = portal.checked("GET", f"/crm/limits/{V}/custom-properties").json()["byObjectType"][0]
    assert (row["limit"], row["usage"]) == (1, 1)
    assert portal.post(ROOT, NEW | {"name": "line_more"}).status_code == 400


def test_reading_definitions_takes_the_scope_of_the_objects(portal: Portal) -> None:
    portal.control("PATCH", f"/installs/{portal.app.app_id}", {"scopes": ["oauth", "crm.objects.contacts.read"]})
    assert portal.get(ROOT).status_code == 200
    assert portal.post(ROOT, NEW).json()["category"] == "MISSING_SCOPES"
