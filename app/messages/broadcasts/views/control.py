"""What members do with a broadcast that is scheduled, being sent, or over; a button of an old page gets a sentence."""

from __future__ import annotations

from collections.abc import Callable
from enum import StrEnum
from typing import TypeVar

from flask import Response, request, url_for

from app.core import htmx
from app.core.db import db
from app.core.errors import Conflict, InvalidInput
from app.core.i18n import _, _l
from app.line.access import get_account
from app.messages.broadcasts.models import Broadcast, BroadcastState, Variant
from app.messages.broadcasts.operations import control
from app.messages.broadcasts.operations.control import LateChoice, UnknownChoice
from app.messages.broadcasts.operations.line_statistics import ask_line as order_look
from app.messages.broadcasts.queries.broadcasts import get_broadcast
from app.messages.broadcasts.readers import READERS
from app.messages.broadcasts.verify import verify
from app.messages.broadcasts.views.blueprint import blueprint
from app.messages.broadcasts.views.parts import render_part
from app.messages.broadcasts.views.show import draft_url, page
from app.team.permissions import Permission, current_actor, requires, requires_administrator, requires_any

Choice = TypeVar("Choice", bound=StrEnum)


@blueprint.post("/<int:broadcast_id>/pause")
@requires_any(*READERS)
def pause(account_id: int, broadcast_id: int) -> Response:
    return _done(account_id, broadcast_id, control.pause)


@blueprint.post("/<int:broadcast_id>/resumption")
@requires(Permission.CONFIRM_BROADCASTS)
def resume(account_id: int, broadcast_id: int) -> Response:
    return _done(account_id, broadcast_id, control.resume)


@blueprint.post("/<int:broadcast_id>/stop")
@requires_any(*READERS)
def stop(account_id: int, broadcast_id: int) -> Response:
    return _done(account_id, broadcast_id, control.stop)


@blueprint.post("/<int:broadcast_id>/rest")
@requires(Permission.CONFIRM_BROADCASTS)
def send_rest(account_id: int, broadcast_id: int) -> Response:
    """Send to those not yet accepted."""
    return _done(account_id, broadcast_id, control.send_to_remaining)


@blueprint.post("/<int:broadcast_id>/winner")
@requires(Permission.CONFIRM_BROADCASTS)
def choose_winner(account_id: int, broadcast_id: int) -> Response:
    return _done(account_id, broadcast_id, control.choose_winner, _posted(Variant, "variant"))


@blueprint.post("/<int:broadcast_id>/late-decision")
@requires(Permission.CONFIRM_BROADCASTS)
def decide_late(account_id: int, broadcast_id: int) -> Response:
    """Send a late broadcast now, or make it a draft again."""
    return _done(account_id, broadcast_id, control.decide_late, _posted(LateChoice, "choice"))


@blueprint.post("/<int:broadcast_id>/unknown-decision")
@requires(Permission.CONFIRM_BROADCASTS)
def decide_unknown(account_id: int, broadcast_id: int) -> Response:
    """Leave the people of whom LINE did not say, or send to them again."""
    return _done(account_id, broadcast_id, control.decide_unknown, _posted(UnknownChoice, "choice"))


@blueprint.post("/<int:broadcast_id>/line-statistics")
@requires_any(*READERS)
def ask_line(account_id: int, broadcast_id: int) -> Response:
    """Order a fresh look at LINE's statistics; the page shows them when they have come."""
    return _done(account_id, broadcast_id, order_look)


@blueprint.post("/<int:broadcast_id>/restored-decision")
@requires(Permission.CONFIRM_BROADCASTS)
def decide_restored(account_id: int, broadcast_id: int) -> Response:
    """Go on after a backup was restored."""
    return _done(account_id, broadcast_id, control.decide_restored)


@blueprint.post("/<int:broadcast_id>/proof")
@requires_administrator
def prove(account_id: int, broadcast_id: int) -> Response:
    """Prove the ledger: show whether its rows agree."""
    account, broadcast = get_account(account_id), get_broadcast(account_id, broadcast_id)
    return render_part("messages/broadcasts/_proof.html", account, broadcast, verdict=verify(broadcast.id))


def _done(account_id: int, broadcast_id: int, act: Callable[..., Broadcast], *choice: object) -> Response:
    """Do it and show the state it is in then; what cannot be done any more is said above that."""
    account, problem = get_account(account_id), None
    try:
        act(account_id, broadcast_id, *choice, actor=current_actor())
    except Conflict as refusal:
        db.session.rollback()
        problem = refusal.message
    broadcast = get_broadcast(account_id, broadcast_id)
    if broadcast.state == BroadcastState.DRAFT:
        return htmx.go(draft_url(broadcast), toast=problem or _("The broadcast is a draft again. Nothing is sent."))
    if problem is not None:
        return page(account, broadcast, 409, problem, is_changed=True)
    if htmx.is_fragment():
        return page(account, broadcast, is_changed=True)
    return htmx.go(url_for("broadcasts.show", account_id=account_id, broadcast_id=broadcast_id))


def _posted(kind: type[Choice], name: str) -> Choice:
    """Return what was chosen; a choice that is left out stands for none. Raises InvalidInput."""
    try:
        return kind(request.form.get(name, ""))
    except ValueError:
        raise InvalidInput({name: _l("Choose one from the list.")}) from None
