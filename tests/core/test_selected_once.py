"""A batch has its bound whatever plan the database takes."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import column, delete, select, table, text

from app.core.db import db, selected_once
from tests.support.bounded_statements import is_repeatable

ROWS = table("numbers", column("id"))
SOME = select(ROWS.c.id).order_by(ROWS.c.id).limit(2).with_for_update(skip_locked=True)
# What the planner chooses where its statistics promise few rows.
NESTED_LOOP = "SET LOCAL enable_hashjoin = off; SET LOCAL enable_mergejoin = off; SET LOCAL enable_material = off"
PREPARE = "CREATE TEMPORARY TABLE numbers ON COMMIT DROP AS SELECT generate_series(1, 9) AS id"


def test_a_nested_loop_does_not_select_again(app: Flask) -> None:
    db.session.execute(text(PREPARE))
    db.session.execute(text(NESTED_LOOP))
    removed = delete(ROWS).where(ROWS.c.id == selected_once(SOME)).returning(ROWS.c.id)
    assert sorted(db.session.scalars(removed)) == [1, 2]


def test_the_tests_refuse_a_selection_that_may_run_again(app: Flask) -> None:
    db.session.execute(text(PREPARE))
    with pytest.raises(AssertionError, match="Select the rows once"):
        db.session.execute(delete(ROWS).where(ROWS.c.id.in_(SOME)))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ("DELETE FROM a WHERE id IN (SELECT id FROM a LIMIT 5)", True),
        ("update a set b = 1 where id in (select id\nfrom a limit 5 for update skip locked)", True),
        ("DELETE FROM a WHERE id = ANY (ARRAY(SELECT id FROM a LIMIT 5))", False),
        ("DELETE FROM a WHERE id IN (SELECT id FROM b)", False),
        ("SELECT id FROM a WHERE id IN (SELECT id FROM a LIMIT 5)", False),
    ],
)
def test_which_statements_are_refused(statement: str, expected: bool) -> None:
    assert is_repeatable(statement) is expected
