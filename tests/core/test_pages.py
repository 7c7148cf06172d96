"""Keys of pages: they travel in addresses, come back unchanged, and cannot be made up."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from flask import Flask
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.pages import FIRST_PAGE, Page, PagePosition, decode_key, encode_key, newest_first, placed
from app.team.models import AuditEntry

START = datetime(2026, 5, 1, tzinfo=UTC)


STORABLE = st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\0"))


@given(st.lists(st.one_of(STORABLE, st.integers(), st.none()), min_size=1, max_size=4))
def test_a_key_comes_back_unchanged_and_fits_an_address(values: list[object]) -> None:
    key = encode_key(*values)
    assert decode_key(key, len(values)) == values
    assert key.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize(
    "key",
    ["", "x", "!!!", "こ", "e30", encode_key(1), encode_key(1, 2, 3), encode_key("\ud800", 1), encode_key("\0", 1)],
)
def test_a_made_up_key_is_refused(key: str) -> None:
    with pytest.raises(InvalidInput):
        decode_key(key, 2)


def entries(count: int) -> None:
    """Entries of which always two share a moment."""
    db.session.add_all(
        AuditEntry(actor_name="Akari", action=str(n), at=START + timedelta(minutes=n // 2)) for n in range(count)
    )
    db.session.commit()


def page(**key: str) -> object:
    return newest_first(select(AuditEntry), AuditEntry.at, size=3, **key)


def test_pages_lead_through_everything_and_back(app: Flask) -> None:
    entries(7)
    forward, at = [], page()
    assert at.previous is None  # type: ignore[attr-defined]
    while True:
        forward.append([row.action for row in at.rows])  # type: ignore[attr-defined]
        if at.next is None:  # type: ignore[attr-defined]
            break
        at = page(after=at.next)  # type: ignore[attr-defined]
    assert forward == [["6", "5", "4"], ["3", "2", "1"], ["0"]]
    back = page(before=at.previous)  # type: ignore[attr-defined]
    assert [row.action for row in back.rows] == ["3", "2", "1"]  # type: ignore[attr-defined]
    assert [row.action for row in page(before=back.previous).rows] == ["6", "5", "4"]  # type: ignore[attr-defined]


def test_a_page_stays_when_something_newer_comes(app: Flask) -> None:
    entries(5)
    second = page().next  # type: ignore[attr-defined]
    db.session.add(AuditEntry(actor_name="Akari", action="later", at=START + timedelta(days=1)))
    assert [row.action for row in page(after=second).rows] == ["1", "0"]  # type: ignore[attr-defined]


def test_a_key_that_is_no_moment_is_refused(app: Flask) -> None:
    with pytest.raises(InvalidInput):
        page(after=encode_key("yesterday", 1))


@pytest.mark.parametrize(
    ("asked", "place"),
    [
        ({}, FIRST_PAGE),
        ({"after": "k", "at": "51", "size": "25"}, PagePosition("k", None, 25, 51)),
        ({"before": "k", "at": "0"}, PagePosition(None, "k", None, 1)),
        # What no link has: a number without a key, sizes that are not offered, and what is no number.
        ({"at": "51"}, FIRST_PAGE),
        ({"after": "k", "at": "٣", "size": "1000000"}, PagePosition("k")),
        ({"after": "k", "at": "9" * 30}, PagePosition("k")),
    ],
)
def test_a_place_is_read_from_an_address(asked: dict[str, str], place: PagePosition) -> None:
    assert PagePosition.asked_by(asked) == place


def test_a_page_says_which_rows_it_has_and_leads_to_its_neighbours() -> None:
    page = placed(Page(["row"] * 25, next="n", previous="p"), PagePosition("k", None, 25, 51))
    assert (page.first, page.last) == (51, 75)
    assert page.next_args == {"after": "n", "at": 76, "size": 25}
    assert page.previous_args == {"before": "p", "at": 26, "size": 25}
    # The first page is the first, whatever the address says.
    assert placed(Page(["row"], next="n"), PagePosition(None, "k", 25, 51)).first == 1


def test_the_oldest_come_first_where_that_is_asked_for(app: Flask) -> None:
    entries(7)
    first = newest_first(select(AuditEntry), AuditEntry.at, size=3, oldest=True)
    second = newest_first(select(AuditEntry), AuditEntry.at, size=3, oldest=True, after=first.next)
    assert [row.action for row in (*first.rows, *second.rows)] == ["0", "1", "2", "3", "4", "5"]
    assert first.previous is None and second.previous is not None
