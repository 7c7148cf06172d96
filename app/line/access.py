"""The only way a request obtains an account: through the member who asks. Strangers get "not found"."""

from __future__ import annotations

from collections.abc import Sequence

from flask import g
from sqlalchemy import select

from app.core.db import db
from app.core.errors import NotFound
from app.line.models import Account
from app.team import account_directory
from app.team.api_access import the_key
from app.team.models import Member
from app.team.permissions import me


def get_account(account_id: int) -> Account:
    """The account, if the signed-in member may know of it; raises NotFound. The layout's menu then shows it."""
    account = db.session.get(Account, account_id)
    if account is None or not me().may_see_account(account_id):
        raise NotFound
    g.account = account
    return account


def get_account_of_key(account_id: int) -> Account:
    """The account, if this request's API key may know of it; raises NotFound."""
    account = db.session.get(Account, account_id)
    if account is None or not the_key().may_see_account(account_id):
        raise NotFound
    return account


def visible_accounts(member: Member) -> Sequence[Account]:
    """All accounts this member may know of, by name."""
    query = select(Account).order_by(Account.name, Account.id)
    if not member.is_administrator and member.account_ids is not None:
        query = query.where(Account.id.in_(member.account_ids))
    return db.session.scalars(query).all()


def account_names() -> Sequence[tuple[int, str]]:
    """Every account as (id, name), for limiting members to some of them."""
    rows = db.session.execute(select(Account.id, Account.name).order_by(Account.name, Account.id))
    return [(row.id, row.name) for row in rows]


account_directory.register_accounts(account_names)
