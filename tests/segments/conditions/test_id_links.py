"""The external user ID: what ID links say of friends, in whichever order they came."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.db import db
from app.friends.models import IdLink
from app.line.models import Account
from app.segments.conditions.compiler import compile_definition
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.properties import catalogue
from app.segments.queries.counting import count_members
from app.segments.queries.members import explain, members_page
from tests.factories.friends import friend
from tests.factories.line import account
from tests.factories.segments import condition, definition


def link(place: Account, line_user_id: str, user_id: str) -> None:
    db.session.add(IdLink(account_id=place.id, line_user_id=line_user_id, user_id=user_id))
    db.session.commit()


def names(place: Account, *groups: list[dict[str, Any]]) -> set[str | None]:
    """Who fits, in every way in which it can be asked."""
    compiled = compile_definition(parse_definition(definition(*groups), catalogue(place.id)).definition)
    found = members_page(compiled).rows
    assert count_members(compiled).friends == len(found)
    assert all(one.fits for one in explain(compiled, [row.id for row in found]).values())
    return {row.display_name for row in found}


@pytest.mark.parametrize(
    ("asked", "fitting"),
    [
        (condition("external_user_id", "known"), {"Anna", "Ben"}),
        (condition("external_user_id", "unknown"), {"Cem"}),
        (condition("external_user_id", "equals", "shop-1"), {"Anna"}),
        (condition("external_user_id", "equals", "SHOP-1"), set()),
        (condition("external_user_id", "starts_with", "shop-"), {"Anna"}),
        (condition("external_user_id", "starts_with", "s%"), {"Ben"}),
        (condition("external_user_id", "starts_with", "_"), set()),
    ],
)
def test_who_fits(place: Account, asked: dict[str, Any], fitting: set[str]) -> None:
    anna, ben = friend(place, display_name="Anna"), friend(place, display_name="Ben")
    friend(place, display_name="Cem")
    link(place, anna.line_user_id, "shop-1")
    link(place, ben.line_user_id, "s%1")
    elsewhere = account()
    link(elsewhere, friend(elsewhere, display_name="Dora").line_user_id, "shop-1")
    assert names(place, [asked]) == fitting
    never = [condition("line.display_name", "equals", "No one")]
    assert names(place, [asked], never) == fitting


def test_a_friend_who_comes_after_their_link_is_found(place: Account) -> None:
    link(place, "U" + "a" * 32, "early-bird")
    asked = [condition("external_user_id", "starts_with", "early")]
    assert names(place, asked) == set()
    friend(place, line_user_id="U" + "a" * 32, display_name="Eve")
    assert names(place, asked) == {"Eve"}


def test_only_what_can_be_asked_of_it_is_offered(place: Account) -> None:
    offered = catalogue(place.id).properties["external_user_id"].operators
    assert list(offered) == ["equals", "starts_with", "known", "unknown"]
