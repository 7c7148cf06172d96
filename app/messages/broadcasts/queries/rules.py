"""Settings of an account's broadcasts: second person, quiet hours, price of a message."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from app.core.db import db
from app.core.i18n import zone
from app.messages.broadcasts.models import BroadcastRules


@dataclass(frozen=True)
class QuietHours:
    """From one full hour until another (0 to 23) of the workspace's time zone, over midnight where `until` is less."""

    start: int = 21
    until: int = 8

    def hold_at(self, moment: datetime) -> bool:
        """Return whether the moment lies within them."""
        hour = moment.astimezone(zone()).hour
        if self.start < self.until:
            return self.start <= hour < self.until
        return hour >= self.start or hour < self.until

    def begin_within(self, first: datetime, last: datetime) -> bool:
        """Return whether they begin after the first moment and by the last one."""
        local = first.astimezone(zone())
        begin = local.replace(hour=self.start, minute=0, second=0, microsecond=0)
        return (begin if begin > local else begin + timedelta(days=1)) <= last


USUAL_HOURS = QuietHours()


def rules_of(account_id: int) -> BroadcastRules:
    """Return what holds for all broadcasts of the account; a row that is not stored where nothing was set."""
    usual = {"needs_second": False, "quiet_from": USUAL_HOURS.start, "quiet_until": USUAL_HOURS.until}
    return db.session.get(BroadcastRules, account_id) or BroadcastRules(account_id=account_id, **usual)


def quiet_hours(account_id: int) -> QuietHours | None:
    """Return the hours in which a broadcast is warned of; None where the account has none."""
    rules = rules_of(account_id)
    if rules.quiet_from is None or rules.quiet_until is None:
        return None
    return QuietHours(rules.quiet_from, rules.quiet_until)


def price_of(account_id: int) -> Decimal | None:
    """Return the yen that one message costs; None where no price is set."""
    return rules_of(account_id).price_yen
