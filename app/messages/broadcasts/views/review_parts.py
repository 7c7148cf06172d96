"""Parts of the review that are loaded by themselves: preview, checks and test messages, of each set of an A/B test."""

from __future__ import annotations

from functools import partial
from typing import Any

from flask import Response, request

from app.core import htmx
from app.core.errors import Conflict
from app.core.i18n import Text, _l
from app.core.identifiers import row_number
from app.line.access import get_account
from app.line.models import Account
from app.messages.broadcasts.models import Broadcast, Variant
from app.messages.broadcasts.queries.audience import AUDIENCE_TROUBLE, trouble_words
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.queries.review import (
    BroadcastReview,
    checks_of,
    counts_browsers,
    drawn_for,
    faulty_sets,
    often_reached,
    review_of,
    some_friends,
)
from app.messages.broadcasts.queries.rules import rules_of
from app.messages.broadcasts.readers import READERS
from app.messages.broadcasts.review_set import key_of
from app.messages.broadcasts.review_words import start_words
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.views.parts import render_part
from app.messages.content.message_set import read
from app.messages.content.proof import prove
from app.messages.sending.testers import testers_of
from app.messages.sending.told import told_of_tests
from app.messages.sending.trial import new_press, send_test
from app.team.permissions import Permission, current_actor, me, requires, requires_any
from app.team.queries import names_of

NOTHING_KNOWN, LONGEST = "nothing", "longest"


@blueprint.get("/<int:broadcast_id>/checks")
@requires_any(*READERS)
def checks(account_id: int, broadcast_id: int) -> Response:
    """Show what LINE says of the messages and what else is good to know; asks LINE, so the page loads it afterwards."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    reviewed = reviewed_now(account, broadcast)
    found = checks_of(account_id, broadcast, reviewed)
    faulty = [variant for variant, check in found.items() if check.proof.problems]
    return render_part(
        "messages/broadcasts/checks.oob.html" if htmx.is_fragment() else "messages/broadcasts/_checks.html",
        account,
        broadcast,
        checks=found,
        often=often_reached(reviewed) if reviewed else None,
        counts_browsers=counts_browsers(account, broadcast),
        **confirming_context(broadcast, reviewed) | {"faulty": faulty},
    )


@blueprint.get("/<int:broadcast_id>/preview")
@requires_any(*READERS)
def preview(account_id: int, broadcast_id: int) -> Response:
    """Show the messages as one person sees them."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    return render_part(
        "messages/broadcasts/_preview.html",
        account,
        broadcast,
        **drawn(account, broadcast, reviewed_now(account, broadcast)),
    )


@blueprint.post("/<int:broadcast_id>/test")
@requires(Permission.BROADCASTS)
def test(account_id: int, broadcast_id: int) -> Response:
    """Send the messages to the chosen test recipients, and say what became of each."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    chosen = [number for one in request.form.getlist("tester") if (number := row_number(one))]
    variant = _asked_set(broadcast, request.form.get("set", ""))
    content = read(broadcast.contents[variant])
    said: dict[str, Any] = {"chosen": set(chosen), "test_set": variant}
    if not prove(account_id, content).is_good:
        return _tests(account, broadcast, 422, problem=_l("Not sent: the messages cannot be used yet."), **said)
    try:
        reference, press = f"broadcast-{broadcast.id}", request.form.get("press", "")
        sends = send_test(account, content, chosen, reference=reference, press=press, actor=current_actor())
    except Conflict as refusal:
        return _tests(account, broadcast, 409, problem=refusal.message, **said)
    return _tests(account, broadcast, tests=told_of_tests(sends), **said)


def reviewed_now(account: Account, broadcast: Broadcast) -> BroadcastReview | None:
    """Return the review as things are now; None where it cannot be told who is meant."""
    return review_or_trouble(account, broadcast)[0]


def review_or_trouble(account: Account, broadcast: Broadcast) -> tuple[BroadcastReview | None, Text]:
    """Return the review as things are now, or None and why it cannot be told who is meant."""
    try:
        return review_of(account, broadcast), ""
    except AUDIENCE_TROUBLE as trouble:
        return None, trouble_words(trouble)


def confirming_context(broadcast: Broadcast, reviewed: BroadcastReview | None) -> dict[str, Any]:
    """Return who has confirmed the broadcast, who may, and what then happens."""
    people = names_of([one for one in (broadcast.confirmed_by, broadcast.seconded_by) if one])
    needs_second = rules_of(broadcast.account_id).needs_second
    # A first confirmation counts for nothing once the rule is gone.
    confirmed_by = broadcast.confirmed_by if needs_second or not broadcast.is_draft else None
    return {
        "review": reviewed,
        "needs_second": needs_second,
        "confirmed_by": people.get(confirmed_by or 0),
        "is_mine": confirmed_by == me().id,
        "faulty": faulty_sets(broadcast.account_id, broadcast) if broadcast.is_draft else [],
        "review_key": partial(key_of, broadcast),
        "start_words": start_words(reviewed) if reviewed else "",
    }


def drawn(account: Account, broadcast: Broadcast, reviewed: BroadcastReview | None) -> dict[str, Any]:
    """Return the phone, and whom it may be drawn for: friends only for members who may see them."""
    friends = some_friends(reviewed) if reviewed and me().may(Permission.FRIENDS) else []
    asked, variant = request.args.get("whom", ""), _asked_set(broadcast, request.args.get("set", ""))
    chosen = next((one for one in friends if str(one.id) == asked), friends[0] if friends and not asked else None)
    whom: str | int = chosen.id if chosen else LONGEST if asked == LONGEST else NOTHING_KNOWN
    phone = drawn_for(account.id, read(broadcast.contents[variant]), whom)
    return {"phone": phone, "friends": friends, "whom": whom, "shown_set": variant}


def test_context(account: Account) -> dict[str, Any]:
    """Return what is shown before a test was sent."""
    testers = testers_of(account.id)
    said = {"testers": testers, "tests": {}, "chosen": set(), "test_problem": "", "test_set": Variant.A}
    return said | {"press": new_press()}


def _asked_set(broadcast: Broadcast, asked: str) -> Variant:
    return next((variant for variant in broadcast.contents if variant == asked), Variant.A)


def _tests(account: Account, broadcast: Broadcast, status: int = 200, *, problem: Text = "", **said: Any) -> Response:
    return render_part(
        "messages/broadcasts/_tests.html",
        account,
        broadcast,
        status,
        **test_context(account) | said | {"test_problem": problem},
    )
