"""Connecting a LINE Official Account on the screen: what is asked, what is refused and where, what is then known."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import pytest
from sqlalchemy import select

from app.core.db import db
from app.line.models import Account, AccountState, TokenKind
from app.team.permissions import Permission
from tests.line.conftest import Channel, error_beside
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer

GOOD = "Kissa Hoshi"


def accounts() -> list[Account]:
    db.session.rollback()
    return list(db.session.scalars(select(Account)))


class TestConnecting:
    def typed(self, channel: dict[str, Any], **more: str) -> dict[str, str]:
        return {"way": "channel", "channel_id": channel["channel_id"], "channel_secret": channel["secret"], **more}

    def test_by_channel_id_and_secret(self, as_alice: CheckingClient, line: SandboxServer, channel: Channel) -> None:
        answer = as_alice.post("/accounts", data=self.typed(channel))
        (account,) = accounts()
        assert (answer.status_code, answer.location) == (303, f"/accounts/{account.id}/settings")
        assert (account.name, account.bot_user_id, account.basic_id) == (
            GOOD,
            channel["bot_user_id"],
            channel["basic_id"],
        )
        assert account.picture_url
        assert (account.state, account.token_kind) == (AccountState.CONNECTED, TokenKind.ISSUED)
        assert account.token_expires_at is not None
        assert len(account.webhook_key) == 43

    def test_by_pasted_token(self, as_alice: CheckingClient, line: SandboxServer, channel: Channel) -> None:
        token = line.api("POST", f"/channels/{channel['channel_id']}/tokens", {})["value"]
        spread = token[:40] + "\n " + token[40:]
        data = {"way": "token", "access_token": spread, "channel_secret": channel["secret"]}
        assert as_alice.post("/accounts", data=data).status_code == 303
        (account,) = accounts()
        assert (account.token_kind, account.access_token, account.token_expires_at) == (TokenKind.PASTED, token, None)
        assert account.channel_id == channel["channel_id"]

    @pytest.mark.parametrize(
        ("field", "value", "sentence"),
        [
            ("channel_id", "", "Fill this in."),
            ("channel_id", "2001-abc", "about ten digits"),
            ("channel_id", "1999999999", "does not know this channel ID"),
            ("channel_secret", "", "Fill this in."),
            ("channel_secret", "x" * 32, "32 characters"),
            ("channel_secret", "0" * 32, "does not belong to this channel ID"),
            ("login_channel_id", "abc", "about ten digits"),
            ("login_channel_secret", "short", "32 characters"),
            ("liff_id", "nonsense", "looks like"),
        ],
    )
    def test_the_wrong_field_is_named(
        self, as_alice: CheckingClient, line: SandboxServer, channel: Channel, field: str, value: object, sentence: str
    ) -> None:
        answer = as_alice.fragment("/accounts", "POST", data=self.typed(channel, **{field: value}))
        assert answer.status_code == 422
        assert accounts() == []
        assert sentence in error_beside(answer.text, field)

    def test_a_wrong_token_or_a_wrong_secret_beside_a_good_token_is_named(
        self, as_alice: CheckingClient, line: SandboxServer, channel: Channel
    ) -> None:
        token = line.api("POST", f"/channels/{channel['channel_id']}/tokens", {})["value"]
        good = {"way": "token", "access_token": token, "channel_secret": channel["secret"]}
        answer = as_alice.fragment("/accounts", "POST", data={**good, "access_token": "t" * 40})
        assert "LINE refuses this token" in error_beside(answer.text, "access_token")
        answer = as_alice.fragment("/accounts", "POST", data={**good, "channel_secret": "0" * 32})
        assert "does not belong" in error_beside(answer.text, "channel_secret")
        assert accounts() == []

    def test_line_not_answering_is_said_above_the_form(
        self, as_alice: CheckingClient, line: SandboxServer, channel: Channel
    ) -> None:
        line.api("POST", "/faults", {"kind": "status", "status": 503})
        answer = as_alice.fragment("/accounts", "POST", data=self.typed(channel))
        assert answer.status_code == 422
        assert "LINE has trouble on its side" in answer.text

    def test_no_secret_is_ever_printed(self, as_alice: CheckingClient, line: SandboxServer, channel: Channel) -> None:
        token = line.api("POST", f"/channels/{channel['channel_id']}/tokens", {})["value"]
        typed = self.typed(channel, login_channel_secret="a" * 32, liff_id="nonsense")
        texts = [as_alice.fragment("/accounts", "POST", data=typed).text]
        data = {"way": "token", "access_token": token, "channel_secret": channel["secret"], "liff_id": "nonsense"}
        texts.append(as_alice.fragment("/accounts", "POST", data=data).text)
        as_alice.post(
            "/accounts", data=self.typed(channel, login_channel_id="2001234567", login_channel_secret="a" * 32)
        )
        (account,) = accounts()
        for path in ("", "/reconnect", "/reconnect?way=token"):
            texts.append(as_alice.get(f"/accounts/{account.id}/settings{path}").text)
        for text in texts:
            assert all(secret not in text for secret in (channel["secret"], token, account.access_token, "a" * 32))

    def test_an_account_that_is_connected_already_says_so(
        self, as_alice: CheckingClient, line: SandboxServer, channel: Channel
    ) -> None:
        as_alice.post("/accounts", data=self.typed(channel))
        answer = as_alice.fragment("/accounts", "POST", data=self.typed(channel))
        assert answer.status_code == 422
        assert "is connected already" in answer.text
        assert len(accounts()) == 1

    @pytest.mark.parametrize("state", [AccountState.DISCONNECTED, AccountState.BROKEN])
    def test_an_account_that_is_known_is_revived_with_its_data(
        self,
        as_alice: CheckingClient,
        line: SandboxServer,
        channel: Channel,
        connect: Callable[..., Account],
        state: object,
    ) -> None:
        account = connect(channel, state=state, problem="line.token_refused", channel_secret="0" * 32)
        assert as_alice.post("/accounts", data=self.typed(channel)).status_code == 303
        (again,) = accounts()
        assert (again.id, again.state, again.problem) == (account.id, AccountState.CONNECTED, None)
        assert again.channel_secret == channel["secret"]

    def test_a_member_who_connects_an_account_may_see_it(
        self, as_bob: CheckingClient, people: SimpleNamespace, line: SandboxServer, channel: Channel
    ) -> None:
        people.bob.permissions, people.bob.account_ids = [Permission.SETTINGS], []
        db.session.commit()
        answer = as_bob.post("/accounts", data=self.typed(channel))
        assert as_bob.get(answer.location).status_code == 200

    def test_someone_elses_account_is_not_taken_over(
        self, as_charlie: CheckingClient, line: SandboxServer, channel: Channel, connect: Callable[..., Account]
    ) -> None:
        connect(channel, state=AccountState.DISCONNECTED)
        answer = as_charlie.fragment("/accounts", "POST", data=self.typed(channel))
        assert "Ask an administrator" in answer.text
        assert accounts()[0].state == AccountState.DISCONNECTED

    def test_line_login_and_liff_are_kept(
        self, as_alice: CheckingClient, line: SandboxServer, channel: Channel
    ) -> None:
        url = "https://liff.line.me/2001234567-AbcdEfgh"
        more = {"login_channel_id": "2001234567", "login_channel_secret": "b" * 32, "liff_id": url}
        as_alice.post("/accounts", data=self.typed(channel, **more))
        (account,) = accounts()
        assert (account.login_channel_id, account.login_channel_secret) == ("2001234567", "b" * 32)
        assert account.liff_id == "2001234567-AbcdEfgh"
