"""The editor of a segment: a form whose conditions the server draws, and beside it what they would come to."""

from __future__ import annotations

import re
from dataclasses import replace
from secrets import token_hex
from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.db.time_budget import Superseded
from app.core.errors import NotFound
from app.core.i18n import _
from app.core.identifiers import posted_number
from app.core.text_folding import fold_all
from app.folders.operations import move_into_folder
from app.line.access import get_account
from app.line.models import Account
from app.segments.conditions.definition import parse_definition
from app.segments.conditions.finished import Place, placed
from app.segments.conditions.properties import catalogue
from app.segments.forms.conditions import Draft, draft_of, read_draft
from app.segments.forms.drawing import Editing, Offered, RowNames, editor_context
from app.segments.forms.segment import SegmentForm
from app.segments.kind import SEGMENTS
from app.segments.models import Segment
from app.segments.operations.counting import try_to_count
from app.segments.operations.segments import (
    ChangedMeanwhile,
    DeletedMeanwhile,
    change_segment,
    create_segment,
    still_there,
)
from app.segments.queries.estimate import Amount
from app.segments.queries.preview import Counted, exact_numbers, first_numbers, late_preview, preview
from app.segments.queries.segments import folders, get_segment
from app.segments.views.blueprint import blueprint
from app.segments.views.conflict import conflict
from app.team.models import AuditEntry
from app.team.permissions import Permission, current_actor, me, requires, requires_any

EDITOR = re.compile(r"[0-9a-f]{16}")
PLACE = re.compile(r"[0-9]{1,3}-[0-9]{1,3}")
# What the names of another form's conditions begin with.
PREFIX = re.compile(r"([a-z0-9]{1,20}-)?")


@blueprint.get("/new")
@requires(Permission.SEGMENTS)
def new(account_id: int) -> Response:
    account = get_account(account_id)
    form = _form(account, folder=posted_number(request.args.get("folder")))
    return _page(Editing(account, catalogue(account_id), Draft()), form)


@blueprint.post("")
@requires(Permission.SEGMENTS)
def create(account_id: int) -> Response:
    editing = _posted(account_id)
    form, made = _form(editing.account), list[Segment]()

    def make() -> None:
        folder = form.folder.data or None
        made.append(
            create_segment(account_id, form.name.data or "", editing.reading, folder_id=folder, actor=current_actor())
        )

    if not form.submit(make):
        return _page(editing, form, 422)
    return _saved(made[0], _("The segment was created."))


@blueprint.get("/<int:segment_id>/edit")
@requires(Permission.SEGMENTS)
def edit(account_id: int, segment_id: int) -> Response:
    account, segment, known = get_account(account_id), get_segment(account_id, segment_id), catalogue(account_id)
    filed = segment.folder_id or 0
    form = _form(account, name=segment.name, version=segment.version, folder=filed, filed=filed)
    draft = draft_of(parse_definition(segment.definition, known).definition)
    return _page(Editing(account, known, draft), form, segment=segment)


@blueprint.post("/<int:segment_id>")
@requires(Permission.SEGMENTS)
def update(account_id: int, segment_id: int) -> Response:
    editing = _posted(account_id)
    form = _form(editing.account)

    def change() -> None:
        # Who was shown both versions says by "over" which one is to be replaced.
        seen = posted_number(request.form.get("over")) or form.version.data or 0
        change_segment(account_id, segment_id, form.name.data or "", editing.reading, seen=seen, actor=current_actor())
        # Who leaves the folder as it is does not undo that another member has moved the segment.
        if "filed" in request.form and form.folder.data != form.filed.data:
            move_into_folder(account_id, SEGMENTS, [segment_id], form.folder.data or None, actor=current_actor())

    try:
        segment = still_there(account_id, segment_id)
        if not form.submit(change):
            return _page(editing, form, 422, segment=segment)
    except ChangedMeanwhile as other:
        return _page(editing, form, 409, segment=other.segment, theirs=other.segment)
    except DeletedMeanwhile as gone:
        return _page(editing, form, 409, deletion=gone.deletion)
    return _saved(segment, _("Saved."))


@blueprint.post("/conditions")
@requires(Permission.SEGMENTS)
def conditions(account_id: int) -> Response:
    """Draw the conditions after a button was pressed or another property chosen; without script the whole page."""
    posted = _posted(account_id)
    editing = replace(posted, draft=posted.draft.after(request.form.get("do", ""), posted.catalogue))
    if not htmx.is_fragment():
        return _without_script(editing)
    return htmx.with_trigger(
        htmx.render("segments/editor/_conditions.html", **editor_context(editing)), "conditions-changed"
    )


@blueprint.get("/properties")
@requires(Permission.SEGMENTS)
def properties(account_id: int) -> Response:
    """Return the searchable properties for a group of the editor; choosing one adds a condition."""
    account, given, known = get_account(account_id), request.args, catalogue(account_id)
    labels = {one.name: one.label for _category, offered in known.offered() for one in offered}
    return htmx.render(
        "segments/editor/properties.html",
        "segments/editor/_properties.html",
        account=account,
        group=given.get("group", 0, type=int),
        at=given.get("at", 0, type=int),
        catalogue=known,
        folded=dict(zip(labels, fold_all(labels.values()), strict=True)),
    )


