"""Change when an account is open."""

from __future__ import annotations

from app.core.db import db
from app.core.i18n import _l
from app.line.business_hours.table import WeekTable, write
from app.line.models import BusinessHours
from app.line.queries import business_hours_of
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

audit.describe({"account.hours_changed": _l("changed the business hours")})


@operation(Permission.SETTINGS)
def change_business_hours(account_id: int, table: WeekTable, *, actor: Actor) -> None:
    """Store the weekly table and the holidays."""
    if table == business_hours_of(account_id):
        return
    db.session.merge(BusinessHours(account_id=account_id, week=write(table)))
    audit.record(actor, "account.hours_changed", account_id=account_id)
