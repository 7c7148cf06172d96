"""What a batch of runs asks the database: as much for many runs as for one, and only what its steps look at."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event

from app.core.db import db
from app.line.operations import processing
from app.workflows.engine.advancing import advance_due
from app.workflows.engine.runs import RUNS
from tests.factories import friends as factory
from tests.factories.workflows import active, step
from tests.workflows.conftest import Shop, let_pass, runs, settle


@contextmanager
def asked() -> Iterator[list[str]]:
    found: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, *_rest: Any) -> None:
        found.append(statement)

    event.listen(db.engine, "before_cursor_execute", note)
    try:
        yield found
    finally:
        event.remove(db.engine, "before_cursor_execute", note)


def test_many_runs_ask_no_more_often_than_one(shop: Shop, monkeypatch: pytest.MonkeyPatch) -> None:
    tags = {str(shop.account.id): [factory.tag(shop.account, "Waited").id]}
    active(shop.account, step("friend_add"), step("delay", amount=1, unit="days"), step("tag", tags=tags))
    numbers = []
    for people in (1, 1, 5):
        for _ in range(people):
            shop.person()
        settle()
        with monkeypatch.context() as patch, asked() as statements:
            let_pass(patch, days=2)
            assert advance_due() == people
        db.session.commit()
        numbers.append(len(statements))
        assert not any("friends.attributes" in one for one in statements)
    assert {run.state for run in runs()} == {"succeeded"}
    # The first batch also stores the workflow as a source of tags.
    assert numbers[1] == numbers[2] < numbers[0]


def test_a_delay_until_a_date_reads_its_friends_once(shop: Shop) -> None:
    waits = step("delay", mode="date", field="attributes.birthday")
    active(shop.account, step("friend_add"), waits)
    for _ in range(3):
        shop.person()
    processing.process_due()
    with asked() as statements:
        assert advance_due() == 3 <= RUNS.batch
    db.session.commit()
    assert sum("friends.attributes" in one for one in statements) == 1
