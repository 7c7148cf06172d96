"""Asking who fits, in short."""

from __future__ import annotations

from typing import Any

from app.core.db import db
from app.line.models import Account
from app.segments.conditions.compiler import Compiled, compile_definition
from app.segments.conditions.definition import ParsedDefinition, parse_definition
from app.segments.conditions.properties import catalogue
from app.segments.queries.members import explain, members_page
from tests.factories.segments import condition, definition


def reading(place: Account, raw: Any) -> ParsedDefinition:
    """What the account reads in it."""
    return parse_definition(raw, catalogue(place.id))


def compiled(place: Account, raw: Any) -> Compiled:
    """The SQL of a definition, sound or not."""
    return compile_definition(reading(place, raw).definition)


def who(place: Account, raw: Any) -> set[str | None]:
    """Names of those who fit, the same in every way of asking."""
    asked = compiled(place, raw)
    rows = db.session.execute(asked.as_walk()).all()
    page = members_page(asked, size=500).rows
    assert sorted(row.id for row in rows) == sorted(friend.id for friend in page)
    if page:
        assert all(found.fits for found in explain(asked, [friend.id for friend in page]).values())
    return {friend.display_name for friend in page}


def fitting(place: Account, property: str, operator: str, *values: Any) -> set[str | None]:
    """Names of those who fit one sound condition."""
    raw = definition([condition(property, operator, *values)])
    assert not reading(place, raw).complaints, [str(one) for one in reading(place, raw).complaints]
    return who(place, raw)
