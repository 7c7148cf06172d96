"""Accounts that members can be limited to."""

from __future__ import annotations

from app.team import account_directory
from tests.factories import line
from tests.support.client import CheckingClient


def test_the_owner_of_the_accounts_is_asked_each_time(accounts: list[tuple[int, str]]) -> None:
    now_known = [(11, "Shop")]
    account_directory.register_accounts(lambda: now_known)
    assert account_directory.accounts() == [(11, "Shop")]
    now_known.append((13, "Bar"))
    assert account_directory.accounts() == [(11, "Shop"), (13, "Bar")]


def test_the_connected_accounts_can_be_chosen(as_alice: CheckingClient) -> None:
    account = line.account(name="灯る商店")
    page = as_alice.get("/members/new").text
    assert f'name="account_ids"\n             id="account_ids-{account.id}"' in page
    assert "灯る商店" in page
