"""2,000,000 runs wait, 10,000 fall due, and each sets a tag and ends: seconds beside a hand-written SKIP LOCKED loop.

The loop does the same writes over the bare driver, and as many at once: it claims a batch, commits, locks the friends
and those of the runs that are still leased to it, puts the tags on with their source and their lines on the timeline,
ends the runs, stores the steps with their notes and the counts, commits. Also measured: how late runs are
at an even rate of 500 a second with two threads, what an idle engine takes of a core, and how much longer the same
takes than with a hundredth of the runs waiting. `BENCH_WAITING=20000` stores fewer.
"""

from __future__ import annotations

import os
import threading
from collections.abc import Callable
from time import perf_counter, process_time, sleep
from typing import Any

from flask import Flask
from sqlalchemy import Connection, text

from app.core.collector import settle_collector
from app.core.db import db
from app.core.due.sweep import sweep_kind
from app.workflows.engine.advancing import advance_due
from app.workflows.engine.runs import RUNS
from bench._population import populate
from bench._workflow_runs import start_workflow, store_runs
from bench.friends_page import account_and_member
from bench.harness import Result, alternate, installation, percentile

WAITING, DUE, BATCH, ROUNDS = 2_000_000, 10_000, RUNS.batch, 3
THREADS, RATE_SECONDS, IDLE_SECONDS, SWEEP_SECONDS = 2, 20, 20, 3
LATEST_SECONDS, IDLE_SHARE, SLOWER = 5.0, 0.01, 1.5
# Those that were due before wait again, on other friends than those who have the tag.
_RESET = (
    "DELETE FROM friend_tags WHERE tag_id = :tag_id",
    "DELETE FROM workflow_steps WHERE run_id IN (SELECT id FROM workflow_runs WHERE state = 'succeeded')",
    """UPDATE workflow_runs SET state = 'waiting', node_id = 'wait', steps = 0, due_at = now() + interval '30 days',
              begun = jsonb_build_object('until', now() + interval '30 days'), ended_at = NULL
       WHERE state = 'succeeded'""",
)
_MAKE_DUE = """
    UPDATE workflow_runs SET due_at = now() + n * make_interval(secs => :apart),
                             begun = jsonb_build_object('until', now() + n * make_interval(secs => :apart))
    FROM (SELECT id, row_number() OVER (ORDER BY id) AS n FROM (
              SELECT id FROM workflow_runs WHERE id % :step = 0 ORDER BY id LIMIT :due) AS found) AS chosen
    WHERE workflow_runs.id = chosen.id
"""
_CLAIM = """
    WITH found AS MATERIALIZED (
        SELECT id FROM workflow_runs
        WHERE due_at <= statement_timestamp() AND (leased_until IS NULL OR leased_until < statement_timestamp())
        ORDER BY due_at LIMIT %s FOR NO KEY UPDATE SKIP LOCKED)
    UPDATE workflow_runs row SET leased_until = statement_timestamp() + interval '4 minutes', attempts = attempts + 1
    FROM found WHERE row.id = found.id RETURNING row.id, row.friend_id, row.begun ->> 'until', row.leased_until
"""
_HOLD = "SELECT id FROM friends WHERE id = ANY(%s) ORDER BY account_id, line_user_id FOR NO KEY UPDATE"
# A run that was cancelled or claimed again since must not set its tag; none of them is in this benchmark.
_HOLD_RUNS = "SELECT id FROM workflow_runs WHERE id = ANY(%s) AND leased_until = %s ORDER BY id FOR NO KEY UPDATE"
# Of the workflow; the engine has stored it in the round before.
_SOURCE = "SELECT min(id) FROM value_sources WHERE kind = 'workflow'"
_TAG = """
    WITH changed AS (
        INSERT INTO friend_tags (tag_id, friend_id, added_at, source_id)
        SELECT %s, id, now(), %s FROM unnest(%s::bigint[]) AS id
        ORDER BY id ON CONFLICT DO NOTHING RETURNING tag_id, friend_id)
    INSERT INTO activities (account_id, friend_id, kind, occurred_at, data)
    SELECT tags.account_id, friend_id, 'tag_added', now(),
           jsonb_build_object('tag_id', tag_id, 'name', tags.name, 'source', 'workflow')
    FROM changed JOIN tags ON tags.id = tag_id
"""
_END = """
    UPDATE workflow_runs SET state = 'succeeded', node_id = NULL, steps = 3, begun = '{}', due_at = NULL, attempts = 0,
                             leased_until = NULL, ended_at = statement_timestamp() WHERE id = ANY(%s)
"""
_STEPS = """
    INSERT INTO workflow_steps (run_id, number, node_id, kind, result, exit, note)
    SELECT run_id, number, ('{wait,again,end}'::text[])[number], ('{delay,tag,stop}'::text[])[number], 'done',
           CASE WHEN number < 3 THEN 'next' END,
           CASE number WHEN 1 THEN jsonb_build_object('until', until) WHEN 2 THEN '{"tags": ["Waited"]}' ELSE '{}' END
    FROM unnest(%s::bigint[], %s::text[]) AS run (run_id, until), generate_series(1, 3) AS number
"""
_COUNTS = (
    """INSERT INTO workflow_node_days AS day (workflow_id, node_id, day, exit, result, number)
       SELECT %(workflow)s, node_id, current_date, '', 'done', %(number)s
       FROM unnest('{again,end,wait}'::text[]) AS node_id
       ON CONFLICT (workflow_id, node_id, day, exit, result, version_id)
       DO UPDATE SET number = day.number + excluded.number""",
    """INSERT INTO workflow_days AS day (workflow_id, day, succeeded) VALUES (%(workflow)s, current_date, %(number)s)
       ON CONFLICT (workflow_id, day) DO UPDATE SET succeeded = day.succeeded + excluded.succeeded""",
    """UPDATE workflow_entries SET finished_at = now()
       WHERE workflow_id = %(workflow)s AND friend_id = ANY(%(friends)s)""",
)


