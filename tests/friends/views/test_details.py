"""The details and the tags on a friend's page."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest

from app.core.db import db
from app.friends.models import Friend
from app.friends.operations.definitions import create_definition
from app.friends.queries.tags import tags_on
from app.line.models import Account
from app.team.actors import Actor
from app.team.permissions import Permission
from tests.factories.friends import friend, tag
from tests.factories.line import account
from tests.support.client import CheckingClient


@pytest.fixture
def row(place: Account, people: SimpleNamespace) -> Friend:
    """A friend of an account with one custom attribute of each kind."""
    for label, kind in (("Size", "text"), ("Points", "number"), ("Birthday", "date"), ("Member", "yes_no")):
        create_definition(place.id, label, kind, actor=Actor.of_member(people.alice))
    attributes = {"size": "M", "points": 3, "birthday": "2000-02-01", "member": False}
    return friend(place, first_name="Ana", company="Old", attributes=attributes)


def url(row: Friend, path: str = "") -> str:
    return f"/accounts/{row.account_id}/friends/{row.id}{path}"


def opened(client: CheckingClient, row: Friend) -> dict[str, str]:
    """The form's values as a browser would send them back."""
    html = client.fragment(url(row, "/attributes/edit")).text
    values = {}
    for control in re.findall(r"<input[^>]*>", html):
        name, value = re.search(r'name="([^"]*)"', control), re.search(r'value="([^"]*)"', control)
        if name and name.group(1) != "csrf_token":
            values[name.group(1)] = value.group(1) if value else ""
    for name, options in re.findall(r'<select[^>]*name="([^"]*)"[^>]*>(.*?)</select>', html, re.S):
        chosen = re.search(r'<option selected value="([^"]*)"', options)
        values[name] = chosen.group(1) if chosen else ""
    return values


def test_the_form_holds_what_is_stored(row: Friend, as_alice: CheckingClient) -> None:
    values = opened(as_alice, row)

    assert (values["first_name"], values["company"], values["email"]) == ("Ana", "Old", "")
    assert (values["attributes.points"], values["attributes.birthday"]) == ("3", "2000-02-01")
    assert values["attributes.member"] == values["seen:attributes.member"] == "no"
    assert "Feb 1, 2000" in as_alice.get(url(row)).text


def test_saving_answers_with_the_card(row: Friend, as_alice: CheckingClient) -> None:
    values = {**opened(as_alice, row), "email": "ana@example.jp", "attributes.points": "4", "attributes.member": "yes"}

    answer = as_alice.fragment(url(row, "/attributes"), method="POST", data=values)

    assert answer.status_code == 200
    assert answer.text.strip().startswith('<section id="friend-attributes"') and "ana@example.jp" in answer.text
    assert "activity-changed" in answer.headers["HX-Trigger"] and "Saved." in answer.headers["HX-Trigger"]
    db.session.refresh(row)
    assert (row.email, row.attributes["points"], row.attributes["member"]) == ("ana@example.jp", 4, True)


def test_saving_nothing_says_so(row: Friend, as_alice: CheckingClient) -> None:
    answer = as_alice.fragment(url(row, "/attributes"), method="POST", data=opened(as_alice, row))
    assert "Nothing was changed." in answer.headers["HX-Trigger"]


def test_bad_input_stays_in_the_form(row: Friend, as_alice: CheckingClient) -> None:
    values = {**opened(as_alice, row), "email": "not-an-address", "attributes.points": "many", "company": "New"}

    answer = as_alice.fragment(url(row, "/attributes"), method="POST", data=values)

    assert answer.status_code == 422
    assert "This is not an e-mail address." in answer.text and "only between thousands, such as 1,234.5." in answer.text
    assert 'value="not-an-address"' in answer.text and 'value="New"' in answer.text
    db.session.refresh(row)
    assert row.company == "Old"


def test_numbers_and_dates_are_shown_as_they_are_stored(row: Friend, as_alice: CheckingClient) -> None:
    row.attributes = {"points": 1e-07, "birthday": "2026-W14-3"}
    db.session.commit()
    page = as_alice.get(url(row, "/attributes")).text
    assert "0.0000001" in page and "2026-W14-3" in page
    form = as_alice.get(url(row, "/attributes/edit")).text
    assert 'value="0.0000001"' in form and "a comma before every three digits" in form and "2026年4月1日" in form


