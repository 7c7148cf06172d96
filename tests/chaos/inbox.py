"""The chat while everything around it fails: each message stands in it once and in order, and no answer is sent twice.

In each round friends write, and LINE delivers it in any order, some of it twice, and again until it is taken. A member
answers as a browser does, which presses Send again until the program has taken the answer, and another page stays open
on one conversation. At the same time processes are killed, Redis is emptied, PostgreSQL and Redis crash, and LINE's
answers are errors or get lost. In the end the threads must hold what was said, LINE's log each answer once and in
order, an answer of which LINE did not say what became of it must be shown as such, and the open page must show what is
stored. `ROUNDS` and `MESSAGES` set how much.
"""

from __future__ import annotations

import os
import random
import threading
import time
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import product
from typing import Any

import click
from sqlalchemy import text

from app.core.db import db
from app.line.models import Account
from tests.chaos import sends
from tests.chaos.desk import Desk
from tests.chaos.letters import LOG
from tests.chaos.sky import Sky, drawn, sky, surely, until
from tests.chaos.talk import listens

PEOPLE = 12
# Kind and share of the calls that send.
FAULTS = (("lost", 0.1), ("status", 0.1))
REDELIVERY = {"enabled": True, "count": 1_000, "interval_seconds": 1.0}
# Which part of the requests arrives twice although nothing failed, and how many wait until they go in any order.
TWICE, TOGETHER = 0.3, 4
PAUSE = (0.05, 0.3)
NOT_KNOWN = "Check the phone, then send again or mark as sent."
_INCOMING = text("""
    SELECT chat_id, line_message_id FROM conversation_messages WHERE direction = 'in' ORDER BY occurred_at, id
""")
_ANSWERS = text("""
    SELECT row.content ->> 'text' AS words, row.state, row.id, chat.id AS conversation_id
    FROM conversation_messages row
    JOIN conversations chat ON chat.account_id = row.account_id AND chat.chat_id = row.chat_id
    WHERE row.direction = 'out'
""")
_LINES = text("""
    SELECT 'line-' || line.id FROM conversation_messages line
    JOIN conversations chat ON chat.account_id = line.account_id AND chat.chat_id = line.chat_id
    WHERE chat.id = :id ORDER BY line.occurred_at, line.id
""")
_PENDING = text("SELECT count(*) FROM webhook_events WHERE state = 'pending'")


def run(_seconds: int, chance: random.Random) -> tuple[list[str], str]:
    """Run the rounds; returns what was wrong, and what was done."""
    rounds, messages = int(os.environ.get("ROUNDS") or 20), int(os.environ.get("MESSAGES") or 200)
    faults = list[str]()
    with sky("chaos_inbox", PEOPLE, chance) as made:
        talk = InboxTalk(made, made.people[:PEOPLE])
        talk.begin()
        for number in range(rounds):
            begun = time.monotonic()
            found = talk.round(messages)
            faults += [f"round {number + 1}: {fault}" for fault in found]
            took = time.monotonic() - begun
            click.echo(f"round {number + 1} of {rounds}: {'; '.join(found) or 'each once, in order'}, in {took:.0f} s")
        counted = surely(sends.counted)
    return faults, f"{rounds} rounds of {messages:,} messages and answers, each once and in order; {counted}"


