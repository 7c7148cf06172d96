"""How often broadcasts and workflows may reach a friend: one rule per account, and who was reached as often already.

Each sender of messages to many registers a query in `REACHES`. Tests, replies and chat are not counted.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Select, func, select, union_all

from app.core.clock import now
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _, _l
from app.core.registry import Registry
from app.messages.sending.models import FrequencyCap
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

MOST_TIMES, MOST_DAYS = 100, 90
# Selects `friend_id` once for each time that a friend of the account was reached since a moment.
Reach = Callable[[int, datetime], Select[Any]]
REACHES: Registry[Reach] = Registry("reach")
audit.describe(
    {
        "frequency_cap.changed": _l("set the frequency cap. Messages: %(most)s. Days: %(days)s"),
        "frequency_cap.removed": _l("removed the frequency cap"),
    },
    {"frequency_cap": _l("Frequency cap")},
)


def cap_of(account_id: int) -> FrequencyCap | None:
    """Return the account's rule; None where friends may be reached any number of times."""
    return db.session.get(FrequencyCap, account_id)


def reached_often(account_id: int, most: int, days: int) -> Select[Any]:
    """Select `friend_id` of the friends who were reached `most` times or more within the last `days` days."""
    since = now() - timedelta(days=days)
    found = union_all(*(reach(account_id, since) for reach in REACHES.values())).subquery("reached")
    return select(found.c.friend_id).group_by(found.c.friend_id).having(func.count() >= most)


@operation(Permission.SETTINGS)
def change_cap(account_id: int, most: int | None, days: int | None, *, actor: Actor) -> FrequencyCap | None:
    """Set the rule, or remove it with two times None; it holds for what starts from now on. Raises InvalidInput."""
    stored = cap_of(account_id)
    if most is None and days is None:
        if stored is not None:
            db.session.delete(stored)
            db.session.flush()
            audit.record(actor, "frequency_cap.removed", account_id=account_id)
        return None
    _check(most, days)
    if stored is not None and (stored.most, stored.days) == (most, days):
        return stored
    cap = db.session.merge(FrequencyCap(account_id=account_id, most=most, days=days))
    audit.record(actor, "frequency_cap.changed", account_id=account_id, most=most, days=days)
    return cap


def _check(most: int | None, days: int | None) -> None:
    wrong: dict[str, object] = {}
    if most is None or not 1 <= most <= MOST_TIMES:
        wrong["most"] = _("Enter a whole number from 1 to %(most)s.", most=MOST_TIMES)
    if days is None or not 1 <= days <= MOST_DAYS:
        wrong["days"] = _("Enter a whole number from 1 to %(most)s.", most=MOST_DAYS)
    if wrong:
        raise InvalidInput(wrong)
