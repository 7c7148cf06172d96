"""Reading definitions: every complaint and its place, the limits, and junk of every shape."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.core.clock import now
from app.core.db import db
from app.friends.models import AttributeDefinition
from app.line.models import Account
from app.segments.conditions.compiler import compile_definition
from app.segments.conditions.definition import MOST_CONDITIONS, MOST_GROUPS, MOST_VALUES, parse_definition
from app.segments.conditions.properties import catalogue
from app.segments.conditions.sentences import ConditionSentences
from app.segments.queries.counting import count_alone, count_members
from app.segments.queries.members import explain, fitting_of, members_page, stream_friends
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.factories.segments import FOLLOWING, condition, definition, excluding
from tests.segments.conditions.asking import compiled, reading, who

NOT_CONDITIONS = "This is not a set of conditions."
NO_GROUP = "Add at least one filter condition."
NO_CONDITION = "Add at least one property."
ONLY_EXCLUDES = "Add a filter condition that says who is meant: those that are there only leave friends out."
NONE_FITS = "No friend fits while a filter condition that leaves friends out cannot be used."
NO_PROPERTY = "There is no such property. Choose one from the list."
NO_OPERATOR = "This condition does not fit the property. Choose one from the list."
NO_TEXT, NO_NUMBER, NO_DATE, NO_DAYS = (
    "Enter a text.",
    "Enter a number.",
    "Enter a date.",
    "Enter the number of days.",
)
NOT_A_NUMBER = "Write the number with a point before decimals and commas only between thousands, such as 1,234.5."
TOO_LARGE = "This number is too large. At most 1,000,000,000,000,000 can be stored."
NOT_A_DATE = "Write the date as year, month and day, such as 2026-04-01 or 2026/4/1."
NO_SUCH_DAY = "The calendar has no such day. Write it as year, month and day: 2026-04-01."
NOT_DAYS, TOO_MANY_DAYS = "Enter the days as a whole number.", "At most 36500 days."
WRONG_ORDER = "The first value must not be greater than the second."
NO_CHOICE, NOT_A_CHOICE = "Choose at least one.", "A chosen value does not exist any more. Remove it."
NAME, POINTS, ADDED = "line.display_name", "attributes.points", "line.followed_at"
# (property, operator, values, complaint, part)
WRONG: list[tuple[Any, Any, list[Any], str, str]] = [
    ("", "", [], "Choose a property.", "property"),
    (None, "equals", ["x"], "Choose a property.", "property"),
    (5, "equals", ["x"], "Choose a property.", "property"),
    ("line.nothing", "equals", ["x"], NO_PROPERTY, "property"),
    ("line.display_name; DROP TABLE friends", "equals", ["x"], NO_PROPERTY, "property"),
    ("attributes.gone", "known", [], "This attribute was deleted. Remove it or choose another property.", "property"),
    (NAME, "", [], "Choose a condition.", "operator"),
    (NAME, ["equals"], ["x"], "Choose a condition.", "operator"),
    (NAME, "at_least", ["x"], NO_OPERATOR, "operator"),
    ("line.follow_status", "known", [], NO_OPERATOR, "operator"),
    (NAME, "equals' OR '1'='1", ["x"], NO_OPERATOR, "operator"),
    *((NAME, "equals", values, NO_TEXT, "value") for values in ([], [""], [" \u3000"], [None], [{}], [[]], [True])),
    (NAME, "equals", ["x" * 201], "At most 200 characters.", "value"),
    (NAME, "equals", ["x", "x" * 201], "At most 200 characters.", "value"),
    (NAME, "equals", [f"x{at}" for at in range(51)], "Enter at most 50 values.", "value"),
    (POINTS, "equals", [1, "x"], NOT_A_NUMBER, "value"),
    *((POINTS, "equals", values, NO_NUMBER, "value") for values in ([], [""], [None], [False])),
    *((POINTS, "equals", [value], NOT_A_NUMBER, "value") for value in ("x", "1.2.3", "0x10", "１２人")),
    *((POINTS, "equals", [value], NOT_A_NUMBER, "value") for value in ("1e16", "nan", "inf", "1,5", 10**5000)),
    *((POINTS, "equals", [value], NOT_A_NUMBER, "value") for value in (float("nan"), float("-inf"))),
    *((POINTS, "equals", [value], TOO_LARGE, "value") for value in (10**16, "9" * 30, -1e16, 1e300)),
    (POINTS, "between", [1], "Enter two numbers.", "value"),
    (POINTS, "between", [1, ""], "Enter two numbers.", "value"),
    (POINTS, "between", [2, 1], WRONG_ORDER, "value"),
    *((ADDED, "on", values, NO_DATE, "value") for values in ([], [""], [None])),
    *((ADDED, "on", [one], NO_SUCH_DAY, "value") for one in ("2026-02-30", "2026-13-01", "0000-01-01")),
    *((ADDED, "on", [one], NOT_A_DATE, "value") for one in ("x", "10000-01-01", "2026-W14-3")),
    *((ADDED, "on", [one], NOT_A_DATE, "value") for one in (5, "24/04/2026", "2026-04-24T00:00", "infinity", "now")),
    (ADDED, "between", ["2026-01-01"], "Enter two dates.", "value"),
    (ADDED, "between", ["2026-01-02", "2026-01-01"], WRONG_ORDER, "value"),
    *((ADDED, "last_days", values, NO_DAYS, "value") for values in ([], [""], [None])),
    *((ADDED, "last_days", [one], NOT_DAYS, "value") for one in (-1, "-5", "1.5", 1.5, "x", 10**5000)),
    (ADDED, "last_days", ["9" * 15], TOO_MANY_DAYS, "value"),
    (ADDED, "days_ago", [36501], TOO_MANY_DAYS, "value"),
    (ADDED, "days_ago", ["999999999"], TOO_MANY_DAYS, "value"),
    ("tag", "contains_any", [], NO_CHOICE, "value"),
    ("tag", "contains_any", [""], NO_CHOICE, "value"),
    *(("tag", operator, [999_999_999], NOT_A_CHOICE, "value") for operator in ("contains_any", "contains_none")),
    *(
        ("tag", "contains_any", [one], NOT_A_CHOICE, "value")
        for one in ("x", "-1", -1, 1.5, True, None, [], {}, 10**30)
    ),
    ("line.follow_status", "any_of", ["befriended"], NOT_A_CHOICE, "value"),
    ("line.language", "any_of", [5], NOT_A_CHOICE, "value"),
    ("line.language", "any_of", ["x" * 36], NOT_A_CHOICE, "value"),
    ("line.language", "any_of", [str(at) for at in range(501)], "Choose at most 500 values.", "value"),
]


@pytest.fixture
def points(place: Account) -> None:
    """A custom number, and an attribute that is deleted."""
    db.session.add(AttributeDefinition(account_id=place.id, key="points", label="Points", kind="number"))
    db.session.add(AttributeDefinition(account_id=place.id, key="gone", label="Gone", deleted_at=now()))
    db.session.commit()


def complaints(place: Account, raw: Any) -> list[tuple[str, int | None, int | None, str]]:
    return [(str(one.message), one.group, one.condition, one.part) for one in reading(place, raw).complaints]


def test_every_wrong_condition_is_named_with_its_place_and_fits_no_one(place: Account, points: None) -> None:
    friend(place, display_name="Someone")
    sound = condition("line.follow_status", "any_of", "following")
    for name, operator, values, message, part in WRONG:
        raw = definition([sound], [sound, {"property": name, "operator": operator, "values": values}])
        assert complaints(place, raw) == [(message, 1, 1, part)], (name, operator, values)
        assert who(place, {**raw, "groups": raw["groups"][1:]}) == set(), (name, operator, values)
        assert ConditionSentences([compiled(place, raw).definition]).summary(compiled(place, raw).definition)


def test_a_complaint_says_where(place: Account) -> None:
    raw = definition([condition(NAME, "known")], [condition(NAME, "known"), condition("", "")], [])
    said = [str(one) for one in reading(place, raw).complaints]
    assert said == [
        "Filter condition 2, property 2: Choose a property.",
        "Filter condition 3: Add at least one property.",
    ]


@pytest.mark.parametrize(
    ("raw", "expected"),
    [
        (None, [(NOT_CONDITIONS, None, None, "")]),
        ([], [(NOT_CONDITIONS, None, None, "")]),
        ({}, [(NOT_CONDITIONS, None, None, "")]),
        ({"groups": {}}, [(NOT_CONDITIONS, None, None, "")]),
        ({"version": 3, "groups": FOLLOWING["groups"]}, [(NOT_CONDITIONS, None, None, "")]),
        ({"version": 2, "groups": FOLLOWING["groups"]}, []),
        ({"version": 2, "groups": [{**FOLLOWING["groups"][0], "excludes": "yes"}]}, [(NOT_CONDITIONS, None, None, "")]),
        ({"version": 2, "groups": [{**FOLLOWING["groups"][0], "excludes": True}]}, [(ONLY_EXCLUDES, None, None, "")]),
        ({"version": "1", "groups": FOLLOWING["groups"]}, [(NOT_CONDITIONS, None, None, "")]),
        ({"version": None, "groups": FOLLOWING["groups"]}, [(NOT_CONDITIONS, None, None, "")]),
        ({"groups": FOLLOWING["groups"]}, []),
        ({"version": 1, "groups": []}, [(NO_GROUP, None, None, "")]),
        ({"groups": [None]}, [(NO_CONDITION, 0, None, "")]),
        ({"groups": [[], {"conditions": {}}]}, [(NO_CONDITION, 0, None, ""), (NO_CONDITION, 1, None, "")]),
        ({"groups": [{"conditions": [7]}]}, [("Choose a property.", 0, 0, "property")]),
    ],
)
def test_what_is_no_definition_is_refused_and_fits_no_one(place: Account, raw: Any, expected: list[Any]) -> None:
    friend(place)
    assert complaints(place, raw) == expected
    assert who(place, raw) == ({friend_name(place)} if not expected else set())


def friend_name(place: Account) -> str | None:
    (row,) = members_page(compiled(place, FOLLOWING)).rows
    return row.display_name


def test_limits(place: Account) -> None:
    one = condition(NAME, "known")
    assert complaints(place, definition(*[[one] * MOST_CONDITIONS] * MOST_GROUPS)) == []
    assert complaints(place, definition(*[[one]] * (MOST_GROUPS + 1))) == [
        ("Use at most 20 filter conditions.", None, None, "")
    ]
    assert complaints(place, definition([one], [one] * (MOST_CONDITIONS + 1))) == [
        ("Use at most 20 properties in one filter condition.", 1, None, "")
    ]


def test_conditions_left_out_of_a_group_that_has_too_many_let_no_one_in(place: Account) -> None:
    friend(place, display_name="Someone")
    known, narrow = condition(NAME, "known"), condition(NAME, "equals", "no one is called so")
    assert who(place, definition([known] * MOST_CONDITIONS)) == {"Someone"}
    assert who(place, definition([*[known] * MOST_CONDITIONS, narrow])) == set()


def test_values_become_what_is_stored_each_once(place: Account, points: None) -> None:
    one = tag(place)
    raw = definition(
        [
            condition("tag", "contains_any", str(one.id), one.id, ""),
            condition(POINTS, "between", "１,０００", 1000.5),
            condition(POINTS, "equals", "1.0", "", 1, "2"),
            condition(POINTS, "less", "1.0", "ignored"),
            condition(ADDED, "on", "20260424"),
            condition(ADDED, "last_days", "３０"),
            condition(NAME, "equals", "  a\x00b "),
            condition(NAME, "known", "left over"),
            condition("line.language", "any_of", "ja", "ja", "e\x00n", "\ud800"),
        ]
    )
    read_back = reading(place, raw)
    assert read_back.is_sound
    stored = read_back.definition.as_json()
    assert [one["values"] for one in stored["groups"][0]["conditions"]] == [
        [one.id],
        [1000, 1000.5],
        [1, 2],
        [1],
        ["2026-04-24"],
        [30],
        ["a\ufffdb"],
        [],
        ["ja", "e\ufffdn", "\ufffd"],
    ]
    assert stored["version"] == 2
    assert reading(place, stored).definition.as_json() == stored
    json.dumps(stored, allow_nan=False)


def test_tags_of_another_account_are_no_choice(place: Account) -> None:
    foreign = tag(account())
    assert complaints(place, definition([condition("tag", "contains_none", foreign.id)])) == [
        (NOT_A_CHOICE, 0, 0, "value")
    ]


@pytest.mark.parametrize("operator", ["contains_any", "contains_all", "contains_none"])
def test_a_deleted_tag_is_flagged_and_fits_no_one(place: Account, operator: str) -> None:
    kept, leaving = tag(place), tag(place)
    friend(place, tags=(kept, leaving))
    friend(place)
    raw = definition([condition("tag", operator, kept.id, leaving.id)])
    leaving.deleted_at = now()
    db.session.commit()
    assert complaints(place, raw) == [(NOT_A_CHOICE, 0, 0, "value")]
    assert who(place, raw) == set()
    assert count_alone(compiled(place, raw)) == [[0]]


@pytest.mark.parametrize("operator", ["equals", "not_equals", "not_contains", "unknown"])
def test_a_deleted_attribute_is_flagged_and_fits_no_one(place: Account, points: None, operator: str) -> None:
    friend(place, attributes={"gone": "x"})
    friend(place)
    raw = definition([condition("attributes.gone", operator, "x")])
    assert "This attribute was deleted. Remove it or choose another property." in [
        one[0] for one in complaints(place, raw)
    ]
    assert who(place, raw) == set()


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)
PROPERTIES = [NAME, POINTS, ADDED, "tag", "line.language", "line.follow_status", "email", "attributes.gone"]
OPERATORS = ["equals", "not_equals", "contains", "between", "at_least", "on", "last_days", "any_of", "none_of"]
OPERATORS += ["contains_any", "contains_all", "contains_none", "empty", "known", "unknown"]
ODD = st.fixed_dictionaries(
    {"property": st.sampled_from(PROPERTIES) | JSON, "operator": st.sampled_from(OPERATORS) | JSON},
    optional={"values": st.lists(JSON, max_size=3) | JSON, "more": JSON},
)


def test_junk_of_every_shape_is_read_counted_listed_and_put_into_words(place: Account, points: None) -> None:
    member = friend(place, display_name="Someone", attributes={"points": 5, "gone": "x"})
    known = catalogue(place.id)

    @settings(max_examples=150, deadline=None, derandomize=True, suppress_health_check=list(HealthCheck))
    @given(
        JSON
        | st.fixed_dictionaries({"groups": JSON}, optional={"version": JSON})
        | st.lists(st.fixed_dictionaries({"conditions": st.lists(ODD | JSON, max_size=3) | JSON}), max_size=3).map(
            lambda groups: {"version": 1, "groups": groups}
        )
    )
    def survives(raw: Any) -> None:
        found = parse_definition(raw, known)
        asked = compile_definition(found.definition)
        number = count_members(asked).friends
        assert number == len(members_page(asked).rows) == len(list(stream_friends(asked)))
        assert fitting_of([asked], member.id) == [number == 1] == [explain(asked, [member.id])[member.id].fits]
        count_alone(asked)
        words = ConditionSentences([found.definition]).summary(found.definition)
        assert words or not found.definition.conditions
        assert all(str(one) for one in found.complaints)
        if found.is_sound:
            assert parse_definition(json.loads(json.dumps(found.definition.as_json())), known) == found

    survives()


def test_the_largest_definition_that_may_be_saved_can_be_asked(place: Account) -> None:
    """A statement of PostgreSQL takes 65,535 parameters; five hundred values in each condition would be many more."""
    friend(place, display_name="Someone", tags=(tag(place),))
    tags = [tag(place).id for _ in range(60)]
    languages = [f"x{at:03}" for at in range(MOST_VALUES)]
    group = [
        *[condition("tag", operator, *tags) for operator in ("contains_none", "contains_any", "contains_all") * 3],
        *[condition("line.language", operator, *languages) for operator in ("none_of", "any_of") * 4],
        *[condition(NAME, "contains", f"word {at}") for at in range(3)],
    ]
    raw = definition(*[group] * (MOST_GROUPS - 1), [condition("line.language", "none_of", *languages)])
    assert reading(place, raw).is_sound
    asked = compiled(place, raw)
    assert count_members(asked).friends == 1
    assert [row.display_name for row in members_page(asked).rows] == ["Someone"]
    assert len(list(stream_friends(asked))) == 1


def test_a_group_that_leaves_friends_out_takes_away_who_fits_all_of_it(place: Account) -> None:
    vip, staff = tag(place, "VIP"), tag(place, "Staff")
    friend(place, (vip,), display_name="Vip"), friend(place, (staff,), display_name="Staff")
    friend(place, (vip, staff), display_name="Both"), friend(place, display_name="Neither")
    is_vip, is_staff = condition("tag", "contains_any", vip.id), condition("tag", "contains_any", staff.id)
    for groups, names in (
        ([[is_vip]], {"Staff", "Neither"}),
        ([[is_vip, is_staff]], {"Vip", "Staff", "Neither"}),
        ([[is_vip], [is_staff]], {"Neither"}),
        ([[condition("tag", "contains_none", vip.id)]], {"Vip", "Both"}),
        # Of whom the company is not known is not left out.
        ([[condition("company", "equals", "Ours")], [is_staff]], {"Vip", "Neither"}),
    ):
        raw = excluding(FOLLOWING, *groups)
        assert (complaints(place, raw), who(place, raw)) == ([], names)
        assert count_members(compiled(place, raw)).friends == len(names)
    several = definition([is_vip], [is_staff])
    assert who(place, excluding(several, [condition(NAME, "equals", "Both")])) == {"Vip", "Staff"}


def test_a_group_that_leaves_friends_out_lets_no_one_in_while_it_cannot_be_used(place: Account, points: None) -> None:
    friend(place, display_name="Someone")
    sound = condition(NAME, "equals", "no one is called so")
    for name, operator, values, message, part in WRONG:
        raw = excluding(FOLLOWING, [sound], [sound, {"property": name, "operator": operator, "values": values}])
        assert complaints(place, raw) == [(message, 2, 1, part)], (name, operator, values)
        assert who(place, raw) == set(), (name, operator, values)
        assert NONE_FITS in map(str, reading(place, raw).definition.problems)
        stored = reading(place, raw).definition.as_json()
        assert who(place, stored) == set(), "Also once it is stored as it is."
    assert who(place, excluding(FOLLOWING, [sound])) == {"Someone"}


@pytest.mark.parametrize("count", [0, MOST_CONDITIONS + 1])
def test_a_group_that_leaves_friends_out_has_conditions_and_not_too_many(place: Account, count: int) -> None:
    friend(place)
    raw = excluding(FOLLOWING, [condition(NAME, "unknown")] * count)
    assert [one.group for one in reading(place, raw).complaints] == [1]
    assert who(place, raw) == set()


def test_too_many_groups_let_no_one_in_where_some_leave_friends_out(place: Account) -> None:
    friend(place)
    wanted, narrow = FOLLOWING["groups"][0]["conditions"], [condition(NAME, "unknown")]
    for raw in (
        excluding(definition(*[wanted] * MOST_GROUPS), narrow),
        excluding(definition(*[wanted] * 50), narrow),
        excluding(FOLLOWING, *[narrow] * 50),
    ):
        assert ("Use at most 20 filter conditions.", None, None, "") in complaints(place, raw)
        assert who(place, raw) == set()


def test_only_what_an_older_reader_would_misread_has_the_newer_version(place: Account) -> None:
    left_out = {"conditions": [condition(NAME, "known")], "excludes": True}
    mixed = {"version": 1, "groups": [left_out, *FOLLOWING["groups"]]}
    stored = reading(place, mixed).definition.as_json()
    assert stored == {"version": 2, "groups": [*FOLLOWING["groups"], left_out]}
    assert reading(place, stored).definition.as_json() == stored
    assert reading(place, FOLLOWING).definition.as_json() == FOLLOWING
