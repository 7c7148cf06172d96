"""A member at the chat in a storm, who presses Send again until an answer is taken, and keeps a page open."""

from __future__ import annotations

import http.client
import re
import threading
import time
from contextlib import suppress
from html import unescape
from urllib.parse import urlencode

from flask import Flask

from app.core.db import db
from app.team.models import Member, MemberState, Role
from app.team.operations.sign_in import RequestOrigin, start
from app.team.sign_in import cookie_of
from bench.friends_page import signed_in
from tests.chaos.sky import PATIENCE

# Between two tries, and between two questions of the open page.
PAUSE, EVERY = 0.3, 0.5
_TOKEN = re.compile(r'name="csrf_token" value="([^"]+)"')
_FEED = re.compile(r'data-since="(\d+)" data-told="([^"]*)"')
_LINE = re.compile(r'<article class="chat-message[^"]*" id="(line-\d+)" data-at="([^"]+)"')


class Desk:
    """The member's browser; the page of one conversation stays open in it."""

    def __init__(self, app: Flask, port: int, open_id: int) -> None:
        self._port, self.open_id = port, open_id
        self._cookie = _sign_in(app)
        self._since, self._told, self._oldest = "", "", ""
        # When each line of the open page was said, by the id of its element.
        self._lines: dict[str, str] = {}
        # Answers that the program refused, in words.
        self.refused: list[str] = []
        first = self.page(open_id)
        self._show(first)
        self._oldest = min(self._lines.values(), default="")
        self._csrf = _TOKEN.findall(first)[0]

    @property
    def shown(self) -> list[str]:
        """Return the lines of the open page from top to bottom."""
        return sorted(self._lines, key=lambda key: (self._lines[key], int(key.removeprefix("line-"))))

    def answer(self, conversation_id: int, words: str) -> None:
        """Press Send until the program takes the answer; each press is the same one."""
        form = {"csrf_token": self._csrf, "text": words, "press": words}
        status, said = self._surely("POST", f"/chat/{conversation_id}/answers", urlencode(form))
        if status != 200:
            self.refused.append(f"“{words}” was refused with {status}: {said[:200]}")

    def page(self, conversation_id: int, line_id: int | None = None) -> str:
        """Return the page of a conversation, with its newest lines or with those around one of them."""
        place = f"?message={line_id}" if line_id else ""
        status, said = self._surely("GET", f"/chat/{conversation_id}{place}")
        return unescape(said) if status == 200 else ""

    def watch(self, ends: threading.Event) -> None:
        """Ask for changes as an open page does, through whatever happens, until it ends."""
        while not ends.wait(EVERY):
            with suppress(OSError, http.client.HTTPException):
                self._ask()

    def look(self) -> None:
        """Ask for changes until there are none, once all is over."""
        deadline = time.monotonic() + PATIENCE
        while self._ask() != 304 and time.monotonic() < deadline:
            time.sleep(PAUSE)

    def _ask(self) -> int:
        asked = {"since": self._since, "told": self._told, "open": self.open_id, "oldest": self._oldest}
        status, said = self._once("GET", f"/chat/changes?{urlencode(asked)}")
        if status == 200:
            self._show(unescape(said))
        return status

    def _show(self, page: str) -> None:
        self._lines |= dict(_LINE.findall(page))
        if found := _FEED.search(page):
            self._since, self._told = found.groups()

    def _surely(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        """Ask until there is an answer of the program, whatever it says."""
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            with suppress(OSError, http.client.HTTPException):
                status, said = self._once(method, path, body)
                if status < 500 and status != 429:
                    return status, said
            time.sleep(PAUSE)
        return 0, "There was no answer."

    def _once(self, method: str, path: str, body: str = "") -> tuple[int, str]:
        connection = http.client.HTTPConnection("127.0.0.1", self._port, timeout=20)
        headers = {"Cookie": self._cookie}
        if body or path.startswith("/chat/changes"):
            headers |= {"HX-Request": "true", "Content-Type": "application/x-www-form-urlencoded"}
        try:
            connection.request(method, path, body or None, headers)
            answer = connection.getresponse()
            self._cookie = (answer.getheader("Set-Cookie") or self._cookie).partition(";")[0]
            return answer.status, answer.read().decode()
        finally:
            connection.close()


def _sign_in(app: Flask) -> str:
    """Return the cookie of an administrator's session."""
    member = Member(name="Carol", email="carol@example.com", role=Role.ADMINISTRATOR, state=MemberState.ACTIVE)
    db.session.add(member)
    db.session.flush()
    session, token = start(member, RequestOrigin())
    db.session.commit()
    name = app.config["SESSION_COOKIE_NAME"]
    cookie = signed_in(app, cookie_of(session, token)).get_cookie(name)
    if cookie is None:
        raise RuntimeError("The member was not signed in.")
    return f"{name}={cookie.value}"
