"""A delay within business hours: the account's own table decides, and one without hours is told of."""

from __future__ import annotations

from datetime import timedelta

import pytest

from app.core.clock import now
from app.core.db import db
from app.core.i18n import zone
from app.line.business_hours.table import Hours, of_week, write
from app.line.models import BusinessHours
from app.workflows.definition.checks import findings
from tests.factories.workflows import active, chain, says, step
from tests.workflows.conftest import Shop, let_pass, runs, said, settle

WAIT = step("delay", amount=1, unit="minutes", business_hours=True)


def opens_tomorrow(shop: Shop) -> None:
    """Open all day, and make today a holiday."""
    today = now().astimezone(zone()).date()
    table = of_week({day: [Hours(0, 24 * 60)] for day in range(7)}, holidays=[today])
    db.session.add(BusinessHours(account_id=shop.account.id, week=write(table)))
    db.session.commit()


def test_the_message_waits_until_the_account_opens(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    opens_tomorrow(shop)
    active(shop.account, step("message", any=True), WAIT, step("send_message", content=says("Good morning")))
    shop.say(hana, "Hi")
    settle()
    (run,) = runs()
    midnight = (now().astimezone(zone()) + timedelta(days=1)).replace(hour=0, minute=0, second=0, microsecond=0)
    assert (run.state, run.due_at) == ("waiting", midnight) and said(shop) == []
    let_pass(monkeypatch, days=1)
    settle()
    assert said(shop) == [["Good morning"]] and runs()[0].state == "succeeded"


def test_an_account_without_hours_is_a_warning(shop: Shop) -> None:
    graph = chain(shop.account, step("friend_add"), WAIT, step("send_message", content=says("Good morning")))
    (found,) = findings(graph)
    assert found.is_warning and found.problem.field == "business_hours"
    opens_tomorrow(shop)
    assert findings(graph) == []
