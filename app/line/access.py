"""Load accounts for a request: only through the actor who makes it. Actors who may not see one get "not found"."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from flask import g, has_request_context, request, session
from sqlalchemy import select

from app.core import htmx
from app.core.asked_once import asked_once
from app.core.db import db
from app.core.errors import NotFound
from app.line.models import Account
from app.team import account_directory
from app.team.actors import Actor
from app.team.permissions import current_actor


def get_account(account_id: int) -> Account:
    """Return the account, if the actor of this request may see it; raises NotFound."""
    actor = current_actor()
    if _draws_menu():
        # The menu names them all, and the session then has this one, too.
        visible_accounts(actor)
    account = db.session.get(Account, account_id)
    if account is None or not actor.may_see_account(account_id):
        raise NotFound
    return account


def get_accounts(account_ids: Collection[int]) -> Sequence[Account]:
    """Return all accounts of an object that spans several, by name; raises NotFound unless each may be seen.

    One account that the actor may not see is enough to refuse: the object's text and numbers speak of all of them.
    """
    wanted = set(account_ids)
    found = [account for account in visible_accounts(current_actor()) if account.id in wanted]
    if not wanted or len(found) != len(wanted):
        raise NotFound
    return found


def visible_accounts(actor: Actor) -> Sequence[Account]:
    """Return all accounts that the actor may see, by name."""
    return asked_once(("accounts", actor.accounts), lambda: _visible(actor))


def _visible(actor: Actor) -> Sequence[Account]:
    query = select(Account).order_by(Account.name, Account.id)
    if actor.accounts is not None:
        query = query.where(Account.id.in_(actor.accounts))
    return db.session.scalars(query).all()


def _draws_menu() -> bool:
    """Return whether the answer is likely to be a whole page, which only shows what there is."""
    return has_request_context() and request.method == "GET" and "api_key" not in g and not htmx.is_fragment()


def account_at_hand(accounts: Sequence[Account]) -> Account | None:
    """Return which of these is the account of this page, else the one last looked at, else the one connected first."""
    by_id = {account.id: account for account in accounts}
    present = by_id.get((request.view_args or {}).get("account_id", 0))
    if present is not None:
        session["account_id"] = present.id
        return present
    return by_id.get(session.get("account_id", 0)) or (by_id[min(by_id)] if by_id else None)


def account_names() -> Sequence[tuple[int, str]]:
    """Return every account as (id, name), for limiting members and API keys to some of them."""
    rows = db.session.execute(select(Account.id, Account.name).order_by(Account.name, Account.id))
    return [(row.id, row.name) for row in rows]


account_directory.register_accounts(account_names)