@dataclass
class InboxTalk:
    """What friends wrote, and what the member answered, by LINE user id and in order."""

    made: Sky
    people: Sequence[str]
    written: defaultdict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    answered: list[str] = field(default_factory=list)
    events: set[str] = field(default_factory=set)
    taken: set[str] = field(default_factory=set)
    conversations: dict[str, int] = field(default_factory=dict)

    @property
    def channel(self) -> str:
        """Return the path of the channel at LINE's stand-in."""
        return f"/channels/{self.made.channel_id}"

    def begin(self) -> None:
        """Lead LINE's events to the program, let everyone write once, and sign the member in."""
        made, account = self.made, surely(lambda: db.session.get_one(Account, self.made.account_id))
        endpoint = f"http://127.0.0.1:{made.port}/webhooks/line/{account.webhook_key}"
        webhook = {"endpoint": endpoint, "redelivery": REDELIVERY, "duplicate_rate": TWICE, "hold": True}
        made.line.api("PATCH", self.channel, {"webhook": webhook})
        until(lambda: listens(made.port), "the web listens")
        for person in self.people:
            self._write(person)
        until(lambda: surely(self._is_taken), "everyone has written")
        rows = surely(lambda: db.session.execute(text("SELECT chat_id, id FROM conversations")).all())
        db.session.rollback()
        self.conversations = {row.chat_id: row.id for row in rows}
        self.desk = Desk(made.here.app, made.port, self.conversations[self.people[0]])

    def round(self, messages: int) -> list[str]:
        """Let all go on through each trouble once; returns what is wrong."""
        made, ends = self.made, threading.Event()
        for way, (kind, share) in product(sends.WAYS, FAULTS):
            made.line.api("POST", "/faults", {"kind": kind, "method": "POST", "path": way, "probability": share})
        seeds = [random.Random(made.chance.getrandbits(32)) for _ in range(2)]
        busy = [
            threading.Thread(target=self._write_some, args=(seeds[0], messages), daemon=True),
            threading.Thread(target=self._answer_some, args=(seeds[1], messages), daemon=True),
        ]
        watching = threading.Thread(target=self.desk.watch, args=(ends,), daemon=True)
        for thread in (*busy, watching):
            thread.start()
        for trouble in drawn(made.chance, made.troubles):
            time.sleep(made.chance.uniform(0.3, 2.0))
            trouble()
        for thread in busy:
            thread.join()
        made.line.api("DELETE", "/faults")
        until(lambda: surely(self._is_taken), "what friends wrote is taken")
        until(lambda: surely(sends.are_over), "the answers are over")
        ends.set()
        watching.join()
        return surely(self._judge)

    def _write_some(self, chance: random.Random, messages: int) -> None:
        for number in range(messages):
            time.sleep(chance.uniform(*PAUSE))
            self._write(chance.choice(self.people))
            if number % TOGETHER == TOGETHER - 1:
                self._let_go()
        self._let_go()

    def _answer_some(self, chance: random.Random, answers: int) -> None:
        for _number in range(answers):
            time.sleep(chance.uniform(*PAUSE))
            words = f"Answer {len(self.answered)}"
            self.answered.append(words)
            self.desk.answer(self.conversations[chance.choice(self.people)], words)

    def _write(self, person: str) -> None:
        said = {"act": "message", "message": {"type": "text", "text": "Hello?"}, "wait": 0}
        event = self.made.line.api("POST", f"{self.channel}/friends/{person}/acts", said)["events"][0]
        self.written[person].append(event["message"]["id"])
        self.events.add(event["webhookEventId"])
        # LINE's clock is read in milliseconds.
        time.sleep(0.002)

    def _let_go(self) -> None:
        self.made.line.api("POST", f"{self.channel}/webhooks/release", {"order": "shuffled"})

    def _is_taken(self) -> bool:
        # What LINE tries again waits as well.
        self._let_go()
        sent = self.made.line.api("GET", f"{self.channel}/webhooks?limit={LOG}")["webhooks"]
        # LINE's stand-in remembers the newest only, which are those of one round.
        self.taken.update(event_id for one in sent if one["succeeded"] for event_id in one["event_ids"])
        pending = db.session.scalar(_PENDING)
        db.session.rollback()
        return self.events <= self.taken and pending == 0

    def _judge(self) -> list[str]:
        """Compare threads and LINE's log with what was said, and the open page with its thread."""
        stored = defaultdict[str, list[str]](list)
        for row in db.session.execute(_INCOMING):
            stored[row.chat_id].append(row.line_message_id)
        answers = db.session.execute(_ANSWERS).all()
        lines = list(db.session.scalars(_LINES, {"id": self.desk.open_id}))
        db.session.rollback()
        words = [row.words for row in answers]
        unknown = [(row.conversation_id, row.id) for row in answers if row.state == "unknown"]
        unsaid = [place for place in unknown if NOT_KNOWN not in self.desk.page(*place)]
        self.desk.look()
        claims = {
            f"{_differing(stored, self.written)} threads do not hold what was said, in order": stored == self.written,
            f"{len(words) - len(set(words))} answers are stored twice": len(words) == len(set(words)),
            f"{len(set(self.answered) - set(words))} answers were lost": set(self.answered) <= set(words),
            f"{len(unsaid)} answers do not say that they are not known": not unsaid,
            f"the open page shows {len(self.desk.shown)} of {len(lines)} lines": self.desk.shown == lines,
            "answers arrived in another order": not self._mixed_up(),
        }
        wrong = [said for said, holds in claims.items() if not holds] + self.desk.refused
        return wrong + sends.faults_of_sends(self.made.line, self.made.account_id, has_jumped=False)

    def _mixed_up(self) -> list[str]:
        """Return the people to whom LINE delivered answers in another order than they were written in."""
        numbers = defaultdict[str, list[int]](list)
        for entry in _log(self.made):
            for to in entry["to"]:
                numbers[to["id"]] += [int(one["text"].removeprefix("Answer ")) for one in entry["messages"]]
        return [person for person, said in numbers.items() if said != sorted(said)]


def _log(made: Sky) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = made.line.api("GET", f"/channels/{made.channel_id}/messages?limit=100000")["messages"]
    return found


def _differing(found: dict[str, list[str]], expected: dict[str, list[str]]) -> int:
    return sum(found.get(one) != expected.get(one) for one in found | expected)
