"""Which friends records belong to: by LINE user id, by address or number where it is one of each, by ID link."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from sqlalchemy import text

from app.core.db import db
from app.core.errors import InvalidInput, NotFound
from app.friends.models import Friend, IdLink
from app.integrations.shared import matching
from app.integrations.shared.links import drop_links, link, link_of, move_links, store_links, unlink
from app.integrations.shared.matching import find_friends, records_of_friends
from app.integrations.shared.models import Integration, IntegrationAccount
from app.line.models import Account
from app.team.actors import Actor
from tests.factories.friends import friend
from tests.factories.integrations import integration
from tests.factories.line import account
from tests.integrations.contacts import contact, links

MANY_RECORDS = """
    INSERT INTO remote_records (integration_id, kind, remote_id, match_keys)
    SELECT :integration_id, 'contact', number::text, ARRAY[:integration_id || ':email:p' || number]
    FROM generate_series(1, 3000) AS number
"""
MANY_ID_LINKS = """
    INSERT INTO id_links (account_id, line_user_id, user_id)
    SELECT :account_id, 'U' || number, 'p' || number FROM generate_series(1, 3000) AS number
"""


def match(portal: Integration, *remote_ids: str) -> dict[int, tuple[str | None, str]]:
    store_links(portal, find_friends(portal.id, remote_ids))
    db.session.commit()
    return links(portal)


def test_a_line_user_id_is_found_in_each_account(portal: Integration, place: Account) -> None:
    other = account()
    db.session.add(IntegrationAccount(integration_id=portal.id, account_id=other.id, service="hubspot", number=2))
    mine, theirs = friend(place), friend(other)
    friend(account(), line_user_id=mine.line_user_id)
    contact(portal, "7", lines=[mine.line_user_id, theirs.line_user_id])
    assert match(portal, "7") == {mine.id: ("7", "line_user_id"), theirs.id: ("7", "line_user_id")}
    assert mine.links == {"hubspot": "7"}
    assert link_of(portal.id, mine.id).due_at is not None  # type: ignore[union-attr]


def test_an_address_or_a_number_counts_where_exactly_one_friend_and_one_record_have_it(
    portal: Integration, place: Account
) -> None:
    hana = friend(place, email="Hana@example.com")
    ken = friend(place, phone="090-1111-2222")
    friend(place, email="two@example.com"), friend(place, email="two@example.com")
    contact(portal, "1", email="hana@EXAMPLE.com")
    contact(portal, "2", phone="+819011112222")
    contact(portal, "3", email="two@example.com")
    assert match(portal, "1", "2", "3") == {hana.id: ("1", "email"), ken.id: ("2", "phone")}
    family = friend(place, phone="090-3333-4444")
    contact(portal, "4", phone="+819033334444")
    contact(portal, "5", phone="+819033334444")
    assert family.id not in match(portal, "4", "5")


def test_address_and_number_that_lead_to_two_friends_lead_to_none(portal: Integration, place: Account) -> None:
    friend(place, email="a@example.com"), friend(place, phone="090-1111-2222")
    contact(portal, "1", email="a@example.com", phone="+819011112222")
    assert match(portal, "1") == {}


def test_an_id_link_leads_to_the_record_or_its_address(portal: Integration, place: Account) -> None:
    by_id, by_address = friend(place), friend(place)
    for person, user_id in ((by_id, "501"), (by_address, "shop@example.com")):
        db.session.add(IdLink(account_id=place.id, line_user_id=person.line_user_id, user_id=user_id))
    contact(portal, "501")
    contact(portal, "502", email="shop@example.com")
    assert match(portal, "501", "502") == {by_id.id: ("501", "id_link"), by_address.id: ("502", "id_link")}
    assert set(records_of_friends(portal.id, [by_id.id, by_address.id])) == {"501", "502"}


def test_an_id_link_that_is_an_address_is_found_in_any_case(portal: Integration, place: Account) -> None:
    person, other = friend(place), friend(place)
    for one, user_id in ((person, "Shop.One@Example.com"), (other, "ABC")):
        db.session.add(IdLink(account_id=place.id, line_user_id=one.line_user_id, user_id=user_id))
    contact(portal, "502", email="shop.one@example.com")
    contact(portal, "abc")
    assert set(records_of_friends(portal.id, [person.id])) == {"502"}
    assert match(portal, "502", "abc") == {person.id: ("502", "id_link")}, "Only addresses have no case."


def test_a_line_user_id_takes_the_place_of_weaker_links(portal: Integration, place: Account) -> None:
    first, second = friend(place, email="a@example.com"), friend(place, email="b@example.com")
    contact(portal, "1", email="a@example.com")
    contact(portal, "2", email="b@example.com")
    match(portal, "1", "2")
    contact(portal, "1", lines=[second.line_user_id], email="a@example.com")
    assert match(portal, "1") == {second.id: ("1", "line_user_id")}
    assert (first.links, second.links) == ({}, {"hubspot": "1"})


def test_two_records_with_one_line_user_id_lead_to_the_older_one(portal: Integration, place: Account) -> None:
    person = friend(place)
    contact(portal, "10", lines=[person.line_user_id])
    contact(portal, "9", lines=[person.line_user_id])
    assert match(portal, "9", "10") == {person.id: ("9", "line_user_id")}
    assert match(portal, "10") == {person.id: ("9", "line_user_id")}


def test_what_was_taken_apart_is_not_tied_again_by_itself(
    portal: Integration, place: Account, people: SimpleNamespace
) -> None:
    actor = Actor.of_member(people.alice)
    person = friend(place)
    contact(portal, "7", lines=[person.line_user_id])
    match(portal, "7")
    unlink(place.id, person.id, portal, actor=actor)
    assert (match(portal, "7"), person.links) == ({}, {})
    link(place.id, person.id, portal, "7", actor=actor)
    assert links(portal) == {person.id: ("7", "manual")}
    with pytest.raises(NotFound):
        unlink(place.id, friend(place).id, portal, actor=actor)


def test_linking_by_hand_refuses_records_that_are_taken_or_unknown(
    portal: Integration, place: Account, people: SimpleNamespace
) -> None:
    actor = Actor.of_member(people.alice)
    first, second = friend(place), friend(place)
    contact(portal, "7")
    link(place.id, first.id, portal, "7", actor=actor)
    for remote_id in ("7", "99"):
        with pytest.raises(InvalidInput):
            link(place.id, second.id, portal, remote_id, actor=actor)
    with pytest.raises(NotFound):
        link(place.id, second.id, integration(account(), remote_id="2"), "7", actor=actor)


def test_links_follow_a_merge_and_end_with_a_deletion(portal: Integration, place: Account) -> None:
    first, second = friend(place), friend(place)
    for remote_id, person in (("1", first), ("2", second)):
        contact(portal, remote_id, lines=[person.line_user_id])
    match(portal, "1", "2")
    move_links(portal, {"1": "3", "3": "3"})
    db.session.commit()
    assert links(portal) == {first.id: ("3", "line_user_id"), second.id: ("2", "line_user_id")}
    move_links(portal, {"2": "3"})
    db.session.commit()
    assert links(portal) == {first.id: ("3", "line_user_id")}
    assert [dict(person.links) for person in (first, second)] == [{"hubspot": "3"}, {}]
    assert list(drop_links(portal, ["3"])) == [first.id]
    db.session.commit()
    assert (links(portal), db.session.get_one(Friend, first.id).links) == ({}, {})


def test_people_are_looked_for_by_indexes(portal: Integration, place: Account) -> None:
    """Columns of two collations are compared, for which an index serves only where the statement names its own."""
    for statement in (MANY_RECORDS, MANY_ID_LINKS, "ANALYZE remote_records", "ANALYZE id_links"):
        db.session.execute(text(statement), {"integration_id": portal.id, "account_id": place.id})
    person = friend(place, email="p7")
    about = {"integration_id": portal.id, "prefix": f"{portal.id}:", "friend_ids": [person.id], "remote_ids": ["7"]}
    for statement in (matching._FIND, matching._RECORDS_OF):
        plan = "\n".join(db.session.scalars(text(f"EXPLAIN {statement}"), about))
        assert "Seq Scan on remote_records" not in plan and "Seq Scan on id_links" not in plan, plan
