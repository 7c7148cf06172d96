"""Replay: run the workflow as it is edited over stored events, and see who would have got what and when."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, time, timedelta
from typing import Any

from flask import Response, request, url_for

from app.core import clock, htmx
from app.core.errors import Conflict
from app.core.i18n import Text, _, _l, listed, today, zone
from app.core.pages import TALL_SIZE, TIME_ORDERS, PagePosition, placed, searched, time_order
from app.core.runs.models import ACTIVE, Run
from app.core.runs.queries import latest_run, time_left
from app.core.values.dates import stored_date
from app.team.permissions import Permission, current_actor, me, requires
from app.workflows.definition.comparing import in_reading_order
from app.workflows.definition.graph import Graph, Node, read_graph
from app.workflows.definition.kinds import TRIGGERS, triggers_of
from app.workflows.definition.moments import at_time
from app.workflows.definition.naming import names_in
from app.workflows.definition.summaries import summaries_of
from app.workflows.history.steps import NodeName, exit_label, node_name
from app.workflows.history.words import RESULTS
from app.workflows.models import Workflow
from app.workflows.queries.runs import friends_by_id
from app.workflows.queries.workflows import get_workflow
from app.workflows.simulation.models import WorkflowReplay
from app.workflows.simulation.operations.replays import begin_replay, cancel_replay
from app.workflows.simulation.queries import get_replay, replays_of, sends_page
from app.workflows.simulation.replaying.figures import ReplayFigures, read_figures
from app.workflows.simulation.replaying.run import REPLAY
from app.workflows.simulation.replaying.story import hears_changes, is_own, is_replayed
from app.workflows.views.blueprint import blueprint
from app.workflows.views.editing import load

USUAL_DAYS, MOST_DAYS = 7, 31
# Runs that still stand at a step when the days are over.
STANDING: dict[str, Text] = {"waiting": _l("Waiting at the end"), "held": _l("On hold")}
WRONG_DAYS = _l("Choose a first and a last day, at most %(most)s days, none of which lies ahead.", most=MOST_DAYS)
VIAS: dict[str, Text] = {
    "reply": _l("As a reply, which is free"),
    "push": _l("As a push message"),
    "capped": _l("Held back by the frequency cap"),
}

RUN_STATES: dict[str, Text] = {
    "queued": _l("Running"),
    "running": _l("Running"),
    "cancelled": _l("Cancelled"),
    "failed": _l("Failed"),
}


@dataclass(frozen=True)
class ReplayedStepRow:
    """A step with how often it was done in each version, and by which exits, where there are several."""

    name: NodeName
    counts: Sequence[int]
    ways: Sequence[tuple[Text, Sequence[int]]]


@blueprint.get("/<int:workflow_id>/replays")
@requires(Permission.WORKFLOWS)
def replays(workflow_id: int) -> Response:
    return _index(workflow_id)


@blueprint.post("/<int:workflow_id>/replays")
@requires(Permission.WORKFLOWS)
def replay(workflow_id: int) -> Response:
    """Begin, with the chosen days."""
    days = _days(request.form.get("first"), request.form.get("last"))
    if days is None:
        return _index(workflow_id, str(WRONG_DAYS), 422)
    since, until = (at_time(one, time(0), zone()) for one in (days[0], days[1] + timedelta(days=1)))
    try:
        begun = begin_replay(workflow_id, since, min(until, clock.now()), actor=current_actor())
    except Conflict as error:
        return _index(workflow_id, str(error), 422)
    return htmx.go(url_for("workflows.show_replay", workflow_id=workflow_id, replay_id=begun.id))


@blueprint.get("/<int:workflow_id>/replays/<int:replay_id>")
@requires(Permission.WORKFLOWS)
def show_replay(workflow_id: int, replay_id: int) -> Response:
    found = get_replay(workflow_id, replay_id, current_actor())
    workflow = get_workflow(workflow_id, current_actor())
    return htmx.render(
        "workflows/simulation/replay.html", "workflows/simulation/_replay.html", **_shown(workflow, found)
    )


@blueprint.post("/<int:workflow_id>/replays/<int:replay_id>/cancellation")
@requires(Permission.WORKFLOWS)
def stop_replay(workflow_id: int, replay_id: int) -> Response:
    """Stop it; what it has counted stays."""
    cancel_replay(workflow_id, replay_id, actor=current_actor())
    return htmx.go(url_for("workflows.show_replay", workflow_id=workflow_id, replay_id=replay_id))


def _days(first: str | None, last: str | None) -> tuple[date, date] | None:
    begin, end = stored_date(first), stored_date(last)
    if begin is None or end is None or not begin <= end <= today() or (end - begin).days >= MOST_DAYS:
        return None
    return begin, end


def _index(workflow_id: int, problem: str = "", status: int = 200) -> Response:
    editing = load(workflow_id)
    first = request.form.get("first") or (today() - timedelta(days=USUAL_DAYS)).isoformat()
    last = request.form.get("last") or today().isoformat()
    others = [one for one in triggers_of(editing.graph) if not is_replayed(one)]
    return htmx.render(
        "workflows/simulation/replays.html",
        "workflows/simulation/_replays.html",
        status,
        workflow=editing.workflow,
        found=[(one, _state(latest_run(REPLAY, one.id))) for one in replays_of(editing.workflow, current_actor())],
        first=first,
        last=last,
        left_out=_labels([one for one in others if not is_own(one)]),
        own=_labels([one for one in others if is_own(one)]),
        hears_changes=hears_changes(editing.graph),
        problem=problem,
        most_days=MOST_DAYS,
    )


def _labels(triggers: Sequence[Node]) -> Text:
    labels = {str(TRIGGERS[one.kind].label) for one in triggers}
    return listed(sorted(labels)) if labels else ""


def _shown(workflow: Workflow, found: WorkflowReplay) -> dict[str, Any]:
    run, graph = latest_run(REPLAY, found.id), read_graph(found.graph)
    shows_friends = me().may(Permission.FRIENDS)
    search = searched(request.args.get("search", "")) if shows_friends else ""
    order, place = time_order(request.args), PagePosition.asked_by(request.args, TALL_SIZE)
    page = placed(sends_page(found, search, order, place), place)
    names, columns = _names(graph), _columns(found)
    args = {"workflow_id": workflow.id, "replay_id": found.id, "search": search, "sort": order.name, "size": place.size}
    return {
        "workflow": workflow,
        "replay": found,
        "run": run,
        "is_moving": run is not None and run.state in ACTIVE,
        "trouble": _trouble(run),
        "time_left": time_left(run) if run else None,
        "columns": columns,
        "steps": _step_rows(graph, names, [figures for _label, figures in columns]),
        "sends": page,
        "args": {name: value for name, value in args.items() if value},
        "orders": TIME_ORDERS,
        "order": order,
        "search": search,
        "shows_friends": shows_friends,
        "friends": friends_by_id({one.friend_id for one in page.rows}) if shows_friends else {},
        "names": names,
        "vias": VIAS,
    }


def _state(run: Run | None) -> Text:
    return RUN_STATES.get(run.state, "") if run else ""


def _trouble(run: Run | None) -> Text:
    if run is not None and run.state == "failed":
        return _("The replay has failed. Start it again.")
    is_cancelled = run is not None and run.state == "cancelled"
    return _("The replay was cancelled. These are the figures up to then.") if is_cancelled else ""


def _names(graph: Graph) -> Mapping[str, NodeName]:
    said, names = summaries_of(graph), names_in(graph)
    return {node.id: node_name(node.kind, node, said, names=names) for node in graph.nodes}


def _columns(found: WorkflowReplay) -> list[tuple[Text, ReplayFigures]]:
    columns: list[tuple[Text, ReplayFigures]] = [(_("As edited"), read_figures(found.drafted))]
    if found.active_version_id:
        columns.append((_("Active version"), read_figures(found.active)))
    return columns


def _step_rows(graph: Graph, names: Mapping[str, NodeName], columns: Sequence[ReplayFigures]) -> list[ReplayedStepRow]:
    """Return the steps that were reached in one of the versions, in their order."""
    counts = [one.by_node() for one in columns]
    reached = [node for node in in_reading_order(graph) if any(node.id in some for some in counts)]
    return [_step_row(node, names[node.id], [some.get(node.id, {}) for some in counts]) for node in reached]


def _step_row(node: Node, name: NodeName, counts: Sequence[Mapping[tuple[str, str], int]]) -> ReplayedStepRow:
    exits = sorted({one for some in counts for one in some})
    ways = [(_exit_words(node, *one), [some.get(one, 0) for some in counts]) for one in exits]
    is_plain = not any(label for label, _numbers in ways)
    return ReplayedStepRow(name, [sum(some.values()) for some in counts], () if is_plain else ways)


def _exit_words(node: Node, exit_name: str, result: str) -> Text:
    if result == "failed":
        return RESULTS[result]
    if result in STANDING:
        return STANDING[result]
    return exit_label(node, exit_name) or (RESULTS[result] if result != "done" else "")
