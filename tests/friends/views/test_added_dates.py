"""The friend-added date of imported friends, which LINE does not tell: said in the list and at the condition."""

from __future__ import annotations

import pytest
from flask import Flask

from app.line.models import Account
from app.segments.conditions.kinds.line import PROPERTIES
from tests.factories import friends as factory
from tests.factories import line
from tests.support.client import CheckingClient


@pytest.fixture
def account(app: Flask) -> Account:
    return line.account()


def test_the_list_says_why_a_date_is_not_known(as_alice: CheckingClient, account: Account) -> None:
    url = f"/accounts/{account.id}/friends"
    factory.friend(account, display_name="Mai", origin="webhook", followed_at=None)
    assert "Before the import" not in as_alice.get(url).text
    factory.friend(account, display_name="Ken", origin="import", followed_at=None)
    page = as_alice.get(url).text
    assert "Before the import" in page
    assert "LINE does not tell the date on which friends who were imported added the account." in page


def test_the_property_has_a_note_and_others_have_none(app: Flask) -> None:
    notes = {one.name: str(one.note) for one in PROPERTIES if one.note}
    assert list(notes) == ["line.followed_at"]
    assert "LINE does not tell this date" in notes["line.followed_at"]
