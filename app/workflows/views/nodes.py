"""The forms of the steps, and of the Start node. What is typed is kept in the working copy with each change."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.db import db
from app.core.i18n import Text
from app.line.access import visible_accounts
from app.team.permissions import Permission, current_actor, requires
from app.workflows.definition.checks import problems_in
from app.workflows.definition.kinds import TRIGGERS, NodeProblem, kind_of
from app.workflows.forms.conditions import read_conditions, shown_conditions
from app.workflows.forms.registry import FORMS, NodeEditing
from app.workflows.forms.start import ON_BLOCKS, RE_ENTRIES, read_start
from app.workflows.guarding import why_locked
from app.workflows.operations import drafts
from app.workflows.operations.drafts import StepChanged
from app.workflows.queries.drafts import digest_of
from app.workflows.views.blueprint import blueprint
from app.workflows.views.editing import WorkflowEditing, label_of, load

# What `do` says when the member is done; otherwise what was typed is kept, and buttons of the form have been pressed.
DONE = "done"


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
    editing = load(workflow_id).node(node_id)
    return _form(editing, seen=digest_of(editing.node), is_checked="new" not in request.args)


@blueprint.post("/<int:workflow_id>/steps/<node_id>")
@requires(Permission.WORKFLOWS)
def change_node(workflow_id: int, node_id: str) -> Response:
    """Keep what was typed; when the member is done, go back or say what is missing."""
    editing, is_done = load(workflow_id).node(node_id), request.form.get("do") == DONE
    typed = replace(editing, node=replace(editing.node, settings=_read(editing)))
    # A member who was shown that the step has changed says by `over` which state is to be replaced.
    seen = request.form.get("over") or request.form.get("seen", "")
    try:
        stored = drafts.change_settings(workflow_id, node_id, typed.node.settings, seen=seen, actor=current_actor())
    except StepChanged as error:
        db.session.rollback()
        return _form(typed, 409, seen=seen, is_checked=True, conflict=error.message)
    kept = replace(typed, node=stored)
    if is_done and not _problems(kept) and not _refusal(kept):
        return htmx.go(_home(workflow_id, node_id))
    return _form(kept, seen=digest_of(stored), is_checked=is_done or "checked" in request.form, is_done=is_done)


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
    seen = request.form.get("over") or request.form.get("seen", "")
    try:
        drafts.change_start(workflow_id, account_ids, entry, seen=seen, actor=current_actor())
    except StepChanged as error:
        db.session.rollback()
        return _start_form(typed, 409, seen=seen, conflict=error.message)
    is_done, kept = request.form.get("do") == DONE, load(workflow_id)
    is_complete = not any(one.problem.field for one in kept.problems.get("", ()))
    if is_done and is_complete:
        return htmx.go(_home(workflow_id, "start"))
    return _start_form(kept, is_checked=is_done or "checked" in request.form, is_done=is_done)


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


def _form(
    editing: NodeEditing,
    status: int = 200,
    *,
    seen: str,
    is_checked: bool,
    conflict: object = None,
    is_done: bool = False,
) -> Response:
    node, form = editing.node, FORMS.get(editing.node.kind)
    url = url_for("workflows.change_node", workflow_id=editing.workflow.id, node_id=node.id)
    editing = replace(editing, url=url, is_checked=is_checked)
    conditions = node.settings.get("conditions") or {}
    errors = {one.field: str(one.message) for one in reversed(_problems(editing))} if is_checked else {}
    stored = load(editing.workflow.id).node(node.id).node if conflict else node
    context = {
        "editing": editing,
        "workflow": editing.workflow,
        "node": node,
        "kind": kind_of(node),
        "locked": why_locked(kind_of(node), current_actor()),
        "label": label_of(node),
        "settings": _shown(node.settings),
        "accounts": editing.accounts,
        "errors": errors,
        "form": form,
        "url": url,
        "seen": seen,
        "over": digest_of(stored),
        "is_checked": is_checked,
        "conflict": conflict,
        "takes_values": False,
        "takes_emoji": False,
        "is_done": is_done,
        "rows": {"url": url, "target": "#step-fields", "form": "#step-form", "waits": True},
        "is_narrowed": node.kind in TRIGGERS,
        "conditions": shown_conditions(conditions, editing, url, is_refused=is_checked)
        if node.kind in TRIGGERS
        else (),
        **(form.context(editing) if form else {}),
    }
    return htmx.render("workflows/editor/step.html", "workflows/editor/_step_fields.html", status, **context)


def _start_form(
    editing: WorkflowEditing,
    status: int = 200,
    *,
    seen: str | None = None,
    is_checked: bool = False,
    conflict: object = None,
    is_done: bool = False,
) -> Response:
    problems = editing.problems.get("", [])
    stored = load(editing.workflow.id).graph if conflict else editing.graph
    context = {
        "workflow": editing.workflow,
        "graph": editing.graph,
        "offered": visible_accounts(current_actor()),
        "errors": {one.problem.field: str(one.problem.message) for one in problems} if is_checked else {},
        "re_entries": RE_ENTRIES,
        "on_blocks": ON_BLOCKS,
        "url": url_for("workflows.change_start_node", workflow_id=editing.workflow.id),
        "seen": digest_of(editing.graph) if seen is None else seen,
        "over": digest_of(stored),
        "is_checked": is_checked,
        "conflict": conflict,
        "is_done": is_done,
    }
    return htmx.render("workflows/editor/start.html", "workflows/editor/_start_fields.html", status, **context)


def _home(workflow_id: int, node_id: str) -> str:
    return url_for("workflows.show", workflow_id=workflow_id, _anchor=f"node-{node_id}")
