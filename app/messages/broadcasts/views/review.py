"""The review of a draft: what it would do now, and its confirmation."""

from __future__ import annotations

from flask import Response, request, url_for

from app.core import htmx
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import Text, _
from app.core.identifiers import posted_number
from app.core.values.moments import offset_of
from app.line.access import get_account
from app.line.models import Account
from app.messages.broadcasts.durations import in_words
from app.messages.broadcasts.list_rows import named_segments
from app.messages.broadcasts.models import Broadcast, BroadcastState
from app.messages.broadcasts.operations.confirming import cancel_scheduled, confirm, withdraw_confirmation
from app.messages.broadcasts.operations.drafts import BroadcastChanged
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.readers import READERS
from app.messages.broadcasts.review_words import delivery_words, quiet_warnings, winner_words
from app.messages.broadcasts.reviewed import note_review
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.views.review_parts import confirming_context, drawn, review_or_trouble, test_context
from app.messages.broadcasts.words import audience_words
from app.team.permissions import Permission, current_actor, me, requires, requires_any


@blueprint.get("/<int:broadcast_id>/review")
@requires_any(*READERS)
def review(account_id: int, broadcast_id: int) -> Response:
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    if broadcast.state not in (BroadcastState.DRAFT, BroadcastState.SCHEDULED):
        return htmx.go(url_for("broadcasts.show", account_id=account_id, broadcast_id=broadcast_id))
    return _page(account, broadcast)


@blueprint.post("/<int:broadcast_id>/confirmation")
@requires(Permission.CONFIRM_BROADCASTS)
def confirmation(account_id: int, broadcast_id: int) -> Response:
    """Confirm the version that the member has looked at; messages that LINE refuses are shown in the editor."""
    account, seen = get_account(account_id), posted_number(request.form.get("seen"))
    try:
        confirmed = confirm(account_id, broadcast_id, seen=seen, actor=current_actor())
    except BroadcastChanged as other:
        words = _("It was changed since you opened this page. Look at it again before you confirm it.")
        return _page(account, other.broadcast, 409, problem=words)
    except Conflict as refusal:
        return _page(account, get_broadcast(account_id, broadcast_id), 409, problem=refusal.message)
    except InvalidInput as refusal:
        return _refused(account, broadcast_id, refusal)
    return _confirmed(confirmed)


@blueprint.post("/<int:broadcast_id>/withdrawal")
@requires(Permission.CONFIRM_BROADCASTS)
def withdrawal(account_id: int, broadcast_id: int) -> Response:
    """Withdraw the first confirmation; what cannot be withdrawn any more is said above the review."""
    account = get_account(account_id)
    try:
        withdraw_confirmation(account_id, broadcast_id, actor=current_actor())
    except Conflict as refusal:
        return _page(account, get_broadcast(account_id, broadcast_id), 409, problem=refusal.message)
    url = url_for("broadcasts.review", account_id=account_id, broadcast_id=broadcast_id)
    return htmx.go(url, toast=_("Your confirmation is withdrawn."))


@blueprint.post("/<int:broadcast_id>/cancellation")
@requires_any(*READERS)
def cancellation(account_id: int, broadcast_id: int) -> Response:
    """Cancel Scheduled Broadcast: it is a draft again."""
    get_account(account_id)
    cancelled = cancel_scheduled(account_id, broadcast_id, actor=current_actor())
    url = url_for("broadcasts.review", account_id=account_id, broadcast_id=cancelled.id)
    return htmx.go(url, toast=_("The broadcast is a draft again. Nothing is sent."))


def _refused(account: Account, broadcast_id: int, refusal: InvalidInput) -> Response:
    general = refusal.fields.get("scheduled_at") or refusal.fields.get("")
    if general is not None or not me().may(Permission.BROADCASTS):
        words = general or next(iter(refusal.fields.values()))
        return _page(account, get_broadcast(account.id, broadcast_id), 422, problem=words)
    return htmx.go(url_for("broadcasts.edit", account_id=account.id, broadcast_id=broadcast_id, check=1))


def _confirmed(broadcast: Broadcast) -> Response:
    said: Text = (
        _("Confirmed. It will be sent at the scheduled time.")
        if broadcast.scheduled_at
        else _("Confirmed. It is sent now.")
    )
    if broadcast.state == BroadcastState.DRAFT:
        said = _("You have confirmed it. Another member has to confirm it as well.")
    endpoint = "broadcasts.review" if broadcast.is_draft else "broadcasts.show"
    return htmx.go(url_for(endpoint, account_id=broadcast.account_id, broadcast_id=broadcast.id), toast=said)


def _page(account: Account, broadcast: Broadcast, status: int = 200, *, problem: Text = "") -> Response:
    reviewed, trouble = review_or_trouble(account, broadcast)
    if reviewed is not None:
        note_review(broadcast, reviewed.numbers, reviewed.capped)
    names = {key: one.name for key, one in named_segments(account.id, [broadcast]).items()}
    return htmx.render(
        "messages/broadcasts/review.html",
        None,
        status,
        account=account,
        broadcast=broadcast,
        problem=problem or trouble,
        audience=audience_words(AudienceChoice.read(broadcast.audience), names),
        in_words=in_words,
        offset_of=offset_of,
        delivery_words=delivery_words(reviewed) if reviewed else "",
        winner_words=winner_words(reviewed) if reviewed else "",
        quiet_warnings=quiet_warnings(reviewed) if reviewed else [],
        **confirming_context(broadcast, reviewed),
        **drawn(account, broadcast, reviewed),
        **test_context(account),
    )
