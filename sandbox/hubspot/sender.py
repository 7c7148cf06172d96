"""Requests from HubSpot to an app, with what came of them."""

from __future__ import annotations

import asyncio
import json
import time
from collections import deque
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

import aiohttp

from sandbox.hubspot import signatures
from sandbox.hubspot.state import HubSpotApp

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot

LOG_LENGTH = 5000


@dataclass
class Sent:
    """One request and its outcome; without a status it was not answered."""

    number: int
    app_id: str
    kind: str
    at: float
    url: str
    body: str
    headers: dict[str, str]
    attempt: int
    status: int | None = None
    reason: str = "waiting"
    answer: str = ""
    answer_headers: dict[str, str] | None = None
    milliseconds: float = 0.0

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300

    def json(self) -> dict[str, Any]:
        """Return the answer as an object; empty when it is none."""
        try:
            data = json.loads(self.answer)
        except ValueError:
            return {}
        return data if isinstance(data, dict) else {}


class Sender:
    """Signs, sends and logs."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot
        self.log: deque[Sent] = deque(maxlen=LOG_LENGTH)
        self._made = 0
        self._session: aiohttp.ClientSession | None = None
        self._tasks: set[asyncio.Task[Any]] = set()

    async def start(self) -> None:
        self._session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))

    async def stop(self) -> None:
        """Stop at once; what waits is lost, as at any sudden end."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def forget(self) -> None:
        """Empty the log, and send nothing any more of what waits for its time or for another try."""
        self.log.clear()
        for task in self._tasks:
            task.cancel()

    def spawn(self, work: Any) -> None:
        """Run something beside the rest until it ends or the sandbox stops."""
        task = asyncio.get_running_loop().create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def post(
        self, app: HubSpotApp, kind: str, url: str, data: Any, *, signed: list[str], attempt: int, seconds: float
    ) -> Sent:
        """POST JSON to the app with these signatures; nothing is raised, the outcome tells."""
        body = json.dumps(data, ensure_ascii=False, separators=(",", ":")).encode()
        headers = signatures.headers(app.client_secret, url, body, self.hubspot.now_ms(), signed)
        self._made += 1
        at = self.hubspot.clock.now()
        sent = Sent(self._made, app.app_id, kind, at, url, body.decode(), headers, attempt)
        self.log.append(sent)
        started = time.monotonic()
        await self._send(sent, body, seconds)
        sent.milliseconds = (time.monotonic() - started) * 1000
        return sent

    async def _send(self, sent: Sent, body: bytes, seconds: float) -> None:
        assert self._session is not None
        headers = {"Content-Type": "application/json", "User-Agent": "HubSpot Connect 2.0", **sent.headers}
        limit = aiohttp.ClientTimeout(total=seconds)
        try:
            async with self._session.post(
                sent.url, data=body, headers=headers, timeout=limit, allow_redirects=False
            ) as response:
                sent.answer = await response.text(errors="replace")
                sent.answer_headers = dict(response.headers)
                sent.status, sent.reason = response.status, "OK" if response.ok else "ERROR_STATUS"
        except TimeoutError:
            sent.reason = "TIMEOUT"
        except (aiohttp.ClientError, OSError, ValueError) as error:
            sent.reason = f"FAILED: {type(error).__name__}"

    def since(self, after: int, app_id: str | None, kind: str | None = None) -> list[dict[str, Any]]:
        """Return what was sent after entry number `after`."""
        return [
            asdict(sent)
            for sent in self.log
            if sent.number > after and app_id in (None, sent.app_id) and kind in (None, sent.kind)
        ]
