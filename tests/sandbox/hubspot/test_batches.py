"""Batches: sizes, partial success, refusals of the whole."""

from __future__ import annotations

from typing import Any

import pytest
import requests

from tests.sandbox.hubspot.portals import Portal, V

BATCH = f"/crm/objects/{V}/contacts/batch"
KEY = {"name": "line_user_id", "label": "LINE User ID", "groupName": "contactinformation"}


@pytest.fixture
def keyed(portal: Portal) -> Portal:
    """The portal with a unique property to write by."""
    body = KEY | {"type": "string", "fieldType": "text", "hasUniqueValue": True}
    assert portal.post(f"/crm/properties/{V}/contacts", body).status_code == 201
    return portal


def upsert(portal: Portal, *rows: dict[str, Any], **common: Any) -> requests.Response:
    inputs = [{"idProperty": "line_user_id", "properties": {}} | common | row for row in rows]
    return portal.checked("POST", f"{BATCH}/upsert", {"inputs": inputs})


def test_reading_names_what_is_missing(portal: Portal) -> None:
    a, b = portal.contact(email="a@b.example"), portal.contact(email="b@b.example")
    body = {"inputs": [{"id": a}, {"id": b}], "properties": ["email"], "propertiesWithHistory": []}
    whole = portal.checked("POST", f"{BATCH}/read", body)
    assert (whole.status_code, [e["id"] for e in whole.json()["results"]]) == (200, [a, b])
    partial = portal.post(f"{BATCH}/read", body | {"inputs": [{"id": a}, {"id": "7"}]})
    assert (partial.status_code, partial.json()["numErrors"], partial.json()["status"]) == (207, 1, "COMPLETE")
    assert partial.json()["errors"][0]["category"] == "OBJECT_NOT_FOUND"
    assert partial.json()["errors"][0]["context"]["ids"] == ["7"]
    by_mail = body | {"inputs": [{"id": "b@b.example"}], "idProperty": "email"}
    assert portal.post(f"{BATCH}/read", by_mail).json()["results"][0]["id"] == b


@pytest.mark.parametrize(
    ("count", "history", "status"), [(100, [], 207), (101, [], 400), (50, ["email"], 207), (51, ["email"], 400)]
)
def test_batches_have_a_most(portal: Portal, count: int, history: list[str], status: int) -> None:
    inputs = [{"id": str(number)} for number in range(count)]
    body = {"inputs": inputs, "properties": [], "propertiesWithHistory": history}
    assert portal.post(f"{BATCH}/read", body).status_code == status


def test_an_id_twice_refuses_the_whole_batch(keyed: Portal) -> None:
    refused = upsert(keyed, {"id": "U1"}, {"id": "U1"})
    assert refused.status_code == 400
    assert keyed.get(f"/crm/objects/{V}/contacts").json()["results"] == []


def test_an_upsert_tells_what_is_new(keyed: Portal) -> None:
    first = upsert(keyed, {"id": "U1"}, {"id": "U2"}, properties={"firstname": "x"})
    assert (first.status_code, [e["new"] for e in first.json()["results"]]) == (200, [True, True])
    again = upsert(keyed, {"id": "U2", "properties": {"firstname": "y"}}, {"id": "U3"}).json()["results"]
    assert [e["new"] for e in again] == [False, True]
    assert again[0]["id"] == first.json()["results"][1]["id"]
    assert keyed.read(again[0]["id"], "line_user_id", "firstname")["properties"]["firstname"] == "y"


@pytest.mark.parametrize("name", ["city", "hs_object_id", None])
def test_only_a_unique_property_can_be_written_by(keyed: Portal, name: str | None) -> None:
    assert (
        keyed.post(f"{BATCH}/upsert", {"inputs": [{"id": "1", "idProperty": name, "properties": {}}]}).status_code
        == 400
    )


def test_one_bad_row_refuses_all_unless_rows_are_traced(keyed: Portal) -> None:
    rows = [{"id": "U1", "properties": {"city": "京都"}}, {"id": "U2", "properties": {"points": "many"}}]
    assert upsert(keyed, *rows).status_code == 400
    assert keyed.get(f"/crm/objects/{V}/contacts").json()["results"] == []
    traced = upsert(keyed, *[row | {"objectWriteTraceId": row["id"]} for row in rows])
    assert traced.status_code == 207
    assert [entry["objectWriteTraceId"] for entry in traced.json()["results"]] == ["U1"]
    (problem,) = traced.json()["errors"]
    assert (problem["category"], problem["context"]["objectWriteTraceId"]) == ("VALIDATION_ERROR", ["U2"])


def test_creating_conflicts_alike(portal: Portal) -> None:
    portal.contact(email="a@b.example")
    rows = [{"properties": {"email": mail}, "associations": []} for mail in ("new@b.example", "a@b.example")]
    refused = portal.post(f"{BATCH}/create", {"inputs": rows})
    assert refused.status_code == 409 and "Existing ID" in refused.json()["message"]
    traced = [row | {"objectWriteTraceId": str(place)} for place, row in enumerate(rows)]
    partial = portal.post(f"{BATCH}/create", {"inputs": traced})
    assert (partial.status_code, len(partial.json()["results"])) == (207, 1)
    assert (
        portal.checked("POST", f"{BATCH}/create", {"inputs": [{"properties": {}, "associations": []}]}).status_code
        == 201
    )


def test_updating_wants_record_ids_and_names_missing_ones(keyed: Portal) -> None:
    contact = keyed.contact(email="a@b.example", line_user_id="U1")
    rows = [{"id": contact, "properties": {"city": "京都"}}, {"id": "7", "properties": {"city": "x"}}]
    partial = keyed.post(f"{BATCH}/update", {"inputs": rows})
    assert (partial.status_code, partial.json()["errors"][0]["context"]["ids"]) == (207, ["7"])
    by_key = {"inputs": [{"id": "U1", "idProperty": "line_user_id", "properties": {"city": "大阪"}}]}
    assert keyed.checked("POST", f"{BATCH}/update", by_key).status_code == 200
    assert keyed.read(contact, "city")["properties"]["city"] == "大阪"


def test_archiving_passes_over_what_is_missing(portal: Portal) -> None:
    contact = portal.contact(email="a@b.example")
    body = {"inputs": [{"id": contact}, {"id": "7"}]}
    assert portal.checked("POST", f"{BATCH}/archive", body).status_code == 204
    assert portal.get(f"/crm/objects/{V}/contacts/{contact}").status_code == 404


def test_the_log_knows_how_large_a_batch_was(keyed: Portal) -> None:
    upsert(keyed, {"id": "U1"}, {"id": "U2"}, {"id": "U3"})
    last = keyed.requests()[-1]
    assert (last["template"], last["inputs"], last["status"]) == (f"{BATCH}/upsert", 3, 200)
