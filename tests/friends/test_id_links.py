"""ID links of friends: found in the list by user ID, whether few or many have it."""

from __future__ import annotations

import pytest
from flask import Flask
from sqlalchemy import text

from app.core.db import db
from app.friends.filters import from_text
from app.friends.models import Friend, IdLink
from app.friends.queries import id_links
from app.friends.queries.listing import count_friends, friends_page
from app.friends.queries.orders import ORDERS
from app.line.models import Account
from tests.factories import friends as factory
from tests.factories import line

ORDER = next(iter(ORDERS.values()))


@pytest.fixture
def account(app: Flask) -> Account:
    return line.account()


def link(account: Account, line_user_id: str, user_id: str) -> None:
    db.session.add(IdLink(account_id=account.id, line_user_id=line_user_id, user_id=user_id))
    db.session.commit()


def linked(account: Account, name: str, user_id: str) -> Friend:
    friend = factory.friend(account, display_name=name)
    link(account, friend.line_user_id, user_id)
    return friend


def found(account: Account, search: str) -> list[str]:
    """Names in the list, which the total must agree with."""
    wanted = from_text(search)
    names = {friend.display_name for friend in friends_page(account.id, wanted, ORDER).rows}
    assert count_friends(account.id, wanted).number == len(names)
    return names


def test_a_word_finds_whom_it_equals_or_begins(account: Account) -> None:
    linked(account, "Hanako", "CRM-001")
    linked(account, "Taro", "CRM-0012")
    linked(account, "Ken", "x-CRM-001")
    factory.friend(account, display_name="No one")
    link(account, "U" + "f" * 32, "CRM-001")
    assert found(account, "CRM-001") == {"Hanako", "Taro"}
    assert found(account, "CRM-0012") == {"Taro"}
    assert found(account, "crm-001") == set()
    assert found(account, "RM-001") == set()
    assert found(account, "CRM-001 Hana") == {"Hanako"}
    assert found(account, "x") == {"Ken"}


def test_names_and_user_ids_are_found_by_one_word(account: Account) -> None:
    linked(account, "Hanako", "tea")
    factory.friend(account, display_name="tea lover")
    assert found(account, "tea") == {"Hanako", "tea lover"}


@pytest.mark.parametrize("typed", ["ＡＢ－１", "ｶｷ1", "①番", "ＡＢ－１ ＡＢ－"])
def test_user_ids_are_found_as_they_are_spelt(account: Account, typed: str) -> None:
    """Elsewhere a search does not tell full from half width; a user ID is what the other system says."""
    linked(account, "Wide", f"{typed.split(maxsplit=1)[0]}-x")
    linked(account, "Narrow", "AB-1-x")
    assert found(account, typed) >= {"Wide"}
    assert found(account, f"{typed} wi") == {"Wide"}


def test_half_width_does_not_find_full_width_user_ids(account: Account) -> None:
    linked(account, "Wide", "ＡＢ－１")
    linked(account, "Narrow", "AB-1")
    assert found(account, "AB-1") == {"Narrow"}
    assert found(account, "ＡＢ－１") == {"Wide", "Narrow"}


def test_user_ids_with_blanks_are_found_whole(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    linked(account, "Hanako", "Tanaka 01")
    linked(account, "Tanaka 01 by name", "other")
    linked(account, "Neither", "Tanaka 11")
    assert found(account, "Tanaka 01") == {"Hanako", "Tanaka 01 by name"}
    assert found(account, "  Tanaka   0 ") == {"Hanako", "Tanaka 01 by name"}
    assert found(account, "01 Tanaka") == {"Tanaka 01 by name"}
    monkeypatch.setattr(id_links, "FEW", 0)
    assert found(account, "Tanaka 01") == {"Hanako", "Tanaka 01 by name"}


@pytest.mark.parametrize("word", ["100%", "a_c", "back\\slash", "顧客"])
def test_no_sign_means_anything_else(account: Account, word: str) -> None:
    linked(account, "Right", f"{word}-1")
    linked(account, "Wrong", "100x-1")
    linked(account, "Wrong too", "abc-1")
    assert found(account, word) == {"Right"}


def test_a_beginning_that_very_many_have(account: Account, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(id_links, "FEW", 3)
    for number in range(6):
        linked(account, f"Friend {number}", f"customer-{number}")
    factory.friend(account, display_name="No one")
    link(account, "U" + "e" * 32, "customer-9")
    assert found(account, "customer") == {f"Friend {number}" for number in range(6)}
    assert found(account, "customer-4") == {"Friend 4"}


def test_links_of_another_account_find_no_one(account: Account) -> None:
    other = line.account()
    friend = factory.friend(account, display_name="Hanako")
    link(other, friend.line_user_id, "theirs")
    assert found(account, "theirs") == set()


def test_a_beginning_is_found_through_the_index(account: Account) -> None:
    db.session.execute(
        text(
            "INSERT INTO id_links (account_id, line_user_id, user_id)"
            " SELECT :account, 'U' || md5(n::text), 'customer-' || n FROM generate_series(1, 20000) AS n"
        ),
        {"account": account.id},
    )
    db.session.execute(text("ANALYZE id_links"))
    values = {"account_id": account.id, "pattern": "customer-1234%", "limit": id_links.FEW}
    plan = "\n".join(db.session.scalars(text(f"EXPLAIN {id_links._LINKED.text}"), values))
    assert "ix_id_links_user_id" in plan
