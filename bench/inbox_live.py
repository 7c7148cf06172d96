"""200 open pages of the chat while 50 messages a second come in, against a bare view that reads one row by its key.

First all pages ask without a pause, in turn for changes and for the bare row: `inbox_live` are answers a second. Each
round begins with pages that know the newest, as pages do that are never still for the time of a bare round. Then
each asks every two seconds, as a page does that is looked at: `inbox_live.p95` is the time from the webhook to the page
that has the message, against three seconds, and `inbox_live.memory` what the largest web process holds at the end,
against the end of the first tenth. Web, workers and scheduler run as in production. `BENCH_SECONDS=30` and
`BENCH_PAGES=50` are shorter and smaller.
"""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from itertools import count
from statistics import median
from time import perf_counter
from types import SimpleNamespace
from typing import Any

from flask import Flask
from sqlalchemy import text

from app.core.db import db
from app.line.intake.signature import sign
from app.team.models import Member, MemberState
from app.team.operations.sign_in import RequestOrigin, start
from app.team.sign_in import cookie_of
from bench._lag import all_classes_are_served, scalar
from bench._load import as_request
from bench._open_pages import OpenPage, Wire
from bench._processes import wait_until, web, workers
from bench._webhooks import SECRET, body_of, connect_account
from bench.friends_page import signed_in
from bench.harness import Result, installation, percentile

