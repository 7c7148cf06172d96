"""What people write is on record once, whatever the order of message, edit and unsend, and with its LINE emoji."""

from __future__ import annotations

from datetime import timedelta
from itertools import permutations
from typing import Any

import pytest
from flask import Flask
from sqlalchemy import delete

from app.core.clock import now
from app.core.db import db
from app.core.runs.operations import advance
from app.line.events import MessageEdited, MessageReceived, MessageUnsent
from app.line.models import Account
from app.line.texts import EmojiInText, received
from app.messages.conversations.history import fill_history
from app.messages.conversations.incoming import forget_unsent, record_received
from app.messages.conversations.models import ConversationMessage
from app.team.actors import SYSTEM
from tests.messages.sending.conftest import Shop, channel, connect, hana, incoming, public, shop

__all__ = ["channel", "connect", "hana", "public", "shop"]

WRITER = "U" + "a" * 32


def said(kind: type, account: Account, number: int, **fields: Any) -> Any:
    return kind(account.id, now() + timedelta(seconds=number), number, **fields)


def message(words: str, **more: Any) -> dict[str, Any]:
    return {"id": "100", "type": "text", "text": words, **more}


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_the_newest_words_stand_whatever_comes_first(place: Account, order: tuple[int, ...]) -> None:
    facts = [
        said(MessageReceived, place, 1, line_user_id=WRITER, message=message("first")),
        said(MessageEdited, place, 2, line_user_id=WRITER, message=message("second")),
        said(MessageEdited, place, 3, line_user_id=WRITER, message=message("third")),
    ]
    for number in [*order, 0]:
        record_received([facts[number]])
    (row,) = incoming_of(place)
    assert (row.content["text"], row.occurred_at) == ("third", facts[0].occurred_at)


def test_what_is_taken_back_is_gone_and_stays_gone(place: Account) -> None:
    record_received([said(MessageReceived, place, 1, line_user_id=WRITER, message=message("secret", quoteToken="q"))])
    forget_unsent(said(MessageUnsent, place, 3, line_user_id=WRITER, message_id="100"))
    record_received([said(MessageEdited, place, 2, line_user_id=WRITER, message=message("secret still"))])
    (row,) = incoming_of(place)
    assert (row.state, row.content, row.quote_token) == ("unsent", {}, None)


def test_messages_without_an_id_are_kept_by_their_event(place: Account) -> None:
    for number in (1, 2, 1):
        record_received([said(MessageReceived, place, number, line_user_id=WRITER, message={"type": "novel"})])
    assert len(incoming_of(place)) == 2


def test_emoji_of_line_are_told_from_words_in_brackets(place: Account) -> None:
    emojis = [{"index": 10, "length": 7, "productId": "5ac1", "emojiId": "002"}]
    words = message("(heart) 😀(heart)", emojis=emojis)
    record_received([said(MessageReceived, place, 1, line_user_id=WRITER, message=words)])
    (row,) = incoming_of(place)
    assert received(row.content) == ["(heart) 😀", EmojiInText("(heart)", "5ac1", "002")]


def incoming_of(account: Account) -> list[ConversationMessage]:
    query = db.select(ConversationMessage).where(ConversationMessage.account_id == account.id)
    return list(db.session.scalars(query.execution_options(populate_existing=True)))


def test_history_is_filled_in_once(app: Flask, shop: Shop, hana: str) -> None:
    kept = [shop.say(hana, "one"), shop.say(hana, "two")]
    gone = shop.say(hana, "secret")
    shop.act(hana, "unsend", messageId=gone)
    shop.friend(hana)
    before = [(row.line_message_id, row.content, row.state, row.friend_id) for row in incoming()]
    assert [row[0] for row in before] == [*kept, gone]
    db.session.execute(delete(ConversationMessage))
    db.session.commit()
    for _ in range(2):
        run, is_new = fill_history(shop.account, actor=SYSTEM)
        db.session.commit()
        assert is_new
        advance(run.id)
        db.session.refresh(run)
        assert (run.state, run.done, run.total) == ("completed", 4, 4)
    after = [(row.line_message_id, row.content, row.state, row.friend_id) for row in incoming()]
    assert after == before and after[-1][1:3] == ({}, "unsent")
