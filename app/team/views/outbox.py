"""The outbox: every e-mail that leaves, or waits here because there is no mail server."""

from __future__ import annotations

from flask import Blueprint, Response, request, url_for

from app.core import htmx
from app.core.error_messages import sentence
from app.core.i18n import Text, _, _l
from app.core.mail import operations, queries, smtp
from app.core.mail.models import MailState
from app.core.pages import TIME_ORDERS, PagePosition, time_order
from app.team.operations import outbox
from app.team.permissions import current_actor, requires_administrator
from app.team.sign_in import requires_proof

blueprint = Blueprint("outbox", __name__, url_prefix="/outbox")

STATES: dict[MailState, Text] = {
    MailState.WAITING: _l("Waiting"),
    MailState.SENT: _l("Sent"),
    MailState.FAILED: _l("Failed"),
    MailState.KEPT: _l("Kept here"),
}


@blueprint.get("")
@requires_administrator
@requires_proof
def index() -> Response:
    given = request.args
    state, place, order = given.get("state", ""), PagePosition.asked_by(given), time_order(given)
    page = queries.mails(state, place, oldest=order.is_oldest_first)
    return htmx.render(
        "team/outbox/index.html",
        "team/outbox/_list.html",
        mails=page,
        state=state,
        args={"state": state or None, "sort": order.name, **place.chosen},
        order=order,
        orders=TIME_ORDERS,
        states=STATES,
        has_mail_server=bool(smtp.server.url),
        lost=operations.LOST,
        reasons={smtp.NOT_CARRIED: sentence(smtp.NOT_CARRIED)},
    )


@blueprint.post("/<int:mail_id>/attempt")
@requires_administrator
def try_again(mail_id: int) -> Response:
    mail = outbox.try_again(mail_id, actor=current_actor())
    return htmx.go(
        url_for("outbox.index"), toast=_("The e-mail to %(recipient)s is on its way.", recipient=mail.recipient)
    )
