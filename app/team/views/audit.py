"""The audit log's page."""

from __future__ import annotations

from dataclasses import asdict
from datetime import date

from flask import Blueprint, Response, request

from app.core import htmx
from app.core.i18n import _
from app.team import audit, audit_log, queries
from app.team.audit_log import FORMER, SYSTEM, AuditFilter
from app.team.permissions import requires_administrator

blueprint = Blueprint("audit", __name__)


@blueprint.get("/audit-log")
@requires_administrator
def index() -> Response:
    given = request.args
    chosen = AuditFilter(given.get("person", ""), given.get("group", ""), _day("since"), _day("until"))
    page = audit_log.entries(chosen, given.get("after", ""), given.get("before", ""))
    return htmx.render(
        "team/audit/index.html",
        "team/audit/_list.html",
        entries=page,
        chosen=chosen,
        args={name: str(value) for name, value in asdict(chosen).items() if value},
        people=_people(),
        groups=audit.groups(),
        sentence=audit.sentence,
    )


def _day(name: str) -> date | None:
    """Read a day from the address; what is no day, or none a calendar goes on from, does not filter."""
    try:
        day = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return day if 1970 <= day.year < 9999 else None


def _people() -> list[tuple[str, str]]:
    members = [(str(member.id), member.label) for member in queries.people()]
    return [*members, (SYSTEM, _("Tomoru by itself")), (FORMER, _("Former members"))]
