"""Set accounts up at LINE, check them there, and store what was found: webhook, account type, quota."""

from __future__ import annotations

import structlog
from sqlalchemy import select

from app.core import error_messages, queue, shutdown
from app.core.clock import now
from app.core.db import db, released
from app.core.errors import Conflict, PermanentFailure, RetryLater
from app.core.i18n import _l
from app.line.gateway.client import LineClient
from app.line.gateway.urls import urls
from app.line.models import Account, AccountState
from app.line.operations.connecting import describe
from app.line.operations.refresh import clear_problem, store_quota
from app.line.setup_checks import probe, rules
from app.line.setup_checks.probe import ProbeResult
from app.team import audit
from app.team.actors import SYSTEM, Actor
from app.team.operation import operation
from app.team.permissions import Permission

log = structlog.get_logger(__name__)
_IN_USE = Account.state != AccountState.DISCONNECTED


@operation(Permission.SETTINGS)
def set_up(account: Account, *, actor: Actor) -> None:
    """Set LINE's webhook to this installation, run LINE's test of it, and run all checks. Takes some seconds."""
    found = _run_checks(account, set_webhook=True)
    if "set_webhook" not in found.troubles and found.info is not None:
        audit.record(actor, "account.webhook_set", target=account, account_id=account.id)


def set_up_if_new(account_id: int) -> None:
    """Set the account up unless that was done since it was connected."""
    account = db.session.get(Account, account_id)
    if account is None or not account.is_connected or account.webhook_checked_at is not None:
        return
    try:
        set_up(account, actor=SYSTEM)
    except shutdown.Stopped:
        queue.after_commit(db.session, "line.set_up_account", account_id)
    db.session.commit()


@operation(Permission.SETTINGS)
def run_checks(account: Account, *, actor: Actor) -> None:
    """Run all checks of the account and store their results."""
    del actor
    _run_checks(account, set_webhook=False)


def _run_checks(account: Account, *, set_webhook: bool) -> ProbeResult:
    account_id, url = account.id, urls.webhook_url(account.webhook_key)
    with released():
        found = probe.probe(account_id, url, set_webhook=set_webhook)
    db.session.refresh(account, with_for_update={"key_share": True})
    account.webhook_checked_at = now()
    _keep(account, found)
    rules.store_results(account, found)
    return found


@operation(Permission.SETTINGS)
def test_webhook(account: Account, *, actor: Actor) -> None:
    """Let LINE call the webhook and store the result; raises Conflict when the test could not be run."""
    del actor
    account_id = account.id
    with released():
        found = probe.probe_webhook(account_id)
    if found.test is None:
        raise Conflict(error_messages.sentence(found.trouble("test")))
    _keep(account, found)
    rules.store_results(account, found, ("secret", "webhook"))


@operation(Permission.SETTINGS)
def check_followers(account: Account, *, actor: Actor) -> bool:
    """Ask again whether LINE gives the list of friends; raises Conflict with the reason when LINE cannot say."""
    del actor
    account_id = account.id
    try:
        with released():
            has_list = LineClient(account_id).has_followers_api()
    except (PermanentFailure, RetryLater) as error:
        raise Conflict(error_messages.sentence(error.code, error.params)) from error
    found = ProbeResult(has_followers_api=has_list)
    _keep(account, found)
    rules.store_results(account, found, ("account_type",))
    return has_list


def check_all_later() -> int:
    """Have the checks of every account in use run by workers; returns how many."""
    ids = db.session.scalars(select(Account.id).where(_IN_USE).order_by(Account.id)).all()
    return sum(queue.wake("line.check_account", account_id) for account_id in ids)


def check(account_id: int) -> None:
    """Run the checks of one account, unless it has been disconnected."""
    account = db.session.get(Account, account_id)
    if account is None or account.state == AccountState.DISCONNECTED:
        return
    try:
        run_checks(account, actor=SYSTEM)
    except shutdown.Stopped:
        queue.after_commit(db.session, "line.check_account", account_id)
    db.session.commit()


def require_connected(account: Account) -> None:
    """Raise Conflict unless LINE can be asked for the account."""
    if account.state == AccountState.DISCONNECTED:
        raise Conflict(_l("The account is disconnected. Reconnect it first."))


def _keep(account: Account, found: ProbeResult) -> None:
    at = now()
    if found.info is not None and found.info.user_id == account.bot_user_id:
        describe(account, found.info)
        clear_problem(account)
    if found.endpoint is not None:
        account.webhook_endpoint, account.webhook_active = found.endpoint.endpoint, found.endpoint.active
    if found.test is not None:
        account.webhook_test_reason = "OK" if found.test.success else found.test.reason
        account.webhook_test_detail, account.webhook_tested_at = found.test.detail, at
    if found.has_followers_api is not None:
        account.has_followers_api, account.followers_checked_at = found.has_followers_api, at
    if found.quota is not None:
        store_quota(account, found.quota, at)
