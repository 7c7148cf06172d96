"""`flask accounts`: the LINE Official Accounts of this installation."""

from __future__ import annotations

from sqlalchemy import select

from app.cli.console import Commands, fail, table
from app.core.db import db
from app.line.models import Account

accounts = Commands("accounts", help="LINE Official Accounts.")


@accounts.command("list", examples=["flask accounts list"])
def show() -> None:
    """List the accounts with their state."""
    rows = db.session.scalars(select(Account).order_by(Account.id)).all()
    if not rows:
        fail("No LINE Official Account is connected yet. Connect one: flask accounts connect --help")
    table(("NUMBER", "BASIC ID", "NAME", "STATE", "FRIEND IMPORT"), [_row(account) for account in rows])


def _row(account: Account) -> tuple[object, ...]:
    may_import = {True: "yes", False: "no", None: "not known"}[account.has_followers_api]
    return account.id, account.basic_id, account.name, account.state, may_import


def find_account(wanted: str) -> Account:
    """The account with this number or basic ID; ends the command when there is none."""
    same = Account.id == int(wanted) if wanted.isdecimal() else Account.basic_id == f"@{wanted.removeprefix('@')}"
    account = db.session.scalar(select(Account).where(same))
    if account is None:
        fail(f"There is no account “{wanted}”. See: flask accounts list")
    return account