def test_two_people_editing_at_once(row: Friend, as_alice: CheckingClient) -> None:
    slow = opened(as_alice, row)
    quick = {**slow, "company": "Quick", "last_name": "Q"}
    as_alice.fragment(url(row, "/attributes"), method="POST", data=quick)

    answer = as_alice.fragment(
        url(row, "/attributes"), method="POST", data={**slow, "first_name": "Anna", "company": "Slow"}
    )
    assert answer.status_code == 422
    assert "Another member has changed this to “Quick”" in answer.text
    assert 'name="last_name" type="text" value="Q"' in answer.text
    assert 'name="seen:company" value="Quick"' in answer.text

    again = {
        **slow,
        "first_name": "Anna",
        "company": "Slow",
        "last_name": "Q",
        "seen:company": "Quick",
        "seen:last_name": "Q",
    }
    assert as_alice.fragment(url(row, "/attributes"), method="POST", data=again).status_code == 200
    db.session.refresh(row)
    assert (row.first_name, row.company, row.last_name) == ("Anna", "Slow", "Q")


def test_editing_works_without_script(row: Friend, as_alice: CheckingClient) -> None:
    assert as_alice.get(url(row, "/attributes/edit")).status_code == 200
    answer = as_alice.post(url(row, "/attributes"), data={**opened(as_alice, row), "company": "New"})
    assert (answer.status_code, answer.location) == (303, url(row))


def test_a_tag_is_put_on_made_and_taken_off(row: Friend, as_alice: CheckingClient) -> None:
    vip = tag(db.session.get(Account, row.account_id), "VIP")

    added = as_alice.fragment(url(row, "/tags"), method="POST", data={"name": "vip"})
    assert added.text.strip().startswith('<section id="friend-tags"') and "VIP" in added.text
    assert "activity-changed" in added.headers["HX-Trigger"]
    as_alice.fragment(url(row, "/tags"), method="POST", data={"name": "New one"})
    assert [one.name for one in tags_on(row.id)] == ["New one", "VIP"]

    removed = as_alice.fragment(url(row, f"/tags/{vip.id}/removal"), method="POST")
    assert "VIP" not in removed.text
    plain = as_alice.post(url(row, "/tags"), data={"name": "Third"})
    assert (plain.status_code, plain.location) == (303, url(row))


@pytest.mark.parametrize(("name", "words"), [("  ", "Enter a name."), ("x" * 61, "At most 60 characters.")])
def test_a_name_that_is_no_tag_is_refused(row: Friend, as_alice: CheckingClient, name: str, words: str) -> None:
    answer = as_alice.fragment(url(row, "/tags"), method="POST", data={"name": name})

    assert answer.status_code == 422
    assert words in answer.text
    assert tags_on(row.id) == []


def test_who_may(row: Friend, people: SimpleNamespace, as_bob: CheckingClient, as_charlie: CheckingClient) -> None:
    gets, posts = ("/attributes", "/attributes/edit"), ("/attributes", "/tags", "/tags/1/removal")
    assert {as_bob.get(url(row, path)).status_code for path in gets} == {403}
    assert {as_charlie.get(url(row, path)).status_code for path in gets} == {404}
    assert {as_bob.post(url(row, path)).status_code for path in posts} == {403}
    assert {as_charlie.post(url(row, path)).status_code for path in posts} == {404}

    people.bob.permissions = [Permission.FRIENDS]
    db.session.commit()
    assert as_bob.fragment(url(row, "/attributes")).status_code == 200
    assert as_bob.post(url(row, "/tags"), data={"name": "VIP"}).status_code == 403
    assert "new-tag" not in as_bob.get(url(row)).text


def test_through_another_account_nothing_is_found(row: Friend, as_alice: CheckingClient) -> None:
    other = account()
    for path, method in (
        ("/attributes", "GET"),
        ("/attributes/edit", "GET"),
        ("/attributes", "POST"),
        ("/tags", "POST"),
    ):
        address = f"/accounts/{other.id}/friends/{row.id}{path}"
        assert as_alice.open(address, method=method, data={"name": "x"}).status_code == 404
