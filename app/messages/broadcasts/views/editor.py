"""The editor of a broadcast's draft: recipients, time, and the composer with its messages."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for
from werkzeug.datastructures import MultiDict

from app.core import htmx, i18n
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _, _l
from app.core.identifiers import posted_number, row_number
from app.line.access import get_account
from app.line.models import Account
from app.messages.broadcasts.deal import Deal
from app.messages.broadcasts.durations import durations_of, in_words, pace_words
from app.messages.broadcasts.locking import NO_DRAFT
from app.messages.broadcasts.models import AudienceKind, Broadcast, Variant
from app.messages.broadcasts.operations.drafts import (
    MOST_SPREAD_MINUTES,
    BroadcastChanged,
    BroadcastPlan,
    change_draft,
    create_draft,
)
from app.messages.broadcasts.queries.audience import (
    AUDIENCE_TROUBLE,
    AudienceChoice,
    audience_for,
    check_choice,
    count_audience,
    trouble_words,
)
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.views.begun import begin, draft_of_window, offered
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.views.forms import BroadcastForm, shown_values
from app.messages.broadcasts.views.parts import render_part
from app.messages.broadcasts.views.sets import (
    FormSets,
    change_sets,
    checked,
    discard_sets,
    open_sets,
    settle_sets,
    take_sets,
)
from app.messages.composer.context import composer_context
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import SavedElsewhere
from app.messages.composer.posted import shown_after
from app.segments.actions import SegmentAction, register
from app.segments.queries.segments import segments_by_id
from app.team import time_zones
from app.team.permissions import Permission, current_actor, requires
from app.team.queries import names_of

register(
    SegmentAction(_l("Create Broadcast"), _l("Create Broadcast to %(name)s"), "broadcasts.new", Permission.BROADCASTS)
)


@blueprint.get("/new")
@requires(Permission.BROADCASTS)
def new(account_id: int) -> Response:
    """Show the editor of what was begun in the `window` that the address names; without one, begin it.

    `segment_id` in the address is whom a fresh one is for.
    """
    account = get_account(account_id)
    begun = draft_of_window(account_id, request.args.get("window", ""))
    if begun is None:
        window = begin(account_id, _form(account, time_zone=i18n.time_zone(), **_preset(account_id)).own)
        return htmx.go(url_for("broadcasts.new", account_id=account_id, window=window))
    sets, form = _opened(account, None, begun=begun)
    return _page(account, sets, form)


@blueprint.post("")
@requires(Permission.BROADCASTS)
def create(account_id: int) -> Response:
    """Store a new draft; what was stored already, by a second press or in another window, is changed instead."""
    account, sets = get_account(account_id), take_sets(account_id)
    if stored := _stored(account_id, sets):
        return _store(account, stored, _form(account), sets)
    form, before, made = _form(account), sets.owners, list[Broadcast]()

    def make() -> None:
        made[:] = [create_draft(account_id, _plan(form, sets), actor=current_actor())]
        settle_sets(made[0], sets, before)

    try:
        return _saved(made[0]) if form.submit(make) else _page(account, sets, form, 422)
    except SavedElsewhere:
        db.session.rollback()
        return create(account_id)


@blueprint.get("/<int:broadcast_id>/edit")
@requires(Permission.BROADCASTS)
def edit(account_id: int, broadcast_id: int) -> Response:
    """Show the editor, with the message set that `set` in the address names.

    With `check`, what LINE says of the messages stands at its places, and the first refused set is shown.
    """
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    if not broadcast.is_draft:
        url = url_for("broadcasts.show", account_id=account_id, broadcast_id=broadcast_id)
        return htmx.go(url, toast=NO_DRAFT)
    wanted = Variant.B if request.args.get("set") == Variant.B else Variant.A
    sets, form = _opened(account, broadcast, wanted, **shown_values(broadcast))
    if "check" in request.args:
        sets, form.said = checked(account_id, sets)
    return _page(account, sets, form, broadcast=broadcast)


@blueprint.post("/<int:broadcast_id>")
@requires(Permission.BROADCASTS)
def update(account_id: int, broadcast_id: int) -> Response:
    """Store a change; a member who was shown another's version says by `over` that it is to be replaced."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    return _store(account, broadcast, _form(account), take_sets(account_id, broadcast))


