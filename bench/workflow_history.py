"""The execution history of a workflow with 5,000,000 steps over HTTP, beside hand-written SQL of the same pages.

The reference is 2 × SQL + 20 ms, as with the friends list. `BENCH_STEPS=100000` stores fewer.
"""

from __future__ import annotations

import os
from collections.abc import Iterator

from flask.testing import FlaskClient
from sqlalchemy import Connection, text

from app.core.db import db
from bench._population import populate
from bench._workflow_runs import STEPS_OF_ENDED, start_workflow, store_runs
from bench.friends_page import ALLOWANCE_MS, account_and_member, signed_in
from bench.harness import Result, alternate, installation, milliseconds

STEPS, ROUNDS, WAITING_SHARE = 5_000_000, 15, 2
_LIST = """SELECT r.id, r.state, r.started_at, r.ended_at, r.version_id, r.steps, r.problem, r.awaits, r.due_at,
                  r.begun, r.trigger, f.id, f.display_name, f.picture_url
           FROM workflow_runs AS r JOIN friends AS f ON f.id = r.friend_id
           WHERE r.workflow_id = {workflow} AND {where} ORDER BY r.started_at DESC, r.id DESC LIMIT 26"""
_FIGURES = (
    """SELECT sum(started), sum(succeeded), sum(failed), sum(cancelled) FROM workflow_days
       WHERE workflow_id = {workflow}""",
    """SELECT state, node_id, count(*) FROM workflow_runs
       WHERE workflow_id = {workflow} AND state IN ('running', 'waiting', 'held') GROUP BY 1, 2""",
    "SELECT * FROM workflow_days WHERE workflow_id = {workflow} AND day > now() - interval '30 days'",
    """SELECT node_id, exit, result, sum(number) FROM workflow_node_days
       WHERE workflow_id = {workflow} AND day > now() - interval '30 days' GROUP BY 1, 2, 3""",
)
_FOUND = "r.friend_id IN (SELECT id FROM friends WHERE account_id = {account} AND search_text LIKE '%%{word}%%')"
_RUN = (
    "SELECT * FROM workflow_runs WHERE id = {run}",
    "SELECT * FROM workflow_steps WHERE run_id = {run} ORDER BY number",
    "SELECT f.* FROM friends AS f JOIN workflow_runs AS r ON r.friend_id = f.id WHERE r.id = {run}",
    """SELECT v.number, v.graph FROM workflow_versions AS v
       JOIN workflow_runs AS r ON r.version_id = v.id WHERE r.id = {run}""",
)


def run() -> list[Result]:
    """Measure the history's page, its parts, lists that are narrowed, and the page of a run."""
    size = int(os.environ.get("BENCH_STEPS", STEPS))
    runs = size // STEPS_OF_ENDED
    with installation("workflow_history") as place:
        with place.app.app_context():
            engine, (account_id, member) = db.engine, account_and_member()
        browser = signed_in(place.app, member)
        with engine.connect() as connection:
            populate(connection, account_id, max(runs // 8, 1_000), shares=())
            with place.app.app_context():
                workflow_id, _tag = start_workflow(account_id)
            store_runs(connection, account_id, workflow_id, runs, WAITING_SHARE, has_steps=True)
            cases = list(_cases(connection, account_id, workflow_id))
            return [_result(browser, connection, case, size) for case in cases]


def _cases(connection: Connection, account_id: int, workflow_id: int) -> Iterator[tuple[str, str, list[str]]]:
    """Yield name, address and the statements that a developer would write for it by hand."""
    base = f"/workflows/{workflow_id}/runs"
    middle = text("SELECT id FROM workflow_runs ORDER BY id OFFSET (SELECT count(*) / 2 FROM workflow_runs) LIMIT 1")
    number = connection.scalar(middle)

    def listed(where: str) -> str:
        return _LIST.format(workflow=workflow_id, where=where)

    figures = [one.format(workflow=workflow_id) for one in _FIGURES]
    yield "page", base, [listed("true"), *figures]
    yield "figures", f"{base}/figures", figures
    for state in ("succeeded", "failed", "waiting"):
        yield f"state_{state}", f"{base}?state={state}", [listed(f"r.state = '{state}'")]
    for name, word in (("common", "gmail"), ("name", "田中"), ("rare", "kaito.7")):
        where = listed(_FOUND.format(account=account_id, word=word))
        yield f"search_{name}", f"{base}?search={word}", [where]
    yield "run", f"{base}/{number}", [one.format(run=number) for one in _RUN]


def _result(browser: FlaskClient, connection: Connection, case: tuple[str, str, list[str]], size: int) -> Result:
    name, address, statements = case
    # Lists alone come as fragments, figures too.
    headers = {} if name in ("page", "run") else {"HX-Request": "true"}

    def page() -> float:
        return milliseconds(lambda: _expect(browser.get(address, headers=headers).status_code == 200))

    def by_hand() -> float:
        return milliseconds(lambda: [connection.exec_driver_sql(sql).all() for sql in statements])

    page()
    by_hand()
    ours, sql = alternate(page, by_hand, rounds=ROUNDS)
    return Result(f"workflow_history.{name}", ours, "ms", 2 * sql + ALLOWANCE_MS, "lower", size)


def _expect(is_true: bool) -> None:
    if not is_true:
        raise AssertionError("The page did not answer.")
