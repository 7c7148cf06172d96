"""The webhook intake in figures, for /metrics: a backlog that grows or webhooks that stay away mean trouble."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily, Metric
from sqlalchemy import func, select

from app.core.clock import database_now
from app.core.db import db
from app.core.web import metrics
from app.line.models import Account, AccountState, EventState, WebhookEvent


@metrics.offer
def webhook_events() -> Iterator[Metric]:
    """Yield how much waits, and for how long the oldest has."""
    oldest = func.extract("epoch", database_now() - func.min(WebhookEvent.received_at))
    waiting = select(func.count(), oldest).where(WebhookEvent.state == EventState.PENDING)
    count, waited = db.session.execute(waiting).one()
    age = float(waited or 0)
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
    silence = func.extract("epoch", database_now() - Account.last_webhook_at)
    is_heard = Account.state == AccountState.CONNECTED, Account.last_webhook_at.is_not(None)
    for account_id, seconds in db.session.execute(select(Account.id, silence).where(*is_heard)):
        ages.add_metric((str(account_id),), float(seconds))
    yield ages
