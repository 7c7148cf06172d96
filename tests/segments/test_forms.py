"""Conditions as they stand in the form, and what becomes of them when a button is pressed."""

from __future__ import annotations

import pytest
from werkzeug.datastructures import MultiDict

from app.line.models import Account
from app.segments.conditions.properties import catalogue
from app.segments.forms.conditions import Draft, DraftCondition, read_draft
from tests.segments.posted import posted

TAG, NAME, DATE = (DraftCondition("tag"), DraftCondition("line.display_name"), DraftCondition("line.followed_at"))
TWO = Draft(((TAG, NAME), (DATE,)))


@pytest.mark.parametrize(
    ("action", "groups"),
    [
        ("add-condition:1", ((TAG, NAME), (DATE, DraftCondition()))),
        ("add-group", ((TAG, NAME), (DATE,), (DraftCondition(),))),
        ("remove-condition:0-0", ((NAME,), (DATE,))),
        ("remove-condition:1-0", ((TAG, NAME),)),
        ("remove-group:0", ((DATE,),)),
        ("group-up:1", ((DATE,), (TAG, NAME))),
        ("group-down:0", ((DATE,), (TAG, NAME))),
        ("copy-group:0", ((TAG, NAME), (TAG, NAME), (DATE,))),
        ("copy-condition:0-0", ((TAG, TAG, NAME), (DATE,))),
        ("condition-down:0-0", ((NAME, TAG), (DATE,))),
        ("condition-up:0-1", ((NAME, TAG), (DATE,))),
    ],
)
def test_a_button_changes_the_conditions(action: str, groups: tuple[tuple[DraftCondition, ...], ...]) -> None:
    assert TWO.after(action).groups == groups


@pytest.mark.parametrize(
    "action",
    [
        *("", "nonsense", "add-condition", "add-condition:9", "remove-condition:0", "remove-condition:7-0"),
        *("remove-condition:0-9", "remove-group:9", "group-up:0", "group-down:1", "condition-up:0-0"),
        *("copy-group:9", "copy-condition:0-9", "copy-condition:9-0", "copy-group:0-0", "add-condition:0 tag"),
        *(
            "condition-down:0-1",
            "condition-up:9-9",
            "add-group:1",
            "add-exclusion:1",
            "add-condition:-1",
            "group-up:99999999999999999999",
        ),
    ],
)
def test_what_cannot_be_done_changes_nothing(action: str) -> None:
    assert TWO.after(action) == TWO


@pytest.mark.parametrize(
    ("values", "action", "expected"),
    [
        ((), "add-value:0-0", ("", "")),
        (("A",), "add-value:0-0", ("A", "")),
        (("A", "B", "C"), "remove-value:0-0-1", ("A", "C")),
        (("A", "B"), "remove-value:0-0-9", ("A", "B")),
        (("A",), "add-value:0-9", ("A",)),
        (("A",), "add-value:9-0", ("A",)),
        (("A",), "remove-value:0-0", ("A",)),
        (("A",) * 50, "add-value:0-0", ("A",) * 50),
    ],
)
def test_a_condition_gets_and_loses_values(values: tuple[str, ...], action: str, expected: tuple[str, ...]) -> None:
    draft = Draft(((DraftCondition("company", "equals", values),),))
    assert draft.after(action).groups[0][0].values == expected


EMPTY = (DraftCondition(),)


@pytest.mark.parametrize(
    ("action", "expected"),
    [
        ("add-exclusion", Draft(((TAG,), (NAME,), (DATE,), EMPTY), 2)),
        ("add-group", Draft(((TAG,), (NAME,), EMPTY, (DATE,)), 1)),
        ("copy-group:2", Draft(((TAG,), (NAME,), (DATE,), (DATE,)), 2)),
        ("copy-group:0", Draft(((TAG,), (TAG,), (NAME,), (DATE,)), 1)),
        ("remove-group:2", Draft(((TAG,), (NAME,)), 0)),
        ("remove-condition:2-0", Draft(((TAG,), (NAME,)), 0)),
        ("remove-group:1", Draft(((TAG,), (DATE,)), 1)),
        ("group-up:1", Draft(((NAME,), (TAG,), (DATE,)), 1)),
        # Neither kind moves among the other.
        ("group-up:2", Draft(((TAG,), (NAME,), (DATE,)), 1)),
        ("group-down:1", Draft(((TAG,), (NAME,), (DATE,)), 1)),
    ],
)
def test_groups_that_leave_friends_out_stay_behind_the_others(action: str, expected: Draft) -> None:
    assert Draft(((TAG,), (NAME,), (DATE,)), 1).after(action) == expected


