"""The editor of a segment: a form whose conditions the server draws, and beside it what they would come to."""

from __future__ import annotations

import re
from secrets import token_hex
from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.db.time_budget import Superseded
from app.core.errors import NotFound
from app.core.i18n import _
from app.line.access import get_account
from app.line.models import Account
from app.segments.conditions.properties import catalogue
from app.segments.forms import Draft, SegmentForm, draft_of, read_draft
from app.segments.models import Segment
from app.segments.operations.counting import try_to_count
from app.segments.operations.segments import (
    ChangedMeanwhile,
    DeletedMeanwhile,
    change_segment,
    create_segment,
    still_there,
)
from app.segments.queries.preview import AT_ONCE_SECONDS, LATER_SECONDS, numbers_alone, preview
from app.segments.queries.segments import folders, get_segment, reading_of
from app.segments.views.blueprint import blueprint
from app.segments.views.editor_context import Offered, conflict, editor_context, parse_draft
from app.team.models import AuditEntry
from app.team.permissions import Permission, me, requires

EDITOR = re.compile(r"[0-9a-f]{16}")
PLACE = re.compile(r"[0-9]{1,3}-[0-9]{1,3}")


@blueprint.get("/new")
@requires(Permission.SEGMENTS)
def new(account_id: int) -> Response:
    account = get_account(account_id)
    return _page(account, _form(account, folder=request.args.get("folder", 0, type=int)), Draft())


@blueprint.post("")
@requires(Permission.SEGMENTS)
def create(account_id: int) -> Response:
    account, draft = _posted(account_id)
    form, made = _form(account), list[Segment]()

    def make() -> None:
        folder = form.folder.data or None
        made.append(create_segment(account_id, form.name.data or "", draft.as_json(), me(), folder_id=folder))

    if not form.submit(make):
        return _page(account, form, draft, 422)
    return _saved(made[0], _("The segment was created."))


@blueprint.get("/<int:segment_id>/edit")
@requires(Permission.SEGMENTS)
def edit(account_id: int, segment_id: int) -> Response:
    account, segment = get_account(account_id), get_segment(account_id, segment_id)
    form = _form(account, name=segment.name, version=segment.version)
    return _page(account, form, draft_of(reading_of(segment).definition), segment=segment)


@blueprint.post("/<int:segment_id>")
@requires(Permission.SEGMENTS)
def update(account_id: int, segment_id: int) -> Response:
    account, draft = _posted(account_id)
    form = _form(account)

    def change() -> None:
        # Whoever was shown both versions says by "over" which one is to be replaced.
        seen = request.form.get("over", type=int) or form.version.data or 0
        change_segment(account_id, segment_id, form.name.data or "", draft.as_json(), me(), seen=seen)

    try:
        segment = still_there(account_id, segment_id)
        if not form.submit(change):
            return _page(account, form, draft, 422, segment=segment)
    except ChangedMeanwhile as other:
        return _page(account, form, draft, 409, segment=other.segment, theirs=other.segment)
    except DeletedMeanwhile as gone:
        return _page(account, form, draft, 409, deletion=gone.deletion)
    return _saved(segment, _("Saved."))


@blueprint.post("/conditions")
@requires(Permission.SEGMENTS)
def conditions(account_id: int) -> Response:
    """The conditions anew after a button was pressed or another property chosen; without script the whole page."""
    account, draft = _posted(account_id)
    draft = draft.after(request.form.get("do", ""))
    if not htmx.is_fragment():
        return _without_script(account, draft)
    context = editor_context(account, draft, parse_draft(account_id, draft))
    return htmx.with_trigger(htmx.render("segments/editor/_conditions.html", **context), "conditions-changed")


