"""The forms of the steps, and of the Start node. What is typed is kept in the working copy with each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, NamedTuple

from flask import Response, render_template, request, url_for

from app.core import htmx
from app.core.db import db
from app.core.errors import Conflict
from app.core.i18n import Text
from app.line.access import visible_accounts
from app.team.permissions import Permission, current_actor, requires
from app.workflows.definition.checks import ODD, problems_in
from app.workflows.definition.kinds import TRIGGERS, NodeProblem, kind_of
from app.workflows.definition.shapes import wrong_places
from app.workflows.forms.conditions import read_conditions, shown_conditions
from app.workflows.forms.reading import member_is_done
from app.workflows.forms.registry import FORMS, NodeEditing, blank_settings
from app.workflows.forms.start import ON_BLOCKS, RE_ENTRIES, read_start
from app.workflows.guarding import why_locked
from app.workflows.operations import drafts
from app.workflows.operations.drafts import BeingEdited, StepChanged
from app.workflows.queries.drafts import digest_of, other_editor
from app.workflows.views.blueprint import blueprint
from app.workflows.views.cards import change_context, shown_now
from app.workflows.views.editing import WorkflowEditing, editor_url, load, tools_of
from app.workflows.views.telling import tell_apart


class FormTemplates(NamedTuple):
    """A form as a page, as a panel beside the flow, and what each answer draws again."""

    page: str
    panel: str
    fields: str


STEP = FormTemplates("workflows/editor/step.html", "workflows/editor/_panel.html", "workflows/editor/_step_fields.html")
START = FormTemplates(
    "workflows/editor/start.html", "workflows/editor/_start_panel.html", "workflows/editor/_start_fields.html"
)
COMPOSED = STEP._replace(fields="workflows/editor/_step_kept.html")


class _Settings(dict[str, Any]):
    """Settings in templates: what is not set is None, and empty in their parts."""

    def __missing__(self, _name: str) -> None:
        return None


class _Part(dict[str, Any]):
    def __missing__(self, _name: str) -> str:
        return ""


def _shown(settings: Mapping[str, Any]) -> _Settings:
    return _Settings({name: _with_parts(value) for name, value in settings.items()})


def _with_parts(value: Any) -> Any:
    if isinstance(value, Mapping):
        return _Part({name: _with_parts(one) for name, one in value.items()})
    return [_with_parts(one) for one in value] if isinstance(value, list) else value


@blueprint.get("/<int:workflow_id>/steps/<node_id>")
@requires(Permission.WORKFLOWS)
def node(workflow_id: int, node_id: str) -> Response:
    """Show a step's form; of one that is not `new` it says what is missing."""
    editing, is_new = load(workflow_id).node(node_id), "new" in request.args
    return _form(editing, seen=digest_of(editing.node), is_checked=not is_new, is_new=is_new)


@blueprint.post("/<int:workflow_id>/steps/<node_id>")
@requires(Permission.WORKFLOWS)
def change_node(workflow_id: int, node_id: str) -> Response:
    """Keep what was typed; when the member is done, go back or say what is missing."""
    before, is_done, seen = load(workflow_id), member_is_done(request.form), _seen()
    if before.graph.node(node_id) is None and htmx.is_fragment():
        return _gone(workflow_id)
    editing, shown = before.node(node_id), shown_now(before)
    typed = _typed(editing)
    try:
        _take_over_if_asked(workflow_id)
        stored = drafts.change_settings(workflow_id, node_id, typed.node.settings, seen=seen, actor=current_actor())
    except (BeingEdited, StepChanged) as error:
        db.session.rollback()
        # Read again, since the composer's draft was rolled back as well.
        return _form(_typed(editing), 409, seen=seen, is_checked=True, conflict=error)
    kept = replace(typed, node=stored)
    if stored.exits != editing.node.exits:
        tell_apart(editing.graph, load(workflow_id).graph)
    if is_done and not _problems(kept) and not _refusal(kept):
        return _closed(workflow_id, node_id, shown)
    is_checked = is_done or "checked" in request.form
    return _form(kept, shown=shown, seen=digest_of(stored), is_checked=is_checked, is_done=is_done)


@blueprint.get("/<int:workflow_id>/steps/start")
@requires(Permission.WORKFLOWS)
def start_node(workflow_id: int) -> Response:
    """Show the form of the Start node."""
    return _start_form(load(workflow_id))


