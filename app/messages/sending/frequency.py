"""How often broadcasts and workflows may reach a friend: one rule per account, and who was reached as often already.

Each sender of messages to many registers a query in `REACHES`. Tests, replies and chat are not counted.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ARRAY, BigInteger, Select, any_, func, literal, select, text, union_all

from app.core.clock import now
from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import _, _l
from app.core.registry import Registry
from app.messages.sending.models import PUSHED_BY_WORKFLOWS, FrequencyCap, MessageSend
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


def reached_often(account_id: int, most: int, days: int, *, friend_ids: Collection[int] | None = None) -> Select[Any]:
    """Select `friend_id` of the friends who were reached `most` times or more within the last `days` days.

    With `friend_ids`, only these are looked at.
    """
    since = now() - timedelta(days=days)
    found = union_all(*(reach(account_id, since) for reach in REACHES.values())).subquery("reached")
    query = select(found.c.friend_id).group_by(found.c.friend_id).having(func.count() >= most)
    return (
        query
        if friend_ids is None
        else query.where(found.c.friend_id == any_(literal(list(friend_ids), ARRAY(BigInteger))))
    )


def over_cap(account_id: int, friend_ids: Collection[int]) -> set[int]:
    """Return which of these friends the account's rule lets no further message reach now."""
    cap = cap_of(account_id)
    if cap is None or not friend_ids:
        return set()
    return set(db.session.scalars(reached_often(account_id, cap.most, cap.days, friend_ids=friend_ids)))


def _pushed_by_workflows(account_id: int, since: datetime) -> Select[Any]:
    mine = (MessageSend.account_id == account_id, MessageSend.settled_at >= since, MessageSend.friend_id.is_not(None))
    return select(MessageSend.friend_id).where(*mine, text(PUSHED_BY_WORKFLOWS))


REACHES.add("workflows", _pushed_by_workflows)


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