def run() -> list[Result]:
    """Measure the due runs against the loop, their lateness, the idle engine, and both sizes against each other."""
    waiting = int(os.environ.get("BENCH_WAITING", WAITING))
    few = max(waiting // 100, DUE)
    small, _reference, _late, _idle_share = _measure(few, is_whole=False)
    seconds, reference, late, idle = _measure(waiting)
    return [
        Result("workflow_waits", seconds, "s", reference, "lower", waiting),
        Result("workflow_waits.late", late, "s", LATEST_SECONDS, "lower", waiting),
        Result("workflow_waits.idle", idle, "cores", IDLE_SHARE, "lower", waiting),
        Result("workflow_waits.size", seconds, "s", small * SLOWER, "lower", waiting),
    ]


def _measure(waiting: int, *, is_whole: bool = True) -> tuple[float, float, float, float]:
    with installation("workflow_waits") as place, place.app.app_context():
        account_id, _member = account_and_member()
        with db.engine.connect() as connection:
            populate(connection, account_id, min(waiting, 200_000), shares=())
            workflow_id, tag_id = start_workflow(account_id)
            store_runs(connection, account_id, workflow_id, waiting, 100, has_steps=False)
            again = lambda apart=0.0: _make_due(connection, tag_id, waiting, apart)  # noqa: E731
            # As a worker's process does when it starts.
            settle_collector()
            sides = _advance_all, lambda: _by_hand(workflow_id, tag_id)
            seconds, reference = alternate(*(_timed(side, again) for side in sides), rounds=ROUNDS)
            late = _lateness(place.app, connection, again) if is_whole else 0.0
            idle = _idle(place.app) if is_whole else 0.0
    return seconds, reference, late, idle


def _timed(side: Callable[[], int], again: Callable[[], None]) -> Callable[[], float]:
    def measure() -> float:
        again()
        begin = perf_counter()
        if (handled := side()) < DUE:
            raise AssertionError(f"Only {handled} of {DUE} runs were handled.")
        return perf_counter() - begin

    return measure


def _make_due(connection: Connection, tag_id: int, waiting: int, apart: float) -> None:
    for statement in _RESET:
        connection.execute(text(statement), {"tag_id": tag_id})
    connection.execute(text(_MAKE_DUE), {"step": max(waiting // DUE, 1), "due": DUE, "apart": apart})
    connection.commit()
    connection.execution_options(isolation_level="AUTOCOMMIT").execute(text("VACUUM ANALYZE workflow_runs"))


def _advance_all() -> int:
    """Advance as a worker does that is woken again and again."""
    handled = 0
    while done := advance_due():
        handled += done
    return handled


def _by_hand(workflow_id: int, tag_id: int) -> int:
    handled = 0
    with db.engine.connect() as connection:
        driver: Any = connection.connection.driver_connection
        source_id = driver.execute(_SOURCE).fetchone()[0]
        while rows := driver.execute(_CLAIM, (BATCH,)).fetchall():
            driver.commit()
            ids, friends, until, leased = map(list, zip(*rows, strict=True))
            driver.execute(_HOLD, (friends,))
            driver.execute(_HOLD_RUNS, (ids, leased[0]))
            driver.execute(_TAG, (tag_id, source_id, friends))
            driver.execute(_END, (ids,))
            driver.execute(_STEPS, (ids, until))
            for statement in _COUNTS:
                driver.execute(statement, {"workflow": workflow_id, "number": len(rows), "friends": friends})
            driver.commit()
            handled += len(rows)
        driver.rollback()
    return handled


def _lateness(app: Flask, connection: Connection, again: Callable[[float], None]) -> float:
    """Return the seconds below which 99 % of the runs were late that fell due one after the other."""
    again(RATE_SECONDS / DUE)
    begun = connection.scalar(text("SELECT now()"))
    connection.rollback()
    _with_workers(app, lambda: _wait(connection))
    query = text("""
        SELECT extract(epoch FROM at - CAST(note ->> 'until' AS timestamptz)) FROM workflow_steps
        WHERE node_id = 'wait' AND at >= :begun AND note ? 'until'
    """)
    late = [float(one) for one in connection.scalars(query, {"begun": begun})]
    connection.rollback()
    return percentile(late, 0.99)


def _wait(connection: Connection) -> None:
    left = text("SELECT count(*) FROM workflow_runs WHERE due_at < now() + interval '1 hour'")
    while connection.scalar(left):
        connection.rollback()
        sleep(0.5)


def _idle(app: Flask) -> float:
    """Return the share of a core that this process takes while nothing is due, with the sweep at its usual pace."""
    begin, used = perf_counter(), process_time()
    with app.app_context():
        while perf_counter() - begin < IDLE_SECONDS:
            sweep_kind(RUNS)
            db.session.rollback()
            sleep(SWEEP_SECONDS)
    return (process_time() - used) / (perf_counter() - begin)


def _with_workers(app: Flask, act: Callable[[], None]) -> None:
    is_over = threading.Event()
    threads = [threading.Thread(target=_work, args=(app, is_over)) for _ in range(THREADS)]
    for thread in threads:
        thread.start()
    act()
    is_over.set()
    for thread in threads:
        thread.join()


def _work(app: Flask, is_over: threading.Event) -> None:
    """Advance what is due; look again after as long as the sweep takes to wake a worker."""
    with app.app_context():
        while not is_over.is_set():
            if not advance_due():
                is_over.wait(SWEEP_SECONDS)
