"""A workflow as it is being edited: its working copy, read for the pages."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from flask import request, url_for
from sqlalchemy import select

from app.core import htmx
from app.core.db import db
from app.core.errors import NotFound
from app.core.i18n import Text
from app.line.models import Account
from app.team.permissions import current_actor
from app.team.queries import names_of
from app.workflows.definition import layout
from app.workflows.definition.editing import above, below, main_exit, may_follow, only_after
from app.workflows.definition.flow import Flow, read_flow
from app.workflows.definition.graph import Graph, Node
from app.workflows.definition.kinds import Exit, NodeKind, exits_of, kind_of, triggers_of
from app.workflows.definition.moving import places_for
from app.workflows.definition.naming import StepNames, exit_words, label_of
from app.workflows.definition.summaries import summaries_of
from app.workflows.forms.registry import NodeEditing
from app.workflows.models import Workflow, WorkflowDraft, WorkflowStatus
from app.workflows.queries.drafts import draft_of, other_editor, stamp_of, ways_of, working_graph
from app.workflows.queries.history import figures_of_nodes
from app.workflows.queries.problems import WorkflowProblems, problems_of_graph
from app.workflows.queries.workflows import get_version, get_workflow

# Of how many days figures can stand on the steps, and what in the address asks for runs of all versions.
FIGURE_PERIODS, ALL_VERSIONS = (7, 30), "-all"


@dataclass(frozen=True)
class WorkflowEditing:
    """The state of one request of the editor."""

    workflow: Workflow
    draft: WorkflowDraft | None
    graph: Graph
    accounts: Sequence[Account]

    @cached_property
    def stamp(self) -> str:
        """Return what tells this state from all others."""
        return stamp_of(self.workflow, self.draft)

    @cached_property
    def flow(self) -> Flow:
        """Return the steps in reading order."""
        return read_flow(self.graph)

    @cached_property
    def names(self) -> StepNames:
        """Return what the steps are called."""
        return StepNames(self.flow.numbers)

    @cached_property
    def problems(self) -> WorkflowProblems:
        """Return what is wrong."""
        is_unsaved = self.draft is not None
        found = problems_of_graph(self.workflow.id, self.graph, self.names, is_unsaved=is_unsaved)
        return found.without_what_may_come() if self.is_first else found

    @cached_property
    def summaries(self) -> dict[str, Text]:
        """Return by id what each step does."""
        return summaries_of(self.graph)

    @cached_property
    def ways(self) -> tuple[bool, bool]:
        """Return whether a change can be taken back, and one made again."""
        return ways_of(self.draft)

    @cached_property
    def other_editor(self) -> str | None:
        """Return the name of another member who is editing now."""
        return other_editor_name(self.draft)

    @property
    def is_fixed(self) -> bool:
        """Return whether this member cannot change the flow now."""
        return self.is_archived or self.other_editor is not None

    @property
    def is_first(self) -> bool:
        """Return whether it was never saved since it was made: what is missing is still to come, and no fault yet."""
        return self.workflow.latest_version == 1 and self.workflow.started_at is None

    @property
    def is_archived(self) -> bool:
        """Return whether it cannot be changed."""
        return self.workflow.status == WorkflowStatus.ARCHIVED

    @property
    def answers_otherwise(self) -> bool:
        """Return whether another version answers than the one that was saved last."""
        workflow = self.workflow
        return workflow.status == WorkflowStatus.ACTIVE and workflow.latest_version != workflow.active_version

    def node(self, node_id: str) -> NodeEditing:
        """Return a node for its form; raises NotFound."""
        found = self.graph.node(node_id)
        if found is None:
            raise NotFound
        return NodeEditing(
            workflow=self.workflow, graph=self.graph, node=found, accounts=self.accounts, posted=request.form
        )


def other_editor_name(draft: WorkflowDraft | None) -> str | None:
    """Return the name of another member who is editing the working copy now."""
    member_id = other_editor(draft, current_actor().member_id)
    return names_of([member_id]).get(member_id) if member_id else None


def load(workflow_id: int) -> WorkflowEditing:
    """Load what is edited; raises NotFound where an account of it is not the member's."""
    workflow = get_workflow(workflow_id, current_actor())
    draft = draft_of(workflow.id)
    graph = working_graph(workflow, draft)
    return WorkflowEditing(workflow, draft, graph, _accounts(graph))


def _accounts(graph: Graph) -> Sequence[Account]:
    """Return the accounts of the Start node; one that was removed from the workspace is passed over."""
    query = select(Account).where(Account.id.in_(graph.account_ids)).order_by(Account.name, Account.id)
    found = db.session.scalars(query).all() if graph.account_ids else ()
    if not all(current_actor().may_see_account(one.id) for one in found):
        raise NotFound
    return found


