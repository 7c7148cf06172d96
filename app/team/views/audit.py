"""The audit log's page."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, Response, request

from app.core import htmx
from app.core.i18n import _
from app.core.pages import TIME_ORDERS, PagePosition, time_order
from app.core.values.dates import day_in_address
from app.team import audit, audit_log, queries
from app.team.audit_log import FORMER, SYSTEM, AuditFilter
from app.team.permissions import requires_administrator

blueprint = Blueprint("audit", __name__)


@blueprint.get("/audit-log")
@requires_administrator
def index() -> Response:
    given = request.args
    days = (day_in_address(given.get(name, "")) for name in ("since", "until"))
    chosen = AuditFilter(given.get("person", ""), given.get("group", ""), *days)
    place, order = PagePosition.asked_by(given), time_order(given)
    filtered = {name: str(value) for name, value in asdict(chosen).items() if value}
    page = audit_log.entries(chosen, place, oldest=order.is_oldest_first)
    return htmx.render(
        "team/audit/index.html",
        "team/audit/_list.html",
        entries=page,
        chosen=chosen,
        args={**filtered, **place.chosen, "sort": order.name},
        is_filtered=bool(filtered),
        order=order,
        orders=TIME_ORDERS,
        people=_people(),
        groups=audit.groups(),
        sentence=audit.sentence,
    )


def _people() -> list[tuple[str, str]]:
    members = [(str(member.id), member.label) for member in queries.people()]
    return [*members, (SYSTEM, _("Tomoru by itself")), (FORMER, _("Former members"))]
