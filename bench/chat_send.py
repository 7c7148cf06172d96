"""A member's answers from Send until LINE's stand-in accepts them, while a broadcast to 100,000 goes out by push.

A bare reply call is made in turn with each answer, with a token of the same kind to the same stand-in, which says for
both when it accepted them. The reference is what 95 % of the bare calls take, and 150 ms. Web, workers and scheduler
run as in production; the broadcast is of the same account, so that both share LINE's rate. It is an error if the
broadcast ends before so many answers are sent as the figure needs, or if answers go by push. `BENCH_PUSHED=5000` sends
to fewer.
"""

from __future__ import annotations

import http.client
import json
import os
import re
import time
from dataclasses import dataclass, field
from itertools import count
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode, urlsplit

from sqlalchemy import text

from app.core.db import db
from app.line.gateway.urls import urls
from app.line.models import Account
from app.messages.broadcasts.models import Broadcast, BroadcastState, TrackingKind
from app.messages.broadcasts.operations.confirming import confirm
from app.messages.broadcasts.operations.drafts import BroadcastPlan, create_draft
from app.messages.broadcasts.queries.audience import AudienceChoice
from app.messages.content import message_set
from app.team.actors import SYSTEM
from app.team.models import Member, MemberState, Role
from app.team.operations.sign_in import RequestOrigin, start
from app.team.sign_in import cookie_of
from bench import _broadcasts as shared
from bench._lag import all_classes_are_served, scalar
from bench._processes import memory_mb, wait_until, web, workers
from bench.friends_page import signed_in
from bench.harness import Result, installation, percentile
from tests.support.sandbox import SandboxServer

FRIENDS, LATENCY_MS = 100_000, 30
ALLOWANCE_MS, SHARE = 150, 0.95
# Between two answers, and how many of them before it is sent a friend writes what it answers.
PAUSE, AHEAD = 0.2, 10
# Half of them get answers, half bare replies.
TALKERS = 40
# So many answers the figure needs; with fewer people, what comes to the same time.
LEAST = 60
WORDS = "Hello {{display_name|you}}, a new tea has come."
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_REPLIED = "SELECT avg((via = 'reply')::int) FROM message_sends WHERE cause_kind = 'chat'"


