"""HubSpot's lists come in: what they are called, and who is on those that are used."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from sqlalchemy import select

from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure
from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.gateway import lists as requests
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.sync.lists import PROCESSING, ListsPlace, read_lists
from app.integrations.shared.models import Integration, IntegrationState, RemoteList, RemoteListMember
from app.integrations.shared.queries import accounts_of
from app.line.models import Account
from tests.factories import segments
from tests.integrations.hubspot import conftest as portals
from tests.sandbox.hubspot.portals import Portal


@pytest.fixture
def connected(portal: Portal) -> Integration:
    """The portal, connected to a LINE account."""
    return portals.connected(portal)


@pytest.fixture
def client(connected: Integration) -> HubSpotClient:
    """A client for the portal."""
    return HubSpotClient(access_of(connected))


CUSTOMERS = {"property": "lifecyclestage", "values": ["customer"]}


def make_list(portal: Portal, name: str, members: Sequence[str] = (), **more: object) -> str:
    """Make a list at HubSpot; its id."""
    made = portal.control("POST", "/lists", {"name": name, **more})
    if members:
        portal.control("POST", f"/lists/{made['id']}/members", {"add": list(members)})
    return str(made["id"])


def read_all(
    client: HubSpotClient, connected: Integration, run_id: int = 1, place: ListsPlace | None = None
) -> dict[str, int]:
    """Read to the end, slice by slice, committing as a run does; what was counted."""
    at = place or ListsPlace()
    while not at.is_done:
        for reached in read_lists(client, connected.id, at, run_id):
            at = reached
            db.session.commit()
    return dict(at.counts)


def stored(name: str) -> RemoteList:
    """A list as stored."""
    return db.session.scalars(select(RemoteList).where(RemoteList.name == name)).one()


def members(name: str) -> list[str]:
    """Ids of the records on a list."""
    query = select(RemoteListMember.remote_id).where(RemoteListMember.list_id == stored(name).id)
    return sorted(db.session.scalars(query), key=int)


def use(connected: Integration, name: str) -> None:
    """Switch a list on."""
    stored(name).is_switched_on = True
    db.session.commit()


def test_all_lists_are_named_with_their_kind_and_size(
    client: HubSpotClient, portal: Portal, connected: Integration
) -> None:
    contact = portal.contact(lifecyclestage="customer")
    make_list(portal, "Tasting", [contact])
    make_list(portal, "Customers", **CUSTOMERS)
    assert read_all(client, connected) == {"lists": 2}
    found = [(one.name, one.is_active, one.size, one.synced_at) for one in (stored("Tasting"), stored("Customers"))]
    assert found == [("Tasting", False, 1, None), ("Customers", True, 1, None)]
    assert members("Tasting") == []


def test_members_are_read_where_a_segment_uses_the_list(
    client: HubSpotClient, portal: Portal, connected: Integration
) -> None:
    a, b = portal.contact(), portal.contact()
    make_list(portal, "Tasting", [a, b])
    make_list(portal, "Other", [a])
    read_all(client, connected)
    of_tasting = segments.condition("hubspot.list", "contains_any", stored("Tasting").id)
    segments.segment(account_of(connected), definition=segments.definition([of_tasting]))
    assert read_all(client, connected, 2) == {"lists": 2, "lists_read": 1}
    assert (members("Tasting"), members("Other")) == ([a, b], [])
    assert (stored("Tasting").members, stored("Tasting").synced_at is not None) == (2, True)


def account_of(connected: Integration) -> Account:
    """The one account of the integration."""
    ((_covered, account),) = accounts_of(connected.id)
    return account


def test_who_has_left_is_taken_off_when_all_pages_are_read(
    client: HubSpotClient, portal: Portal, connected: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(requests, "MOST_MEMBERS", 2)
    contacts = [portal.contact() for _ in range(5)]
    tasting = make_list(portal, "Tasting", contacts)
    read_all(client, connected)
    use(connected, "Tasting")
    read_all(client, connected, 2)
    assert members("Tasting") == contacts
    portal.control("POST", f"/lists/{tasting}/members", {"remove": contacts[:1]})
    # The worker is killed after the first page.
    pages = read_lists(client, connected.id, ListsPlace(), 3)
    next(pages)
    half = next(pages)
    db.session.commit()
    pages.close()
    assert members("Tasting") == contacts
    read_all(client, connected, 3, half)
    assert members("Tasting") == contacts[1:]
    assert stored("Tasting").members == 4


def test_a_list_whose_size_has_not_changed_is_read_again_after_an_hour(
    client: HubSpotClient, portal: Portal, connected: Integration
) -> None:
    a, b = portal.contact(), portal.contact()
    tasting = make_list(portal, "Tasting", [a])
    read_all(client, connected)
    use(connected, "Tasting")
    read_all(client, connected, 2)
    portal.control("POST", f"/lists/{tasting}/members", {"remove": [a], "add": [b]})
    assert "lists_read" not in read_all(client, connected, 3)
    with time_machine.travel(now() + timedelta(minutes=61)):
        assert read_all(client, connected, 4)["lists_read"] == 1
    assert members("Tasting") == [b]


def test_a_list_that_is_still_being_filled_loses_no_member(
    client: HubSpotClient, portal: Portal, connected: Integration
) -> None:
    a, b = portal.contact(), portal.contact()
    tasting = make_list(portal, "Tasting", [a])
    read_all(client, connected)
    use(connected, "Tasting")
    read_all(client, connected, 2)
    portal.control("POST", f"/lists/{tasting}/members", {"remove": [a], "add": [b]})
    portal.control("PATCH", f"/lists/{tasting}", {"told_status": "PROCESSING"})
    with time_machine.travel(now() + timedelta(minutes=61)):
        read_all(client, connected, 3)
        assert set(members("Tasting")) >= {a}
        assert stored("Tasting").problem == PROCESSING
        portal.control("PATCH", f"/lists/{tasting}", {"told_status": None})
        read_all(client, connected, 4)
    assert (members("Tasting"), stored("Tasting").problem) == ([b], None)


def test_one_bad_list_is_named_and_the_others_go_on(
    client: HubSpotClient, portal: Portal, connected: Integration
) -> None:
    contact = portal.contact()
    bad, _good = make_list(portal, "Bad", [contact]), make_list(portal, "Good", [contact])
    read_all(client, connected)
    use(connected, "Bad")
    use(connected, "Good")
    named = next(read_lists(client, connected.id, ListsPlace(), 2))
    db.session.commit()
    portal.control("DELETE", f"/lists/{bad}")
    read_all(client, connected, 2, named)
    assert (members("Bad"), members("Good")) == ([], [contact])
    assert (stored("Bad").problem, stored("Good").problem) == ("hubspot.not_found", None)


def test_a_deleted_list_keeps_no_place_among_the_choices(
    client: HubSpotClient, portal: Portal, connected: Integration
) -> None:
    tasting = make_list(portal, "Tasting")
    make_list(portal, "Other")
    read_all(client, connected)
    portal.control("DELETE", f"/lists/{tasting}")
    read_all(client, connected, 2)
    assert stored("Tasting").deleted_at and stored("Other").deleted_at is None


def test_a_used_list_that_no_page_tells_of_is_asked_for(
    client: HubSpotClient, portal: Portal, connected: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_list(portal, "Tasting")
    make_list(portal, "Other")
    read_all(client, connected)
    use(connected, "Tasting")
    empty = requests.ListPage([], None, 0)
    search = requests.search
    monkeypatch.setattr(requests, "search", lambda **about: replace(search(**about), read=lambda _body: empty))
    read_all(client, connected, 2)
    assert stored("Tasting").deleted_at is None and stored("Other").deleted_at


def test_without_the_scope_for_lists_all_of_it_fails(
    client: HubSpotClient, portal: Portal, connected: Integration
) -> None:
    portal.control("PATCH", f"/installs/{portal.app.app_id}", {"scopes": ["oauth"]})
    with pytest.raises(PermanentFailure) as failure:
        read_all(client, connected)
    assert failure.value.code == "hubspot.missing_scope"


def test_a_connection_that_ends_meets_all_lists_and_is_noted_on_none(
    client: HubSpotClient, portal: Portal, connected: Integration
) -> None:
    make_list(portal, "Tasting", [portal.contact()])
    read_all(client, connected)
    use(connected, "Tasting")
    named = next(read_lists(client, connected.id, ListsPlace(), 2))
    connected.state = IntegrationState.DISCONNECTED
    db.session.commit()
    with pytest.raises(PermanentFailure) as failure:
        read_all(client, connected, 2, named)
    assert failure.value.code == "hubspot.disconnected"
    db.session.rollback()
    assert stored("Tasting").problem is None
