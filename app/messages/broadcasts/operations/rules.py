"""Change the settings of an account's broadcasts."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from app.core.db import db
from app.core.errors import InvalidInput
from app.core.i18n import Text, _l
from app.messages.broadcasts.models import BroadcastRules
from app.messages.broadcasts.queries.rules import USUAL_HOURS, QuietHours
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

MOST_YEN, LAST_HOUR = Decimal(1000), 23
audit.describe({"broadcast.rules_changed": _l("changed the rules of broadcasts")})


@dataclass(frozen=True)
class BroadcastSettings:
    """What holds for all broadcasts that are confirmed from now on; `quiet` and `price` None: there are none."""

    needs_second: bool = False
    quiet: QuietHours | None = USUAL_HOURS
    price: Decimal | None = None


@operation(Permission.SETTINGS)
def change_rules(account_id: int, settings: BroadcastSettings, *, actor: Actor) -> BroadcastRules:
    """Store them all; raises InvalidInput with complaints under `quiet_from`, `quiet_until` and `price`."""
    _check(settings)
    quiet = settings.quiet
    rules = BroadcastRules(
        account_id=account_id,
        needs_second=settings.needs_second,
        quiet_from=None if quiet is None else quiet.start,
        quiet_until=None if quiet is None else quiet.until,
        price_yen=settings.price,
    )
    rules = db.session.merge(rules)
    audit.record(actor, "broadcast.rules_changed", account_id=account_id, needs_second=settings.needs_second)
    return rules


def _check(settings: BroadcastSettings) -> None:
    wrong: dict[str, Text] = {}
    quiet, price = settings.quiet, settings.price
    if quiet is not None:
        hours = {"quiet_from": quiet.start, "quiet_until": quiet.until}
        no_hour = _l("Choose a full hour.")
        wrong |= {name: no_hour for name, hour in hours.items() if not 0 <= hour <= LAST_HOUR}
        if quiet.start == quiet.until:
            wrong["quiet_until"] = _l("Choose another hour than the one at which they begin.")
    if price is not None and not (price.is_finite() and 0 < price <= MOST_YEN and price == round(price, 2)):
        wrong["price"] = _l("Enter an amount between 0.01 and 1,000 yen, with two decimals at most.")
    if wrong:
        raise InvalidInput(dict(wrong))
