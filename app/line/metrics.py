"""The webhook intake in figures, for /metrics: a backlog that grows or webhooks that stay away mean trouble."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select

from app.core.clock import now
from app.core.db import db
from app.core.web import metrics
from app.line.models import Account, AccountState, EventState, WebhookEvent


@metrics.offer
def webhook_events() -> Iterator[Metric]:
    """Yield how much waits, and for how long the oldest has."""
    waiting = select(func.count(), func.min(WebhookEvent.received_at)).where(WebhookEvent.state == EventState.PENDING)
    count, oldest = db.session.execute(waiting).one()
    age = (now() - oldest).total_seconds() if oldest else 0.0
    yield GaugeMetricFamily("tomoru_webhook_events_pending", "Webhook events to be processed.", value=count)
    yield GaugeMetricFamily("tomoru_webhook_event_oldest_seconds", "How long the oldest has waited.", value=age)


@metrics.offer
def accounts() -> Iterator[Metric]:
    """Accounts by state, and for each connected one how long ago its last webhook came."""
    states = GaugeMetricFamily("tomoru_accounts", "LINE Official Accounts by state.", labels=("state",))
    for state, count in db.session.execute(select(Account.state, func.count()).group_by(Account.state)):
        states.add_metric((state,), count)
    yield states
    ages = GaugeMetricFamily("tomoru_last_webhook_seconds", "How long ago the last webhook came.", labels=("account",))
    heard = select(Account.id, Account.last_webhook_at).where(Account.state == AccountState.CONNECTED)
    for account_id, at in db.session.execute(heard):
        if at is not None:
            ages.add_metric((str(account_id),), (now() - at).total_seconds())
    yield ages
