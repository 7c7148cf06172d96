"""What opens beside the friends list: segments to choose from, conditions to narrow it by, and a filter to be kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.i18n import _
from app.core.pages import searched
from app.folders.queries import FolderScope
from app.friends.filters import fits_an_address
from app.friends.list_params import FriendListParams, parse_list_params
from app.line.access import get_account
from app.segments.conditions.properties import catalogue
from app.segments.conditions.sentences import ConditionSentences
from app.segments.forms.conditions import EMPTY, Draft, draft_of, read_draft
from app.segments.forms.drawing import Editing, RowNames, editor_context
from app.segments.forms.segment import SegmentForm
from app.segments.friends_list.saving import definition_of
from app.segments.friends_list.sets import (
    CONDITIONS,
    SEGMENT,
    conditions_in,
    is_of,
    key_of_conditions,
    key_of_segment,
)
from app.segments.kind import ORDERS
from app.segments.models import Segment
from app.segments.operations.counting import count_stale_later, try_to_count
from app.segments.operations.segments import create_segment
from app.segments.queries.segments import folders, segments_page
from app.segments.views.blueprint import blueprint
from app.team.permissions import Permission, current_actor, requires

MOST_LISTED = 100


@blueprint.get("/friends/segments")
@requires(Permission.SEGMENTS)
def choose_for_friends(account_id: int) -> Response:
    """List segments, each a link to the friends list narrowed to it; `name` searches."""
    account, params = get_account(account_id), parse_list_params(account_id)
    name = searched(request.args.get("name", ""))
    page = segments_page(FolderScope(account.id, name), ORDERS["name"], size=MOST_LISTED)
    count_stale_later(page.rows)
    return htmx.render(
        "segments/friends_list/choose.html",
        "segments/friends_list/_choose.html",
        account=account,
        name=name,
        segments=page,
        list_args=_args_of(params),
        key_of=key_of_segment,
        narrowed=lambda key: params.with_sets(lambda one: not is_of(SEGMENT)(one), key),
    )


@blueprint.get("/friends/conditions")
@requires(Permission.SEGMENTS)
def friends_conditions(account_id: int) -> Response:
    """Show the rows of the editor with the conditions that the list is narrowed to, or an empty one."""
    account, params, known = get_account(account_id), parse_list_params(account_id), catalogue(account_id)
    present = conditions_in(account_id, params.filter.among)
    return _ask(Editing(account, known, draft_of(present) if present else Draft()), params)


@blueprint.post("/friends/conditions/rows")
@requires(Permission.SEGMENTS)
def friends_condition_rows(account_id: int) -> Response:
    """Draw the rows after a button was pressed or another property chosen; without script the whole page."""
    posted = _posted(account_id)
    editing = replace(posted, draft=posted.draft.after(request.form.get("do", ""), posted.catalogue))
    if not htmx.is_fragment():
        return _ask(editing, parse_list_params(account_id))
    return htmx.render("segments/editor/_conditions.html", **_context(editing))


@blueprint.post("/friends/conditions")
@requires(Permission.SEGMENTS)
def narrow_friends(account_id: int) -> Response:
    """Lead to the list narrowed to the posted conditions; without any, to the list without them."""
    editing, params = _posted(account_id), parse_list_params(account_id)
    begun = [group for group in editing.draft.groups if any(replace(one, is_left=False) != EMPTY for one in group)]
    if begun and not editing.reading.is_sound:
        return _ask(editing, params, 422)
    keys = [key_of_conditions(editing.reading.definition.as_json())] if begun else []
    narrowed = params.with_sets(lambda one: not is_of(CONDITIONS)(one), *keys)
    if not fits_an_address(narrowed.get("among", [])):
        return _ask(editing, params, 422, is_too_long=True)
    return htmx.go(url_for("friends.index", **narrowed))


@blueprint.get("/friends/save")
@requires(Permission.SEGMENTS)
def save_friends_filter(account_id: int) -> Response:
    """Ask for the name of the segment, and say what it will ask for."""
    return _ask_name(account_id, parse_list_params(account_id), _form(account_id, formdata=None))


@blueprint.post("/friends/save")
@requires(Permission.SEGMENTS)
def create_from_friends_filter(account_id: int) -> Response:
    params, form, made = parse_list_params(account_id), _form(account_id), list[Segment]()

    def make() -> None:
        raw = definition_of(params.filter, params.sets, catalogue(account_id)).definition.as_json()
        folder = form.folder.data or None
        made.append(create_segment(account_id, form.name.data or "", raw, folder_id=folder, actor=current_actor()))

    if not form.submit(make):
        return _ask_name(account_id, params, form, 422)
    try_to_count(made[0])
    url = url_for("segments.show", account_id=account_id, segment_id=made[0].id)
    return htmx.go(url, toast=_("The segment was created."))


def _form(account_id: int, **given: Any) -> SegmentForm:
    form = SegmentForm(**given)
    form.folder.choices = [(0, _("No folder")), *((line.folder.id, line.folder.name) for line in folders(account_id))]
    return form


def _posted(account_id: int) -> Editing:
    known = catalogue(account_id)
    return Editing(get_account(account_id), known, read_draft(request.form, known))


def _context(editing: Editing, *, is_refused: bool = False) -> dict[str, Any]:
    url = url_for("segments.friends_condition_rows", account_id=editing.account.id)
    rows = RowNames("", url, "#segment-conditions", "#friends-conditions", asks=True)
    return {**editor_context(editing), "rows": rows, "is_refused": is_refused}


def _ask(editing: Editing, params: FriendListParams, status: int = 200, *, is_too_long: bool = False) -> Response:
    return htmx.render(
        "segments/friends_list/conditions.html",
        "segments/friends_list/_conditions.html",
        status,
        **_context(editing, is_refused=status >= 400),
        is_too_long=is_too_long,
        list_args=_args_of(params),
    )


def _ask_name(account_id: int, params: FriendListParams, form: SegmentForm, status: int = 200) -> Response:
    account, known = get_account(account_id), catalogue(account_id)
    found = definition_of(params.filter, params.sets, known)
    return htmx.render(
        "segments/friends_list/save.html",
        "segments/friends_list/_save.html",
        status,
        account=account,
        form=form,
        found=found,
        words=ConditionSentences([found.definition]),
        list_args=_args_of(params),
    )


def _args_of(params: FriendListParams) -> Mapping[str, Any]:
    """Return what a form sends along so that the list is known."""
    return {name: value for name, value in params.args.items() if name != "account_id"}