def _store(account: Account, broadcast: Broadcast, form: BroadcastForm, sets: FormSets) -> Response:
    before = sets.owners

    def change() -> None:
        seen = posted_number(request.form.get("over")) or form.version.data or 0
        change_draft(account.id, broadcast.id, _plan(form, sets, broadcast), seen=seen, actor=current_actor())
        settle_sets(broadcast, sets, before)

    try:
        return _saved(broadcast) if form.submit(change) else _page(account, sets, form, 422, broadcast=broadcast)
    except BroadcastChanged as other:
        return _page(account, sets, form, 409, broadcast=other.broadcast, theirs=True)


def _stored(account_id: int, sets: FormSets) -> Broadcast | None:
    """Return the broadcast that the drafts of a new one belong to by now."""
    owner_id = sets.owners[Variant.A]
    found = db.session.get(Broadcast, owner_id) if owner_id else None
    return found if found is not None and found.account_id == account_id else None


@blueprint.post("/sets")
@blueprint.post("/<int:broadcast_id>/sets")
@requires(Permission.BROADCASTS)
def change_messages(account_id: int, broadcast_id: int | None = None) -> Response:
    """Keep what was typed, and begin or end the A/B test or show its other message set, as `set` says.

    With "discard" as `do`, all changes of the messages are dropped, and the page is loaded again.
    """
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id) if broadcast_id else None
    taken = take_sets(account_id, broadcast)
    if request.form.get("do") == "discard":
        discard_sets(account_id, taken)
        url = htmx.current_path() or _editor_url(account_id, broadcast_id, taken)
        return htmx.go(url, toast=_("Discarded. Undo brings the messages back."))
    changed = change_sets(account_id, taken, request.form.get("set", ""))
    return _page(account, changed, _form(account), broadcast=broadcast, part="messages/broadcasts/sets.oob.html")


@blueprint.get("/test-end")
@requires(Permission.BROADCASTS)
def test_end(account_id: int) -> Response:
    """Show how a test with the typed numbers ends, and how fast the people who are left for it are sent to."""
    account, form = get_account(account_id), _asked_form(account_id)
    part = "messages/broadcasts/test_end.oob.html" if htmx.is_fragment() else "messages/broadcasts/_test_end.html"
    return render_part(part, account, form=form, estimated=_estimated(account_id, form, is_test=True))


@blueprint.get("/estimate")
@requires(Permission.BROADCASTS)
def estimate(account_id: int) -> Response:
    """Show how many friends a choice has now, and how long sending to them takes."""
    account = get_account(account_id)
    return render_part(
        "messages/broadcasts/estimate.oob.html" if htmx.is_fragment() else "messages/broadcasts/_estimate.html",
        account,
        estimated=_estimated(account_id, _asked_form(account_id), is_test="test_share" in request.args),
        in_words=in_words,
    )


def _asked_form(account_id: int) -> BroadcastForm:
    """Return the form with what the address holds of it."""
    form = BroadcastForm(formdata=request.args, meta={"csrf": False})
    form.offer(account_id)
    return form


def _preset(account_id: int) -> dict[str, Any]:
    wanted = row_number(request.args.get("segment_id", ""))
    found = segments_by_id(account_id, [wanted]) if wanted else []
    return {"audience": AudienceKind.SEGMENT.value, "segment": found[0].id} if found else {}


