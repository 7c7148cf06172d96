"""Conversations equal what LINE accepted, whatever dies, is lost or comes twice; `make chaos` does it at length."""

from __future__ import annotations

import random
from contextlib import suppress
from typing import Any

import pytest
from sqlalchemy import select, text

from app.core.db import db
from app.line.gateway.async_client import AsyncLineClient
from app.line.operations import processing
from app.messages.sending import delivery
from app.messages.sending.models import MessageSend, SendState, Via
from tests.messages.sending.conftest import Killed, Shop, incoming, outgoing

SENDS = 20
_MAKE_DUE = text("UPDATE message_sends SET due_at = now(), leased_until = NULL WHERE state = 'waiting'")


def deadly(chance: random.Random, post: Any) -> Any:
    """Return the gateway's call, around which the worker is killed now and then."""

    async def call(*args: Any, **named: Any) -> Any:
        if chance.random() < 0.1:
            raise Killed
        outcome = await post(*args, **named)
        if chance.random() < 0.1:
            raise Killed
        return outcome

    return call


def test_after_a_storm_conversations_equal_the_log(shop: Shop, hana: str, monkeypatch: pytest.MonkeyPatch) -> None:
    chance, people = random.Random(11), [hana, shop.person(), shop.person()]
    for path in ("push", "reply"):
        shop.fault("lost", path, None, probability=0.2)
        shop.fault("status", path, None, probability=0.15, status=500)
    said = []
    with monkeypatch.context() as patched:
        patched.setattr(AsyncLineClient, "post", deadly(chance, AsyncLineClient.post))
        for number in range(SENDS):
            person = chance.choice(people)
            if chance.random() < 0.5:
                said.append(shop.say(person, f"words {number}"))
                number_at_line = shop.line.api("GET", f"/channels/{shop.id}/webhooks")["webhooks"][-1]["number"]
                shop.line.api("POST", f"/channels/{shop.id}/webhooks/{number_at_line}/repeat", {"redelivery": True})
            with suppress(Killed):
                shop.send(person, f"answer {number}", "and more")
            db.session.rollback()
        finish()
    shop.line.api("DELETE", "/faults")
    finish()
    processing.process_due()
    judge(shop, said)


def finish() -> None:
    for _ in range(4 * SENDS):
        db.session.execute(_MAKE_DUE)
        db.session.commit()
        with suppress(Killed):
            if not delivery.deliver_due():
                return
        db.session.rollback()


def judge(shop: Shop, said: list[str]) -> None:
    rows, sends = outgoing(), {send.id: send for send in db.session.scalars(select(MessageSend))}
    accepted = {one: entry for entry in shop.log() for one in entry["message_ids"]}
    sent = {row.line_message_id: row for row in rows if row.state == "sent"}
    assert len(sends) == SENDS and len(rows) == 2 * SENDS
    assert set(sent) <= set(accepted) and all(sent[one].chat_id == accepted[one]["to"][0]["id"] for one in sent)
    # What LINE accepted beside that are replies whose answer was lost.
    unsaid = {entry["messages"][0]["text"] for one, entry in accepted.items() if one not in sent}
    unknown = [send for send in sends.values() if send.state == SendState.UNKNOWN]
    assert unsaid <= {send.messages[0]["text"] for send in unknown}
    assert {send.via for send in unknown} == {Via.REPLY}
    assert not [send for send in sends.values() if send.state == SendState.WAITING]
    texts = [entry["messages"][0]["text"] for entry in shop.log()]
    assert len(texts) == len(set(texts))
    assert [row.line_message_id for row in incoming()] == said
