"""A number larger than any row's is, wherever it is sent, the number of a row that does not exist."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest

from app.core.identifiers import NO_ROW, form_row_number, row_number
from app.line.models import Account
from tests.factories import friends, segments
from tests.factories.line import account
from tests.support.client import CheckingClient

LARGE = ["9223372036854775808", "9" * 20, "1" + "0" * 400]
# A number that a row could have, and none has.
FREE = str(10**17)


@pytest.fixture
def place(people: SimpleNamespace) -> Account:
    """A connected account."""
    return account()


def test_only_plain_digits_are_the_number_of_a_row() -> None:
    assert [row_number(one) for one in ("12", "１２", "١٢", "1_2", "-1", "")] == [12, *[None] * 5]


@pytest.mark.parametrize("number", LARGE)
@pytest.mark.parametrize("path", ["/accounts/{number}/friends", "/accounts/{place}/segments/{number}"])
def test_a_page_with_a_large_number_does_not_exist(
    as_alice: CheckingClient, place: Account, path: str, number: str
) -> None:
    assert as_alice.get(path.format(place=place.id, number=number)).status_code == 404


@pytest.mark.parametrize("number", LARGE)
def test_a_bulk_form_treats_it_as_a_friend_or_tag_that_is_gone(
    as_alice: CheckingClient, place: Account, number: str
) -> None:
    friend, tag = friends.friend(place), friends.tag(place)
    right: dict[str, Any] = {"action": "add", "friend": [friend.id], "chosen": [tag.id]}
    for field in ("friend", "chosen"):
        answers = [
            as_alice.post(f"/accounts/{place.id}/bulk-tags", data={**right, field: [*right[field], one]})
            for one in (number, FREE)
        ]
        assert answers[0].status_code == answers[1].status_code != 400, answers[0].text


@pytest.mark.parametrize("number", LARGE)
def test_segments_are_moved_as_if_it_were_a_deleted_one(as_alice: CheckingClient, place: Account, number: str) -> None:
    segment, folder = segments.segment(place), segments.folder(place)
    right: dict[str, Any] = {"segment": [segment.id], "into": folder.id}
    for wrong in ({"segment": [segment.id, number]}, {"into": number}):
        free = {field: [segment.id, FREE] if field == "segment" else FREE for field in wrong}
        answers = [
            as_alice.post(f"/accounts/{place.id}/segments/moves", data={**right, **one}) for one in (wrong, free)
        ]
        assert answers[0].status_code == answers[1].status_code != 400, answers[0].text


@pytest.mark.parametrize("number", LARGE)
def test_choices_in_forms_and_filters_are_not_found(
    as_alice: CheckingClient, people: SimpleNamespace, place: Account, number: str
) -> None:
    base = f"/accounts/{place.id}"
    for path in (f"/audit-log?person={number}", f"{base}/segments/counts?segment={number}"):
        assert as_alice.get(path).status_code in (200, 204), path
    assert as_alice.get(f"{base}/segments?folder={number}").status_code == 404
    access = {"role": "member", "scope": "chosen", "account_ids": [number]}
    assert as_alice.post(f"/members/{people.bob.id}", data=access).status_code == 422
    key = {"name": "CDP", "scopes": "imports", "scope": "chosen", "account_ids": [number]}
    assert as_alice.post("/api-keys", data=key).status_code == 422
    saved = {"name": "Other", "folder": number, "version": number}
    assert as_alice.post(f"{base}/segments/{segments.segment(place).id}", data=saved).status_code in (409, 422)


def test_numbers_in_forms_are_read_alike() -> None:
    assert [form_row_number(one) for one in ("12", 12, " 12 ", *LARGE)] == [12, 12, 12, NO_ROW, NO_ROW, NO_ROW]
    assert [form_row_number(one) for one in ("-1", "-12", f"-{LARGE[0]}")] == [NO_ROW, NO_ROW, NO_ROW]
    for written in ("twelve", "1_000", "--1"):
        with pytest.raises(ValueError, match=written):
            form_row_number(written)
