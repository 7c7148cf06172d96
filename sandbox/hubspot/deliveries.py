"""Webhook events on their way: gathered into arrays, sent in any order, more than once, and again after failures."""

from __future__ import annotations

import asyncio
from collections import Counter
from typing import TYPE_CHECKING, Any

from sandbox.hubspot.state import HubSpotApp

if TYPE_CHECKING:
    from sandbox.hubspot.hubspot import HubSpot

GATHER_SECONDS = 0.02
MOST_ATTEMPTS = 10

Events = list[dict[str, Any]]


class Deliveries:
    """Events that wait for each app, and the attempts to deliver them."""

    def __init__(self, hubspot: HubSpot) -> None:
        self.hubspot = hubspot
        self.waiting: dict[str, Events] = {}
        self._gathering: set[str] = set()
        # Arrays of each app that are about to be sent or are on the way.
        self._moving: Counter[str] = Counter()
        self._slots: dict[str, asyncio.Semaphore] = {}

    def enqueue(self, app: HubSpotApp, event: dict[str, Any]) -> None:
        """Take an event; without an address nothing is sent."""
        if not app.webhooks.target_url:
            return
        self.waiting.setdefault(app.app_id, []).append(event)
        if not app.webhooks.hold and app.app_id not in self._gathering:
            self._gathering.add(app.app_id)
            self.hubspot.sender.spawn(self._gather(app))

    async def _gather(self, app: HubSpotApp) -> None:
        await asyncio.sleep(GATHER_SECONDS)
        self._gathering.discard(app.app_id)
        self.release(app)

    def release(self, app: HubSpotApp) -> int:
        """Send what waits; the number of events."""
        events, settings = self.waiting.pop(app.app_id, []), app.webhooks
        dice = self.hubspot.random
        if settings.shuffle:
            dice.shuffle(events)
        again = [dict(event) for event in events if dice.random() < settings.duplicate_rate]
        size = max(1, min(100, settings.batch_size))
        for queue in (events, again):
            for start in range(0, len(queue), size):
                self.send(app, queue[start : start + size])
        return len(events)

    def send(self, app: HubSpotApp, events: Events) -> None:
        """Send an array as it is."""
        self._moving[app.app_id] += 1
        self.hubspot.sender.spawn(self._deliver(app, events))

    async def _deliver(self, app: HubSpotApp, events: Events) -> None:
        """Send until the array is taken, at most ten more times; the pauses grow."""
        for attempt in range(MOST_ATTEMPTS + 1):
            taken = await self._attempt(app, events, attempt)
            self._moving[app.app_id] -= 1
            if taken or attempt == MOST_ATTEMPTS:
                return
            pause = app.webhooks.retry_seconds * min(2**attempt, 120)
            await self.hubspot.clock.sleep_until(self.hubspot.clock.now() + pause)
            self._moving[app.app_id] += 1

    async def _attempt(self, app: HubSpotApp, events: Events, attempt: int) -> bool:
        settings = app.webhooks
        if not settings.target_url:
            return True
        slot = self._slots.setdefault(app.app_id, asyncio.Semaphore(settings.max_concurrent))
        body = [event | {"attemptNumber": attempt} for event in events]
        async with slot:
            sent = await self.hubspot.sender.post(
                app,
                "webhook",
                settings.target_url,
                body,
                signed=settings.signatures,
                attempt=attempt,
                seconds=settings.answer_seconds,
            )
        return sent.succeeded

    def is_idle(self, app: HubSpotApp) -> bool:
        """Whether nothing is being gathered or is on the way; what waits for its next attempt does not count."""
        return app.app_id not in self._gathering and not self._moving[app.app_id]

    def forget(self) -> None:
        self.waiting.clear()
        self._gathering.clear()
        self._moving.clear()
        self._slots.clear()
