"""What friends write in a storm of workflows: delivered in any order, each event twice, and again until it is taken."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator, Sequence
from itertools import count
from typing import Any

from app.line.intake.signature import sign
from app.line.models import Account
from bench._load import as_request
from tests.chaos.talk import PAUSE, post

# Events of one request.
MOST = 8
_numbers = count(1)


class Mailbag:
    """Letters to one account, posted to the program at `port`; without reply tokens, since a lost reply is unknown."""

    def __init__(self, port: int, account: Account, chance: random.Random) -> None:
        self._port, self._chance = port, chance
        self._path = f"/webhooks/line/{account.webhook_key}"
        self._bot, self._secret = account.bot_user_id, account.channel_secret

    def post(self, letters: Sequence[tuple[str, str]], skew: float) -> None:
        """Deliver these words of these people, whose clocks are ahead by so many seconds."""
        moment = int((time.time() + skew) * 1000)
        events = [_event(person, words, moment) for person, words in letters]
        again = [event | {"deliveryContext": {"isRedelivery": True}} for event in events]
        for some in _requests(self._chance, [*events, *again]):
            self._deliver(json.dumps({"destination": self._bot, "events": some}).encode())

    def _deliver(self, body: bytes) -> None:
        signature = sign((self._secret or "").encode(), body).decode()
        request = as_request(self._path, body, {"x-line-signature": signature})
        while not post(self._port, request).startswith("HTTP/1.1 200"):
            time.sleep(PAUSE)


def _requests(chance: random.Random, events: list[dict[str, Any]]) -> Iterator[list[dict[str, Any]]]:
    waiting = chance.sample(events, len(events))
    while waiting:
        size = chance.randint(1, MOST)
        yield waiting[:size]
        waiting = waiting[size:]


def _event(person: str, words: str, moment: int) -> dict[str, Any]:
    number = next(_numbers)
    return {
        "type": "message",
        "mode": "active",
        "timestamp": moment,
        "source": {"type": "user", "userId": person},
        "webhookEventId": f"01STORM{number:019d}",
        "deliveryContext": {"isRedelivery": False},
        "message": {"type": "text", "id": str(10**17 + number), "quoteToken": "q", "text": words},
    }
