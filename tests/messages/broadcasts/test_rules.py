"""Settings of broadcasts: stored as typed, refused beside the field, and what they mean."""

from __future__ import annotations

from datetime import datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.operations.rules import BroadcastSettings, change_rules
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.broadcasts.queries.rules import QuietHours, price_of, quiet_hours, rules_of
from app.messages.content.message_set import MessageSet
from app.messages.sending.frequency import cap_of
from app.team.actors import SYSTEM
from tests.factories import friends
from tests.support.client import CheckingClient

TYPED = {"needs_second": "y", "has_quiet": "y", "quiet_from": "22", "quiet_until": "7", "price": "2.5"}


def test_settings_are_stored_and_removed_again(as_alice: CheckingClient, place: Account) -> None:
    url = f"/accounts/{place.id}/broadcasts/settings"
    assert quiet_hours(place.id) == QuietHours(21, 8) and price_of(place.id) is None
    as_alice.post(url, data=TYPED | {"most": "2", "days": "7"})
    db.session.rollback()
    cap = cap_of(place.id)
    assert cap is not None and (cap.most, cap.days) == (2, 7)
    assert rules_of(place.id).needs_second and price_of(place.id) == Decimal("2.5")
    assert quiet_hours(place.id) == QuietHours(22, 7)
    assert 'value="2.5"' in as_alice.get(url).text
    as_alice.post(url, data={"quiet_from": "22", "quiet_until": "7", "price": "", "most": "", "days": ""})
    db.session.rollback()
    assert (quiet_hours(place.id), price_of(place.id), cap_of(place.id)) == (None, None, None)


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("price", "much"),
        ("price", "1_0"),
        ("price", "1.234"),
        ("price", "NaN"),
        ("quiet_until", "22"),
        ("most", "0"),
        ("days", ""),
    ],
)
def test_what_makes_no_sense_is_refused_at_its_field(
    as_alice: CheckingClient, place: Account, field: str, typed: str
) -> None:
    url = f"/accounts/{place.id}/broadcasts/settings"
    refused = as_alice.post(url, data=TYPED | {"most": "2", "days": "7", field: typed})
    assert refused.status_code == 422 and f'id="{field}-error"' in refused.text
    db.session.rollback()
    assert not rules_of(place.id).needs_second and cap_of(place.id) is None


@pytest.mark.parametrize(("hours", "hour", "hold"), [((21, 8), 21, True), ((21, 8), 8, False), ((1, 5), 0, False)])
def test_quiet_hours_may_pass_midnight(place: Account, hours: tuple[int, int], hour: int, hold: bool) -> None:
    moment = datetime(2026, 4, 1, hour, 30, tzinfo=ZoneInfo("Asia/Tokyo"))
    assert QuietHours(*hours).hold_at(moment) is hold


def test_the_review_warns_of_quiet_hours_and_says_the_price(as_alice: CheckingClient, place: Account) -> None:
    for _ in range(3):
        friends.friend(place)
    night = (now() + timedelta(days=2)).astimezone(ZoneInfo("Asia/Tokyo")).replace(hour=23, minute=0)
    for at, is_quiet in ((night, True), (night - timedelta(hours=9), False)):
        plan = BroadcastPlan("Tea", AudienceChoice(), MessageSet(), scheduled_at=at, time_zone="Asia/Tokyo")
        draft = create_draft(place.id, plan, actor=SYSTEM)
        change_rules(place.id, BroadcastSettings(price=Decimal("2.5")), actor=SYSTEM)
        db.session.commit()
        url = f"/accounts/{place.id}/broadcasts/{draft.id}/review"
        review = as_alice.get(url, headers={"Accept-Language": "en"}).text
        assert "At 2.5 yen a message: at most 8 yen" in review
        assert ("within the quiet hours (21:00 to 8:00, Asia/Tokyo)" in review) is is_quiet
