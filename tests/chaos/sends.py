"""Single sends while a storm goes on: stored here, brought to LINE by workers, some refused and some unanswered."""

from __future__ import annotations

import random
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from flask import Flask
from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError

from app.core.db import db
from app.friends.models import FollowStatus, Friend
from app.line.models import Account
from app.messages.content import message_set
from app.messages.sending.causes import Cause, CauseKind
from app.messages.sending.operations import store_send
from app.messages.sending.recipients import Recipient
from app.team.actors import SYSTEM
from tests.support.sandbox import SandboxServer

PAUSE = 0.2
# So many are sent, however short the storm.
LEAST = 10
PUSH = "/v2/bot/message/push"
# A worker that was killed keeps its rows until its lease of two minutes ends; to wait for that would only take time.
_HURRY = text("""
UPDATE message_sends SET due_at = now(), leased_until = NULL
WHERE state = 'waiting' AND (leased_until IS NULL OR leased_until < now() + interval '100 seconds')
""")
_WAITING = text("SELECT count(*) FROM message_sends WHERE state = 'waiting'")
_ROWS = text("SELECT line_message_id, chat_id, state FROM conversation_messages WHERE direction = 'out'")
_INCOMING = text("SELECT line_message_id, state, content FROM conversation_messages WHERE direction = 'in'")


@contextmanager
def sending(app: Flask, line: SandboxServer, account_id: int, chance: random.Random) -> Iterator[None]:
    """Store sends to the account's friends until the block ends; LINE has its trouble with some."""
    for kind in ("lost", "status"):
        fault = {"kind": kind, "method": "POST", "path": PUSH, "probability": 0.1}
        line.api("POST", "/faults", fault)
    end = threading.Event()
    seed = chance.getrandbits(32)
    thread = threading.Thread(target=_send, args=(app, account_id, random.Random(seed), end), daemon=True)
    thread.start()
    try:
        yield
    finally:
        end.set()
        thread.join()
        line.api("DELETE", "/faults")


def _send(app: Flask, account_id: int, chance: random.Random, end: threading.Event) -> None:
    with app.app_context():
        number = 0
        while number < LEAST or not end.is_set():
            time.sleep(PAUSE)
            try:
                number += _store_one(account_id, number, chance)
            except SQLAlchemyError:
                # PostgreSQL is away at the moment.
                db.session.rollback()


def _store_one(account_id: int, number: int, chance: random.Random) -> bool:
    """Store a send to one of the account's friends; False while none is imported."""
    mine = (Friend.account_id == account_id, Friend.follow_status == FollowStatus.FOLLOWING)
    friend = db.session.scalars(select(Friend).where(*mine).order_by(func.random()).limit(1)).first()
    if friend is not None:
        words = [{"kind": "text", "text": f"{number}, {part}"} for part in range(chance.randint(1, 5))]
        content, account = message_set.read({"messages": words}), db.session.get_one(Account, account_id)
        cause = Cause(CauseKind.WORKFLOW, str(number))
        store_send(account, Recipient.of_friend(friend), content, cause=cause, actor=SYSTEM)
    db.session.commit()
    return friend is not None


def are_over() -> bool:
    """Return whether nothing waits any more, and hurry what does."""
    waiting = db.session.scalar(_WAITING)
    db.session.execute(_HURRY)
    db.session.commit()
    return waiting == 0


def faults_of_sends(line: SandboxServer, account_id: int) -> list[str]:
    """Compare rows of what went out with what LINE accepted: each once, to whom it went, and nothing else."""
    channel_id = db.session.get_one(Account, account_id).channel_id
    log: list[dict[str, Any]] = line.api("GET", f"/channels/{channel_id}/messages?limit=100000")["messages"]
    accepted = [(one, entry["to"][0]["id"]) for entry in log for one in entry["message_ids"]]
    rows = [tuple(row) for row in db.session.execute(_ROWS)]
    db.session.rollback()
    stored = {(number, chat) for number, chat, state in rows if state == "sent"}
    claims = {
        f"{len(set(accepted) - stored)} sent messages are in no conversation": set(accepted) <= stored,
        f"{len(stored - set(accepted))} messages in conversations are not LINE's": stored <= set(accepted),
        f"{sum(state != 'sent' for *_, state in rows)} messages were not sent": all(row[2] == "sent" for row in rows),
        "nothing was sent": bool(accepted),
    }
    return [words for words, holds in claims.items() if not holds]


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
