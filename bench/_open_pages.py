"""Pages of the chat as browsers keep them open: each asks for changes by what it shows, as controllers/chat.js does."""

from __future__ import annotations

import asyncio
import gzip
import re
from time import perf_counter
from urllib.parse import urlencode

# A page keeps so many lines of its list.
MOST_ROWS = 100
_FEED = re.compile(r'data-since="(\d+)" data-told="([^"]*)"')
_SEEN = re.compile(r'id="chat-seen"[^>]* data-seen="(\d+)"')
_ROW = re.compile(r'data-id="(\d+)" data-at="([^"]+)"')
_GONE = re.compile(r'id="chat-row-(\d+)" data-gone')
_STATE = re.compile(r'id="chat-state" data-state="([^"]*)"')
_PLANNED = re.compile(r'data-planned="([^"]*)"')
_LINE = re.compile(r'id="(?:line|file)-\d+" data-at="([^"]+)"')
_SAID = re.compile(r"こんにちは (\d+)")


class Wire:
    """One connection that stays open, and is opened again where the server closed it."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._open: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def ask(self, request: bytes) -> tuple[int, bytes]:
        """Send a request; returns the status and the body as it was before it was compressed."""
        try:
            return await self._ask(request)
        except (asyncio.IncompleteReadError, ConnectionError):
            # The server closes connections that were idle for long.
            self._open = None
            return await self._ask(request)

    async def _ask(self, request: bytes) -> tuple[int, bytes]:
        if self._open is None:
            self._open = await asyncio.open_connection("127.0.0.1", self._port)
        reader, writer = self._open
        writer.write(request)
        head = (await reader.readuntil(b"\r\n\r\n")).lower()
        fields = dict(line.split(b": ", 1) for line in head.split(b"\r\n")[1:] if b": " in line)
        body = await reader.readexactly(int(fields.get(b"content-length", b"0")))
        if fields.get(b"connection") == b"close":
            writer.close()
            self._open = None
        return int(head[9:12]), gzip.decompress(body) if fields.get(b"content-encoding") == b"gzip" else body


class OpenPage:
    """A member's page with the list and one conversation; `said` has when each message of that one was shown."""

    def __init__(self, port: int, cookie: str, conversation_id: int) -> None:
        self._wire, self._cookie, self._id = Wire(port), cookie, conversation_id
        self._since, self._told, self._seen, self._state, self._oldest, self._planned = "", "", "", "", "", ""
        self._rows: dict[str, str] = {}
        self.said: dict[int, float] = {}

    async def open(self) -> None:
        """Load the whole page."""
        await self._get(f"/chat/{self._id}", "")

    async def ask(self) -> None:
        """Ask for changes once, and show them."""
        last = min(self._rows.values(), default="")
        about = {
            "since": self._since,
            "told": self._told,
            "seen": self._seen,
            "open": self._id,
            "reads": 1,
            "oldest": self._oldest,
            "planned": self._planned,
        }
        await self._get(f"/chat/changes?{urlencode({**about, 'last': last, 'state': self._state})}", AS_POLL)

    async def ask_bare(self) -> None:
        """Ask for one row instead."""
        await self._get(f"/bench/select?id={self._id}", AS_POLL)

    async def _get(self, path: str, headers: str) -> None:
        lines = f"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nCookie: {self._cookie}\r\n{AS_BROWSER}{headers}\r\n"
        status, body = await self._wire.ask(lines.encode())
        if status not in (200, 304):
            raise RuntimeError(f"{path}: {status}")
        if body:
            self._show(body.decode())

    def _show(self, body: str) -> None:
        moment = perf_counter()
        if found := _FEED.search(body):
            self._since, self._told = found.groups()
        if found := _SEEN.search(body):
            self._seen = found[1]
        if found := _STATE.search(body):
            self._state = found[1]
        if found := _PLANNED.search(body):
            self._planned = found[1]
        if not self._oldest and (found := _LINE.search(body)):
            self._oldest = found[1]
        if 'id="chat-page"' in body:
            self._rows.clear()
        self._rows |= dict(_ROW.findall(body))
        for gone in _GONE.findall(body):
            self._rows.pop(gone, None)
        newest = sorted(self._rows.items(), key=lambda row: row[1], reverse=True)[:MOST_ROWS]
        self._rows = dict(newest)
        for number in map(int, _SAID.findall(body)):
            self.said.setdefault(number, moment)


AS_BROWSER = "Accept-Encoding: gzip\r\nAccept-Language: ja,en;q=0.8\r\n"
AS_POLL = "HX-Request: true\r\nX-Poll: true\r\n"
