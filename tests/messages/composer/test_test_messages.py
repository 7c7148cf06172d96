"""Send Test Message from the composer: to test recipients only, with what became of it."""

from __future__ import annotations

import re
from types import SimpleNamespace
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import func, select

from app.core.db import db
from app.friends.models import Friend
from app.line.models import Account
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.composer.models import MessageDraft
from app.messages.composer.operations import open_draft
from app.messages.content.message_set import MessageSet
from app.messages.sending.models import MessageSend
from app.messages.sending.testers import add_tester
from app.team.actors import SYSTEM, Actor
from tests.conftest import signed_in
from tests.factories import team
from tests.factories.friends import friend
from tests.messages.composer.test_said import refuse
from tests.support.client import CheckingClient
from tests.support.sandbox import SandboxServer


@pytest.fixture
def draft(connected: Account, people: SimpleNamespace) -> MessageDraft:
    """Alice's draft of a greeting."""
    content = {"messages": [{"kind": "text", "text": "Hello"}]}
    made = open_draft(connected.id, "auto_message", None, content, actor=Actor.of_member(people.alice))
    db.session.commit()
    return made


@pytest.fixture
def tester(connected: Account, line: SandboxServer) -> Friend:
    """A friend at the sandbox who gets test messages."""
    path = f"/channels/{connected.channel_id}/friends?limit=1&state=friend"
    at_line = line.api("GET", path)["friends"][0]["user_id"]
    made = friend(connected, line_user_id=at_line, display_name="Tester")
    add_tester(connected, made.id, actor=SYSTEM)
    db.session.commit()
    return made


def send(browser: CheckingClient, draft: MessageDraft, *testers: int, text: str = "Hello", press: str = "") -> Any:
    data = {"draft_version": "1", "press": press, "messages.0.text": text, "tester": [str(one) for one in testers]}
    url = f"/accounts/{draft.account_id}/composer/{draft.id}/test"
    return browser.post(url, data=data, headers={"HX-Request": "true"})


def test_what_is_typed_goes_to_a_test_recipient(
    line: SandboxServer, connected: Account, draft: MessageDraft, tester: Friend, as_alice: CheckingClient
) -> None:
    answer = send(as_alice, draft, tester.id, text="Typed just now")
    assert answer.status_code == 200 and "LINE took the test message." in answer.text
    log = line.api("GET", f"/channels/{connected.channel_id}/messages")["messages"]
    assert [one["text"] for entry in log for one in entry["messages"]] == ["Typed just now"]


def test_what_may_reach_the_recipient_yet_is_not_told_as_lost(
    line: SandboxServer, draft: MessageDraft, tester: Friend, as_alice: CheckingClient
) -> None:
    line.api("POST", "/faults", {"kind": "status", "status": 500, "path": "/v2/bot/message/push", "times": 2})
    said = send(as_alice, draft, tester.id).text
    assert "It is tried again. LINE has trouble on its side." in said


def test_a_press_that_arrives_twice_sends_once(draft: MessageDraft, tester: Friend, as_alice: CheckingClient) -> None:
    def sends(text: str, press: str) -> int:
        nonlocal told
        told = send(as_alice, draft, tester.id, text=text, press=press).text
        return db.session.scalar(select(func.count(MessageSend.id))) or 0

    told = ""
    assert [sends("Hello", "once"), sends("Hello", "once"), sends("Hello!", "once")] == [1, 1, 2]
    assert "LINE took the test message." in told
    (another,) = re.findall(r'name="press" value="([^"]{16})"', told)
    assert sends("Hello!", another) == 3


def test_others_get_none(draft: MessageDraft, tester: Friend, connected: Account, as_alice: CheckingClient) -> None:
    stranger = friend(connected)
    assert send(as_alice, draft, stranger.id).status_code == 409
    assert send(as_alice, draft).status_code == 409


def test_what_line_would_not_take_is_not_sent_and_said_at_its_place(
    line: SandboxServer, connected: Account, draft: MessageDraft, tester: Friend, as_alice: CheckingClient
) -> None:
    empty = send(as_alice, draft, tester.id, text=" ")
    assert empty.status_code == 422 and 'data-path="messages.0.text"' in empty.text and "Not sent" in empty.text
    refuse(line, "messages[0].text")
    refused = send(as_alice, draft, tester.id)
    assert refused.status_code == 422 and "LINE says: not like this" in refused.text
    log = line.api("GET", f"/channels/{connected.channel_id}/messages")["messages"]
    assert log == []


@pytest.mark.parametrize(("may", "named"), [(["broadcasts"], False), (["broadcasts", "friends"], True)])
def test_only_members_who_may_see_friends_read_the_names_of_test_recipients(
    app: Flask, connected: Account, tester: Friend, may: list[str], named: bool
) -> None:
    member = team.member(permissions=may, account_ids=[connected.id])
    made = create_draft(connected.id, BroadcastPlan("Tea", AudienceChoice(), MessageSet()), actor=SYSTEM)
    db.session.commit()
    browser, url = signed_in(app, member), f"/accounts/{connected.id}/broadcasts/{made.id}"
    for path in ("edit", "review"):
        shown = browser.get(f"{url}/{path}", headers={"Accept-Language": "en"}).text
        labels = re.findall(r'name="tester".*?</label>', shown, re.DOTALL)
        assert labels and all(("Tester" in one, "Test recipient 1" in one) == (named, not named) for one in labels)