@blueprint.post("/choices")
@requires_any(Permission.SEGMENTS, Permission.WORKFLOWS)
def choices(account_id: int) -> Response:
    """Return check boxes of a condition's values whose name contains the typed text; those chosen already stay.

    They come as a form, since they may be longer than an address.
    """
    account, given = get_account(account_id), request.values
    about, place = catalogue(account_id).properties.get(given.get("property", "")), given.get("place", "")
    prefix = given.get("prefix", "")
    if about is None or not PLACE.fullmatch(place) or not PREFIX.fullmatch(prefix):
        raise NotFound
    offered = Offered(about, account_id, given.getlist(f"{prefix}value-{place}"), given.get("typed", "").strip())
    rows = RowNames(prefix, "", "", "")
    return htmx.render("segments/editor/_choices.html", account=account, place=place, offered=offered, rows=rows)


@blueprint.post("/preview")
@requires(Permission.SEGMENTS)
def show_preview(account_id: int) -> Response:
    """Return count, friends and complaints for the form as it is.

    `part` "exact" asks for the exact numbers alone, with `friends` also for those whom the first answer did not find.
    """
    editing, is_exact = _posted(account_id), request.form.get("part") == "exact"
    part, shown = editing.part, None
    # What is finished counts also beside what is not.
    definition = part.definition if part else editing.reading.definition
    try:
        if part and (not is_exact or "friends" in request.form):
            find = late_preview if is_exact else preview
            shown = find(definition, _editor(), shows_friends=sees_friends())
            counted = shown.counted
        elif is_exact:
            counted = exact_numbers(definition, _editor())
        else:
            counted = first_numbers(definition, _editor())
    except Superseded:
        return Response(status=204)
    context = {
        "preview": shown,
        "counted": counted,
        "alone": _alone(editing, counted),
        "follows": not is_exact and (not counted.is_exact or bool(shown and shown.lacks_friends)),
        "is_exact": is_exact,
        "is_refused": "refused" in request.form,
    }
    return htmx.render("segments/editor/preview.oob.html", **{**editor_context(editing), **context})


def _alone(editing: Editing, counted: Counted | None) -> dict[Place, Amount] | None:
    """Return how many friends fit each condition by itself, by its place in the form; None while that is not known."""
    if counted is None or counted.alone is None:
        return None
    return editing.part.placed(counted.alone) if editing.part else placed(counted.alone)


def sees_friends() -> bool:
    """Return whether who fits may be shown, or only how many."""
    return me().may(Permission.FRIENDS)


def _without_script(editing: Editing) -> Response:
    """Return the whole page after a button of the conditions, of the segment that was open, if any."""
    account_id, number, form = editing.account.id, posted_number(request.form.get("segment")), _form(editing.account)
    try:
        return _page(editing, form, segment=still_there(account_id, number) if number else None)
    except DeletedMeanwhile as gone:
        return _page(editing, form, 409, deletion=gone.deletion)


def _posted(account_id: int) -> Editing:
    account, known = get_account(account_id), catalogue(account_id)
    return Editing(account, known, read_draft(request.form, known))


def _editor() -> str:
    """Return the key of this member's editor in this window, whose earlier counting may be ended."""
    window = request.form.get("draft", "")
    return f"{me().id} {window}" if EDITOR.fullmatch(window) else ""


def _form(account: Account, **data: Any) -> SegmentForm:
    """Return the form as posted, or with these values when a page is opened."""
    form = (
        SegmentForm() if request.method == "POST" else SegmentForm(formdata=None, data={"draft": token_hex(8), **data})
    )
    form.folder.choices = [(0, _("No folder")), *((line.folder.id, line.folder.name) for line in folders(account.id))]
    return form


def _saved(segment: Segment, words: str) -> Response:
    try_to_count(segment)
    return htmx.go(url_for("segments.edit", account_id=segment.account_id, segment_id=segment.id), toast=words)


def _page(
    editing: Editing,
    form: SegmentForm,
    status: int = 200,
    *,
    segment: Segment | None = None,
    theirs: Segment | None = None,
    deletion: AuditEntry | None = None,
) -> Response:
    """The whole editor. The preview fetches itself, but where there is no script it is part of what a button brings.

    What was open and has been deleted goes on as a new segment.
    """
    is_shown = request.method == "POST" and not htmx.is_fragment()
    shown = preview(editing.part.definition, shows_friends=sees_friends()) if editing.part and is_shown else None
    counted = shown.counted if shown else None
    response = htmx.render(
        "segments/editor/edit.html" if segment else "segments/editor/new.html",
        "segments/editor/deleted.oob.html" if deletion else "segments/editor/_form.html",
        status,
        **{
            **editor_context(editing),
            "is_refused": status >= 400,
            "counted": counted,
            "alone": _alone(editing, counted),
        },
        form=form,
        segment=segment,
        preview=shown,
        deletion=deletion,
        **conflict(theirs, editing.catalogue),
    )
    # A refused form was drawn without numbers.
    return htmx.with_trigger(response, "conditions-changed") if htmx.is_fragment() else response
