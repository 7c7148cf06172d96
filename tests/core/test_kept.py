"""Rows that a request has read are not asked for again."""

from __future__ import annotations

from flask import Flask
from sqlalchemy import event

from app.core.db import db
from app.line.models import Account
from tests.factories import line


def test_a_row_is_read_once_a_request(app: Flask) -> None:
    account_id = line.account().id
    db.session.commit()
    asked: list[str] = []

    def note(_connection: object, _cursor: object, statement: str, *_rest: object) -> None:
        asked.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    with app.test_request_context():
        for _ in range(3):
            assert db.session.get_one(Account, account_id).id == account_id
    assert len(asked) == 1
    event.remove(db.engine, "before_cursor_execute", note)