@blueprint.get("/choices")
@requires(Permission.SEGMENTS)
def choices(account_id: int) -> Response:
    """Check boxes of a condition's values whose name holds what is typed; those chosen already stay."""
    account, given = get_account(account_id), request.args
    asked, place = catalogue(account_id).properties.get(given.get("property", "")), given.get("place", "")
    if asked is None or not PLACE.fullmatch(place):
        raise NotFound
    offered = Offered(asked, account_id, given.getlist(f"value-{place}"), given.get("typed", "").strip())
    return htmx.render("segments/editor/_choices.html", account=account, place=place, offered=offered)


@blueprint.post("/preview")
@requires(Permission.SEGMENTS)
def show_preview(account_id: int) -> Response:
    """Count, friends and complaints for the form as it stands; `part` "alone" asks only for numbers of conditions."""
    account, draft = _posted(account_id)
    reading, is_alone = parse_draft(account_id, draft), request.form.get("part") == "alone"
    shown = None
    try:
        if reading.is_sound and not is_alone:
            shown = preview(reading.definition, _editor())
        # Conditions that are complete have their numbers also beside one that is not.
        patience = LATER_SECONDS if is_alone else AT_ONCE_SECONDS
        alone = shown.alone if shown else numbers_alone(reading.definition, patience, _editor())
    except Superseded:
        return Response(status=204)
    context = {"preview": shown, "alone": alone, "is_alone": is_alone, "is_refused": "refused" in request.form}
    return htmx.render("segments/editor/preview.oob.html", **{**editor_context(account, draft, reading), **context})


def _without_script(account: Account, draft: Draft) -> Response:
    """The whole page that a button of the conditions brings, of the segment that was open, if any."""
    number, form = request.form.get("segment", 0, type=int), _form(account)
    try:
        return _page(account, form, draft, segment=still_there(account.id, number) if number else None)
    except DeletedMeanwhile as gone:
        return _page(account, form, draft, 409, deletion=gone.deletion)


def _posted(account_id: int) -> tuple[Account, Draft]:
    account = get_account(account_id)
    return account, read_draft(request.form, catalogue(account_id))


def _editor() -> str:
    """Whose counting may be ended: that of this member in this window."""
    window = request.form.get("draft", "")
    return f"{me().id} {window}" if EDITOR.fullmatch(window) else ""


def _form(account: Account, **data: Any) -> SegmentForm:
    """The form as posted, or with these values when a page is opened."""
    form = (
        SegmentForm() if request.method == "POST" else SegmentForm(formdata=None, data={"draft": token_hex(8), **data})
    )
    form.folder.choices = [(0, _("No folder")), *((line.folder.id, line.folder.name) for line in folders(account.id))]
    return form


def _saved(segment: Segment, words: str) -> Response:
    try_to_count(segment)
    htmx.toast(words)
    return htmx.go(url_for("segments.edit", account_id=segment.account_id, segment_id=segment.id))


def _page(
    account: Account,
    form: SegmentForm,
    draft: Draft,
    status: int = 200,
    *,
    segment: Segment | None = None,
    theirs: Segment | None = None,
    deletion: AuditEntry | None = None,
) -> Response:
    """The whole editor. The preview fetches itself, but where there is no script it is part of what a button brings.

    What somebody had open that is deleted by now goes on as a new segment.
    """
    reading = parse_draft(account.id, draft)
    is_shown = reading.is_sound and request.method == "POST" and not htmx.is_fragment()
    shown = preview(reading.definition) if is_shown else None
    response = htmx.render(
        "segments/editor/edit.html" if segment else "segments/editor/new.html",
        "segments/editor/deleted.oob.html" if deletion else "segments/editor/_form.html",
        status,
        **{
            **editor_context(account, draft, reading),
            "is_refused": status >= 400,
            "alone": shown.alone if shown else None,
        },
        form=form,
        segment=segment,
        preview=shown,
        deletion=deletion,
        **conflict(theirs),
    )
    # A refused form was drawn without numbers.
    return htmx.with_trigger(response, "conditions-changed") if htmx.is_fragment() else response
