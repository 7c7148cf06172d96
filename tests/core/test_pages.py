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
from app.core.pages import decode_key, encode_key, newest_first
from app.team.models import AuditEntry

START = datetime(2026, 5, 1, tzinfo=UTC)


@given(st.lists(st.one_of(st.text(), st.integers(), st.none()), min_size=1, max_size=4))
def test_a_key_comes_back_unchanged_and_fits_an_address(values: list[object]) -> None:
    key = encode_key(*values)
    assert decode_key(key, len(values)) == values
    assert key.replace("-", "").replace("_", "").isalnum()


@pytest.mark.parametrize("key", ["", "x", "!!!", "こ", "e30", encode_key(1), encode_key(1, 2, 3)])
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