@blueprint.post("/<int:workflow_id>/steps/start")
@requires(Permission.WORKFLOWS)
def change_start_node(workflow_id: int) -> Response:
    """Keep which accounts the workflow answers for, and who may enter."""
    editing, (account_ids, entry) = load(workflow_id), read_start(request.form)
    typed = replace(editing, graph=replace(editing.graph, account_ids=tuple(account_ids), entry=entry))
    seen = _seen()
    try:
        _take_over_if_asked(workflow_id)
        drafts.change_start(workflow_id, account_ids, entry, seen=seen, actor=current_actor())
    except (BeingEdited, StepChanged) as error:
        db.session.rollback()
        return _start_form(typed, 409, seen=seen, conflict=error)
    is_done, kept = member_is_done(request.form), load(workflow_id)
    is_complete = not any(one.problem.field for one in kept.problems.of_start)
    if is_done and is_complete:
        return _closed(workflow_id, "start")
    return _start_form(kept, is_checked=is_done or "checked" in request.form, is_done=is_done)


def _seen() -> str:
    """Return which state is replaced: the one that was shown, or that of which the member was told in a conflict."""
    return request.form.get("take_over") or request.form.get("over") or request.form.get("seen", "")


def _take_over_if_asked(workflow_id: int) -> None:
    if "take_over" in request.form:
        drafts.take_over(workflow_id, actor=current_actor())


def _typed(editing: NodeEditing) -> NodeEditing:
    return replace(editing, node=replace(editing.node, settings=_read(editing)))


def _read(editing: NodeEditing) -> dict[str, Any]:
    form = FORMS.get(editing.node.kind)
    settings = form.read(request.form, editing) if form else dict(editing.node.settings)
    if editing.node.kind not in TRIGGERS:
        return settings
    conditions = read_conditions(request.form, editing)
    settings.pop("conditions", None)
    return {**settings, "conditions": conditions} if conditions else settings


def _problems(editing: NodeEditing) -> list[NodeProblem]:
    kind, account_ids = kind_of(editing.node), [one.id for one in editing.accounts]
    if kind is None:
        return []
    return [one for one in problems_in(editing.graph, editing.node, kind, account_ids) if not one.is_warning]


def _refusal(editing: NodeEditing) -> Text | None:
    """Return what another service says against the settings."""
    form = FORMS.get(editing.node.kind)
    return form.proof(editing) if form else None


def panel_of(editing: WorkflowEditing, node_id: str, *, is_new: bool) -> str:
    """Return the form of a step that was added for the panel; of a `new` one that can still be taken out."""
    step = editing.node(node_id)
    context = _context(step, seen=digest_of(step.node), is_checked=False, in_panel=True, is_new=is_new)
    return render_template("workflows/editor/_panel.html", **_with_tools(context, editing))


def _form(editing: NodeEditing, status: int = 200, *, shown: WorkflowEditing | None = None, **state: Any) -> Response:
    if not _is_drawn_by_composer(editing):
        return _rendered(STEP, editing.workflow.id, _context(editing, **state), status, shown)
    context = _context(editing, draws_fields=False, **state)
    response = _rendered(COMPOSED, editing.workflow.id, context, status, shown)
    return htmx.retarget(response, "#step-state", "outerMorph")


def _is_drawn_by_composer(editing: NodeEditing) -> bool:
    """Return whether messages are kept that the composer goes on to show."""
    form = FORMS.get(editing.node.kind)
    is_kept = request.method == "POST" and htmx.is_fragment() and not member_is_done(request.form)
    return is_kept and form is not None and form.is_composed


def _gone(workflow_id: int) -> Response:
    """Say in the form of a step that it was deleted, and draw the flow without it."""
    response = htmx.render("workflows/editor/_step_gone.html", None, 404, **change_context(workflow_id, None))
    return htmx.retarget(response, "#step-state", "outerMorph")


def _context(
    editing: NodeEditing,
    *,
    seen: str,
    is_checked: bool,
    conflict: Conflict | None = None,
    is_done: bool = False,
    in_panel: bool | None = None,
    is_new: bool = False,
    draws_fields: bool = True,
) -> dict[str, Any]:
    in_panel = _is_in_panel() if in_panel is None else in_panel
    is_odd = kind_of(editing.node) is not None and bool(wrong_places(editing.node.settings))
    if is_odd:
        editing = replace(editing, node=replace(editing.node, settings=blank_settings(editing.node.kind)))
    node, form = editing.node, FORMS.get(editing.node.kind)
    url = url_for("workflows.change_node", workflow_id=editing.workflow.id, node_id=node.id)
    editing = replace(editing, url=url, is_checked=is_checked)
    conditions = node.settings.get("conditions") or {}
    errors = {one.field: str(one.message) for one in reversed(_problems(editing))} if is_checked else {}
    if is_odd:
        errors[""] = str(ODD)
    return {
        "editing": editing,
        "workflow": editing.workflow,
        "node": node,
        "kind": kind_of(node),
        "locked": why_locked(kind_of(node), current_actor()),
        "settings": _shown(node.settings),
        "accounts": editing.accounts,
        "errors": errors,
        "form": form,
        "url": url,
        "seen": seen,
        "is_checked": is_checked,
        **_told(conflict, editing.workflow.id, seen, node.id),
        "takes_values": False,
        "takes_emoji": False,
        "is_done": is_done,
        # In the panel the flow itself knows it.
        "stamp": None if in_panel else load(editing.workflow.id).stamp,
        "home": editor_url(editing.workflow.id, node.id),
        "in_panel": in_panel,
        "is_new": is_new,
        "rows": {"url": url, "target": "#step-fields", "form": _queue(in_panel), "waits": True},
        "queue": _queue(in_panel and not (form and form.is_composed)),
        "is_narrowed": node.kind in TRIGGERS,
        "conditions": shown_conditions(conditions, editing, url, is_refused=is_checked)
        if node.kind in TRIGGERS
        else (),
        **(form.context(editing) if form and draws_fields else {}),
    }


