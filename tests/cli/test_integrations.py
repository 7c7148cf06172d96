"""`flask integrations`: listing, showing and disconnecting from the terminal."""

from __future__ import annotations

from app.core.db import db
from app.integrations.shared.models import Integration, IntegrationState
from tests.cli.conftest import Flasks
from tests.factories import integrations, line


def test_none_is_no_list(flask: Flasks) -> None:
    result = flask("integrations", "list")
    assert result.exit_code == 1
    assert "page Integrations" in result.output


def test_one_is_listed_and_shown_without_its_tokens(flask: Flasks) -> None:
    made = integrations.integration(line.account(name="Kumo", basic_id="@kumo"), name="shop.example")
    assert flask("integrations", "list").stdout.splitlines()[1].split() == [
        str(made.id),
        "hubspot",
        made.remote_id,
        "shop.example",
        "connected",
    ]
    shown = flask("integrations", "show", made.remote_id).stdout
    assert "1: Kumo (@kumo)" in shown
    assert "crm.objects.contacts.read" in shown
    assert str(made.access_token) not in shown


def test_disconnecting_keeps_the_row_and_says_that_the_service_does_not_know(flask: Flasks) -> None:
    made = integrations.integration(line.account())
    result = flask("integrations", "disconnect", str(made.id), "--yes")
    assert "could not be told" in result.output
    db.session.expire_all()
    assert db.session.get_one(Integration, made.id).state == IntegrationState.DISCONNECTED


def test_an_unknown_one_is_named(flask: Flasks) -> None:
    assert "There is no integration “99”" in flask("integrations", "show", "99").output
