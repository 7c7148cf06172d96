"""Conditions on linked friends, lists and mapped properties of HubSpot."""

from __future__ import annotations

from typing import Any

import pytest
import time_machine

from app.core.db import db
from app.friends.models import Friend
from app.integrations.shared.models import Integration, IntegrationState
from app.line.models import Account
from app.segments.conditions.properties import catalogue
from tests.factories import integrations, line
from tests.factories.friends import friend
from tests.factories.segments import condition, definition
from tests.segments.conditions.asking import fitting, reading

# What the four friends' contacts say; the last friend has no contact.
SAID: dict[str, tuple[str, list[str | None]]] = {
    "city": ("string", ["東京", "Osaka", "", None]),
    "visits": ("number", ["1.25E1", "3", "many", None]),
    "birthday": ("date", ["1990-04-24", "2001-01-31", None, None]),
    "seen": ("datetime", ["2026-04-23T15:00:00Z", "2026-04-23T14:59:59.999Z", None, None]),
    "member": ("bool", ["true", "false", "", None]),
    "size": ("enumeration", ["s", "xl", None, None]),
    "likes": ("enumeration", ["tea;coffee", "coffee", "", None]),
}
CASES = [
    ("city", "equals", ["東京"], "0"),
    ("city", "not_equals", ["osaka"], "023"),
    ("city", "contains", ["ＳＡＫ"], "1"),
    ("city", "known", [], "01"),
    ("city", "unknown", [], "23"),
    ("visits", "more", [3], "0"),
    ("visits", "between", [3, 12.5], "01"),
    ("visits", "not_equals", [3], "023"),
    ("visits", "known", [], "01"),
    ("birthday", "on", ["1990-04-24"], "0"),
    ("birthday", "after", ["1999-12-31"], "1"),
    ("birthday", "unknown", [], "23"),
    # Three in the afternoon in UTC is the next day in Tokyo.
    ("seen", "on", ["2026-04-24"], "0"),
    ("seen", "before", ["2026-04-24"], "1"),
    ("member", "is", [], "0"),
    ("member", "is_not", [], "123"),
    ("member", "unknown", [], "23"),
    ("size", "any_of", ["s", "xl"], "01"),
    ("size", "none_of", ["s"], "123"),
    ("likes", "contains_any", ["tea"], "0"),
    ("likes", "contains_all", ["tea", "coffee"], "0"),
    ("likes", "contains_none", ["tea"], "123"),
    ("likes", "empty", [], "23"),
]


@pytest.fixture
def place(app: Any) -> Account:
    """A LINE Official Account."""
    return line.account()


@pytest.fixture
def portal(place: Account) -> Integration:
    """HubSpot, connected to the account."""
    return integrations.integration(place)


@pytest.fixture
def friends(place: Account, portal: Integration) -> list[Friend]:
    """Three linked friends and one without a contact, with all properties mapped."""
    people = [friend(place) for _ in range(4)]
    for name, (remote_type, _values) in SAID.items():
        options = [["s", "Small"], ["xl", "Very large"]] if name == "size" else [["tea", "Tea"], ["coffee", "Coffee"]]
        integrations.mapping(
            portal,
            name,
            f"attributes.{name}",
            remote_type=remote_type,
            remote_label=name.capitalize(),
            remote_field_type="checkbox" if name == "likes" else "",
            options=options if remote_type == "enumeration" else [],
        )
    for number, one in enumerate(people[:3]):
        values = {name: said[number] for name, (_type, said) in SAID.items()}
        integrations.link(portal, one, integrations.record(portal, **values).remote_id)
    return people


def places(account: Account, people: list[Friend], name: str, operator: str, values: list[Any]) -> str:
    """Return the numbers of the friends who fit."""
    found = fitting(account, name, operator, *values)
    return "".join(str(number) for number, one in enumerate(people) if one.display_name in found)


@pytest.mark.parametrize(("name", "operator", "values", "expected"), CASES)
def test_each_type_of_property(
    place: Account, friends: list[Friend], name: str, operator: str, values: list[Any], expected: str
) -> None:
    with time_machine.travel("2026-04-24T03:00:00Z", tick=False):
        assert places(place, friends, f"hubspot.contact.{name}", operator, values) == expected


def test_whether_friends_are_linked(place: Account, friends: list[Friend], portal: Integration) -> None:
    integrations.link(portal, friends[3], None)
    assert places(place, friends, "hubspot.integration", "is", []) == "012"
    assert places(place, friends, "hubspot.integration", "is_not", []) == "3"


def test_the_name_of_the_company_is_that_of_the_company_record(place: Account, portal: Integration) -> None:
    people = [friend(place) for _ in range(2)]
    employer = integrations.record(portal, kind="company", name="Kissa 灯")
    integrations.link(portal, people[0], integrations.record(portal, company_id=employer.remote_id).remote_id)
    integrations.link(portal, people[1], integrations.record(portal, name="Kissa 灯").remote_id)
    integrations.mapping(portal, "name", "company", record_kind="company")
    assert places(place, people, "hubspot.company.name", "equals", ["kissa 灯"]) == "0"


def test_lists(place: Account, portal: Integration) -> None:
    people = [friend(place) for _ in range(3)]
    records = [integrations.record(portal) for _ in range(2)]
    for one, contact in zip(people, records, strict=False):
        integrations.link(portal, one, contact.remote_id)
    both = integrations.remote_list(portal, *records, name="Both")
    first = integrations.remote_list(portal, records[0], name="First")
    name = "hubspot.list"
    assert places(place, people, name, "contains_any", [first.id, both.id]) == "01"
    assert places(place, people, name, "contains_all", [first.id, both.id]) == "0"
    assert places(place, people, name, "contains_none", [first.id]) == "12"
    about = catalogue(place.id).properties[name]
    assert [one.label for one in about.find(place.id, "OT", ())] == ["Both"]
    assert [one.label for one in about.find(place.id, "ot", [first.id])] == ["First", "Both"]


def test_a_deleted_list_is_no_choice_and_fits_no_friend(place: Account, portal: Integration) -> None:
    one = friend(place)
    contact = integrations.record(portal)
    integrations.link(portal, one, contact.remote_id)
    gone = integrations.remote_list(portal, contact, deleted_at=one.created_at)
    about = catalogue(place.id).properties["hubspot.list"]
    assert not about.named(place.id, [gone.id])
    assert reading(place, definition([condition("hubspot.list", "contains_any", gone.id)])).complaints


def test_they_are_offered_only_while_connected(place: Account) -> None:
    assert not [name for name in catalogue(place.id).properties if name.startswith("hubspot.")]
    portal = integrations.integration(place)
    assert {"hubspot.integration", "hubspot.list"} <= catalogue(place.id).properties.keys()
    portal.state = IntegrationState.DISCONNECTED
    db.session.commit()
    assert all(one.unavailable for name, one in catalogue(place.id).properties.items() if name.startswith("hubspot."))


def test_choices_are_shown_by_their_labels(place: Account, friends: list[Friend]) -> None:
    about = catalogue(place.id).properties["hubspot.contact.size"]
    assert [(one.value, one.label) for one in about.find(place.id, "", ())] == [("s", "Small"), ("xl", "Very large")]
    assert str(about.label) == "Size (HubSpot property)"


def test_another_account_sees_nothing_of_it(place: Account, friends: list[Friend]) -> None:
    assert not [name for name in catalogue(line.account().id).properties if name.startswith("hubspot.")]