@dataclass(frozen=True)
class StepTools:
    """What can be done with a step as a whole: moves, and its exits with the step that follows each.

    `names` are those of the steps of the flow.
    """

    names: StepNames
    may_move_up: bool
    may_move_down: bool
    may_move_away: bool
    may_connect: bool
    may_duplicate: bool
    following: int
    exits: Sequence[tuple[Exit, Node | None]]


def tools_of(editing: WorkflowEditing, node: Node) -> StepTools:
    """Return what can be done with a step in its flow."""
    exits = [(one, editing.graph.after(node, one.name)) for one in exits_of(node)]
    following = len(only_after(editing.graph, node.id)) - 1
    up, down = above(editing.graph, node), below(editing.graph, node)
    return StepTools(
        editing.names,
        up is not None,
        down is not None,
        any(places_for(editing.graph, node, with_following=is_all) for is_all in (False, True)),
        bool(may_follow(editing.graph, node)),
        main_exit(node) is not None,
        following,
        exits,
    )


def why_inert(kind: NodeKind | None) -> Text | None:
    """Return why a node of this kind does nothing; None where it works."""
    return kind.unavailable() if kind else None


# Icons of the flow beside those of the steps themselves.
ICONS = (
    *("alert-circle", "alert-triangle", "chevron-down", "chevron-up", "circle-dashed", "corner-down-right"),
    "help-circle",
    "player-play",
    *("plug-connected", "plug-connected-x", "plus"),
)


def _icons(graph: Graph) -> list[str]:
    """Return the names of all icons of the flow."""
    return sorted({*ICONS, *(kind.icon for one in graph.nodes if (kind := kind_of(one)))})


def shown_figures() -> str | None:
    """Return which figures stand on the steps, as the page's address says, such as "7" or "7-all"; None for none."""
    asked = request.values.get("figures")
    if asked is None:
        asked = dict(parse_qsl(urlsplit(htmx.current_path()).query)).get("figures")
    known = {f"{days}{versions}" for days in FIGURE_PERIODS for versions in ("", ALL_VERSIONS)}
    return asked if asked in known else None


def _figures(editing: WorkflowEditing) -> dict[str, Any]:
    """Return the figures that stand on the steps: of runs of the version that answers, or of all versions."""
    shown = shown_figures()
    # Hundreds of steps have this address, each with its id behind it.
    address = url_for("workflows.show", workflow_id=editing.workflow.id, figures=shown)
    place = {"shown_figures": shown, "step_address": f"{address}{'&' if shown else '?'}step="}
    if shown is None:
        return {**place, "shown_days": None, "figures": {}, "figures_version": None}
    days, is_all = int(shown.removesuffix(ALL_VERSIONS)), shown.endswith(ALL_VERSIONS)
    version = None if is_all else get_version(editing.workflow, editing.workflow.active_version)
    version_id = version.id if version else None
    return {
        **place,
        "shown_days": days,
        "figures": figures_of_nodes(editing.workflow.id, editing.graph, days, version_id=version_id),
        "figures_version": version,
    }


def editor_url(workflow_id: int, node_id: str = "", **opened: Any) -> str:
    """Return the address of the editor, at a step, with the figures that are shown, and with the form of `step`."""
    anchor = f"node-{node_id}" if node_id else None
    return url_for("workflows.show", workflow_id=workflow_id, **opened, figures=shown_figures(), _anchor=anchor)


def panel_url(editing: WorkflowEditing) -> str | None:
    """Return the form with which the page opens: that of the step in its address; of a new workflow, the accounts."""
    about: dict[str, Any] = {"workflow_id": editing.workflow.id, "figures": shown_figures()}
    step = request.args.get("step", "")
    if editing.is_archived:
        return None
    if step in editing.graph.by_id:
        return url_for("workflows.node", node_id=step, new=request.args.get("new"), **about)
    if step == "start" or not (editing.graph.account_ids or editing.is_fixed):
        return url_for("workflows.start_node", **about)
    return None


def editor_context(editing: WorkflowEditing) -> dict[str, Any]:
    """Return what the templates of the editor receive."""
    member_id = editing.draft.member_id if editing.draft else None
    member_id = None if member_id == current_actor().member_id else member_id
    return {
        "editing": editing,
        "workflow": editing.workflow,
        "graph": editing.graph,
        "flow": editing.flow,
        "problems": editing.problems.by_node,
        "triggers": triggers_of(editing.graph),
        "changed_by": names_of([member_id]).get(member_id) if member_id else None,
        "kind_of": kind_of,
        "label_of": label_of,
        "names": editing.names,
        "exit_words": exit_words,
        "exits_of": exits_of,
        "summaries": editing.summaries,
        "icons": _icons(editing.graph),
        "figure_periods": FIGURE_PERIODS,
        "all_versions": ALL_VERSIONS,
        **_figures(editing),
        "lines_of": layout.of_step,
        "lines_of_start": layout.of_start,
        "lines_of_triggers": layout.of_triggers,
        "lines_below": layout.below_entrances,
    }
