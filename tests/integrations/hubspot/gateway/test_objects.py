"""Contacts, companies and what belongs to them: read, found, written in batches of which parts may fail."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.clock import now
from app.core.errors import PermanentFailure
from app.integrations.hubspot.gateway import account, associations, objects
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.objects import COMPANIES, CONTACTS, where
from tests.integrations.hubspot.gateway.conftest import Grantee
from tests.sandbox.hubspot.portals import Portal, V


def test_pages_end(client: HubSpotClient, portal: Portal) -> None:
    portal.control("PATCH", "", {"population": {"contacts": 130, "companies": 3}})
    first = client.call(objects.page(CONTACTS, ["email", "firstname"]))
    assert len(first.records) == objects.MOST and first.after
    second = client.call(objects.page(CONTACTS, ["email"], first.after))
    assert len(second.records) == 30 and second.after is None
    assert "@" in (first.records[0].properties["email"] or "")
    assert first.records[0].updated_at is not None and not first.records[0].is_archived
    assert len(client.call(objects.page(COMPANIES, ["name"])).records) == 3


def test_archived_records_are_pages_of_their_own(client: HubSpotClient, portal: Portal) -> None:
    kept, gone = portal.contact(email="a@example.com"), portal.contact(email="b@example.com")
    client.call(objects.archive(CONTACTS, gone))
    assert [one.id for one in client.call(objects.page(CONTACTS, [])).records] == [kept]
    archived = client.call(objects.page(CONTACTS, ["email"], archived=True)).records
    assert [(one.id, one.is_archived) for one in archived] == [(gone, True)]


def test_a_batch_names_what_is_missing(client: HubSpotClient, portal: Portal) -> None:
    contact = portal.contact(email="a@example.com", firstname="")
    found = client.call(objects.read_many(CONTACTS, [contact, "999", contact], ["email", "firstname", "lastname"]))
    assert [one.id for one in found.results] == [contact]
    assert found.missing == {"999"}
    assert (found.results[0].properties["email"], found.results[0].properties["lastname"]) == ("a@example.com", None)


def test_history_says_who_wrote_a_value_and_when(client: HubSpotClient, access: Grantee) -> None:
    contact = access.portal.contact(email="a@example.com", firstname="A")
    client.call(objects.update(CONTACTS, contact, {"firstname": "B"}))
    found = client.call(objects.read_many(CONTACTS, [contact], [], history=["firstname"])).results[0]
    newest, oldest = found.history["firstname"]
    assert (newest.value, oldest.value) == ("B", "A")
    assert newest.is_by(access.portal.app.app_id) and not newest.is_by("1")
    assert newest.at is not None and abs(newest.at - now() - access.portal.server.ahead) < timedelta(minutes=1)


def test_records_are_read_by_a_unique_property(client: HubSpotClient, portal: Portal) -> None:
    contact = portal.contact(email="a@example.com")
    found = client.call(objects.read_many(CONTACTS, ["a@example.com"], ["email"], id_property="email"))
    assert [one.id for one in found.results] == [contact]


def test_search_goes_on_by_id(client: HubSpotClient, portal: Portal) -> None:
    ids = [portal.contact(email=f"{n}@example.com", lastname="Sato") for n in range(5)]
    first = client.call(objects.search(CONTACTS, [where("lastname", "EQ", "Sato")], ["email"], limit=3))
    assert ([one.id for one in first.records], first.total) == (ids[:3], 5)
    after = where("hs_object_id", "GT", ids[2])
    rest = client.call(objects.search(CONTACTS, [where("lastname", "EQ", "Sato"), after], ["email"]))
    assert ([one.id for one in rest.records], rest.after) == (ids[3:], None)
    several = client.call(objects.search(CONTACTS, [where("email", "IN", ["1@example.com", "2@example.com"])], []))
    assert [one.id for one in several.records] == ids[1:3]


def test_one_bad_value_does_not_refuse_the_others(client: HubSpotClient, portal: Portal) -> None:
    good, bad = portal.contact(email="a@example.com"), portal.contact(email="b@example.com")
    done = client.call(
        objects.update_many(CONTACTS, {good: {"points": "3"}, bad: {"points": "many"}, "999": {"points": "1"}})
    )
    assert [one.id for one in done.results] == [good]
    failures = {one: failure for failure in done.failures for one in failure.ids}
    assert set(failures) == {bad, "999"}
    assert failures["999"].is_not_found and done.missing == {"999"}
    assert [value.name for value in failures[bad].values] == ["points"]
    assert portal.read(good, "points")["properties"]["points"] == "3"


def test_an_upsert_makes_what_is_missing(client: HubSpotClient, portal: Portal) -> None:
    known = portal.contact(email="a@example.com")
    request = objects.upsert_many(
        CONTACTS, "email", {"a@example.com": {"firstname": "A"}, "b@example.com": {"firstname": "B"}}
    )
    first = {one.properties["email"]: one for one in client.call(request).results}
    assert (first["a@example.com"].id, first["a@example.com"].is_new) == (known, False)
    assert first["b@example.com"].is_new
    again = client.call(request)
    assert [one.is_new for one in again.results] == [False, False]


def test_an_upsert_by_what_is_not_unique_is_refused(client: HubSpotClient) -> None:
    with pytest.raises(PermanentFailure) as failure:
        client.call(objects.upsert_many(CONTACTS, "firstname", {"A": {}}))
    assert failure.value.code == "hubspot.refused"


@pytest.mark.parametrize("told_in", ["both", "object_ids", "vids"])
def test_merges_are_told_in_either_property(client: HubSpotClient, portal: Portal, told_in: str) -> None:
    portal.switch(merge_told_in=told_in)
    a, b, c = (portal.contact(email=f"{n}@example.com") for n in "abc")
    for primary, other in ((b, a), (c, b)):
        body = {"primaryObjectId": primary, "objectIdToMerge": other}
        assert portal.post(f"/crm/objects/{V}/contacts/merge", body).status_code == 200
    wanted = [objects.MERGED_IDS, objects.MERGED_VIDS]
    found = client.call(objects.read_many(CONTACTS, [a], wanted)).results
    assert [one.id for one in found] == [c]
    assert found[0].merged_ids == {a, b}


def test_companies_of_contacts(client: HubSpotClient, portal: Portal) -> None:
    portal.control("PATCH", "", {"population": {"contacts": 3, "companies": 2}})
    contacts = [one.id for one in client.call(objects.page(CONTACTS, [])).records]
    companies = [one.id for one in client.call(objects.page(COMPANIES, [])).records]
    alone = portal.contact(email="alone@example.com")
    found = client.call(associations.read_many(CONTACTS, COMPANIES, [*contacts, alone]))
    assert {one.from_id: one.primary_company for one in found.results} == {
        contacts[0]: companies[0],
        contacts[1]: companies[1],
        contacts[2]: companies[0],
    }
    assert found.missing == {alone}
    assert all(one.after is None for one in found.results)


def test_the_portal_describes_itself(client: HubSpotClient, portal: Portal) -> None:
    details = client.call(account.details())
    assert (details.portal_id, details.time_zone, details.account_type) == (portal.portal_id, "Asia/Tokyo", "STANDARD")
    limits = client.call(account.custom_property_limits())
    assert limits["0-1"].most == 1000 and limits["0-1"].used == 0


@pytest.mark.parametrize("written", [None, "", "soon", "2026-13-01T00:00:00Z"])
def test_times_that_are_none(written: str | None) -> None:
    assert objects.moment(written) is None
