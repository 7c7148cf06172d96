"""Webhooks as LINE posts them: signed requests with one text message each, and an account that they are for."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from itertools import count

from app.core.db import db
from app.core.secrets import new_token
from app.line.intake.signature import sign
from app.line.models import Account
from bench._load import as_request

SECRET = "8c570fa6dd201bb328f1c1eac23a96d8"
BOT = "U" + "b" * 32
PEOPLE = 5_000
_numbers = count(1)


def connect_account() -> str:
    """Store an account with this secret; returns the key in its webhook address. Commits."""
    key = new_token()
    account = Account(
        webhook_key=key, bot_user_id=BOT, basic_id="@bench", name="Bench", channel_id="1", channel_secret=SECRET
    )
    db.session.add(account)
    db.session.commit()
    return key


def requests(path: str, number: int) -> Iterator[bytes]:
    """Yield text messages of some thousand friends, each with its own id, made and signed when taken."""
    for _ in range(number):
        body = body_of(next(_numbers), PEOPLE)
        yield as_request(path, body, {"x-line-signature": sign(SECRET.encode(), body).decode()})


def user_id(number: int) -> str:
    """Return LINE's id of a friend."""
    return f"U{number:032x}"


def body_of(n: int, people: int) -> bytes:
    """Return the message with this number, which one of so many friends writes in turn."""
    event = {
        "type": "message",
        "mode": "active",
        "timestamp": int(time.time() * 1000),
        "source": {"type": "user", "userId": user_id(n % people + 1)},
        "webhookEventId": f"01BENCH{n:019d}",
        "deliveryContext": {"isRedelivery": False},
        "replyToken": f"{n:032x}",
        "message": {"type": "text", "id": str(10**17 + n), "quoteToken": "q" * 40, "text": f"こんにちは {n}"},
    }
    return json.dumps({"destination": BOT, "events": [event]}, ensure_ascii=False).encode()
