"""Conversations outside of the chat page: on the friend page, in segments, for programs, in files and commands."""

from __future__ import annotations

import csv
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import pytest
from click.testing import CliRunner
from flask import Flask, url_for

from app.chat.lines import summary
from app.cli.chat import chat
from app.core.clock import now
from app.core.db import db
from app.line.models import Account
from app.messages.conversations.models import Conversation, ConversationMessage, Direction
from app.messages.sending.models import MessageSend
from app.segments.conditions.compiler import compile_definition
from app.segments.queries.members import members_select
from app.segments.queries.segments import reading_of
from app.team.actors import SYSTEM
from app.team.operations.api_keys import create_api_key
from tests.chat.saying import with_name, wrote
from tests.conftest import signed_in
from tests.factories import friends, segments
from tests.factories import line as line_factory
from tests.factories.team import administrator, member
from tests.support.client import CheckingClient

# The parts of the program whose addresses name a conversation or its account.
OF_THE_CHAT = {"canned_replies", "chat", "chat_files", "chat_notes", "chat_settings"}


@pytest.fixture
def cafe(app: Flask) -> Account:
    return line_factory.account(name="Cafe")


@pytest.fixture
def carol(app: Flask) -> CheckingClient:
    return signed_in(app, member(name="Carol", permissions=["chat", "friends"]))


def test_the_friend_page_shows_the_last_messages_and_opens_the_chat(cafe: Account, carol: CheckingClient) -> None:
    talk = with_name(cafe, "Hana", "Are you open?")
    address = f"/chat/accounts/{cafe.id}/friends/{talk.friend_id}"
    assert address in carol.get(f"/accounts/{cafe.id}/friends/{talk.friend_id}").text
    card = carol.get(address).text
    assert "Are you open?" in card and f'href="/chat/{talk.id}"' in card


def test_a_chat_is_begun_from_the_friend_page_once(cafe: Account, carol: CheckingClient) -> None:
    quiet = friends.friend(cafe, display_name="Quiet")
    address = f"/chat/accounts/{cafe.id}/friends/{quiet.id}"
    assert "No message yet" in carol.get(address).text
    first, second = carol.post(address), carol.post(address)
    assert first.status_code == 303 and first.location == second.location
    assert "Quiet" in carol.get(first.location).text and "Quiet" in carol.get("/chat").text


def found(account: Account, name: str, operator: str, *values: object) -> set[int]:
    """Return the friends of a segment with this condition."""
    row = segments.segment(account, definition=segments.definition([segments.condition(name, operator, *values)]))
    return {one[0] for one in db.session.execute(members_select(compile_definition(reading_of(row).definition)))}


def test_segments_ask_for_status_assignee_and_who_waits(cafe: Account) -> None:
    waits, done = wrote(cafe), wrote(cafe)
    none = friends.friend(cafe)
    boss = administrator()
    done.status, done.assignee_id, done.unanswered_since = "done", boss.id, None
    db.session.commit()
    assert found(cafe, "conversation.status", "any_of", "done") == {done.friend_id}
    assert found(cafe, "conversation.status", "unknown") == {none.id}
    assert found(cafe, "conversation.assignee", "any_of", str(boss.id)) == {done.friend_id}
    assert found(cafe, "conversation.unanswered_since", "known") == {waits.friend_id}


def key_of(*scopes: str, account_ids: list[int] | None = None) -> dict[str, str]:
    made = create_api_key(name="CDP", scopes=list(scopes), account_ids=account_ids, actor=SYSTEM)
    db.session.commit()
    return {"Authorization": f"Bearer {made[1]}"}