def _estimated(account_id: int, form: BroadcastForm, *, is_test: bool) -> dict[str, Any] | None:
    """Return the numbers of the chosen audience; None while it is not chosen yet."""
    if form.audience.data not in set(AudienceKind):
        return None
    choice = form.choice()
    if not _is_whole(account_id, choice):
        return None
    try:
        numbers = count_audience(audience_for(account_id, choice))
    except AUDIENCE_TROUBLE as trouble:
        return {"trouble": trouble_words(trouble), "pace": ""}
    spread = _spread_people(numbers.reachable, form.test_share.data if is_test and form.has_share else None)
    minutes = form.spread_minutes.data or 0
    pace = pace_words(spread / (minutes * 60)) if spread and 0 < minutes <= MOST_SPREAD_MINUTES else ""
    return {
        "trouble": "",
        "numbers": numbers,
        "durations": durations_of(numbers.reachable),
        "pace": pace,
        "spread": spread,
        "is_rest": spread < numbers.reachable,
    }


def _spread_people(people: int, share: int | None) -> int:
    """Return how many of the people are sent to evenly: all, or with a test those who wait for its winner, if any."""
    deal = Deal.of_people(people, share) if share is not None else None
    return deal.rest if deal is not None and deal.has_rest else people


def _is_whole(account_id: int, choice: AudienceChoice) -> bool:
    try:
        check_choice(account_id, choice)
    except InvalidInput:
        return False
    return True


def _form(account: Account, **data: Any) -> BroadcastForm:
    """Return the form as posted, or with these values when a page is opened."""
    form = BroadcastForm() if request.method == "POST" else BroadcastForm(formdata=None, data=data)
    form.offer(account.id)
    return form


def _opened(
    account: Account,
    broadcast: Broadcast | None,
    variant: Variant = Variant.A,
    begun: MessageDraft | None = None,
    **stored: Any,
) -> tuple[FormSets, BroadcastForm]:
    """Return the sets and the form with what is stored, and with what was typed and not saved in its place."""
    form = _form(account, **stored)
    own, window_key = (form.own | begun.own_base, begun.window_key) if begun else (form.own, "")
    sets = open_sets(account.id, broadcast, own, variant, window_key)
    form.process(formdata=MultiDict(sets.typed), data=stored)
    return sets, form


def _plan(form: BroadcastForm, sets: FormSets, stored: Broadcast | None = None) -> BroadcastPlan:
    contents = sets.contents
    return form.plan(contents[Variant.A], contents.get(Variant.B), stored)


def _editor_url(account_id: int, broadcast_id: int | None, sets: FormSets) -> str:
    if broadcast_id is None:
        return url_for("broadcasts.new", account_id=account_id, window=sets.window_key)
    return url_for("broadcasts.edit", account_id=account_id, broadcast_id=broadcast_id)


def _saved(broadcast: Broadcast) -> Response:
    endpoint = "broadcasts.review" if request.form.get("then") == "review" else "broadcasts.edit"
    url = url_for(endpoint, account_id=broadcast.account_id, broadcast_id=broadcast.id)
    return htmx.go(url, toast=_("The draft is saved. Nothing is sent before it is confirmed."))


def _page(
    account: Account,
    sets: FormSets,
    form: BroadcastForm,
    status: int = 200,
    *,
    broadcast: Broadcast | None = None,
    theirs: bool = False,
    part: str = "messages/broadcasts/_form.html",
) -> Response:
    changed_by = names_of([broadcast.updated_by]) if broadcast and theirs else {}
    broadcast_id = broadcast.id if broadcast else None
    had_test = broadcast is not None and broadcast.content_b is not None
    is_unsaved = sets.is_changed or sets.is_test != had_test
    return htmx.render(
        "messages/broadcasts/edit.html",
        part,
        status,
        account=account,
        form=form,
        broadcast=broadcast,
        theirs=theirs,
        changed_by=next(iter(changed_by.values()), None),
        is_refused=status >= 400,
        zones=time_zones.choices(i18n.language()),
        estimated=_estimated(account.id, form, is_test=sets.is_test),
        in_words=in_words,
        sets=sets,
        sets_url=url_for("broadcasts.change_messages", account_id=account.id, broadcast_id=broadcast_id),
        is_unsaved=is_unsaved,
        offered=offered(account.id, sets.window_key) if not broadcast and not htmx.is_fragment() else [],
        left_at=sets.left_at if request.method == "GET" else None,
        **composer_context(sets.shown, **shown_after(sets.shown, form)),
    )
