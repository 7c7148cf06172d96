"""Single sends while a storm goes on: stored here, brought to LINE by workers, some refused and some unanswered.

Some answer what the friend has just written, by a reply, which LINE takes once and which has no retry key.
"""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import product
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db
from app.friends.models import FollowStatus, Friend
from app.line.models import Account
from app.messages.content import message_set
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.models import Via
from app.messages.sending.operations.sends import store_send
from app.messages.sending.recipients import Recipient
from app.team.actors import SYSTEM
from bench._processes import wait_until
from tests.chaos.letters import Letters
from tests.chaos.talk import Told
from tests.support.sandbox import SandboxServer

PAUSE = 0.2
PATIENCE = 300.0
# Which part of the sends answers, and after how many seconds at most.
ANSWERS, LONGEST_THOUGHT = 0.3, 4.0
# So many are sent, however short the storm.
LEAST = 10
WAYS = ("/v2/bot/message/push", "/v2/bot/message/reply")
# A worker that was killed keeps its rows until its lease of two minutes ends; to wait for that would only take time.
_HURRY = text("""
UPDATE message_sends SET due_at = now(), leased_until = NULL
WHERE state = 'waiting' AND (leased_until IS NULL OR leased_until < now() + interval '100 seconds')
""")
_WAITING = text("SELECT count(*) FROM message_sends WHERE state = 'waiting'")
_ROWS = text("""
SELECT row.line_message_id, row.chat_id, row.state, row.content ->> 'text' AS words, send.via
FROM conversation_messages row JOIN message_sends send ON send.id = row.send_id
WHERE row.direction = 'out'
""")
_COUNTS = text("""
SELECT count(*) AS sends, count(*) FILTER (WHERE via = 'reply') AS replies,
    count(*) FILTER (WHERE state = 'unknown' AND via = 'reply') AS unanswered,
    count(*) FILTER (WHERE state = 'unknown' AND via = 'push') AS expired
FROM message_sends
""")
_INCOMING = text("SELECT line_message_id, state, content FROM conversation_messages WHERE direction = 'in'")


@contextmanager
def sending(
    app: Flask, line: SandboxServer, account_id: int, port: int, told: Told, chance: random.Random
) -> Iterator[None]:
    """Store sends to friends of the account until the block ends; LINE has its trouble with some."""
    for way, kind in product(WAYS, ("lost", "status")):
        line.api("POST", "/faults", {"kind": kind, "method": "POST", "path": way, "probability": 0.1})
    end, letters = threading.Event(), Letters(line, db.session.get_one(Account, account_id), port, told)
    db.session.rollback()
    given = (app, account_id, letters, random.Random(chance.getrandbits(32)), end)
    thread = threading.Thread(target=_send, args=given, daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
        line.api("DELETE", "/faults")
    wait_until(letters.are_taken, "what friends wrote is taken", PATIENCE)


def _send(app: Flask, account_id: int, letters: Letters, chance: random.Random, end: threading.Event) -> None:
    with app.app_context():
        number = 0
        while number < LEAST or not end.is_set():
            time.sleep(PAUSE)
            try:
                number += _store_one(account_id, letters, number, chance)
            except SQLAlchemyError:
                # PostgreSQL is away at the moment.
                db.session.rollback()


def _store_one(account_id: int, letters: Letters, number: int, chance: random.Random) -> bool:
    """Store a send to one of the account's friends, some of whom have just written; False while none is imported."""
    mine = (Friend.account_id == account_id, Friend.follow_status == FollowStatus.FOLLOWING)
    chosen = db.session.scalars(select(Friend.id).where(*mine).order_by(func.random()).limit(1)).first()
    if chosen is None:
        db.session.rollback()
        return False
    friend = db.session.get_one(Friend, chosen)
    if chance.random() < ANSWERS:
        user_id = friend.line_user_id
        db.session.rollback()
        letters.write(user_id)
        time.sleep(chance.uniform(0, LONGEST_THOUGHT))
    words = [{"kind": "text", "text": f"{number}, {part}"} for part in range(chance.randint(1, 5))]
    content, account = message_set.read({"messages": words}), db.session.get_one(Account, account_id)
    cause = Cause(CauseKind.WORKFLOW, str(number))
    friend = db.session.get_one(Friend, chosen)
    store_send(account, Recipient.of_friend(friend), content, cause=cause, actor=SYSTEM)
    db.session.commit()
    return True


def are_over() -> bool:
    """Return whether nothing waits any more, and hurry what does."""
    waiting = db.session.scalar(_WAITING)
    db.session.execute(_HURRY)
    db.session.commit()
    return waiting == 0


def faults_of_sends(line: SandboxServer, account_id: int, *, has_jumped: bool) -> list[str]:
    """Compare rows of what went out with what LINE accepted: each once, to whom it went, and nothing else.

    A reply whose answer is missing is unknown, and LINE may have it or not. So is a push without an answer when the
    database's clock jumped by a day (`has_jumped`): LINE might have forgotten its retry key.
    """
    channel_id = db.session.get_one(Account, account_id).channel_id
    log: list[dict[str, Any]] = line.api("GET", f"/channels/{channel_id}/messages?limit=100000")["messages"]
    rows = db.session.execute(_ROWS).all()
    db.session.rollback()
    may_be = {Via.REPLY, Via.PUSH} if has_jumped else {Via.REPLY}
    unknown = {row.words for row in rows if row.state == "unknown" and row.via in may_be}
    unsettled = [row for row in rows if row.state != "sent" and row.words not in unknown]
    arrived = [(one["text"], number, entry) for entry in log for one, number in _messages(entry)]
    accepted = {(number, entry["to"][0]["id"]) for words, number, entry in arrived if words not in unknown}
    stored = {(row.line_message_id, row.chat_id) for row in rows if row.state == "sent"}
    texts = [words for words, *_ in arrived]
    claims = {
        f"{len(accepted - stored)} sent messages are in no conversation": accepted <= stored,
        f"{len(stored - accepted)} messages in conversations are not LINE's": stored <= accepted,
        f"{len(unsettled)} messages were not sent: {unsettled[:1]}": not unsettled,
        f"{len(texts) - len(set(texts))} messages arrived twice": len(texts) == len(set(texts)),
        "nothing was sent": bool(log),
    }
    return [words for words, holds in claims.items() if not holds]


def _messages(entry: dict[str, Any]) -> Iterable[tuple[dict[str, Any], str]]:
    """Return the messages of an accepted request with LINE's ids."""
    return zip(entry["messages"], entry["message_ids"], strict=True)


def counted() -> str:
    """Return how many sends there were in words, with how many were replies and how many stayed unknown."""
    row = db.session.execute(_COUNTS).one()
    db.session.rollback()
    replies = f"{row.replies:,} replies, {row.unanswered:,} of them unanswered"
    return f"{row.sends:,} sends ({replies}; {row.expired:,} pushes whose key was too old)"


def faults_of_incoming(messages: set[str], taken_back: set[str]) -> list[str]:
    """Compare rows of what came in with what people said: each once, and nothing of what was taken back."""
    rows = db.session.execute(_INCOMING).all()
    db.session.rollback()
    stored = [row.line_message_id for row in rows]
    readable = [row for row in rows if row.line_message_id in taken_back and row.content]
    claims = {
        f"{len(messages - set(stored))} messages are in no conversation": messages <= set(stored),
        f"{len(stored) - len(set(stored))} messages are in conversations twice": len(stored) == len(set(stored)),
        f"{len(readable)} messages that were taken back stand in conversations": not readable,
    }
    return [words for words, holds in claims.items() if not holds]
