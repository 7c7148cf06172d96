"""The set-up checks: of the installation, answered at once, and of an account, found out at LINE and stored.

Home and the settings page show what is kept, without asking LINE; "Check again" and `flask doctor` check again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import select

from app.core import error_messages
from app.core.clock import now
from app.core.db import db
from app.line.models import Account, AccountState, CheckResult
from app.line.setup_checks import operations
from app.line.setup_checks.rules import INSTALLATION_RULES, RULES, Found
from app.line.setup_checks.texts import LABELS, TEXTS, CheckState, FixAction
from app.team.actors import SYSTEM


@dataclass(frozen=True)
class Check:
    """One check as shown: what it is about, how it stands, one sentence, and the next click."""

    name: str
    code: str
    label: str
    state: CheckState
    sentence: str
    next_click: str
    act: FixAction
    # A page of LINE's own where it is fixed; empty when it is fixed elsewhere.
    url: str
    checked_at: datetime
    account: Account | None = None


def run_all(account: Account | None = None) -> list[Check]:
    """The checks of the installation, or of an account, which asks LINE for some seconds and keeps the findings."""
    if account is None:
        return [_check(name, look(), now()) for name, look in INSTALLATION_RULES.items()]
    operations.run_checks(account, actor=SYSTEM)
    return of_account(account)


def of_account(account: Account) -> list[Check]:
    """Return the account's checks as last found; empty before the first look."""
    kept = db.session.scalars(select(CheckResult).where(CheckResult.account_id == account.id)).all()
    return _ordered(kept, {account.id: account})


def red_for(accounts: Sequence[Account]) -> list[Check]:
    """Return what is red: of the installation now, of these accounts as last found. Makes no outside call."""
    by_id = {account.id: account for account in accounts if account.state != AccountState.DISCONNECTED}
    red = select(CheckResult).where(CheckResult.account_id.in_(by_id), CheckResult.state == CheckState.RED)
    kept = _ordered(db.session.scalars(red).all(), by_id)
    known = {(check.account, check.name) for check in kept}
    broken = [account for account in by_id.values() if account.state == AccountState.BROKEN]
    # LINE may have refused the token since the last look.
    found_since = [_broken(account) for account in broken if (account, "token") not in known]
    return [*(check for check in run_all() if check.state == CheckState.RED), *found_since, *kept]


def _broken(account: Account) -> Check:
    codes = {"line.token_refused": "refused", "line.credentials_lost": "lost"}
    return _check("token", (codes.get(account.problem or "", "credentials"), {}), account.updated_at, account)


def _ordered(kept: Sequence[CheckResult], accounts: Mapping[int, Account]) -> list[Check]:
    order = list(RULES)
    rows = sorted(
        (row for row in kept if row.name in RULES and row.code in TEXTS[row.name]),
        key=lambda row: (accounts[row.account_id].name, row.account_id, order.index(row.name)),
    )
    return [_check(row.name, (row.code, row.values), row.checked_at, accounts[row.account_id]) for row in rows]


def _check(name: str, found: Found, at: datetime, account: Account | None = None) -> Check:
    code, values = found
    outcome = TEXTS[name][code]
    # A reason is kept as a code, so that its sentence speaks the reader's language.
    said = {**values, "reason": error_messages.sentence(values["reason"])} if "reason" in values else values
    return Check(
        name=name,
        code=code,
        label=str(LABELS[name]),
        state=outcome.state,
        sentence=str(outcome.sentence) % said if said else str(outcome.sentence),
        next_click=str(outcome.next_click),
        act=outcome.act,
        url=outcome.page.url(account.channel_id if account else None),
        checked_at=at,
        account=account,
    )
