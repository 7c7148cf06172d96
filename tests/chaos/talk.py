"""What people say to an account and in its groups while a storm goes on, delivered as LINE does: again until taken."""

from __future__ import annotations

import json
import random
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

from app.line.intake.signature import sign
from bench._load import as_request
from bench._webhooks import BOT, SECRET

PEOPLE, GROUPS = 60, 6
PER_SECOND = 25
# Between two tries to deliver.
PAUSE = 0.3
Event = dict[str, Any]


@dataclass
class Told:
    """Every event that was taken, and what must be left of the messages."""

    events: set[str] = field(default_factory=set)
    messages: set[str] = field(default_factory=set)
    taken_back: set[str] = field(default_factory=set)
    refused: int = 0


class Talk:
    """People who follow, write alone and in groups, edit, and take back; made from one seed."""

    def __init__(self, chance: random.Random) -> None:
        self.told, self._chance = Told(), chance
        self._numbers = count(1)
        self._people = [f"U{chance.getrandbits(128):032x}" for _ in range(PEOPLE)]
        self._groups = [f"C{chance.getrandbits(128):032x}" for _ in range(GROUPS)]
        self._known: list[str] = []
        self._written: list[tuple[str, str, str]] = []
        self._moment = 0

    def request(self) -> list[Event]:
        """Return the events of the next request."""
        if len(self._known) < PEOPLE and (not self._known or self._chance.random() < 0.3):
            return self._first_words(self._people[len(self._known)])
        person, group = self._chance.choice(self._known), self._chance.choice(self._groups)
        act = self._chance.choices(["alone", "group", "edit", "unsend", "move"], [50, 30, 8, 8, 4])[0]
        if act in ("edit", "unsend") and self._written:
            return [self._change(act)]
        if act == "move":
            members = {"members": [{"type": "user", "userId": person}]}
            return [self._event("memberJoined", {"type": "group", "groupId": group}, joined=members)]
        return [self._message(person, group if act == "group" else "")]

    def _first_words(self, person: str) -> list[Event]:
        """A follow, and in the same request what its writer says in a group."""
        self._known.append(person)
        follow = self._event("follow", {"type": "user", "userId": person}, follow={"isUnblocked": False})
        return [follow, self._message(person, self._chance.choice(self._groups))]

    def _message(self, person: str, group: str) -> Event:
        number = str(10**17 + next(self._numbers))
        self._written.append((number, person, group))
        self.told.messages.add(number)
        return self._event("message", _source(person, group), message=_text(number, f"words {number}"))

    def _change(self, act: str) -> Event:
        number, person, group = self._chance.choice(self._written)
        if act == "edit":
            return self._event("messageEdited", _source(person, group), message=_text(number, f"new words {number}"))
        self._written.remove((number, person, group))
        self.told.taken_back.add(number)
        return self._event("unsend", _source(person, group), unsend={"messageId": number})

    def _event(self, kind: str, source: dict[str, str], **content: Any) -> Event:
        number, self._moment = next(self._numbers), max(self._moment + 1, int(time.time() * 1000))
        common = {"type": kind, "mode": "active", "timestamp": self._moment, "source": source}
        delivery = {"webhookEventId": f"01CHAOS{number:019d}", "deliveryContext": {"isRedelivery": False}}
        return {**common, **delivery, "replyToken": f"{number:032x}", **content}


def _source(person: str, group: str) -> dict[str, str]:
    return {"type": "group", "groupId": group, "userId": person} if group else {"type": "user", "userId": person}


def _text(number: str, words: str) -> dict[str, str]:
    return {"type": "text", "id": number, "quoteToken": "q", "text": words}


@contextmanager
def talking(port: int, path: str, chance: random.Random) -> Iterator[Told]:
    """Deliver until the block ends; what was begun is delivered before it does."""
    talk, end = Talk(chance), threading.Event()
    thread = threading.Thread(target=_talk, args=(talk, end, port, path), daemon=True)
    thread.start()
    try:
        yield talk.told
    finally:
        end.set()
        thread.join()


def _talk(talk: Talk, end: threading.Event, port: int, path: str) -> None:
    while not end.wait(1 / PER_SECOND):
        events = talk.request()
        body = json.dumps({"destination": BOT, "events": events}).encode()
        request = as_request(path, body, {"x-line-signature": sign(SECRET.encode(), body).decode()})
        while not post(port, request).startswith("HTTP/1.1 200"):
            talk.told.refused += 1
            time.sleep(PAUSE)
        talk.told.events |= {event["webhookEventId"] for event in events}


def post(port: int, request: bytes) -> str:
    """Return the first line of the answer, or the error that came instead."""
    try:
        with socket.create_connection(("127.0.0.1", port), timeout=10) as connection:
            connection.sendall(request)
            return connection.recv(4096).decode(errors="replace").partition("\r\n")[0]
    except OSError as error:
        return repr(error)


def listens(port: int) -> bool:
    """Return whether the web takes connections."""
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) == 0
