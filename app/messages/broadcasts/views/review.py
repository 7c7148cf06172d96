"""The review of a draft: what it would do now, test messages, and its confirmation."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from app.core import htmx
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import Text, _, _l, time_zone
from app.core.identifiers import row_number
from app.core.values.moments import offset_of
from app.line.access import get_account
from app.line.models import Account
from app.messages.broadcasts.durations import in_words
from app.messages.broadcasts.list_rows import named_segments
from app.messages.broadcasts.models import Broadcast, BroadcastState
from app.messages.broadcasts.operations.confirming import cancel_scheduled, confirm
from app.messages.broadcasts.operations.drafts import BroadcastChanged
from app.messages.broadcasts.queries.audience import AudienceChoice, SegmentGone
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.queries.review import (
    BroadcastReview,
    drawn_for,
    often_reached,
    review_of,
    some_friends,
    unknown_values,
)
from app.messages.broadcasts.queries.rules import rules_of
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.words import audience_words
from app.messages.composer.warnings import warnings_of
from app.messages.content.message_set import read
from app.messages.content.proof import built_for, prove
from app.messages.sending.testers import testers_of
from app.messages.sending.told import told_of_tests
from app.messages.sending.trial import new_press, send_test
from app.team.permissions import Permission, current_actor, me, requires, requires_any
from app.team.queries import names_of

READERS = (Permission.BROADCASTS, Permission.CONFIRM_BROADCASTS)
GONE = _l("A segment of this broadcast is not there any more. Choose the recipients again.")
NOTHING_KNOWN, LONGEST = "nothing", "longest"


@blueprint.get("/<int:broadcast_id>/review")
@requires_any(*READERS)
def review(account_id: int, broadcast_id: int) -> Response:
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    if broadcast.state not in (BroadcastState.DRAFT, BroadcastState.SCHEDULED):
        return htmx.go(url_for("broadcasts.show", account_id=account_id, broadcast_id=broadcast_id))
    return _page(account, broadcast)


@blueprint.get("/<int:broadcast_id>/checks")
@requires_any(*READERS)
def checks(account_id: int, broadcast_id: int) -> Response:
    """Show what LINE says of the messages and what else is good to know; asks LINE, so the page loads it afterwards."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    content = read(broadcast.content)
    proof = prove(account_id, content)
    reviewed = _reviewed(account, broadcast)
    ready = built_for(account_id, content).ready
    return htmx.render(
        "messages/broadcasts/checks.html",
        "messages/broadcasts/_checks.html",
        account=account,
        broadcast=broadcast,
        proof=proof,
        unknown=unknown_values(reviewed) if reviewed else [],
        often=often_reached(reviewed) if reviewed else None,
        warnings=warnings_of(content, ready.messages({})) if proof.is_good else [],
    )


@blueprint.get("/<int:broadcast_id>/preview")
@requires_any(*READERS)
def preview(account_id: int, broadcast_id: int) -> Response:
    """Show the messages as one person sees them."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    context = _preview(account, broadcast, _reviewed(account, broadcast))
    return htmx.render(
        "messages/broadcasts/preview.html",
        "messages/broadcasts/_preview.html",
        account=account,
        broadcast=broadcast,
        **context,
    )


@blueprint.post("/<int:broadcast_id>/test")
@requires(Permission.BROADCASTS)
def test(account_id: int, broadcast_id: int) -> Response:
    """Send the messages to the chosen test recipients, and say what became of each."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    chosen = [number for one in request.form.getlist("tester") if (number := row_number(one))]
    content = read(broadcast.content)
    proof = prove(account_id, content)
    if not proof.is_good:
        return _tests(account, broadcast, set(chosen), 422, problem=_l("Not sent: the messages cannot be used yet."))
    try:
        about = {"reference": f"broadcast-{broadcast.id}", "press": request.form.get("press", "")}
        sends = send_test(account, content, chosen, **about, actor=current_actor())
    except Conflict as refusal:
        return _tests(account, broadcast, set(chosen), 409, problem=refusal.message)
    return _tests(account, broadcast, set(chosen), tests=told_of_tests(sends))


@blueprint.post("/<int:broadcast_id>/confirmation")
@requires(Permission.CONFIRM_BROADCASTS)
def confirmation(account_id: int, broadcast_id: int) -> Response:
    """Confirm the version that the member has looked at; messages that LINE refuses are shown in the editor."""
    account, seen = get_account(account_id), request.form.get("seen", 0, type=int)
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
    said: Text = _("Confirmed. It is sent at its time.") if broadcast.scheduled_at else _("Confirmed. It is sent now.")
    if broadcast.state == BroadcastState.DRAFT:
        said = _("You have confirmed it. Another member has to confirm it as well.")
    endpoint = "broadcasts.review" if broadcast.is_draft else "broadcasts.show"
    return htmx.go(url_for(endpoint, account_id=broadcast.account_id, broadcast_id=broadcast.id), toast=said)


def _reviewed(account: Account, broadcast: Broadcast) -> BroadcastReview | None:
    try:
        return review_of(account, broadcast)
    except SegmentGone:
        return None


def _page(account: Account, broadcast: Broadcast, status: int = 200, *, problem: Text = "") -> Response:
    reviewed = _reviewed(account, broadcast)
    names = {key: one.name for key, one in named_segments(account.id, [broadcast]).items()}
    people = names_of([one for one in (broadcast.confirmed_by, broadcast.seconded_by) if one])
    return htmx.render(
        "messages/broadcasts/review.html",
        None,
        status,
        account=account,
        broadcast=broadcast,
        review=reviewed,
        problem=problem or ("" if reviewed else GONE),
        audience=audience_words(AudienceChoice.read(broadcast.audience), names),
        needs_second=rules_of(account.id).needs_second,
        confirmed_by=people.get(broadcast.confirmed_by or 0),
        is_mine=broadcast.confirmed_by == me().id,
        in_words=in_words,
        offset_of=offset_of,
        zone_name=time_zone(),
        **_preview(account, broadcast, reviewed),
        **_test_context(account),
    )


def _preview(account: Account, broadcast: Broadcast, reviewed: BroadcastReview | None) -> dict[str, Any]:
    """Return the phone, and whom it may be drawn for: friends only for members who may see them."""
    friends = some_friends(reviewed) if reviewed and me().may(Permission.FRIENDS) else []
    asked = request.args.get("whom", "")
    chosen = next((one for one in friends if str(one.id) == asked), friends[0] if friends and not asked else None)
    whom: str | int = chosen.id if chosen else LONGEST if asked == LONGEST else NOTHING_KNOWN
    return {"phone": drawn_for(account.id, read(broadcast.content), whom), "friends": friends, "whom": whom}


def _test_context(account: Account) -> dict[str, Any]:
    return {"testers": testers_of(account.id), "tests": {}, "chosen": set(), "test_problem": "", "press": new_press()}


def _tests(
    account: Account,
    broadcast: Broadcast,
    chosen: set[int],
    status: int = 200,
    *,
    problem: Text = "",
    tests: dict[int, Text] | None = None,
) -> Response:
    said = {"tests": tests or {}, "chosen": chosen, "test_problem": problem}
    return htmx.render(
        "messages/broadcasts/tests.html",
        "messages/broadcasts/_tests.html",
        status,
        account=account,
        broadcast=broadcast,
        **_test_context(account) | said,
    )
