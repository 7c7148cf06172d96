"""Accounts that members can be limited to."""

from __future__ import annotations

from app.team import scopes


def test_whoever_knows_the_accounts_is_asked_each_time(accounts: list[tuple[int, str]]) -> None:
    now_known = [(11, "Shop")]
    scopes.register_accounts(lambda: now_known)
    assert scopes.accounts() == [(11, "Shop")]
    now_known.append((13, "Bar"))
    assert scopes.accounts() == [(11, "Shop"), (13, "Bar")]