def test_programs_read_the_history_of_an_account_page_by_page(
    cafe: Account, app: Flask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.chat.queries.history.PAGE_SIZE", 2)
    for number in range(3):
        wrote(cafe, f"Number {number}", quoteToken="secret")
    headers, address = key_of("chat"), f"/api/v1/accounts/{cafe.id}/messages"
    first = app.test_client().get(f"{address}?from=2020-01-01T00:00:00Z", headers=headers).json
    rest = app.test_client().get(first["next"], headers=headers).json
    said = [one["content"] for one in [*first["messages"], *rest["messages"]]]
    assert [one["text"] for one in said] == ["Number 0", "Number 1", "Number 2"]
    assert "quoteToken" not in said[0] and rest["next"] is None
    assert app.test_client().get(f"{address}?to=2020-01-01T00:00:00Z", headers=headers).json["messages"] == []


@pytest.mark.parametrize(
    ("scope", "query", "status"),
    [("broadcasts", "", 403), ("chat", "?from=yesterday", 422), ("chat", "?cursor=nonsense", 422), ("chat", "", 200)],
)
def test_keys_periods_and_cursors_are_checked(cafe: Account, app: Flask, scope: str, query: str, status: int) -> None:
    answer = app.test_client().get(f"/api/v1/accounts/{cafe.id}/messages{query}", headers=key_of(scope))
    assert answer.status_code == status


def test_a_key_of_another_account_finds_nothing(cafe: Account, app: Flask) -> None:
    other = line_factory.account(name="Other")
    headers = key_of("chat", account_ids=[other.id])
    assert app.test_client().get(f"/api/v1/accounts/{cafe.id}/messages", headers=headers).status_code == 404


def test_a_conversation_leaves_as_a_file(cafe: Account, app: Flask) -> None:
    talk = with_name(cafe, "Hana", "=1+1")
    dora = signed_in(app, member(name="Dora", email="dora@example.com", permissions=["chat", "export"]))
    assert "'=1+1" in dora.get(f"/chat/{talk.id}/export.csv").text
    assert "Hana" in dora.get(f"/chat/{talk.id}/export").text
    only_files = signed_in(app, member(name="Eve", email="eve@example.com", permissions=["export"]))
    assert only_files.get(f"/chat/{talk.id}/export.csv").status_code == 403


# What a spreadsheet says of a conversation, by the member's language; the last columns are the same in all.
SAID = {
    "en": [
        ["Time (Asia/Tokyo)", "Direction", "Sender", "Kind", "Message", "State", "direction", "type", "state"],
        ["2026-04-01 09:30:00", "Incoming", "Hana", "Text", "Are you open?", "", "in", "text", "received"],
        ["2026-04-01 09:31:00", "Outgoing", "Mori", "Photo", "Photo", "Not sent", "out", "image", "refused"],
        ["2026-04-01 09:32:00", "", "Mori", "Note", "Note: Call her", "", "event", "note", "received"],
        ["2026-04-01 09:33:00", "", "", "Event", "Given back to automation", "", "event", "released", "received"],
    ],
    "ja": [
        ["日時（Asia/Tokyo）", "方向", "送信者", "種類", "メッセージ", "状態", "direction", "type", "state"],
        ["2026-04-01 09:30:00", "受信", "Hana", "テキスト", "Are you open?", "", "in", "text", "received"],
        ["2026-04-01 09:31:00", "送信", "Mori", "写真", "写真", "未配信", "out", "image", "refused"],
        ["2026-04-01 09:32:00", "", "Mori", "メモ", "メモ：Call her", "", "event", "note", "received"],
        ["2026-04-01 09:33:00", "", "", "イベント", "自動応答に戻しました", "", "event", "released", "received"],
    ],
}


def line(talk: Conversation, direction: str, kind: str, state: str = "received", **more: Any) -> None:
    """Store a line at the end of the conversation."""
    where = {"account_id": talk.account_id, "chat_id": talk.chat_id, "cause_kind": "chat", "cause_id": "1"}
    about = {"content": {}, "author_kind": "member", "occurred_at": now(), **where, **more}
    db.session.add(ConversationMessage(direction=direction, type=kind, state=state, **about))
    db.session.flush()


@pytest.mark.parametrize("language", ["en", "ja"])
def test_a_file_says_in_the_members_language_what_each_line_is(cafe: Account, app: Flask, language: str) -> None:
    talk = with_name(cafe, "Hana", "Are you open?")
    mori = {"kind": "member", "id": 1, "label": "Mori"}
    by_mori = {"account_id": cafe.id, "cause_kind": "chat", "cause_id": "1", "actor": mori, "messages": [{}]}
    sent = MessageSend(chat_id=talk.chat_id, retry_key=uuid4(), **by_mori)
    db.session.add(sent)
    db.session.flush()
    line(talk, "out", "image", "refused", send_id=sent.id, position=0)
    line(talk, "event", "note", content={"text": "Call her", "by": "Mori"})
    line(talk, "event", "released")
    lines = db.session.scalars(db.select(ConversationMessage).order_by(ConversationMessage.id)).all()
    for minute, one in enumerate(lines):
        one.occurred_at = datetime(2026, 4, 1, 0, 30 + minute, tzinfo=UTC)
    dora = member(email="dora@example.com", permissions=["chat", "export"])
    dora.language = language
    db.session.commit()
    said = signed_in(app, dora).get(f"/chat/{talk.id}/export.csv").text.removeprefix("\ufeff")
    assert list(csv.reader(said.splitlines())) == SAID[language]


def test_no_address_of_another_accounts_conversation_exists(cafe: Account, app: Flask) -> None:
    talk: Conversation = wrote(cafe)
    other = line_factory.account(name="Other")
    may = ["chat", "export", "friends"]
    eve = signed_in(app, member(email="eve@example.com", permissions=may, account_ids=[other.id]))
    of_friend = f"/chat/accounts/{cafe.id}/friends/{talk.friend_id}"
    for path in (
        *(f"/chat/{talk.id}/export{end}" for end in ("", ".csv", ".zip")),
        f"/chat/{talk.id}/newer",
        of_friend,
    ):
        assert eve.get(path).status_code == 404
    assert eve.post(of_friend).status_code == 404
    assert "Hello" not in eve.get("/chat?search=hello").text
    assert "Hello" not in eve.get("/chat/found?search=hello").text


def test_a_member_of_one_account_finds_nothing_at_any_address_of_the_chat_of_another(cafe: Account, app: Flask) -> None:
    talk, other = wrote(cafe), line_factory.account(name="Other")
    may = ["chat", "export", "friends", "settings", "tags"]
    eve = signed_in(app, member(email="eve@example.com", permissions=may, account_ids=[other.id]))
    values = {"account_id": cafe.id, "conversation_id": talk.id, "friend_id": talk.friend_id}
    asked = 0
    with app.test_request_context():
        for rule in list(app.url_map.iter_rules()):
            if rule.endpoint.split(".")[0] not in OF_THE_CHAT or not rule.arguments & set(values):
                continue
            path = url_for(rule.endpoint, **{name: values.get(name, 1) for name in rule.arguments})
            for method in (rule.methods or set()) & {"GET", "POST"}:
                answer = eve.open(path, method=method, data={"text": "Hi", "note": "Hi"} if method == "POST" else None)
                assert answer.status_code == 404, (method, path)
                asked += 1
    assert asked > 50


def test_commands_list_print_and_export(cafe: Account) -> None:
    talk = with_name(cafe, "Hana", "Are you open?")

    def run(*args: str) -> str:
        return CliRunner().invoke(chat, args).output

    assert "Hana" in run("list", str(cafe.id)) and "waits since" in run("list", str(cafe.id), "--unanswered")
    assert "Hana: Are you open?" in run("show", str(talk.id))
    header, line = run("export", str(talk.id)).removeprefix("\ufeff").splitlines()
    assert header.startswith("Time (") and header.endswith("direction,type,state")
    assert ",Incoming,Hana,Text,Are you open?,,in,text,received" in line
    assert "There is no conversation 999999" in run("show", "999999")
    assert "Cafe: 0 events are looked through." in run("fill-history", str(cafe.id))
    assert "Cafe: is under way already." in run("fill-history", str(cafe.id))


def test_emoji_of_an_answer_are_read_as_words_in_lists() -> None:
    content = {
        "type": "textV2",
        "text": "Hi {p0} {{x}}",
        "substitution": {"p0": {"type": "emoji", "productId": "5ac1bfd5040ab15980c9b435", "emojiId": "001"}},
    }
    row = ConversationMessage(type="textV2", direction=Direction.OUT, state="sent", content=content)
    assert summary(row) == "Hi LINE emoji {x}"