def test_the_form_says_which_groups_leave_friends_out(place: Account) -> None:
    known = catalogue(place.id)
    sent = posted([("tag", "empty", [])], [("company", "known", [])], exclusions=1)
    read = read_draft(sent, known)
    assert (len(read.groups), read.wanted, read.exclusions) == (2, 1, 1)
    sent = posted(*[[("tag", "empty", [])]] * 30, exclusions=1)
    assert read_draft(sent, known).exclusions == 1, "None is lost behind others that are too many."


def test_there_is_an_end_to_adding() -> None:
    many = Draft(tuple((TAG,) for _ in range(20)))
    assert many.after("add-group") == many
    assert many.after("add-exclusion") == many
    assert many.after("copy-group:0") == many
    full = Draft((tuple(TAG for _ in range(20)),))
    assert full.after("add-condition:0") == full
    assert full.after("copy-condition:0-0") == full


def test_a_property_of_the_palette_is_added_with_its_first_operator(place: Account) -> None:
    known = catalogue(place.id)
    added = DraftCondition("tag", next(iter(known.properties["tag"].operators)))
    assert Draft(((NAME,),)).after("add-condition:0 tag", known).groups == ((NAME, added),)
    empty = DraftCondition()
    assert Draft(((empty,),)).after("add-condition:0 tag", known).groups == ((added,),), "An empty row is filled."
    assert Draft(((NAME, empty, DATE),)).after("add-condition:0 tag", known).groups == ((NAME, added, DATE),)
    assert Draft(((empty,),)).after("add-condition:0").groups == ((empty, empty),)


@pytest.mark.parametrize(
    "action", ["add-condition:0 gone", "add-condition:x tag", "add-condition:9 tag", "add-group tag"]
)
def test_an_unknown_property_or_place_adds_nothing(place: Account, action: str) -> None:
    assert TWO.after(action, catalogue(place.id)) == TWO


def test_the_last_condition_takes_its_group_along() -> None:
    assert Draft(((TAG,),)).after("remove-condition:0-0").groups == ()


def test_the_form_is_read_in_its_order(place: Account) -> None:
    known = catalogue(place.id)
    sent = posted([("tag", "contains_any", ["3", "4"])], [("company", "known", [])])
    assert read_draft(sent, known).groups == (
        (DraftCondition("tag", "contains_any", ("3", "4")),),
        (DraftCondition("company", "known"),),
    )


def test_another_property_begins_again_with_its_first_operator(place: Account) -> None:
    sent = posted([("tag", "equals", ["Anna"])])
    assert read_draft(sent, catalogue(place.id)).groups == ((DraftCondition("tag", "contains_any"),),)


def test_values_stay_only_while_they_are_of_the_same_kind(place: Account) -> None:
    known = catalogue(place.id)
    sent = posted([("line.followed_at", "before", ["2026-04-01"])])
    sent["shown-0-0"] = "line.followed_at date"
    assert read_draft(sent, known).groups[0][0].values == ("2026-04-01",)
    sent["operator-0-0"] = "last_days"
    assert read_draft(sent, known).groups[0][0].values == ()


@pytest.mark.parametrize(
    "sent",
    [
        {"group": "x"},
        {"group": "0", "condition": "0-x"},
        {"group": "0", "condition": "1-0"},
        {"group": "0000"},
    ],
)
def test_odd_places_are_nothing(place: Account, sent: dict[str, str]) -> None:
    groups = read_draft(MultiDict(sent), catalogue(place.id)).groups
    assert [condition for group in groups for condition in group] == []
