"""Test run: choose a friend and a trigger, and step through what the workflow would do."""

from __future__ import annotations

from typing import Any, NamedTuple

from flask import Response, request, url_for

from app.core import htmx, lenient_json
from app.core.i18n import Text
from app.core.identifiers import posted_number
from app.messages.content.actions import is_moment
from app.messages.preview.parts import MODES
from app.team.permissions import Permission, check_any, current_actor, me, requires
from app.workflows.simulation.operations import test_runs
from app.workflows.simulation.playing import EVENT, PRESSES, PlayedPress, PlayedTest, play
from app.workflows.simulation.queries import begun_test
from app.workflows.simulation.setups import PlayedSetup, read_setup
from app.workflows.views.blueprint import blueprint
from app.workflows.views.editing import WorkflowEditing, load
from app.workflows.views.simulation_form import PostedSetup, friend_named, friends_found, setup_context

LONGEST_ANSWER = 1_000


@blueprint.get("/<int:workflow_id>/test")
@requires(Permission.WORKFLOWS)
def show_test(workflow_id: int) -> Response:
    return _page(load(workflow_id))


@blueprint.post("/<int:workflow_id>/test")
@requires(Permission.WORKFLOWS)
def begin_test(workflow_id: int) -> Response:
    """Begin with what was chosen, or show what is missing."""
    editing = load(workflow_id)
    posted = PostedSetup(editing, request.form, may_see_friends=me().may(Permission.FRIENDS))
    if posted.setup is None:
        return _form(editing, posted.account_id, posted.errors, 422)
    test_runs.begin_test(workflow_id, posted.setup, actor=current_actor())
    return htmx.go(url_for("workflows.show_test", workflow_id=workflow_id))


@blueprint.post("/<int:workflow_id>/test/presses")
@requires(Permission.WORKFLOWS)
def press(workflow_id: int) -> Response:
    """Do the next step, go back one, or start over."""
    editing = load(workflow_id)
    begun = _begun(editing)
    if begun is None:
        return htmx.go(url_for("workflows.show_test", workflow_id=workflow_id))
    if field := _field_left():
        return _page(editing, 422, wrong_moment=field)
    test_runs.keep_choices(workflow_id, _pressed(begun[1]), actor=current_actor())
    if not htmx.is_fragment():
        return htmx.go(url_for("workflows.show_test", workflow_id=workflow_id))
    return _page(load(workflow_id))


@blueprint.post("/<int:workflow_id>/test/end")
@requires(Permission.WORKFLOWS)
def end_test(workflow_id: int) -> Response:
    """Go back to the choice of friend and trigger."""
    test_runs.end_test(workflow_id, actor=current_actor())
    return htmx.go(url_for("workflows.show_test", workflow_id=workflow_id))


@blueprint.get("/<int:workflow_id>/test/friends")
@requires(Permission.WORKFLOWS)
def friends_for_test(workflow_id: int) -> Response:
    """Find friends of the account; part of the form."""
    check_any(Permission.FRIENDS)
    editing = load(workflow_id)
    if not htmx.is_fragment():
        return _form(editing, posted_number(request.args.get("account")))
    return htmx.render("workflows/simulation/_friends.html", **friends_found(editing, request.args))


def _pressed(choices: list[PlayedPress]) -> list[PlayedPress]:
    """Return the presses with the one that has come; `step` says how many there were when the page was drawn."""
    do = request.form.get("do", "")
    if do == "restart":
        return []
    choices = choices[: posted_number(request.form.get("step"))]
    if do == "back":
        return choices[:-1]
    node = request.form.get("node", "")
    if "tap" in request.form:
        tap = _tapped()
        return [*choices, PlayedPress(node, EVENT, tap.text, tap.data, {tap.mode: tap.moment} if tap.mode else {})]
    if do in PRESSES:
        text = request.form.get("text", "").strip()[:LONGEST_ANSWER]
        return [*choices, PlayedPress(node, do, text)]
    return choices


class _Tapped(NamedTuple):
    """What a button of a message has sent; `moment` was chosen in a field of the form, as the `mode` says."""

    text: str
    data: str | None
    mode: str
    field: str
    moment: str


def _tapped() -> _Tapped:
    """Read what a button of a message has sent; what cannot be read is an empty answer."""
    tap = lenient_json.loads_or_none(request.form.get("tap", "").encode())
    text, data, mode, field = (lenient_json.text(tap, name) or "" for name in ("text", "data", "mode", "field"))
    moment = request.form.get(field, "")
    return _Tapped(text[:LONGEST_ANSWER], data[:LONGEST_ANSWER] or None, mode if mode in MODES else "", field, moment)


def _field_left() -> str:
    """Return the field of a moment that is to be sent and was not chosen; empty where none was left."""
    tap = _tapped()
    return tap.field if tap.mode and not is_moment(tap.mode, tap.moment) else ""


def _begun(editing: WorkflowEditing) -> tuple[PlayedSetup, list[PlayedPress]] | None:
    """Return the member's test run, where its friend may still be seen and is there."""
    found = begun_test(editing.workflow.id, me().id)
    if found is None:
        return None
    setup = read_setup(found.setup)
    is_mine = setup.account_id in {one.id for one in editing.accounts}
    if not is_mine or not _is_there(setup):
        return None
    return setup, [PlayedPress(**one) for one in found.choices]


def _is_there(setup: PlayedSetup) -> bool:
    return setup.friend_id is None or (me().may(Permission.FRIENDS) and friend_named(setup) is not None)


def _page(editing: WorkflowEditing, status: int = 200, *, wrong_moment: str = "") -> Response:
    begun = _begun(editing)
    if begun is None:
        return _form(editing, posted_number(request.args.get("account")))
    setup, choices = begun
    played = play(editing.graph, editing.workflow.id, setup, choices)
    context = {**_shown(load(editing.workflow.id), setup, played), "wrong_moment": wrong_moment}
    return htmx.render("workflows/simulation/show.html", "workflows/simulation/_test.html", status, **context)


def _shown(editing: WorkflowEditing, setup: PlayedSetup, played: PlayedTest) -> dict[str, Any]:
    account = next(one for one in editing.accounts if one.id == setup.account_id)
    return {
        "workflow": editing.workflow,
        "setup": setup,
        "played": played,
        "account": account if len(editing.accounts) > 1 else None,
        "friend_name": friend_named(setup) or setup.name,
    }


def _form(
    editing: WorkflowEditing, account_id: int, errors: dict[str, Text] | None = None, status: int = 200
) -> Response:
    context = setup_context(editing, account_id, request.form or request.args, me().may(Permission.FRIENDS))
    return htmx.render(
        "workflows/simulation/new.html",
        "workflows/simulation/_setup.html",
        status,
        workflow=editing.workflow,
        errors=errors or {},
        **context,
    )
