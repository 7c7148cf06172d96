"""What people type only ever becomes a parameter."""

from __future__ import annotations

from typing import Any

import pytest

from app.core.db import db
from app.friends.models import AttributeDefinition
from app.line.models import Account
from app.segments.conditions.operators import OPERATORS, Takes, ValueType
from app.segments.queries.counting import count_alone, count_members
from app.segments.queries.members import explain, fitting_of, members_page, stream_friends
from tests.factories.friends import friend
from tests.factories.segments import condition, definition
from tests.segments.conditions.asking import compiled, fitting

HOSTILE = [
    "zq'); DELETE FROM friends; --",
    "zq' OR '1'='1",
    'zq"; SELECT pg_sleep(9); --',
    "zq%s %(name)s %%",
    "zq:name :1 ::text",
    "zq$1 $tag $$x$$",
    "zq\\' \\\\ \\x00",
    "zq{0} {name}",
    "zq%' ESCAPE '/",
    "zq/_%",
    "zq\n--\n/*",
]
WITH_TEXT = [one.name for one in OPERATORS[ValueType.TEXT].values() if one.takes is Takes.TEXT]


@pytest.mark.parametrize("typed", HOSTILE)
def test_no_text_becomes_sql(place: Account, statements: list[str], typed: str) -> None:
    db.session.add(AttributeDefinition(account_id=place.id, key="asked", label="Asked", kind="text"))
    fields = dict.fromkeys(("first_name", "last_name", "email", "company"), typed)
    anna = friend(place, display_name=typed, attributes={"asked": typed}, **fields)
    friend(place, display_name="zq", attributes={"asked": "zq"})
    names = ["line.display_name", *fields, "attributes.asked"]
    statements.clear()
    raw = definition(*[[condition(name, operator, typed) for operator in WITH_TEXT] for name in names])
    asked = compiled(place, raw)
    members_page(asked)
    assert (count_members(asked).friends, list(stream_friends(asked)), fitting_of([asked], anna.id)) == (0, [], [False])
    explain(asked, [anna.id])
    count_alone(asked)
    assert statements
    assert not [one for one in statements if "zq" in one]
    for name in names:
        for operator in ("equals", "contains", "starts_with", "ends_with"):
            assert fitting(place, name, operator, typed) == {typed}, (name, operator)


def test_the_key_of_an_attribute_is_a_parameter_too(place: Account, statements: list[str]) -> None:
    key = "zq' || (SELECT 1) || '%s :x \\"
    for kind in ("text", "number", "date", "yes_no"):
        row = AttributeDefinition(account_id=place.id, key=key + kind, label=kind, kind=kind)
        db.session.add(row)
    values: dict[str, Any] = {"text": "x", "number": 5, "date": "2026-04-24", "yes_no": True}
    friend(place, display_name="Someone", attributes={key + kind: value for kind, value in values.items()})
    statements.clear()
    asked = [
        ("text", "equals", ["x"]),
        ("number", "at_least", [5]),
        ("date", "on", ["2026-04-24"]),
        ("yes_no", "is", []),
    ]
    for kind, operator, given in asked:
        assert fitting(place, f"attributes.{key}{kind}", operator, *given) == {"Someone"}, kind
    assert statements
    assert not [one for one in statements if "zq" in one]
