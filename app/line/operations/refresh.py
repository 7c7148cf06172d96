"""Refresh what LINE tells about an account: name, picture, message quota and consumption."""

from __future__ import annotations

from datetime import datetime, timedelta

import structlog
from sqlalchemy import or_, select

from app.core import queue, shutdown
from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway.client import LineClient
from app.line.gateway.types import Quota
from app.line.models import Account, AccountState
from app.line.operations.connecting import describe

log = structlog.get_logger(__name__)
REFRESH_EVERY = timedelta(minutes=55)
_IN_USE = Account.state != AccountState.DISCONNECTED


def refresh_due_later() -> int:
    """Have accounts refreshed whose name, picture, quota and consumption are old, each by itself; returns how many.

    One by one, since LINE may take its time for each.
    """
    before = now() - REFRESH_EVERY
    is_due = or_(Account.quota_checked_at.is_(None), Account.quota_checked_at < before)
    ids = db.session.scalars(select(Account.id).where(_IN_USE, is_due).order_by(Account.id)).all()
    return sum(queue.wake("line.refresh_account", account_id) for account_id in ids)


def refresh(account_id: int) -> None:
    """Read name, picture, quota and consumption again; an account that LINE takes again is no longer broken."""
    bot = LineClient(account_id)
    try:
        info = bot.info()
        shutdown.raise_if_requested()
        quota = bot.quota()
    except shutdown.Stopped:
        queue.wake("line.refresh_account", account_id)
        return
    except (PermanentFailure, RetryLater) as error:
        log.info("account.not_refreshed", account_id=account_id, reason=error.code)
        return
    account = db.session.get(Account, account_id, with_for_update={"key_share": True}, populate_existing=True)
    if account is not None and info.user_id == account.bot_user_id:
        describe(account, info)
        store_quota(account, quota, now())
        clear_problem(account)
    db.session.commit()


def store_quota(account: Account, quota: Quota, at: datetime) -> None:
    account.quota_limit, account.quota_used, account.quota_checked_at = quota.limit, quota.used, at


def clear_problem(account: Account) -> None:
    if account.state == AccountState.BROKEN:
        account.state, account.problem = AccountState.CONNECTED, None
