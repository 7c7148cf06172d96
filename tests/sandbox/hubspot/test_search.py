"""Searches: operators, limits, an index of its own that lags, and sweeps over very many."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.hubspot.portals import Portal, V
from tests.support.sandbox import SandboxServer

CONTACTS = f"/crm/objects/{V}/contacts"


def search(portal: Portal, *filters: dict[str, Any], **fields: Any) -> Any:
    body = {
        "filterGroups": [{"filters": list(filters)}] if filters else [],
        "sorts": [],
        "properties": [],
        "limit": 100,
    }
    return portal.checked("POST", f"{CONTACTS}/search", body | {"after": "0"} | fields)


def where(name: str, operator: str, value: str | None = None, **more: Any) -> dict[str, Any]:
    return {"propertyName": name, "operator": operator} | ({"value": value} if value is not None else {}) | more


def ids(response: Any) -> list[str]:
    assert response.status_code == 200, response.text
    return [entry["id"] for entry in response.json()["results"]]


@pytest.fixture
def three(portal: Portal) -> tuple[Portal, str, str, str]:
    a = portal.contact(email="a@shop.example", firstname="花子", points="5", member_since="2026-01-01T00:00:00Z")
    b = portal.contact(email="b@shop.example", firstname="太郎", points="12", birthday="2000-02-03")
    c = portal.contact(email="c@cafe.example", lifecyclestage="lead")
    return portal, a, b, c


def test_every_operator(three: tuple[Portal, str, str, str]) -> None:
    portal, a, b, c = three
    expected = [
        (where("firstname", "EQ", "花子"), [a]),
        (where("firstname", "NEQ", "花子"), [b, c]),
        (where("points", "GT", "5"), [b]),
        (where("points", "GTE", "5"), [a, b]),
        (where("points", "LT", "12"), [a]),
        (where("points", "LTE", "12"), [a, b]),
        (where("points", "BETWEEN", "1", highValue="9"), [a]),
        (where("email", "IN", values=["a@shop.example", "c@cafe.example"]), [a, c]),
        (where("email", "NOT_IN", values=["a@shop.example"]), [b, c]),
        (where("lifecyclestage", "HAS_PROPERTY"), [c]),
        (where("lifecyclestage", "NOT_HAS_PROPERTY"), [a, b]),
        (where("email", "CONTAINS_TOKEN", "*@shop.example"), [a, b]),
        (where("email", "NOT_CONTAINS_TOKEN", "*@shop.example"), [c]),
        (where("member_since", "LT", "1767225600001"), [a]),
        (where("birthday", "EQ", "949536000000"), [b]),
    ]
    for condition, found in expected:
        assert ids(search(portal, condition)) == found, condition


def test_groups_are_alternatives_and_words_are_found(three: tuple[Portal, str, str, str]) -> None:
    portal, a, _, c = three
    groups = [{"filters": [where("email", "EQ", mail)]} for mail in ("a@shop.example", "c@cafe.example")]
    assert ids(search(portal, filterGroups=groups)) == [a, c]
    assert ids(search(portal, query="CAFE")) == [c]


def test_one_sort_and_pages(three: tuple[Portal, str, str, str]) -> None:
    portal, a, b, c = three
    sorts = [{"propertyName": "points", "direction": "DESCENDING"}]
    body = {"filterGroups": [], "sorts": sorts, "properties": ["points"], "limit": 2}
    first = portal.post(f"{CONTACTS}/search", body).json()
    assert ([e["id"] for e in first["results"]], first["total"], first["paging"]["next"]["after"]) == ([b, a], 3, "2")
    last = portal.post(f"{CONTACTS}/search", body | {"after": "2"}).json()
    assert [entry["id"] for entry in last["results"]] == [c] and "paging" not in last
    assert portal.post(f"{CONTACTS}/search", body | {"sorts": sorts * 2}).status_code == 400


@pytest.mark.parametrize(
    "wrong",
    [
        {"limit": 201},
        {"after": "10000"},
        {"query": "x" * 3001},
        {"filterGroups": [{"filters": []}] * 6},
        {"filterGroups": [{"filters": [where("city", "EQ", "x")] * 7}]},
        {"filterGroups": [{"filters": [where("city", "EQ", "x")] * 5}] * 4},
        {"filterGroups": [{"filters": [where("nothing", "EQ", "x")]}]},
        {"filterGroups": [{"filters": [where("city", "LIKE", "x")]}]},
        {"filterGroups": [{"filters": [where("points", "GT", 5)]}]},  # type: ignore[arg-type]
        {"filterGroups": [{"filters": [where("city", "IN", values=["Kyoto"])]}]},
        {"filterGroups": [{"filters": [where("city", "IN")]}]},
    ],
)
def test_limits_of_a_search(portal: Portal, wrong: dict[str, Any]) -> None:
    body = {"filterGroups": [], "sorts": [], "properties": [], "limit": 1, "after": "0"}
    assert portal.post(f"{CONTACTS}/search", body | wrong).status_code == 400


def test_the_index_learns_later(portal: Portal) -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server, switches={"index_seconds": 30.0})
        contact = portal.contact(firstname="A")
        assert ids(search(portal)) == []
        server.advance(30)
        assert ids(search(portal)) == [contact]
        portal.call("PATCH", f"{CONTACTS}/{contact}", {"properties": {"firstname": "B"}})
        assert portal.read(contact)["properties"]["firstname"] == "B"
        assert search(portal).json()["results"][0]["properties"]["firstname"] == "A"
        portal.call("DELETE", f"{CONTACTS}/{contact}")
        assert ids(search(portal)) == [contact]
        server.advance(30)
        assert ids(search(portal)) == []


def test_the_index_may_learn_out_of_order() -> None:
    with SandboxServer.start() as server:
        portal = Portal.open(server, switches={"index_seconds": 60.0, "index_out_of_order": True})
        made = [portal.contact(firstname="first") for _ in range(20)]
        inputs = [{"id": contact, "properties": {"firstname": "second"}} for contact in made]
        portal.post(f"{CONTACTS}/batch/update", {"inputs": inputs})
        server.advance(20)
        some = ids(search(portal))
        assert 0 < len(some) < 20 and some != made[: len(some)]
        server.advance(40)
        found = search(portal)
        assert ids(found) == made
        # A write that comes late never takes the place of a newer one.
        assert {entry["properties"]["firstname"] for entry in found.json()["results"]} == {"second"}


def test_a_sweep_by_record_id_reads_many_of_one_stamp_completely_and_once(line_sandbox: SandboxServer) -> None:
    portal = Portal.open(line_sandbox, population={"contacts": 12_000, "per_stamp": 20_000})
    window = [where("lastmodifieddate", "GTE", "1767225600000"), where("lastmodifieddate", "LT", "1767225600001")]
    seen, last = [], "0"
    body: dict[str, Any] = {"sorts": [], "properties": [], "limit": 200}
    while True:
        groups = [{"filters": [*window, where("hs_object_id", "GT", last)]}]
        page = ids(portal.post(f"{CONTACTS}/search", body | {"filterGroups": groups}))
        if not page:
            break
        seen += page
        last = page[-1]
    assert len(seen) == len(set(seen)) == 12_000
    assert ids(search(portal, *window, where("lastmodifieddate", "GT", "1767225600000"))) == []
    assert search(portal, *window).json()["total"] == 12_000


def test_many_may_be_changed_at_one_moment(portal: Portal) -> None:
    portal.control("PATCH", "", {"population": {"contacts": 50}})
    assert portal.control("POST", "/contacts/touch", {"count": 30, "properties": {"city": "京都"}}) == {"changed": 30}
    found = search(portal, where("city", "EQ", "京都"), where("lastmodifieddate", "GT", "1767225700000"))
    assert found.json()["total"] == 30
    assert len({entry["properties"]["lastmodifieddate"] for entry in found.json()["results"]}) == 1


def test_a_million_are_searched_by_stamp_without_looking_at_each(line_sandbox: SandboxServer) -> None:
    portal = Portal.open(line_sandbox, population={"contacts": 1_000_000, "per_stamp": 1000})
    window = [where("lastmodifieddate", "GTE", "1767225600000"), where("lastmodifieddate", "LT", "1767225602000")]
    assert search(portal, *window).json()["total"] == 2000
