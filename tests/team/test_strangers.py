"""An account that a member may not see does not exist for them, on whatever page and whatever else they may do."""

from __future__ import annotations

from types import SimpleNamespace

import pytest
from flask import Flask
from werkzeug.routing import BuildError

from tests.factories import line
from tests.support.client import CheckingClient


def paths(app: Flask, account_id: int) -> list[tuple[str, str]]:
    """Method and path of every route below an account that is for members."""
    found = []
    for rule in app.url_map.iter_rules():
        access = getattr(app.view_functions[rule.endpoint], "access", "")
        if "account_id" in rule.arguments and access != "public" and not access.startswith("key:"):
            values = dict.fromkeys(rule.arguments, 1) | {"account_id": account_id}
            try:
                _domain, path = rule.build(values) or ("", "")
            except (BuildError, ValueError):
                _domain, path = rule.build(dict.fromkeys(rule.arguments, "x") | values) or ("", "")
            found += [(method, path) for method in sorted((rule.methods or set()) & {"GET", "POST", "DELETE"})]
    return found


@pytest.mark.parametrize("permissions", [[], ["friends", "tags", "imports", "segments", "settings", "broadcasts"]])
def test_a_member_without_the_account_finds_nothing(
    app: Flask, as_bob: CheckingClient, people: SimpleNamespace, permissions: list[str]
) -> None:
    own, other = line.account(), line.account()
    people.bob.account_ids, people.bob.permissions = [own.id], permissions
    tried = paths(app, other.id)
    assert len(tried) > 50
    assert {(method, path): as_bob.open(path, method=method).status_code for method, path in tried} == dict.fromkeys(
        tried, 404
    )


def test_an_id_that_no_row_can_have_is_not_found(as_alice: CheckingClient) -> None:
    account = line.account()
    for path in ("/accounts/99999999999999999999/friends", f"/accounts/{account.id}/friends/{2**63}"):
        assert as_alice.get(path).status_code == 404
