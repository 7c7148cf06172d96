"""The account's settings page and the accounts list: who may see what, and what a look at LINE changes on it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from types import SimpleNamespace

import pytest
from sqlalchemy import select

from app.core.db import db
from app.line.gateway.urls import urls
from app.line.intake import endpoints
from app.line.models import Account, AccountState, CheckResult, TokenKind, WebhookEvent
from app.line.panels import PANELS, SettingsPanel, register
from app.line.setup_checks import results
from app.team.models import AuditEntry
from app.team.permissions import Permission
from tests.line.conftest import Channel, Connect, error_beside
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer


def states(account: Account) -> dict[str, str]:
    db.session.rollback()
    rows = db.session.scalars(select(CheckResult).where(CheckResult.account_id == account.id))
    return {row.name: row.code for row in rows}


class TestLooking:
    def test_a_new_account_is_set_up_and_everything_is_green(
        self,
        as_alice: CheckingClient,
        line: SandboxServer,
        channel: Channel,
        connect: Connect,
        public: str,
    ) -> None:
        account = connect(channel)
        page = as_alice.get(f"/accounts/{account.id}/settings").text
        assert 'hx-trigger="load, submit"' in page
        answer = as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST")
        assert answer.status_code == 200
        assert states(account) == {
            "token": "ok",
            "secret": "ok",
            "webhook_url": "ok",
            "webhook": "ok",
            "use_webhook": "on",
            "redelivery": "advice",
            "account_type": "verified",
            "clock": "ok",
        }
        settings = line.api("GET", f"/channels/{channel['channel_id']}")["webhook"]
        assert settings["endpoint"] == f"{public}/webhooks/line/{account.webhook_key}"
        db.session.refresh(account)
        assert account.has_followers_api
        assert (account.webhook_active, account.webhook_test_reason) == (True, "OK")
        assert 'hx-trigger="load, submit"' not in as_alice.get(f"/accounts/{account.id}/settings").text

    def test_use_webhook_switched_off_is_red_with_the_next_click(
        self, as_alice: CheckingClient, line: SandboxServer, connect: Connect, public: str
    ) -> None:
        channel = line.create_channel(webhook={"active": False})
        account = connect(channel)
        text = as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST").text
        assert states(account)["use_webhook"] == "off"
        assert "Switch on “Use webhook”" in text
        assert f"https://developers.line.biz/console/channel/{channel['channel_id']}/messaging-api" in text

    def test_an_unreachable_webhook_is_red(
        self,
        as_alice: CheckingClient,
        line: SandboxServer,
        channel: Channel,
        connect: Connect,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(urls, "ours", "http://127.0.0.1:1")
        account = connect(channel)
        text = as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST").text
        assert states(account)["webhook"] == "COULD_NOT_CONNECT"
        assert "LINE could not connect to the webhook" in text

    def test_an_address_that_line_refuses_is_red_and_the_account_connected(
        self,
        as_alice: CheckingClient,
        line: SandboxServer,
        channel: Channel,
        connect: Connect,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(urls, "ours", "http://tomoru.example.com")
        account = connect(channel)
        text = as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST").text
        assert states(account)["webhook_url"] == "refused"
        assert "Set PUBLIC_URL" in text
        db.session.refresh(account)
        assert account.is_connected

    def test_another_address_at_line_can_be_taken_over(
        self,
        as_alice: CheckingClient,
        line: SandboxServer,
        channel: Channel,
        connect: Connect,
        public: str,
    ) -> None:
        account = connect(channel)
        as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST")
        elsewhere = {"webhook": {"endpoint": "https://elsewhere.example.com/hook"}}
        line.api("PATCH", f"/channels/{channel['channel_id']}", elsewhere)
        text = as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST").text
        assert states(account)["webhook_url"] == "other"
        assert "https://elsewhere.example.com/hook" in text
        as_alice.fragment(f"/accounts/{account.id}/settings/webhook", "POST")
        assert states(account)["webhook_url"] == "ok"

    def test_a_secret_that_was_issued_again_is_red(
        self,
        as_alice: CheckingClient,
        line: SandboxServer,
        channel: Channel,
        connect: Connect,
        public: str,
    ) -> None:
        account = connect(channel)
        as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST")
        line.api("POST", f"/channels/{channel['channel_id']}/secret", {})
        text = as_alice.fragment(f"/accounts/{account.id}/settings/webhook-test", "POST").text
        assert states(account)["secret"] == "wrong"
        assert states(account)["webhook"] == "signature"
        assert "The channel secret is wrong." in text

    def test_without_the_channel_id_the_webhook_proves_the_secret(
        self,
        as_alice: CheckingClient,
        line: SandboxServer,
        channel: Channel,
        connect: Connect,
        public: str,
        monkeypatch: pytest.MonkeyPatch,
    ) -> None:
        monkeypatch.setattr(endpoints, "LOOK_AGAIN_SECONDS", 0)
        token = line.api("POST", f"/channels/{channel['channel_id']}/tokens", {})["value"]
        unknown = {"channel_id": None, "token_kind": TokenKind.PASTED, "access_token": token}
        account = connect(channel, **unknown, channel_secret="0" * 32)
        as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST")
        assert states(account)["secret"] == "signature"
        db.session.refresh(account)
        account.channel_secret = channel["secret"]
        db.session.commit()
        as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST")
        assert states(account)["secret"] == "ok"

    def test_an_unverified_account_is_told_what_that_means_and_can_check_again(
        self, as_alice: CheckingClient, line: SandboxServer, connect: Connect, public: str
    ) -> None:
        channel = line.create_channel(kind="unverified")
        account = connect(channel, has_followers_api=None)
        as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST")
        assert states(account)["account_type"] == "unverified"
        line.api("PATCH", f"/channels/{channel['channel_id']}", {"kind": "verified"})
        answer = as_alice.fragment(f"/accounts/{account.id}/settings/followers", "POST")
        assert answer.status_code == 200
        db.session.refresh(account)
        assert account.has_followers_api
        assert states(account)["account_type"] == "verified"

    def test_quota_and_consumption_are_shown(
        self, as_alice: CheckingClient, line: SandboxServer, connect: Connect, public: str
    ) -> None:
        account = connect(line.create_channel(quota={"type": "limited", "value": 5000}))
        text = as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST").text
        assert "0 of 5,000" in text
        assert '<progress class="progress"' in text

    def test_line_being_away_makes_nothing_red(
        self, as_alice: CheckingClient, line: SandboxServer, channel: Channel, connect: Connect
    ) -> None:
        account = connect(channel)
        line.api("POST", "/faults", {"kind": "reset"})
        text = as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST").text
        assert set(states(account).values()) == {"later", "advice"}
        assert "LINE could not be asked: LINE cannot be reached" in text
        db.session.refresh(account)
        assert account.is_connected

    def test_a_refused_token_breaks_the_account_until_it_is_reconnected(
        self,
        as_alice: CheckingClient,
        line: SandboxServer,
        channel: Channel,
        connect: Connect,
        public: str,
    ) -> None:
        token = line.api("POST", f"/channels/{channel['channel_id']}/tokens", {})["value"]
        account = connect(channel, token_kind=TokenKind.PASTED, access_token=token)
        line.api("DELETE", f"/channels/{channel['channel_id']}/tokens")
        as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST")
        assert states(account)["token"] == "refused"
        db.session.refresh(account)
        assert (account.state, account.problem) == (AccountState.BROKEN, "line.token_refused")
        assert "LINE refuses the access token" in as_alice.get(f"/accounts/{account.id}/settings").text
        assert [check.name for check in results.red_for([account]) if check.account] == ["token"]
        data = {"way": "channel", "channel_id": channel["channel_id"], "channel_secret": channel["secret"]}
        answer = as_alice.post(f"/accounts/{account.id}/settings/reconnect", data=data)
        assert answer.status_code == 303
        as_alice.fragment(f"/accounts/{account.id}/settings/checks", "POST")
        db.session.refresh(account)
        assert (account.state, account.problem) == (AccountState.CONNECTED, None)
        assert [check for check in results.red_for([account]) if check.account] == []

    def test_a_broken_account_is_red_before_anybody_looks_again(self, connect: Connect, channel: Channel) -> None:
        account = connect(channel, state=AccountState.BROKEN, problem="line.credentials_refused")
        (check,) = [check for check in results.red_for([account]) if check.account]
        assert (check.name, check.code) == ("token", "credentials")

    def test_reconnecting_with_another_accounts_credentials_is_refused(
        self, as_alice: CheckingClient, line: SandboxServer, channel: Channel, connect: Connect
    ) -> None:
        account = connect(channel)
        other = line.create_channel(name="Another shop")
        data = {"way": "channel", "channel_id": other["channel_id"], "channel_secret": other["secret"]}
        answer = as_alice.fragment(f"/accounts/{account.id}/settings/reconnect", "POST", data=data)
        assert answer.status_code == 422
        assert "belong to another account, Another shop" in answer.text
        db.session.refresh(account)
        assert account.channel_secret == channel["secret"]


class TestDisconnecting:
    def test_it_stops_and_keeps(
        self, as_alice: CheckingClient, line: SandboxServer, channel: Channel, connect: Connect
    ) -> None:
        account = connect(channel)
        db.session.add(
            WebhookEvent(
                account_id=account.id,
                event_id="E",
                type="follow",
                source_id="U1",
                occurred_at=account.created_at,
                payload={},
            )
        )
        db.session.commit()
        heard: list[int] = []
        from app.core import events as bus
        from app.line.events import AccountDisconnected

        def listen(batch: list[AccountDisconnected]) -> None:
            heard.extend(event.account_id for event in batch)

        bus._listeners[AccountDisconnected].append(listen)
        try:
            answer = as_alice.post(f"/accounts/{account.id}/settings/disconnect")
        finally:
            bus._listeners[AccountDisconnected].remove(listen)
        assert answer.status_code == 303
        db.session.refresh(account)
        assert (account.state, account.access_token) == (AccountState.DISCONNECTED, None)
        assert heard == [account.id]
        assert db.session.scalars(select(WebhookEvent)).one().state == "ignored"
        assert db.session.scalars(select(AuditEntry.action)).all()[-1] == "account.disconnected"
        page = as_alice.get(f"/accounts/{account.id}/settings").text
        assert "Disconnected since" in page
        assert as_alice.post(f"/accounts/{account.id}/settings/disconnect").status_code == 409
        for act in ("checks", "webhook", "webhook-test", "followers"):
            assert as_alice.post(f"/accounts/{account.id}/settings/{act}").status_code == 409

    def test_the_question_says_what_stops_and_what_stays(
        self, as_alice: CheckingClient, connect: Connect, channel: Channel
    ) -> None:
        page = as_alice.get(f"/accounts/{connect(channel).id}/settings").text
        assert "This stops:" in page
        assert "This stays:" in page


class TestLogin:
    def test_it_can_be_changed_and_the_secret_stays_when_left_empty(
        self, as_alice: CheckingClient, connect: Connect, channel: Channel
    ) -> None:
        account = connect(channel, login_channel_id="2001234567", login_channel_secret="b" * 32)
        path = f"/accounts/{account.id}/settings/login"
        data = {"login_channel_id": "2001234567", "liff_id": "2001234567-AbcdEfgh"}
        assert as_alice.post(path, data=data).status_code == 303
        db.session.refresh(account)
        assert (account.liff_id, account.login_channel_secret) == ("2001234567-AbcdEfgh", "b" * 32)
        as_alice.post(path, data={"login_channel_id": "", "liff_id": ""})
        db.session.refresh(account)
        assert (account.login_channel_id, account.login_channel_secret, account.liff_id) == (None, None, None)

    def test_what_does_not_fit_together_is_refused(
        self, as_alice: CheckingClient, connect: Connect, channel: Channel
    ) -> None:
        account = connect(channel)
        path = f"/accounts/{account.id}/settings/login"
        data = {"login_channel_id": "2001234567", "liff_id": "2009999999-AbcdEfgh"}
        answer = as_alice.fragment(path, "POST", data=data)
        assert answer.status_code == 422
        assert answer.text.lstrip().startswith("{#") is False
        assert "belongs to another channel" in error_beside(answer.text, "liff_id")
        answer = as_alice.fragment(path, "POST", data={"login_channel_secret": "b" * 32})
        assert "needs the channel ID" in error_beside(answer.text, "login_channel_secret")
        assert as_alice.post(path, data=data).status_code == 422


class TestWhoMaySee:
    PATHS = ("", "/reconnect")
    ACTIONS = ("checks", "webhook", "webhook-test", "followers", "reconnect", "login", "disconnect")

    def test_without_permission_neither_page_nor_action(
        self, as_bob: CheckingClient, as_charlie: CheckingClient, connect: Connect, channel: Channel
    ) -> None:
        account = connect(channel)
        base = f"/accounts/{account.id}/settings"
        for client, status in ((as_bob, 403), (as_charlie, 404)):
            assert [client.get(base + path).status_code for path in self.PATHS] == [status] * len(self.PATHS)
            assert [client.post(f"{base}/{action}").status_code for action in self.ACTIONS] == [status] * len(
                self.ACTIONS
            )
        assert as_bob.get("/accounts").status_code == as_bob.get("/accounts/new").status_code == 403
        assert as_bob.post("/accounts").status_code == 403

    def test_the_list_shows_only_what_one_may_see(
        self, as_alice: CheckingClient, as_charlie: CheckingClient, connect: Connect, channel: Channel
    ) -> None:
        connect(channel, name="Kissa Hoshi")
        assert "Kissa Hoshi" in as_alice.get("/accounts").text
        assert "No LINE Official Account yet" in as_charlie.get("/accounts").text

    @pytest.fixture
    def panel(self) -> Iterator[SettingsPanel]:
        panel = SettingsPanel(
            "probe", "Probe", "accounts.index", Permission.REPORTS, lambda account: bool(account.basic_id)
        )
        with PANELS.restored():
            register(panel)
            yield panel

    def test_a_section_of_an_upper_layer_opens_the_page_for_its_permission_alone(
        self,
        as_bob: CheckingClient,
        people: SimpleNamespace,
        connect: Connect,
        channel: Channel,
        panel: SettingsPanel,
    ) -> None:
        account = connect(channel)
        assert as_bob.get(f"/accounts/{account.id}/settings").status_code == 403
        people.bob.permissions = [Permission.REPORTS]
        db.session.commit()
        page = as_bob.get(f"/accounts/{account.id}/settings")
        assert page.status_code == 200
        assert 'id="panel-probe"' in page.text
        assert 'id="account-connection"' not in page.text
        assert 'id="account-disconnect"' not in page.text

    def test_a_section_is_hidden_where_it_does_not_apply(
        self, as_alice: CheckingClient, connect: Connect, channel: Channel, panel: SettingsPanel
    ) -> None:
        account = connect(channel)
        with PANELS.restored("probe"):
            register(replace(panel, is_visible=lambda account: False))
            assert 'id="panel-probe"' not in as_alice.get(f"/accounts/{account.id}/settings").text
