"""Change the flow: add, connect, move and remove steps."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from flask import Response, request, url_for

from app.core import htmx
from app.core.errors import NotFound
from app.core.i18n import LANGUAGES, in_language
from app.core.text_folding import fold_all
from app.team.permissions import Permission, current_actor, requires
from app.workflows.definition.editing import exit_names, may_follow, only_after
from app.workflows.definition.graph import ERROR, Node
from app.workflows.definition.kinds import ACTIONS, CATEGORIES, TRIGGERS, NodeKind, exits_of
from app.workflows.definition.moving import goes_on, open_exits, places_for
from app.workflows.definition.removing import Removal, apart_of, exits_after
from app.workflows.definition.structure import following
from app.workflows.forms.registry import FORMS, blank_settings
from app.workflows.guarding import may_set_up
from app.workflows.operations import drafts
from app.workflows.operations.drafts import FlowChanged
from app.workflows.queries.drafts import clipboard_of
from app.workflows.views.blueprint import blueprint
from app.workflows.views.editing import WorkflowEditing, editor_context, editor_url, load, shown_figures
from app.workflows.views.editor import page, show_changed
from app.workflows.views.nodes import panel_of


@blueprint.get("/<int:workflow_id>/steps/new")
@requires(Permission.WORKFLOWS)
def palette(workflow_id: int) -> Response:
    """Offer what may be added: triggers, or actions at an exit of the step `after`; without one ask for the exit."""
    editing, after, exit_name = load(workflow_id), request.args.get("after", ""), request.args.get("exit", "")
    node = editing.graph.node(after)
    if node is not None and not exit_name:
        return _exits(editing, node)
    if after and (node is None or exit_name not in exit_names(node)):
        raise NotFound
    kinds, actor = (ACTIONS if after else TRIGGERS).values(), current_actor()
    offered = sorted(
        (one for one in kinds if one.unavailable() is None and may_set_up(one, actor)), key=lambda one: one.rank
    )
    groups = [
        {"label": label, "kinds": [one for one in offered if one.category == category]}
        for category, label in CATEGORIES.items()
    ]
    return htmx.render(
        "workflows/editor/palette.html",
        "workflows/editor/_palette.html",
        **editor_context(editing),
        groups=[group for group in groups if group["kinds"]],
        folded=_folded(offered),
        clipboard=_fitting(clipboard_of(actor.member_id), after),
        after=after,
        exit_name=exit_name,
    )


def _exits(editing: WorkflowEditing, node: Node) -> Response:
    """Ask at which exit of a step something is added: those that the flow shows."""
    return htmx.render(
        "workflows/editor/exits.html",
        "workflows/editor/_exits.html",
        **editor_context(editing),
        node=node,
        exits=[one for one in exits_of(node) if one.name != ERROR or one.name in node.exits],
        clipboard=_fitting(clipboard_of(current_actor().member_id), node.id),
    )


@blueprint.post("/<int:workflow_id>/steps")
@requires(Permission.WORKFLOWS)
def add(workflow_id: int) -> Response:
    """Add a trigger or an action, and open its form."""
    kind, after, stamp = request.form.get("kind", ""), request.form.get("after", ""), request.form.get("stamp", "")
    settings, actor = blank_settings(kind), current_actor()
    try:
        if after:
            exit_name = request.form.get("exit", "")
            node = drafts.add_action(workflow_id, kind, settings, after, exit_name, seen=stamp, actor=actor)
        else:
            node = drafts.add_trigger(workflow_id, kind, settings, seen=stamp, actor=actor)
    except FlowChanged as error:
        return show_changed(workflow_id, error)
    return opened(workflow_id, node)


def opened(workflow_id: int, node: Node, *, is_new: bool = True) -> Response:
    """Show the flow with a new step, and open the form of that."""
    form_url = url_for("workflows.node", workflow_id=workflow_id, node_id=node.id, new=1, figures=shown_figures())
    if not htmx.is_fragment():
        return htmx.go(form_url) if node.kind in FORMS or node.kind in TRIGGERS else _done(workflow_id, node.id)
    editing = load(workflow_id)
    panel = panel_of(editing, node.id, is_new=is_new)
    answer = htmx.render("workflows/editor/added.oob.html", None, **editor_context(editing), panel=panel)
    return htmx.push_url(answer, editor_url(workflow_id, step=node.id, new=1))


@blueprint.post("/<int:workflow_id>/steps/<node_id>/move")
@requires(Permission.WORKFLOWS)
def move_node(workflow_id: int, node_id: str) -> Response:
    """Swap a step with the one above or below it."""
    is_up = request.form.get("move") == "up"
    return _change(
        workflow_id,
        lambda stamp: drafts.move_node(workflow_id, node_id, up=is_up, seen=stamp, actor=current_actor()),
        node_id,
    )


@blueprint.get("/<int:workflow_id>/steps/<node_id>/place")
@requires(Permission.WORKFLOWS)
def node_places(workflow_id: int, node_id: str) -> Response:
    """Offer the exits to which a step can be moved, alone or with `following` all that only it leads to."""
    editing, is_all = load(workflow_id), "following" in request.args
    node = editing.node(node_id).node
    if node.kind in TRIGGERS:
        raise NotFound
    places = places_for(editing.graph, node, with_following=is_all)
    return htmx.render(
        "workflows/editor/places.html",
        "workflows/editor/_places.html",
        **editor_context(editing),
        node=node,
        places=sorted(places, key=lambda place: editing.flow.numbers.get(place[0].id, 0)),
        following=len(only_after(editing.graph, node_id)) - 1,
        is_all=is_all,
        goes_on=goes_on(editing.graph, node, with_following=is_all),
    )


@blueprint.post("/<int:workflow_id>/steps/<node_id>/place")
@requires(Permission.WORKFLOWS)
def place_node(workflow_id: int, node_id: str) -> Response:
    """Move a step to an exit of another one; with `following` also all that only it leads to."""
    after, exit_name, is_all = request.form.get("after", ""), request.form.get("exit", ""), "following" in request.form
    return _change(
        workflow_id,
        lambda stamp: drafts.move_to(
            workflow_id, node_id, after, exit_name, with_following=is_all, seen=stamp, actor=current_actor()
        ),
        node_id,
    )


@blueprint.get("/<int:workflow_id>/steps/<node_id>/connection")
@requires(Permission.WORKFLOWS)
def connection(workflow_id: int, node_id: str) -> Response:
    """Offer the steps with which the flow may go on after an exit."""
    editing, exit_name = load(workflow_id), request.args.get("exit", "")
    node = editing.node(node_id).node
    if exit_name not in exit_names(node):
        raise NotFound
    targets = sorted(may_follow(editing.graph, node), key=lambda one: editing.flow.numbers[one.id])
    return htmx.render(
        "workflows/editor/connection.html",
        "workflows/editor/_connection.html",
        **editor_context(editing),
        node=node,
        exit_name=exit_name,
        targets=targets,
    )


@blueprint.get("/<int:workflow_id>/steps/<node_id>/predecessors")
@requires(Permission.WORKFLOWS)
def predecessors(workflow_id: int, node_id: str) -> Response:
    """Offer the exits after which a step may come."""
    editing = load(workflow_id)
    node = editing.node(node_id).node
    led_to = following(editing.graph, [node.id])
    places = [(one, exit) for one, exit in open_exits(editing.graph) if one.id not in led_to]
    # Those that lead nowhere come first, since nothing is cut off there.
    places.sort(key=lambda place: (place[1].name in place[0].exits, editing.flow.numbers.get(place[0].id, 0)))
    return htmx.render(
        "workflows/editor/predecessors.html",
        "workflows/editor/_predecessors.html",
        **editor_context(editing),
        node=node,
        places=places,
    )


@blueprint.post("/<int:workflow_id>/steps/<node_id>/connection")
@requires(Permission.WORKFLOWS)
def connect(workflow_id: int, node_id: str) -> Response:
    """Let an exit lead to another step; to none where no target is named."""
    exit_name, target = request.form.get("exit", ""), request.form.get("target") or None
    return _change(
        workflow_id,
        lambda stamp: drafts.connect(workflow_id, node_id, exit_name, target, seen=stamp, actor=current_actor()),
        node_id,
    )


@blueprint.get("/<int:workflow_id>/steps/<node_id>/removal")
@requires(Permission.WORKFLOWS)
def node_removal(workflow_id: int, node_id: str) -> Response:
    """Ask whether a step is removed alone or with what follows, and tell what becomes of each exit."""
    editing = load(workflow_id)
    node = editing.node(node_id).node
    exits = exits_after(editing.graph, node)
    return htmx.render(
        "workflows/editor/removal.html",
        "workflows/editor/_removal.html",
        **editor_context(editing),
        node=node,
        exits=exits,
        apart=len(apart_of(exits)),
        following=len(only_after(editing.graph, node_id)) - 1,
    )


@blueprint.post("/<int:workflow_id>/steps/<node_id>/removal")
@requires(Permission.WORKFLOWS)
def remove_node(workflow_id: int, node_id: str) -> Response:
    """Remove a step alone, or with as much of what stands below it as `extent` says."""
    asked = request.form.get("extent", "")
    extent = Removal(asked) if asked in set(Removal) else Removal.ALONE
    return _change(
        workflow_id,
        lambda stamp: drafts.remove_node(workflow_id, node_id, extent=extent, seen=stamp, actor=current_actor()),
    )


def _change(workflow_id: int, change: Callable[[str], None], node_id: str = "") -> Response:
    try:
        change(request.form.get("stamp", ""))
    except FlowChanged as error:
        return show_changed(workflow_id, error)
    return _done(workflow_id, node_id)


def _done(workflow_id: int, node_id: str = "") -> Response:
    if htmx.is_fragment():
        return page(workflow_id)
    return htmx.go(editor_url(workflow_id, node_id))


def _fitting(nodes: list[Node], after: str) -> list[Node]:
    """Return what was copied where it may be pasted: triggers below the Start node, steps at exits."""
    return nodes if nodes and (nodes[0].kind in TRIGGERS) == (after == "") else []


def _folded(kinds: Sequence[NodeKind]) -> dict[str, str]:
    """Return what the search looks through: what each kind is called in all languages, since members mix them."""
    return dict(zip((one.name for one in kinds), fold_all(map(_said_of, kinds)), strict=True))


def _said_of(kind: NodeKind) -> str:
    said = []
    for code in LANGUAGES:
        with in_language(code):
            said.append(f"{kind.label} {kind.about} {kind.also}")
    return " ".join(said)
