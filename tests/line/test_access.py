"""Accounts are loaded through the actor of the request."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask, g

from app.core.errors import NotFound
from app.line.access import get_account, get_accounts
from app.team.models import ApiKey
from tests.factories import line as factory


def test_an_object_of_several_accounts_is_found_only_by_those_who_may_see_all(
    app: Flask, people: SimpleNamespace
) -> None:
    shop, bakery, other = factory.account(name="Shop"), factory.account(name="Bakery"), factory.account(name="Other")
    people.bob.account_ids = [shop.id, bakery.id]
    with app.test_request_context():
        g._login_user = people.bob
        assert [account.name for account in get_accounts([shop.id, bakery.id])] == ["Bakery", "Shop"]
        assert get_accounts([shop.id, shop.id]) == [shop]
        for hidden in ([shop.id, other.id], [shop.id, 0], []):
            with pytest.raises(NotFound):
                get_accounts(hidden)


def test_an_administrator_sees_all_but_not_what_does_not_exist(app: Flask, people: SimpleNamespace) -> None:
    shop = factory.account()
    with app.test_request_context():
        g._login_user = people.alice
        assert get_accounts([shop.id]) == [shop]
        with pytest.raises(NotFound):
            get_accounts([shop.id, 0])


def test_a_key_sees_its_accounts(app: Flask) -> None:
    shop, other = factory.account(), factory.account()
    with app.test_request_context():
        g.api_key = ApiKey(id=1, name="CRM", scopes=["imports"], account_ids=[shop.id])
        assert get_account(shop.id) == shop
        with pytest.raises(NotFound):
            get_account(other.id)
