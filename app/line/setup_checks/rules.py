"""From what LINE answered to how each set-up check stands. Every judge returns an outcome's code and what it says."""

from __future__ import annotations

from collections.abc import Callable, Collection
from datetime import timedelta
from functools import partial
from typing import Any

import redis
from sqlalchemy import select
from sqlalchemy.dialects.postgresql import insert
from sqlalchemy.exc import SQLAlchemyError

from app.core import heartbeats
from app.core.clock import now
from app.core.db import connections, db, trouble
from app.core.scheduler.leader import leader
from app.core.web import forwarding, health
from app.core.worker_classes import STARTED, WorkerClass
from app.line.gateway.urls import urls
from app.line.models import Account, CheckResult, WebhookEvent
from app.line.setup_checks.probe import ProbeResult
from app.line.setup_checks.texts import TEXTS
from app.team import time_zones
from app.team.queries import workspace

CLOCK_TOLERANCE = timedelta(seconds=30)
Found = tuple[str, dict[str, Any]]


def store_results(account: Account, findings: ProbeResult, names: Collection[str] = ()) -> None:
    """Judge what LINE answered and remember it: all checks, or those named."""
    at = now()
    judged = {name: judge(account, findings) for name, judge in RULES.items() if not names or name in names}
    rows = [
        {
            "account_id": account.id,
            "name": name,
            "state": TEXTS[name][code].state.value,
            "code": code,
            "values": values,
            "checked_at": at,
        }
        for name, (code, values) in judged.items()
    ]
    added = insert(CheckResult).values(rows)
    changed = {name: added.excluded[name] for name in ("state", "code", "values", "checked_at")}
    db.session.execute(added.on_conflict_do_update(index_elements=["account_id", "name"], set_=changed))


def _later(code: str) -> Found:
    return "later", {"reason": code}


def _token(account: Account, found: ProbeResult) -> Found:
    if found.info is not None:
        is_ours = found.info.user_id == account.bot_user_id
        return ("ok", {}) if is_ours else ("other_account", {"name": found.info.name})
    trouble = found.trouble("token")
    known = {
        "line.token_refused": "refused",
        "line.credentials_refused": "credentials",
        "line.bad_channel_id": "credentials",
        "line.bad_channel_secret": "credentials",
        "line.credentials_lost": "lost",
        "line.disconnected": "disconnected",
    }
    return (known[trouble], {}) if trouble in known else _later(trouble)


def _secret(account: Account, found: ProbeResult) -> Found:
    del account
    if found.is_secret_good is not None:
        return ("ok" if found.is_secret_good else "wrong"), {}
    if found.trouble("secret") == "line.credentials_lost":
        return "lost", {}
    if found.trouble("secret"):
        return _later(found.trouble("secret"))
    if found.test is None:
        return "waiting", {}
    return ("ok" if found.test.success else "signature" if found.test.status_code == 401 else "waiting"), {}


def _webhook_url(account: Account, found: ProbeResult) -> Found:
    ours = urls.webhook_url(account.webhook_key)
    if found.trouble("set_webhook") == "line.bad_webhook_url":
        return "refused", {"endpoint": ours}
    if found.endpoint is None:
        return _later(found.trouble("endpoint") or found.trouble("token"))
    if found.endpoint.endpoint is None:
        return "none", {}
    return ("ok", {}) if found.endpoint.endpoint == ours else ("other", {"endpoint": found.endpoint.endpoint})


def _webhook(account: Account, found: ProbeResult) -> Found:
    del account
    test = found.test
    if test is None:
        trouble = found.trouble("test") or found.trouble("endpoint") or found.trouble("token")
        if trouble == "line.webhook_unusable":
            return "unusable", {}
        return _later(trouble) if trouble else ("not_set", {})
    if test.success:
        return "ok", {}
    if test.reason == "ERROR_STATUS_CODE":
        # Tomoru itself answers 401 to a wrong signature only; a proxy may ask for a password in the same way.
        is_ours = test.status_code == 401 and found.is_secret_good is not True
        return ("signature", {}) if is_ours else (test.reason, {"status": test.status_code})
    reason = test.reason if test.reason in TEXTS["webhook"] else "UNCLASSIFIED"
    return reason, {"detail": test.detail or test.reason}


def _use_webhook(account: Account, found: ProbeResult) -> Found:
    del account
    if found.endpoint is None:
        return _later(found.trouble("endpoint") or found.trouble("token"))
    if found.endpoint.endpoint is None:
        return "not_set", {}
    return ("on" if found.endpoint.active else "off"), {}


def _redelivery(account: Account, found: ProbeResult) -> Found:
    del found
    repeated = select(WebhookEvent.id).where(WebhookEvent.account_id == account.id, WebhookEvent.is_redelivery)
    newest = repeated.order_by(WebhookEvent.received_at.desc(), WebhookEvent.id.desc()).limit(1)
    return ("seen" if db.session.scalar(newest) else "advice"), {}


def _account_type(account: Account, found: ProbeResult) -> Found:
    del account
    if found.has_followers_api is None:
        return _later(found.trouble("followers") or found.trouble("token"))
    return ("verified" if found.has_followers_api else "unverified"), {}


def _clock(account: Account, found: ProbeResult) -> Found:
    del account
    if found.clock_drift is None:
        return _later(found.trouble("token") or "line.unreadable")
    seconds = round(found.clock_drift.total_seconds())
    return ("ok", {}) if abs(found.clock_drift) <= CLOCK_TOLERANCE else ("off", {"seconds": f"{seconds:+d}"})


def _public_url() -> Found:
    if urls.ours.startswith("https:"):
        return "ok", {}
    return ("http", {"url": urls.ours}) if urls.is_line else ("sandbox", {})


def _time_zone() -> Found:
    zone = workspace().time_zone
    without = time_zones.disagreement(zone)
    return ("unknown", {"zone": zone, "program": without}) if without else ("ok", {})


def _worker(worker_class: WorkerClass) -> Found:
    return "ok" if heartbeats.is_served(worker_class) else "dead", {}


def _connections() -> Found:
    """Judge the connections in use, and what all processes that live may open, by what PostgreSQL allows."""
    found = connections.counted()
    code = "full" if found.is_nearly_full else "many" if found.may_not_suffice else "ok"
    return code, {"used": found.used, "most": found.most, "wanted": found.wanted}


def _passes(test: Callable[[], bool]) -> bool:
    try:
        return test()
    except (SQLAlchemyError, redis.RedisError, OSError):
        return False


RULES: dict[str, Callable[[Account, ProbeResult], Found]] = {
    "token": _token,
    "secret": _secret,
    "webhook_url": _webhook_url,
    "webhook": _webhook,
    "use_webhook": _use_webhook,
    "redelivery": _redelivery,
    "account_type": _account_type,
    "clock": _clock,
}


def _proxy() -> Found:
    return ("undeclared" if _passes(forwarding.is_seen) else "ok"), {}


INSTALLATION_RULES: dict[str, Callable[[], Found]] = {
    "public_url": _public_url,
    "proxy": _proxy,
    **{heartbeats.worker_kind(name): partial(_worker, name) for name in STARTED},
    "scheduler": lambda: ("ok" if leader() else "dead", {}),
    "time_zone": _time_zone,
    "database": lambda: (trouble.state() or "ok", {}),
    "connections": _connections,
    "redis": lambda: (health.redis_state().value, {}),
    "migrations": lambda: ("ok" if _passes(health.migrations_are_current) else "behind", {}),
}
