"""The execution history of a workflow: figures, the list of its runs, and both as a file."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Blueprint, Response, url_for

from app.core import htmx
from app.core.i18n import _, ngettext, short_day, today
from app.core.pages import TIME_ORDERS, placed
from app.core.web.downloads import csv_answer
from app.core.web.server.places import downloads
from app.line.access import visible_accounts
from app.team.permissions import Permission, check_any, current_actor, me, requires
from app.team.sign_in import requires_proof
from app.workflows.definition.graph import Graph, read_graph
from app.workflows.definition.naming import names_in
from app.workflows.definition.summaries import summaries
from app.workflows.history.export import runs_as_csv
from app.workflows.history.steps import exit_label, node_name
from app.workflows.history.words import STATE_COLOURS, STATES, why
from app.workflows.models import Workflow
from app.workflows.operations.runs import cancel_all, note_runs_export
from app.workflows.queries.history import WorkflowHistory, history_of
from app.workflows.queries.runs import friends_by_id, runs_page, version_numbers
from app.workflows.queries.workflows import get_version, get_workflow, open_runs
from app.workflows.views.blueprint import words_for_templates
from app.workflows.views.runs_params import PERIODS, RunListParams, asked_runs

blueprint = Blueprint("workflow_runs", __name__, url_prefix="/workflows/<int:workflow_id>/runs")
blueprint.context_processor(words_for_templates)


@blueprint.get("")
@requires(Permission.WORKFLOWS)
def index(workflow_id: int) -> Response:
    workflow = get_workflow(workflow_id, current_actor())
    asked = asked_runs(workflow)
    context = {"workflow": workflow, "asked": asked, **_list(asked)}
    if not htmx.is_fragment():
        context |= _figures(asked) | {"open_runs": open_runs(workflow.id)}
    return htmx.render("workflows/runs/index.html", "workflows/runs/_list.html", **context)


@blueprint.get("/figures")
@requires(Permission.WORKFLOWS)
def figures(workflow_id: int) -> Response:
    """Show totals, days and steps as they are now; part of the page."""
    workflow = get_workflow(workflow_id, current_actor())
    asked = asked_runs(workflow)
    if not htmx.is_fragment():
        return htmx.go(url_for("workflow_runs.index", **asked.args))
    return htmx.render("workflows/runs/_figures.html", workflow=workflow, asked=asked, **_figures(asked))


@blueprint.post("/cancellation")
@requires(Permission.WORKFLOWS)
def cancel_every(workflow_id: int) -> Response:
    """End all runs that have not ended."""
    number = cancel_all(workflow_id, actor=current_actor())
    told = ngettext("%(num)s run was cancelled.", "%(num)s runs were cancelled.", number)
    return htmx.go(url_for("workflow_runs.index", workflow_id=workflow_id), toast=told)


@blueprint.get("/runs.csv")
@requires(Permission.EXPORT)
@requires_proof
@downloads
def export(workflow_id: int) -> Response:
    """Send the runs that the list shows, to members who may export and see workflows."""
    check_any(Permission.WORKFLOWS)
    workflow = get_workflow(workflow_id, current_actor())
    asked = asked_runs(workflow)
    note_runs_export(workflow.id, actor=current_actor())
    pieces = runs_as_csv(asked.scope, asked.order, shows_friends=me().may(Permission.FRIENDS))
    word = _("runs")
    return csv_answer(pieces, f"{workflow.name}-{word}-{today():%Y-%m-%d}.csv", "runs.csv")


def shown_graph(workflow: Workflow) -> Graph:
    """Return the graph whose nodes the figures are about: that of the active version, else of the latest one."""
    return read_graph(get_version(workflow, workflow.active_version).graph)


def _list(asked: RunListParams) -> dict[str, Any]:
    found = placed(runs_page(asked.scope, asked.order, asked.place), asked.place)
    accounts = {one.id: one for one in visible_accounts(current_actor())}
    shows_friends = me().may(Permission.FRIENDS)
    graph = shown_graph(asked.scope.workflow)
    node = graph.node(asked.scope.node_id)
    step = graph.node(asked.scope.step.node_id) if asked.scope.step else None
    names = names_in(graph) if node or step else None
    return {
        "found": found,
        "friends": friends_by_id({run.friend_id for run in found.rows}) if shows_friends else {},
        "shows_friends": shows_friends,
        "versions": version_numbers({run.version_id for run in found.rows}),
        "accounts": accounts if len({run.account_id for run in found.rows}) > 1 else {},
        "states": STATES,
        "colours": STATE_COLOURS,
        "orders": TIME_ORDERS,
        "why": partial(why, is_active=asked.scope.workflow.is_active),
        "standing": node_name(node.kind, node, summaries([node], list(accounts)), names=names) if node else None,
        "taken": node_name(step.kind, step, {}, names=names) if step else None,
        "is_active": asked.scope.workflow.is_active,
    }


def _figures(asked: RunListParams) -> dict[str, Any]:
    workflow = asked.scope.workflow
    graph = shown_graph(workflow)
    seen = [one for one in graph.account_ids if current_actor().may_see_account(one)]
    history = history_of(workflow.id, graph, asked.days)
    return {
        "history": history,
        "chart": _chart(history),
        "periods": PERIODS,
        "node_name": partial(node_name, said=summaries(graph.nodes, seen), names=names_in(graph)),
        "exit_label": exit_label,
        "is_active": workflow.is_active,
    }


def _chart(history: WorkflowHistory) -> dict[str, Any]:
    """Return what js/controllers/chart.js draws: runs that began and runs that failed, day by day."""
    return {
        "at": [short_day(one.day) for one in history.days],
        "series": [
            {"label": _("Runs"), "values": [one.started for one in history.days], "colour": 0},
            {"label": _("Failures"), "values": [one.failed for one in history.days], "colour": 1},
        ],
    }
