"""Definitions that name tags and attributes by key, resolved for two accounts."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.clock import now
from app.core.db import db
from app.core.i18n import in_language
from app.friends.models import AttributeKind
from app.friends.operations.definitions import create_definition
from app.line.models import Account
from app.segments.conditions.compiler import compile_definition
from app.segments.conditions.definition import ParsedDefinition, parse_definition
from app.segments.conditions.keyed import as_keys, resolve
from app.segments.conditions.properties import catalogue
from app.segments.queries.members import members_page
from app.team.actors import SYSTEM
from tests.factories import friends, line
from tests.factories.segments import FOLLOWING, condition, definition, excluding


@pytest.fixture
def bakery(app: Any) -> Account:
    return line.account(name="Bakery")


def members(parsed: ParsedDefinition) -> set[int]:
    return {friend.id for friend in members_page(compile_definition(parsed.definition)).rows}


def test_a_tag_is_found_by_its_name_in_each_account(place: Account, bakery: Account) -> None:
    here, there = friends.tag(place, "VIP"), friends.tag(bakery, "ｖｉｐ")
    one, other = friends.friend(place, (here,)), friends.friend(bakery, (there,))
    friends.friend(place), friends.friend(bakery)
    stored = parse_definition(definition([condition("tag", "contains_any", here.id)]), catalogue(place.id))

    keyed = as_keys(stored.definition)

    assert keyed == definition([condition("tag", "contains_any", "VIP")])
    resolved = resolve(keyed, place), resolve(keyed, bakery)
    assert [one.is_sound for one in resolved] == [True, True]
    assert resolved[0].definition == stored.definition
    assert [members(one) for one in resolved] == [{one.id}, {other.id}]


def test_an_attribute_is_found_by_its_key_in_each_account(place: Account, bakery: Account) -> None:
    for account in (place, bakery):
        create_definition(account.id, "Visits", AttributeKind.NUMBER, actor=SYSTEM)
    often = friends.friend(bakery, attributes={"visits": 20})
    friends.friend(bakery, attributes={"visits": 2})
    db.session.flush()

    resolved = resolve(definition([condition("attributes.visits", "at_least", 10)]), bakery)

    assert (resolved.is_sound, members(resolved)) == (True, {often.id})


def test_what_is_left_out_is_left_out_in_each_account(place: Account, bakery: Account) -> None:
    here, there = friends.tag(place, "VIP"), friends.tag(bakery, "VIP")
    friends.friend(bakery, (there,))
    plain = friends.friend(bakery)
    raw = excluding(FOLLOWING, [condition("tag", "contains_any", here.id)])

    keyed = as_keys(parse_definition(raw, catalogue(place.id)).definition)

    assert keyed == excluding(FOLLOWING, [condition("tag", "contains_any", "VIP")])
    assert members(resolve(keyed, bakery)) == {plain.id}
    there.deleted_at = now()
    db.session.flush()
    assert members(resolve(keyed, bakery)) == set(), "A tag that is missing lets no one in."


@pytest.mark.parametrize("operator", ["contains_any", "contains_none"])
def test_a_tag_that_is_missing_is_named_with_its_account_and_fits_no_friend(
    place: Account, bakery: Account, operator: str
) -> None:
    friends.tag(place, "VIP"), friends.tag(bakery, "Gold")
    friends.friend(bakery)
    keyed = definition(
        [condition("line.follow_status", "any_of", "following")], [condition("tag", operator, "Gold", "VIP")]
    )

    assert resolve(keyed, place).is_sound is False
    parsed = resolve(keyed, bakery)

    (complaint,) = parsed.complaints
    assert (complaint.group, complaint.condition, complaint.part) == (1, 0, "value")
    assert str(complaint) == "Filter condition 2, property 1: Bakery has no “VIP” (Tag)."
    with in_language("ja"):
        assert "Bakeryには「VIP」（タグ）がありません。" in str(complaint)
    alone = resolve(definition([condition("tag", operator, "Gold", "VIP")]), bakery)
    assert members(alone) == set()


def test_a_name_that_looks_like_an_id_is_a_name(place: Account, bakery: Account) -> None:
    theirs = friends.tag(bakery, "VIP")
    parsed = resolve(definition([condition("tag", "contains_any", str(theirs.id))]), bakery)
    assert [str(one.message) for one in parsed.complaints] == [f"Bakery has no “{theirs.id}” (Tag)."]
    parsed = resolve(definition([condition("tag", "contains_any", theirs.id)]), bakery)
    assert not parsed.is_sound


def test_an_attribute_that_is_missing_is_named_with_its_account(place: Account, bakery: Account) -> None:
    create_definition(place.id, "Visits", AttributeKind.NUMBER, actor=SYSTEM)
    keyed = definition([condition("attributes.visits", "at_least", 10)])
    friends.friend(bakery)
    assert resolve(keyed, place).is_sound
    parsed = resolve(keyed, bakery)
    assert [str(one.message) for one in parsed.complaints] == ["Bakery has no attribute with the key “visits”."]
    assert members(parsed) == set()


@pytest.mark.parametrize("raw", [None, [], {"groups": 3}, {"version": 9, "groups": []}, {"groups": []}])
def test_what_is_no_definition_is_refused_as_everywhere(place: Account, raw: Any) -> None:
    assert resolve(raw, place) == parse_definition(raw, catalogue(place.id))
