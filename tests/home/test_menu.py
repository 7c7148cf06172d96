"""The side menu leads nowhere that refuses the member who follows it."""

from __future__ import annotations

import re
from types import SimpleNamespace

import pytest
from flask import Flask
from sqlalchemy import event

from app.core.db import db
from app.team.models import Workspace
from app.team.permissions import Permission
from tests.factories import line as factory
from tests.support.client import CheckingClient


@pytest.mark.parametrize("is_verified", [False, True])
def test_settings_are_offered_to_members_who_may_import_and_hold_what_is_possible(
    as_bob: CheckingClient, people: SimpleNamespace, is_verified: bool
) -> None:
    people.bob.permissions = [Permission.IMPORTS]
    account = factory.account(has_followers_api=is_verified)
    address = f"/accounts/{account.id}/settings"
    assert f'href="{address}"' in as_bob.get("/").text
    page = as_bob.get(address)
    assert (page.status_code, "panel-id-links" in page.text) == (200, True)
    assert ("panel-friend-import" in page.text) == is_verified


def test_settings_are_not_offered_to_members_who_may_see_nothing_of_them(
    as_bob: CheckingClient, people: SimpleNamespace
) -> None:
    people.bob.permissions = [Permission.FRIENDS]
    address = f"/accounts/{factory.account().id}/settings"
    assert f'href="{address}"' not in as_bob.get("/").text
    assert as_bob.get(address).status_code == 403


def test_the_icon_is_not_read_to_print_the_menu(app: Flask, as_alice: CheckingClient) -> None:
    db.session.merge(Workspace(id=1, icon=b"picture", icon_type="image/png"))
    db.session.commit()
    statements: list[str] = []
    event.listen(db.engine, "before_cursor_execute", lambda *given: statements.append(given[2]))
    assert 'src="/workspace/icon' in as_alice.get("/").text
    assert statements
    assert not [each for each in statements if re.search(r"workspace\.icon\b", each)]
