"""Changes in the builder of workflows over HTTP at 10, 100 and 300 nodes, beside rendering the same HTML.

The reference is 2 × rendering from data that are ready + 20 ms; measured is the time below which 95 % of requests stay.
"""

from __future__ import annotations

from collections.abc import Callable

from flask import Flask, render_template, session
from flask.testing import FlaskClient

from app.core.collector import settle_collector
from app.core.db import db
from app.team.actors import SYSTEM
from app.workflows.definition.graph import Graph, Node
from app.workflows.operations.drafts import discard_draft
from app.workflows.operations.life import create_workflow
from app.workflows.queries.drafts import digest_of, draft_of, stamp_of, working_graph
from app.workflows.queries.workflows import get_workflow
from app.workflows.views.editing import editor_context, load
from bench.friends_page import ALLOWANCE_MS, account_and_member, signed_in
from bench.harness import Result, installation, milliseconds, percentile

SIZES, ROUNDS, SHARE = (10, 100, 300), 40, 0.95
FRAGMENT = {"HX-Request": "true"}


def run() -> list[Result]:
    """Measure adding, editing and moving a node."""
    with installation("builder_change") as place:
        with place.app.app_context():
            account_id, member = account_and_member()
        browser = signed_in(place.app, member)
        place.app.config["WTF_CSRF_ENABLED"] = False
        # As the web server's processes do.
        settle_collector()
        return [one for size in SIZES for one in _results(place.app, browser, account_id, member, size)]


def _results(app: Flask, browser: FlaskClient, account_id: int, member: str, size: int) -> list[Result]:
    with app.app_context():
        workflow = create_workflow(f"Bench {size}", graph=_graph(account_id, size), actor=SYSTEM)
        db.session.commit()
        workflow_id = workflow.id
    results = []
    for name, change in (("add", _add), ("edit", _edit), ("move", _move)):
        ours = []
        # The first one is not counted.
        for number in range(ROUNDS + 1):
            path, form = _prepared(app, workflow_id, number, change)
            ours.append(milliseconds(lambda path=path, form=form: _expect(browser, path, form)))
        drawn = [_rendering(app, member, workflow_id) for _number in range(ROUNDS)]
        reference = 2 * percentile(drawn, SHARE) + ALLOWANCE_MS
        results.append(
            Result(f"builder_change.{name}_{size}", percentile(ours[1:], SHARE), "ms", reference, "lower", size)
        )
        with app.app_context():
            _back(workflow_id)
    return results


def _graph(account_id: int, size: int) -> Graph:
    """Return a trigger and steps, of which each tenth parts the way in two that meet again."""
    nodes = [Node("t", "friend_add", {}, {"next": "n0"})]
    parts = {"parts": [{"name": "a", "label": "A", "share": 50}, {"name": "b", "label": "B", "share": 50}]}
    for number in range(size - 1):
        following = f"n{number + 1}" if number < size - 2 else ""
        delay = {"mode": "amount", "amount": 1, "unit": "days"}
        if number % 10 == 5 and number < size - 4:
            nodes.append(Node(f"n{number}", "split", parts, {"a": following, "b": f"n{number + 2}"}))
        else:
            nodes.append(Node(f"n{number}", "delay", delay, {"next": following} if following else {}))
    return Graph((account_id,), tuple(nodes))


Change = Callable[[Graph, int], tuple[str, dict[str, str]]]


def _add(_graph: Graph, _number: int) -> tuple[str, dict[str, str]]:
    return "/steps", {"kind": "tag", "after": "n1", "exit": "next"}


def _edit(graph: Graph, number: int) -> tuple[str, dict[str, str]]:
    seen = digest_of(graph.by_id["n2"])
    return "/steps/n2", {"mode": "amount", "amount": str(number + 2), "unit": "days", "seen": seen, "panel": "1"}


def _move(_graph: Graph, number: int) -> tuple[str, dict[str, str]]:
    return "/steps/n2/move", {"move": "down" if number % 2 else "up"}


def _prepared(app: Flask, workflow_id: int, number: int, change: Change) -> tuple[str, dict[str, str]]:
    with app.app_context():
        workflow, draft = get_workflow(workflow_id, SYSTEM), draft_of(workflow_id)
        path, form = change(working_graph(workflow, draft), number)
        return f"/workflows/{workflow_id}{path}", {**form, "stamp": stamp_of(workflow, draft)}


def _expect(browser: FlaskClient, path: str, form: dict[str, str]) -> None:
    answer = browser.post(path, data=form, headers=FRAGMENT)
    if answer.status_code != 200:
        raise AssertionError(f"{path}: {answer.status_code}")


def _rendering(app: Flask, member: str, workflow_id: int) -> float:
    """Return how long the flow takes to be rendered once all that it shows is known."""
    with app.test_request_context(f"/workflows/{workflow_id}"):
        session["_user_id"] = member
        context = editor_context(load(workflow_id))
        render_template("workflows/editor/changed.oob.html", **context)
        return milliseconds(lambda: render_template("workflows/editor/changed.oob.html", **context))


def _back(workflow_id: int) -> None:
    """Go back to the graph with which the measurement began."""
    workflow = get_workflow(workflow_id, SYSTEM)
    discard_draft(workflow_id, seen=stamp_of(workflow, draft_of(workflow_id)), actor=SYSTEM)
    db.session.commit()
