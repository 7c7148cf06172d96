"""Time that is given to queries: what happens when it is over, or when someone calls them off."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import text
from sqlalchemy.exc import DataError

from app.core.db import WORK_MEMORY, db
from app.core.db.explain import Plan, cheaper, plan_of
from app.core.db.time_budget import Budget, OutOfTime, Superseded
from app.line.models import Account
from app.segments.queries.counting import count_alone, count_members
from tests.factories.friends import friend, tag
from tests.factories.segments import condition, definition
from tests.segments.conditions.asking import compiled

LIMITS = ("work_mem", "statement_timeout", "plan_cache_mode")


def ask(statement: str, **values: Any) -> Any:
    return db.session.execute(text(statement), values).scalar()


def limits() -> list[str]:
    return [ask("SELECT current_setting(:name)", name=name) for name in LIMITS]


def rename(place: Account) -> None:
    """Something that is not committed yet."""
    place.name = "Renamed"
    db.session.flush()


def is_usable(place: Account) -> bool:
    """Whether the transaction goes on, and still holds what was written before."""
    return bool(ask("SELECT name = 'Renamed' FROM accounts WHERE id = :id", id=place.id))


def test_an_answer_in_time_and_limits_only_in_the_meantime(place: Account) -> None:
    before = limits()
    memory, timeout, plans = Budget(60).ask(limits)
    assert (memory, plans) == (WORK_MEMORY, "force_custom_plan")
    assert timeout not in {"0", before[1]}
    assert limits() == before


def test_when_the_time_is_over_the_transaction_goes_on(place: Account) -> None:
    rename(place)
    before = limits()
    with pytest.raises(OutOfTime):
        Budget(0.05).ask(lambda: ask("SELECT pg_sleep(30)"))
    assert is_usable(place)
    assert limits() == before


def test_statements_share_the_time(place: Account) -> None:
    """Each alone would be quick enough."""
    rename(place)
    asked: list[int] = []

    def slowly() -> None:
        for number in range(600):
            asked.append(number)
            ask("SELECT pg_sleep(0.05)")

    with pytest.raises(OutOfTime):
        Budget(0.3).ask(slowly)
    assert 1 < len(asked) < 600
    assert is_usable(place)


def test_questions_share_the_time_and_nothing_is_asked_after_it(place: Account, statements: list[str]) -> None:
    rename(place)
    budget = Budget(0)
    statements.clear()
    with pytest.raises(OutOfTime):
        budget.ask(lambda: ask("SELECT 1"))
    assert (statements, budget.left) == ([], 0)


def test_a_query_that_is_cancelled_is_superseded(place: Account) -> None:
    rename(place)
    process = ask("SELECT pg_backend_pid()")
    other = threading.Thread(target=cancel_when_busy, args=(db.engine, process))
    other.start()
    with pytest.raises(Superseded):
        Budget(120).ask(lambda: ask("SELECT pg_sleep(60)"))
    other.join()
    assert is_usable(place)


def cancel_when_busy(engine: Any, process: int) -> None:
    """As the preview does when a newer edit has come."""
    busy = text(
        "SELECT count(*) FROM pg_stat_activity WHERE pid = :pid AND query LIKE '%pg_sleep%' AND state = 'active'"
    )
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        while not connection.scalar(busy, {"pid": process}):
            pass
        connection.execute(text("SELECT pg_cancel_backend(:pid)"), {"pid": process})


def test_other_faults_are_what_they_are(place: Account) -> None:
    rename(place)
    with pytest.raises(DataError):
        Budget(60).ask(lambda: ask("SELECT 1 / 0"))
    assert is_usable(place)


def test_the_cheaper_way_is_taken(place: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    asked = compiled(place, definition([condition("email", "known")], [condition("phone", "known")]))
    walk, union = asked.as_walk(), asked.as_union()
    for costs in ({walk: 1.0, union: 2.0}, {walk: 2.0, union: 1.0}):
        monkeypatch.setattr(
            "app.core.db.explain.plan_of", lambda query, _, costs=costs: Plan(costs[query], walks=False, rows=1)
        )
        assert cheaper([walk, union]) is min(costs, key=lambda way: costs[way])


def test_a_plan_knows_whether_it_walks_through_all_friends(place: Account) -> None:
    asked = compiled(place, definition([condition("email", "known")]))
    for way, setting in ((True, "enable_indexscan"), (False, "enable_seqscan")):
        for name in (setting, "enable_bitmapscan" if way else setting):
            ask("SELECT set_config(:name, 'off', true)", name=name)
        assert plan_of(asked.as_walk()).walks is way
        db.session.rollback()


def test_a_condition_that_comes_again_is_counted_once(place: Account, statements: list[str]) -> None:
    one, two = tag(place), tag(place)
    friend(place, tags=(one,), email="a@example.jp")
    friend(place, tags=(one, two))
    chosen = [condition("tag", "contains_any", one.id), condition("email", "known")]
    asked = compiled(place, definition(chosen, [*chosen, condition("tag", "contains_none", two.id)], chosen))
    statements.clear()
    assert count_alone(asked) == [[2, 1], [2, 1, 1], [2, 1]]
    assert sum(one.startswith("EXPLAIN") for one in statements) == 3
    assert count_members(asked).friends == 1