def _told(conflict: Conflict | None, workflow_id: int, seen: str, node_id: str = "") -> dict[str, Any]:
    """Return what the notice of a conflict receives: all that stands in the way, so that one press settles it."""
    if conflict is None:
        return {"conflict": (), "is_held": False, "over": ""}
    now = load(workflow_id)
    over = digest_of(now.node(node_id).node if node_id else now.graph)
    holder = other_editor(now.draft, current_actor().member_id)
    said = [*([BeingEdited(holder)] if holder else []), *([StepChanged()] if over != seen else [])] or [conflict]
    return {"conflict": [one.message for one in said], "is_held": holder is not None, "over": over}


def _start_form(
    editing: WorkflowEditing,
    status: int = 200,
    *,
    seen: str | None = None,
    is_checked: bool = False,
    conflict: Conflict | None = None,
    is_done: bool = False,
) -> Response:
    problems = editing.problems.of_start
    seen = digest_of(editing.graph) if seen is None else seen
    context = {
        "workflow": editing.workflow,
        "graph": editing.graph,
        "offered": visible_accounts(current_actor()),
        "errors": {one.problem.field: str(one.problem.message) for one in problems} if is_checked else {},
        "re_entries": RE_ENTRIES,
        "on_blocks": ON_BLOCKS,
        "url": url_for("workflows.change_start_node", workflow_id=editing.workflow.id),
        "seen": seen,
        "is_checked": is_checked,
        **_told(conflict, editing.workflow.id, seen),
        "is_done": is_done,
        "home": editor_url(editing.workflow.id, "start"),
        # No moves of the Start node belong to a state of the flow.
        "stamp": None,
        "queue": _queue(_is_in_panel()),
        "in_panel": _is_in_panel(),
    }
    return _rendered(START, editing.workflow.id, context, status)


def _rendered(
    names: FormTemplates,
    workflow_id: int,
    context: dict[str, Any],
    status: int,
    shown: WorkflowEditing | None = None,
) -> Response:
    """Return a form as a page or for the panel, or what an answer draws again of it and of the flow that is shown."""
    if request.method == "GET":
        return htmx.render(names.page, names.panel, status, **_with_tools(context))
    if not htmx.is_fragment():
        return htmx.render(names.page, None, status, **_with_tools(context))
    response = htmx.render(names.fields, None, status, **context)
    if context["in_panel"]:
        # Beside the form stands the flow, which tells of the change as well.
        beside = render_template("workflows/editor/_beside.html", **change_context(workflow_id, shown))
        response.set_data(response.get_data(as_text=True) + beside)
    return response


def _with_tools(context: dict[str, Any], editing: WorkflowEditing | None = None) -> dict[str, Any]:
    """Add what can be done with the step as a whole and its name, which answers to its form do not draw again."""
    if "node" not in context:
        return context
    tools = tools_of(editing or load(context["workflow"].id), context["node"])
    return {**context, "tools": tools, "label": tools.names.step(context["node"])}


def _closed(workflow_id: int, node_id: str, shown: WorkflowEditing | None = None) -> Response:
    """Go back to the flow; in the panel, draw the flow again and close the form."""
    home = editor_url(workflow_id, node_id)
    if not _is_in_panel():
        return htmx.go(home)
    context = change_context(workflow_id, shown)
    response = htmx.render("workflows/editor/closed.oob.html", None, **context)
    drawn = "#workflow-steps" if context["cards"] is None else "#workflow-shown"
    return htmx.push_url(htmx.retarget(response, drawn, "outerMorph"), home)


def _is_in_panel() -> bool:
    """Return whether the form stands beside the flow."""
    return htmx.is_fragment() and (request.method == "GET" or "panel" in request.form)


def _queue(is_of_flow: bool) -> str:
    """Return the form whose requests those of the step's form wait for: in the panel that of the flow.

    The composer's buttons wait for those of the form that they stand in.
    """
    return "#workflow-flow" if is_of_flow else "#step-form"