def run() -> list[Result]:
    """Measure the milliseconds below which 95 % of answers stay."""
    people = int(os.environ.get("BENCH_PUSHED", FRIENDS))
    with SandboxServer() as line, installation("chat_send") as here:
        urls.use(line.url, line.url, line.url)
        here.env |= {"LINE_API_URL": line.url, "LINE_DATA_URL": line.url}
        channel = shared.open_channel(line, people, LATENCY_MS)
        account_id, ids = shared.store(here.env, line, channel)
        with here.app.app_context(), web(here.env, "wsgi:app") as server, workers(here.env) as pids:
            wait_until(all_classes_are_served, "every worker class is served")
            chats = _Chats(here, line, channel, server.port, ids[:TALKERS])
            chats.begin()
            chats.answer_while(_start_broadcast(account_id), LEAST * people // FRIENDS)
            ours, bare = chats.times()
            memory = max(map(memory_mb, pids))
    slowest, reference = percentile(ours, SHARE), percentile(bare, SHARE) + ALLOWANCE_MS
    return [Result("chat_send", slowest, "ms", reference, "lower", len(ours), memory)]


def _start_broadcast(account_id: int) -> int:
    """Confirm a broadcast to everyone and wait until it goes out."""
    content = message_set.read({"messages": [{"kind": "text", "text": WORDS}]})
    plan = BroadcastPlan("Spring", AudienceChoice(), content, TrackingKind("person"))
    broadcast_id = create_draft(account_id, plan, actor=SYSTEM).id
    confirm(account_id, broadcast_id, seen=1, actor=SYSTEM)
    db.session.commit()
    wait_until(lambda: _state_of(broadcast_id) == BroadcastState.SENDING, "the broadcast goes out")
    return broadcast_id


def _state_of(broadcast_id: int) -> str:
    state = db.session.get_one(Broadcast, broadcast_id, populate_existing=True).state
    db.session.rollback()
    return state


@dataclass
class _Chats:
    """Friends who write, the member who answers half of them, and bare replies to the others."""

    here: SimpleNamespace
    line: SandboxServer
    channel: dict[str, Any]
    port: int
    people: list[str]
    # The moment of each Send by its words, and the free tokens of friends who get bare replies.
    begun: dict[str, float] = field(default_factory=dict)
    tokens: dict[str, str] = field(default_factory=dict)
    conversations: dict[str, int] = field(default_factory=dict)
    cookie: str = ""
    csrf: str = ""

    def begin(self) -> None:
        """Lead LINE's events to the program, let everyone write once, and open the page."""
        account = db.session.query(Account).one()
        endpoint = f"http://127.0.0.1:{self.port}/webhooks/line/{account.webhook_key}"
        self.line.api("PATCH", f"/channels/{self.channel['channel_id']}", {"webhook": {"endpoint": endpoint}})
        db.session.rollback()
        for person in self.people:
            self._write(person)
        wait_until(lambda: scalar("SELECT count(*) FROM conversations") == TALKERS, "all have written")
        rows = db.session.execute(text("SELECT chat_id, id FROM conversations")).all()
        db.session.rollback()
        self.conversations = {row.chat_id: row.id for row in rows}
        self.cookie = self._sign_in()
        self.web, self.bare = http.client.HTTPConnection("127.0.0.1", self.port), self._line_connection()
        self._open_page(self.conversations[self.people[0]])

    def answer_while(self, broadcast_id: int, least: int) -> None:
        """Send answers and bare replies in turn until the broadcast has ended; raises RuntimeError for too few."""
        for number in count():
            person = self.people[number % TALKERS]
            (self._reply if number % 2 else self._answer)(person, f"{'bare' if number % 2 else 'ours'} {number}")
            self._write(self.people[(number + AHEAD) % TALKERS])
            time.sleep(PAUSE)
            if number % 5 == 0 and _state_of(broadcast_id) != BroadcastState.SENDING:
                break
        # What was sent as the broadcast ended does not count.
        self.begun = dict(list(self.begun.items())[:-6])
        if len(self.begun) < 2 * least:
            raise RuntimeError(f"The broadcast ended after {len(self.begun)} answers and replies.")

    def times(self) -> tuple[list[float], list[float]]:
        """Return the milliseconds of answers and of bare replies; raises RuntimeError unless all came by reply."""
        wait_until(lambda: scalar("SELECT count(*) FROM message_sends WHERE state = 'waiting'") == 0, "all are sent")
        if (share := float(scalar(_REPLIED))) < 0.95:
            raise RuntimeError(f"Only {share:.0%} of the answers went by reply.")
        accepted: dict[str, float] = {}
        for person in self.people:
            path = f"/channels/{self.channel['channel_id']}/messages?user={person}&limit=10000"
            for mail in self.line.api("GET", path)["messages"]:
                accepted[mail["messages"][0]["text"]] = mail["at"]
        found = {words: (accepted[words] - moment) * 1000 for words, moment in self.begun.items()}
        ours, bare = ([ms for words, ms in found.items() if words.startswith(who)] for who in ("ours", "bare"))
        return ours, bare

    def _write(self, person: str) -> None:
        path = f"/channels/{self.channel['channel_id']}/friends/{person}/acts"
        act = {"act": "message", "message": {"type": "text", "text": "Do you have this tea?"}, "wait": 0}
        self.tokens[person] = self.line.api("POST", path, act)["events"][0]["replyToken"]

    def _answer(self, person: str, words: str) -> None:
        form = {"csrf_token": self.csrf, "text": words, "press": words, "seen": str(10**12)}
        headers = {"Cookie": self.cookie, "HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"}
        self.begun[words] = time.time()
        self.web.request("POST", f"/chat/{self.conversations[person]}/answers", urlencode(form), headers)
        self._expect(self.web)

    def _reply(self, person: str, words: str) -> None:
        body = {"replyToken": self.tokens[person], "messages": [{"type": "text", "text": words}]}
        headers = {"Authorization": f"Bearer {self.channel['token']}", "Content-Type": "application/json"}
        self.begun[words] = time.time()
        self.bare.request("POST", "/v2/bot/message/reply", json.dumps(body), headers)
        self._expect(self.bare)

    def _sign_in(self) -> str:
        member = Member(name="Bench", email="bench@example.com", role=Role.ADMINISTRATOR, state=MemberState.ACTIVE)
        db.session.add(member)
        db.session.flush()
        session, token = start(member, RequestOrigin())
        db.session.commit()
        name = self.here.app.config["SESSION_COOKIE_NAME"]
        cookie = signed_in(self.here.app, cookie_of(session, token)).get_cookie(name)
        return f"{name}={cookie.value}" if cookie else ""

    def _open_page(self, conversation_id: int) -> None:
        """Take the page's token, and the cookie that belongs to it."""
        self.web.request("GET", f"/chat/{conversation_id}", headers={"Cookie": self.cookie})
        answer = self.web.getresponse()
        found = _TOKEN.search(answer.read().decode())
        if answer.status != 200 or found is None:
            raise RuntimeError(f"The chat was answered with {answer.status}.")
        self.csrf = found[1]
        self.cookie = (answer.getheader("Set-Cookie") or self.cookie).partition(";")[0]

    def _line_connection(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection(urlsplit(self.line.url).netloc)

    @staticmethod
    def _expect(connection: http.client.HTTPConnection) -> None:
        answer = connection.getresponse()
        said = answer.read()
        if answer.status != 200:
            raise RuntimeError(f"{answer.status}: {said[:300]!r}")
