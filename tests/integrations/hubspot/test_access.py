"""Tokens of a connected HubSpot account: renewed early and once, and what their loss means."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from datetime import timedelta

import pytest
from flask import Flask

from app.core.clock import now
from app.core.db import db
from app.core.errors import PermanentFailure, RetryLater
from app.integrations.hubspot import access as tokens
from app.integrations.hubspot import credentials
from app.integrations.hubspot.access import access_of
from app.integrations.hubspot.gateway import account, oauth
from app.integrations.hubspot.gateway.client import HubSpotClient
from app.integrations.hubspot.gateway.oauth import Grant
from app.integrations.shared import connecting
from app.integrations.shared.connecting import IntegrationGrant
from app.integrations.shared.models import Integration, IntegrationState
from app.team.actors import SYSTEM
from tests.factories import integrations, line
from tests.integrations.hubspot.conftest import connected
from tests.sandbox.hubspot.portals import App, Portal


@pytest.fixture
def integration(hubspot_app: App) -> Integration:
    """One whose token has to be renewed soon, and is still good."""
    return integrations.integration(line.account(), renew_from=now() - timedelta(minutes=1))


def asked(
    monkeypatch: pytest.MonkeyPatch, outcome: Grant | Exception, act: Callable[[], None] = lambda: None
) -> list[str]:
    """Let HubSpot answer a renewal so, after `act`; the refresh tokens that it was asked with."""
    seen: list[str] = []

    def refresh(app: object, refresh_token: str) -> Grant:
        seen.append(refresh_token)
        act()
        db.session.commit()
        if isinstance(outcome, Exception):
            raise outcome
        return outcome

    monkeypatch.setattr(oauth, "refresh", refresh)
    monkeypatch.setattr(account, "knows", lambda _token: True)
    return seen


def grant(name: str = "new") -> Grant:
    return Grant(f"{name}-access", f"{name}-refresh", 1800, "1", ("oauth",), "1")


def fresh(integration: Integration) -> Integration:
    db.session.rollback()
    db.session.expire_all()
    return integration


def test_a_young_token_is_used_as_it_is(integration: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    integration.renew_from = now() + timedelta(minutes=20)
    db.session.commit()
    seen = asked(monkeypatch, grant())
    assert access_of(integration).token() == integration.access_token
    assert seen == []


def test_a_token_in_the_last_fifth_of_its_life_is_renewed(
    integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked(monkeypatch, grant())
    assert access_of(integration).token() == "new-access"
    stored = fresh(integration)
    assert (stored.access_token, stored.refresh_token, stored.scopes) == ("new-access", "new-refresh", ["oauth"])
    assert stored.access_expires_at is not None
    assert stored.renew_from is not None
    assert stored.access_expires_at - stored.renew_from == timedelta(minutes=6)
    assert stored.renewal_claimed_until is None


def test_of_two_workers_one_renews_and_both_get_its_token(
    app: Flask, integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration.access_expires_at = now()
    db.session.commit()
    second, go_on, pause_of = threading.Event(), threading.Event(), time.sleep

    def pause() -> None:
        if len(seen) > 1:
            second.set()
        assert go_on.wait(10)

    def wait(seconds: float) -> None:
        second.set()
        pause_of(seconds)

    monkeypatch.setattr("app.integrations.hubspot.access.time.sleep", wait)

    seen = asked(monkeypatch, grant(), pause)
    access, got = access_of(integration), list[str]()

    def work() -> None:
        with app.app_context():
            got.append(access.token())

    workers = [threading.Thread(target=work) for _ in range(2)]
    for worker in workers:
        worker.start()
    assert second.wait(10), "The second worker waits for the first one, or asks as well."
    go_on.set()
    for worker in workers:
        worker.join(20)
    assert got == ["new-access"] * 2
    assert len(seen) == 1


def test_the_old_token_serves_while_another_process_renews(
    integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    integration.renewal_claimed_until = now() + timedelta(seconds=30)
    db.session.commit()
    seen = asked(monkeypatch, grant())
    assert access_of(integration).token() == integration.access_token
    assert seen == []


def test_the_loser_of_a_race_does_not_delete_the_grant_of_the_winner(
    integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def win() -> None:
        row = db.session.get_one(Integration, integration.id)
        connecting.keep_grant(row, IntegrationGrant("winner", "winner-refresh", 1800, ("oauth",)))

    asked(monkeypatch, PermanentFailure("hubspot.bad_refresh_token"), win)
    assert access_of(integration).token() == "winner"
    assert fresh(integration).state == IntegrationState.CONNECTED


def test_a_renewal_that_comes_too_late_changes_nothing(
    integration: Integration, monkeypatch: pytest.MonkeyPatch
) -> None:
    def leave() -> None:
        connecting.disconnect(db.session.get_one(Integration, integration.id), actor=SYSTEM)

    asked(monkeypatch, grant(), leave)
    with pytest.raises(PermanentFailure, match=r"hubspot\.disconnected"):
        access_of(integration).token()
    stored = fresh(integration)
    assert (stored.state, stored.access_token) == (IntegrationState.DISCONNECTED, None)


@pytest.mark.parametrize("code", ["hubspot.bad_refresh_token", "hubspot.bad_client_secret"])
def test_a_refused_approval_asks_for_a_reconnection_and_is_not_tried_again(
    integration: Integration, monkeypatch: pytest.MonkeyPatch, code: str
) -> None:
    seen = asked(monkeypatch, PermanentFailure(code))
    for _ in range(3):
        with pytest.raises(PermanentFailure, match=code):
            access_of(integration).token()
    stored = fresh(integration)
    assert (stored.state, stored.reason) == (IntegrationState.RECONNECT_NEEDED, code)
    assert stored.next_sync_at is None
    assert len(seen) == 1


def test_trouble_at_hubspot_is_not_the_end(integration: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    asked(monkeypatch, RetryLater("hubspot.unreachable"))
    assert access_of(integration).token() == integration.access_token
    integration.access_expires_at = now() - timedelta(seconds=1)
    db.session.commit()
    with pytest.raises(RetryLater):
        access_of(integration).token()
    assert fresh(integration).state == IntegrationState.CONNECTED


def test_without_an_app_nothing_is_lost(integration: Integration, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tokens, "installed_app", lambda: (_ for _ in ()).throw(PermanentFailure("hubspot.no_app")))
    with pytest.raises(PermanentFailure, match=r"hubspot\.no_app"):
        access_of(integration).token()
    assert fresh(integration).state == IntegrationState.CONNECTED


class TestAtHubSpot:
    def test_a_token_that_ran_out_is_renewed_in_mid_call(self, portal: Portal) -> None:
        integration = connected(portal)
        portal.control("POST", f"/installs/{portal.app.app_id}/expire")
        assert HubSpotClient(access_of(integration)).call(account.details()).portal_id == portal.portal_id
        assert fresh(integration).access_token != portal.token

    def test_a_revoked_approval_asks_for_a_reconnection(self, portal: Portal) -> None:
        integration = connected(portal)
        oauth.revoke(credentials.installed_app().credentials, portal.refresh_token)
        integration.access_expires_at = now()
        db.session.commit()
        with pytest.raises(PermanentFailure):
            HubSpotClient(access_of(integration)).call(account.details())
        assert fresh(integration).state == IntegrationState.RECONNECT_NEEDED

    def test_a_revoked_approval_whose_token_ran_out_is_no_uninstalled_app(self, portal: Portal) -> None:
        integration = connected(portal)
        oauth.revoke(credentials.installed_app().credentials, portal.refresh_token)
        portal.control("POST", f"/installs/{portal.app.app_id}/expire")
        with pytest.raises(PermanentFailure, match=r"hubspot\.bad_refresh_token"):
            HubSpotClient(access_of(integration)).call(account.details())
        assert fresh(integration).state == IntegrationState.RECONNECT_NEEDED

    def test_an_uninstalled_app_is_told_from_a_revoked_approval(self, portal: Portal) -> None:
        integration = connected(portal)
        portal.control("DELETE", f"/installs/{portal.app.app_id}")
        with pytest.raises(PermanentFailure, match=r"hubspot\.uninstalled"):
            HubSpotClient(access_of(integration)).call(account.details())
        stored = fresh(integration)
        assert (stored.state, stored.reason) == (IntegrationState.UNINSTALLED, "hubspot.uninstalled")

    def test_another_refusal_after_a_fresh_token_is_an_uninstalled_app(self, portal: Portal) -> None:
        integration = connected(portal)
        access = access_of(integration)
        access.token()
        access.lost("hubspot.uninstalled")
        assert fresh(integration).state == IntegrationState.UNINSTALLED

    def test_a_refusal_of_an_old_token_does_not_end_a_new_approval(self, portal: Portal) -> None:
        integration = connected(portal)
        access = access_of(integration)
        access.token()
        connecting.keep_grant(integration, IntegrationGrant("other", "other-refresh", 1800, ("oauth",)))
        db.session.commit()
        access.lost("hubspot.uninstalled")
        assert fresh(integration).state == IntegrationState.CONNECTED