PAGES = int(os.environ.get("BENCH_PAGES", "200"))
SECONDS = int(os.environ.get("BENCH_SECONDS", "180"))
RATE, PEOPLE = 50, 1_000
# Friends write in turn: every so many of them has a page, so that pages get messages at an even rate too.
STEP = max(1, PEOPLE // PAGES)
# How often a page asks that is looked at.
EVERY = 2.0
ROUNDS, ROUND_SECONDS = 3, max(3.0, min(15.0, SECONDS / 12))
WIRES = 16
TARGET_SECONDS = 3.0
# Longer than any message may take to come to its page once no more are written.
PATIENCE = 60.0
_FRIENDS = text("""
    INSERT INTO friends (account_id, line_user_id, display_name, origin, follow_status, followed_at, profile_fetched_at)
    SELECT id, 'U' || lpad(to_hex(n), 32, '0'), '友だち ' || n, 'webhook', 'following', now(), now()
    FROM accounts, generate_series(1, CAST(:people AS int)) AS n
""")
Ask = Callable[[OpenPage], Coroutine[Any, Any, None]]


def run() -> list[Result]:
    """Measure answers a second, the time to the page, and memory."""
    with (
        installation("inbox_live") as here,
        here.app.app_context(),
        web(here.env, "bench._bare_select:app") as server,
        workers(here.env),
    ):
        wait_until(all_classes_are_served, "every worker class is served")
        path = f"/webhooks/line/{connect_account()}"
        db.session.execute(_FRIENDS, {"people": PEOPLE})
        db.session.commit()
        cookies = [_cookie(here.app, number) for number in range(PAGES)]
        return asyncio.run(_Bench(server, path, cookies).run())


def _cookie(app: Flask, number: int) -> str:
    """Sign in a member of the team."""
    state, permissions = MemberState.ACTIVE, ["chat", "friends", "tags"]
    member = Member(name=f"Member {number}", email=f"{number}@example.com", state=state, permissions=permissions)
    db.session.add(member)
    db.session.flush()
    session, token = start(member, RequestOrigin())
    db.session.commit()
    browser, name = signed_in(app, cookie_of(session, token)), app.config["SESSION_COOKIE_NAME"]
    cookie = browser.get_cookie(name)
    if cookie is None:
        raise RuntimeError("The member was not signed in.")
    return f"{name}={cookie.value}"


class _Bench:
    """The pages, and what friends write while they are open."""

    def __init__(self, server: SimpleNamespace, path: str, cookies: list[str]) -> None:
        self._server, self._path, self._cookies = server, path, cookies
        # LINE ends the reply tokens of what it sends for a test with zeros only.
        self._numbers = count(1)
        self._free: asyncio.Queue[Wire] = asyncio.Queue()
        # When each message was sent to the webhook.
        self._written: dict[int, float] = {}
        self._pages: list[OpenPage] = []

    async def run(self) -> list[Result]:
        """Let everyone write once, open the pages, and measure."""
        for _ in range(WIRES):
            self._free.put_nowait(Wire(self._server.port))
        await asyncio.gather(*(self._write() for _ in range(PEOPLE)))
        wait_until(lambda: scalar("SELECT count(*) FROM conversations") == PEOPLE, "all have written")
        # As a database knows its tables that is older than a minute.
        with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
        await self._open()
        async with self._writing():
            ours, bare = await self._at_saturation()
        begun = len(self._written)
        early, late = await self._as_looked_at(begun)
        times = [self._page_of(number).said[number] - self._written[number] for number in self._mine(begun)]
        return [
            Result("inbox_live", ours, "answers/s", bare, "higher", PAGES, late),
            Result("inbox_live.p95", percentile(times, 0.95), "s", TARGET_SECONDS, "lower", len(times), late),
            Result("inbox_live.memory", late, "MB", early, "lower", SECONDS, late),
        ]

    async def _open(self) -> None:
        ids = db.session.execute(text("SELECT chat_id, id FROM conversations")).all()
        db.session.rollback()
        of_person = {int(row.chat_id[1:], 16) - 1: row.id for row in ids}
        self._pages = [
            OpenPage(self._server.port, cookie, of_person[number * STEP]) for number, cookie in enumerate(self._cookies)
        ]
        for page in self._pages:
            await page.open()

    async def _write(self) -> None:
        number = next(self._numbers)
        body = body_of(number, PEOPLE)
        request = as_request(self._path, body, {"x-line-signature": sign(SECRET.encode(), body).decode()})
        self._written[number] = perf_counter()
        wire = await self._free.get()
        status, _body = await wire.ask(request)
        self._free.put_nowait(wire)
        if status != 200:
            raise RuntimeError(f"The webhook was answered with {status}.")

    @asynccontextmanager
    async def _writing(self) -> AsyncIterator[None]:
        """Let friends write at an even rate until the block ends."""
        ends = asyncio.Event()
        task = asyncio.create_task(self._write_until(ends))
        yield
        ends.set()
        await task

    async def _write_until(self, ends: asyncio.Event) -> None:
        begin = perf_counter()
        async with asyncio.TaskGroup() as group:
            for turn in count():
                await asyncio.sleep(begin + turn / RATE - perf_counter())
                if ends.is_set():
                    return
                group.create_task(self._write())

    async def _at_saturation(self) -> tuple[float, float]:
        """Return answers a second, of changes and of the bare row, each the middle of its rounds."""
        rates: tuple[list[float], list[float]] = ([], [])
        for _ in range(ROUNDS):
            for found, ask in zip(rates, (OpenPage.ask, OpenPage.ask_bare), strict=True):
                found.append(await self._without_pause(ask))
        return median(rates[0]), median(rates[1])

    async def _without_pause(self, ask: Ask) -> float:
        await asyncio.gather(*(page.ask() for page in self._pages))
        begin = perf_counter()
        until, answers = begin + ROUND_SECONDS, count()

        async def on(page: OpenPage) -> None:
            while perf_counter() < until:
                await ask(page)
                next(answers)

        await asyncio.gather(*map(on, self._pages))
        return next(answers) / (perf_counter() - begin)

    async def _as_looked_at(self, begun: int) -> tuple[float, float]:
        """Let each page ask every two seconds until it has all that was written; returns the memory early and late."""
        closed = asyncio.Event()

        async def on(page: OpenPage, number: int) -> None:
            await asyncio.sleep(EVERY * number / PAGES)
            while not closed.is_set():
                await page.ask()
                await asyncio.sleep(EVERY)

        open_pages = [asyncio.create_task(on(page, number)) for number, page in enumerate(self._pages)]
        async with self._writing():
            await asyncio.sleep(SECONDS / 10)
            early = float(self._server.memory_mb())
            await asyncio.sleep(SECONDS - SECONDS / 10)
        late = float(self._server.memory_mb())
        async with asyncio.timeout(PATIENCE):
            while any(number not in self._page_of(number).said for number in self._mine(begun)):
                await asyncio.sleep(EVERY)
        closed.set()
        await asyncio.gather(*open_pages)
        return early, late

    def _mine(self, begun: int) -> list[int]:
        """Return the messages from `begun` on that are in a conversation that a page has open."""
        persons = range(0, STEP * PAGES, STEP)
        return [number for number in self._written if number >= begun and number % PEOPLE in persons]

    def _page_of(self, number: int) -> OpenPage:
        return self._pages[number % PEOPLE // STEP]
