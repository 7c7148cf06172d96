"""The page of one broadcast from its confirmation on: state, people, facts and messages."""

from __future__ import annotations

from typing import Any

from flask import Response, url_for

from app.core import htmx
from app.core.clock import now
from app.core.i18n import Text
from app.line.access import get_account
from app.line.models import Account
from app.messages.broadcasts import reasons
from app.messages.broadcasts.deal import Standing, waits_for_winner, winner_due_at
from app.messages.broadcasts.differences import audience_change
from app.messages.broadcasts.list_rows import named_segments
from app.messages.broadcasts.models import Broadcast, BroadcastState, RecipientState
from app.messages.broadcasts.progress import progress_of
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.queries.line_figures import line_figures
from app.messages.broadcasts.queries.refusals import refusals
from app.messages.broadcasts.readers import READERS
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.words import LATE_POLICIES, TRACKING, WAYS, audience_words, month_words
from app.messages.content.compiled import marked
from app.messages.content.filling import TooLong
from app.messages.content.message_set import read
from app.messages.content.proof import built_for
from app.messages.preview.phone import Phone, phone
from app.team.permissions import Permission, me, requires_any
from app.team.queries import key_name, names_of


@blueprint.get("/<int:broadcast_id>")
@requires_any(*READERS)
def show(account_id: int, broadcast_id: int) -> Response:
    """Show the broadcast; a draft is shown where it is edited, or reviewed."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    if broadcast.is_draft:
        return htmx.go(draft_url(broadcast))
    return page(account, broadcast)


@blueprint.get("/<int:broadcast_id>/progress")
@requires_any(*READERS)
def progress(account_id: int, broadcast_id: int) -> Response:
    """Show the state; asked again by the page while it may change."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    if broadcast.is_draft:
        return htmx.go(draft_url(broadcast))
    return page(account, broadcast)


def draft_url(broadcast: Broadcast) -> str:
    """Return where the member sees a draft."""
    endpoint = "broadcasts.edit" if me().may(Permission.BROADCASTS) else "broadcasts.review"
    return url_for(endpoint, account_id=broadcast.account_id, broadcast_id=broadcast.id)


def page(
    account: Account, broadcast: Broadcast, status: int = 200, problem: Text = "", *, is_changed: bool = False
) -> Response:
    """Return the page, or for htmx its state and what changes with it; `problem` is a sentence above it.

    `is_changed` says that a member has just changed it, so that its results are asked for at once.
    """
    context = {"account": account, "broadcast": broadcast, "problem": problem, **_state(broadcast), **_facts(broadcast)}
    if not htmx.is_fragment():
        return htmx.render("messages/broadcasts/show.html", None, status, **context, phones=_phones(broadcast))
    shown = htmx.render("messages/broadcasts/state.oob.html", None, status, **context)
    return htmx.with_trigger(shown, _event(broadcast, is_changed)) if broadcast.is_frozen else shown


def _event(broadcast: Broadcast, is_changed: bool) -> str:
    """Return what the results on the page listen for; those of a broadcast that moves ask by themselves otherwise."""
    is_moving = broadcast.state == BroadcastState.SENDING and not is_changed
    return "broadcast-moves" if is_moving else "broadcast-rests"


def _state(broadcast: Broadcast) -> dict[str, Any]:
    return {
        "progress": progress_of(broadcast),
        "reasons": reasons,
        "line_figures": line_figures(broadcast) if broadcast.state == BroadcastState.DECISION else None,
        "refusals": refusals(broadcast.id) if broadcast.counts.get(RecipientState.REFUSED) else [],
        "waits_for_winner": waits_for_winner(broadcast),
        "winner_due_at": winner_due_at(broadcast),
    }


def _facts(broadcast: Broadcast) -> dict[str, Any]:
    standing = Standing.of(broadcast, counts=False)
    members = (broadcast.confirmed_by, broadcast.seconded_by, standing.chosen_by if standing else None)
    segments = {key: one.name for key, one in named_segments(broadcast.account_id, [broadcast]).items()}
    return {
        "audience": audience_words(AudienceChoice.read(broadcast.audience), segments),
        "change": audience_change(broadcast),
        "standing": standing,
        "people": names_of([one for one in members if one]),
        "units_month": month_words(now() if broadcast.is_frozen else broadcast.scheduled_at or now()),
        "key_name": key_name(broadcast.confirmed_by_key),
        "late_policies": LATE_POLICIES,
        "tracking_words": TRACKING,
        "way_words": WAYS,
    }


def _phones(broadcast: Broadcast) -> list[Phone]:
    contents = [one for one in (broadcast.content, broadcast.content_b) if one]
    return [_drawn(broadcast.account_id, one) for one in contents]


def _drawn(account_id: int, content: dict[str, Any]) -> Phone:
    """Return the messages as a friend sees them of whom nothing is known; empty where an address is too long."""
    try:
        return phone(marked(built_for(account_id, read(content)).ready, {}))
    except TooLong:
        return phone([])
