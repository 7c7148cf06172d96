"""The editor of a broadcast's draft: recipients, time, and the composer with its messages."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from app.core import htmx, i18n
from app.core.db import released
from app.core.errors import InvalidInput
from app.core.i18n import _, _l
from app.core.identifiers import row_number
from app.line.access import get_account
from app.line.models import Account
from app.messages.broadcasts.durations import durations_of, in_words
from app.messages.broadcasts.locking import NO_DRAFT
from app.messages.broadcasts.models import AudienceKind, Broadcast
from app.messages.broadcasts.operations.drafts import USED, BroadcastChanged, change_draft, create_draft
from app.messages.broadcasts.queries.audience import AudienceChoice, audience_for, check_choice, count_audience
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.views.forms import BroadcastForm, shown_values
from app.messages.composer.context import composer_context
from app.messages.composer.left import ALL
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import close, open_draft, take
from app.messages.composer.posted import shown_as_posted
from app.messages.composer.queries import draft_of
from app.messages.composer.said import kept
from app.messages.content.message_set import MessageSet, read
from app.messages.content.proof import prove
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
    """Show the editor of a new draft; `segment_id` in the address is whom it is for."""
    account = get_account(account_id)
    draft = open_draft(account_id, USED, None, actor=current_actor())
    return _page(account, draft, _form(account, time_zone=i18n.time_zone(), **_preset(account_id)))


@blueprint.post("")
@requires(Permission.BROADCASTS)
def create(account_id: int) -> Response:
    account = get_account(account_id)
    form, content, made = _form(account), _posted(account_id), list[Broadcast]()
    if not form.submit(lambda: made.append(create_draft(account_id, form.plan(content), actor=current_actor()))):
        return _page(account, _draft(account_id), form, 422)
    return _saved(made[0])


@blueprint.get("/<int:broadcast_id>/edit")
@requires(Permission.BROADCASTS)
def edit(account_id: int, broadcast_id: int) -> Response:
    """Show the editor; with `check` in the address, what LINE says of the messages stands at its places."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    if not broadcast.is_draft:
        url = url_for("broadcasts.show", account_id=account_id, broadcast_id=broadcast_id)
        return htmx.go(url, toast=NO_DRAFT)
    draft = open_draft(account_id, USED, broadcast.id, broadcast.content, actor=current_actor())
    form = _form(account, **shown_values(broadcast))
    if "check" in request.args:
        form.said = list(prove(account_id, read(draft.content)).problems)
    return _page(account, draft, form, broadcast=broadcast)


@blueprint.post("/<int:broadcast_id>")
@requires(Permission.BROADCASTS)
def update(account_id: int, broadcast_id: int) -> Response:
    """Store a change; a member who was shown another's version says by `over` that it is to be replaced."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    form, content = _form(account), _posted(account_id)

    def change() -> None:
        seen = request.form.get("over", type=int) or form.version.data or 0
        change_draft(account_id, broadcast_id, form.plan(content, broadcast), seen=seen, actor=current_actor())

    try:
        if not form.submit(change):
            return _page(account, _draft(account_id), form, 422, broadcast=broadcast)
    except BroadcastChanged as other:
        return _page(account, _draft(account_id), form, 409, broadcast=other.broadcast, theirs=True)
    return _saved(broadcast)


@blueprint.get("/estimate")
@requires(Permission.BROADCASTS)
def estimate(account_id: int) -> Response:
    """Show how many friends a choice has now, and how long sending to them takes."""
    account = get_account(account_id)
    form = BroadcastForm(formdata=request.args, meta={"csrf": False})
    form.offer(account_id)
    return htmx.render(
        "messages/broadcasts/estimate.html",
        "messages/broadcasts/_estimate.html",
        account=account,
        estimated=_estimated(account_id, form),
        in_words=in_words,
    )


def _preset(account_id: int) -> dict[str, Any]:
    wanted = row_number(request.args.get("segment_id", ""))
    found = segments_by_id(account_id, [wanted]) if wanted else []
    return {"audience": AudienceKind.SEGMENT.value, "segment": found[0].id} if found else {}


def _estimated(account_id: int, form: BroadcastForm) -> dict[str, Any] | None:
    """Return the numbers of the chosen audience; None while it is not chosen yet."""
    if form.audience.data not in set(AudienceKind):
        return None
    choice = form.choice()
    if not _is_whole(account_id, choice):
        return None
    numbers = count_audience(audience_for(account_id, choice))
    return {"numbers": numbers, "durations": durations_of(numbers.reachable)}


def _is_whole(account_id: int, choice: AudienceChoice) -> bool:
    try:
        check_choice(account_id, choice)
    except InvalidInput:
        return False
    return True


def _posted(account_id: int) -> MessageSet:
    """Keep what was typed in the composer's draft, whatever becomes of the form, and return it."""
    taken = take(account_id, _draft_id(), request.form, actor=current_actor())
    with released():
        return read(taken)


def _draft(account_id: int) -> MessageDraft:
    return draft_of(account_id, _draft_id(), current_actor())


def _draft_id() -> int:
    return request.form.get("draft", 0, type=int)


def _form(account: Account, **data: Any) -> BroadcastForm:
    """Return the form as posted, or with these values when a page is opened."""
    form = BroadcastForm() if request.method == "POST" else BroadcastForm(formdata=None, data=data)
    form.offer(account.id)
    return form


def _saved(broadcast: Broadcast) -> Response:
    close(broadcast.account_id, _draft_id(), actor=current_actor())
    endpoint = "broadcasts.review" if request.form.get("then") == "review" else "broadcasts.edit"
    url = url_for(endpoint, account_id=broadcast.account_id, broadcast_id=broadcast.id)
    return htmx.go(url, toast=_("The draft is saved. Nothing is sent before it is confirmed."))


def _page(
    account: Account,
    draft: MessageDraft,
    form: BroadcastForm,
    status: int = 200,
    *,
    broadcast: Broadcast | None = None,
    theirs: bool = False,
) -> Response:
    changed_by = names_of([broadcast.updated_by]) if broadcast and theirs else {}
    return htmx.render(
        "messages/broadcasts/edit.html",
        "messages/broadcasts/_form.html",
        status,
        account=account,
        form=form,
        broadcast=broadcast,
        theirs=theirs,
        changed_by=next(iter(changed_by.values()), None),
        is_refused=status >= 400,
        zones=time_zones.choices(i18n.language()),
        estimated=_estimated(account.id, form),
        in_words=in_words,
        **composer_context(draft, **_shown(draft, form)),
    )


def _shown(draft: MessageDraft, form: BroadcastForm) -> dict[str, Any]:
    """Return what the composer says; of messages that were refused, all that is missing and LINE's words."""
    refused = {"left": ALL, "said": kept(draft.content, form.said)} if form.said else {}
    return shown_as_posted() | refused
