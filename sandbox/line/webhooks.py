"""Sending events to the bots: signed over the exact bytes, two seconds to answer, in order, once or more."""

import asyncio
import contextlib
import copy
import time
from collections import deque
from dataclasses import dataclass, field
from typing import Any

import aiohttp
from aiohttp import web

from sandbox.line.channels import Channel
from sandbox.line.wording import SendOptions, compose
from sandbox.world import World

ANSWER_SECONDS = 2.0
LOG_LENGTH = 5000
UNKNOWN_HOST = "Unknown host"


@dataclass
class Shipment:
    """One request that is to be made, and later its outcome."""

    channel_id: str
    events: list[dict[str, Any]]
    options: SendOptions = field(default_factory=SendOptions)
    attempt: int = 1
    number: int = 0
    at: float = 0.0
    url: str = ""
    body: str = ""
    signature: str | None = None
    status: int | None = None
    reason: str = "waiting"
    detail: str = ""
    milliseconds: float = 0.0
    # LINE's own connection test, which carries no events.
    is_test: bool = False

    @property
    def succeeded(self) -> bool:
        return self.status is not None and 200 <= self.status < 300 and self.reason == "OK"

    def describe(self) -> dict[str, Any]:
        """Return the entry for the control API."""
        return {
            "number": self.number,
            "channel_id": self.channel_id,
            "at": self.at,
            "attempt": self.attempt,
            "url": self.url,
            "body": self.body,
            "signature": self.signature,
            "signature_mode": self.options.signature,
            "event_ids": [event.get("webhookEventId") for event in self.events],
            "event_types": [event.get("type") for event in self.events],
            "status": self.status,
            "reason": self.reason,
            "detail": self.detail,
            "milliseconds": round(self.milliseconds, 1),
            "within_limit": self.milliseconds <= ANSWER_SECONDS * 1000,
            "succeeded": self.succeeded,
            "test": self.is_test,
        }


class WebhookSender:
    """One queue and one worker per channel, so that events keep their order unless a test asks otherwise."""

    def __init__(self, world: World) -> None:
        self.world = world
        self.log: deque[Shipment] = deque(maxlen=LOG_LENGTH)
        self.held: dict[str, list[Shipment]] = {}
        self._queues: dict[str, deque[Shipment]] = {}
        self._workers: dict[str, asyncio.Task[None]] = {}
        self._later: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None

    async def start(self) -> None:
        connector = aiohttp.TCPConnector(limit=0)
        self._session = aiohttp.ClientSession(connector=connector, auto_decompress=False)

    async def stop(self) -> None:
        """Stop sending at once; what waits is lost, as at any sudden end."""
        tasks = [*self._workers.values(), *self._later]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    def send(
        self, channel: Channel, events: list[dict[str, Any]], options: SendOptions | None = None
    ) -> list[Shipment]:
        """Put a request, and its duplicates if any, on the channel's queue; nothing without an address."""
        options = options or SendOptions()
        webhook = channel.webhook
        wants = (webhook.active and not webhook.suspended) or options.endpoint
        if not wants or not (options.endpoint or webhook.current_endpoint(self.world.clock.now())):
            return []
        repeats = options.duplicates
        if webhook.duplicate_rate and self.world.random.random() < webhook.duplicate_rate:
            repeats += 1
        shipments = [Shipment(channel.channel_id, copy.deepcopy(events), options) for _ in range(1 + repeats)]
        for shipment in shipments:
            self._admit(channel, shipment)
        return shipments

    def _admit(self, channel: Channel, shipment: Shipment) -> None:
        shipment.number = self.world.next_sequence()
        shipment.at = self.world.clock.now()
        self.log.append(shipment)
        if channel.webhook.hold:
            shipment.reason = "held"
            self.held.setdefault(channel.channel_id, []).append(shipment)
        else:
            self._enqueue(channel.channel_id, shipment)

    def _enqueue(self, channel_id: str, shipment: Shipment) -> None:
        shipment.reason = "waiting"
        self._queues.setdefault(channel_id, deque()).append(shipment)
        worker = self._workers.get(channel_id)
        if worker is None or worker.done():
            self._workers[channel_id] = asyncio.create_task(self._drain(channel_id))

    def release(self, channel: Channel, order: str) -> list[Shipment]:
        """Let go what was held: `kept`, `reversed` or `shuffled`."""
        shipments = self.held.pop(channel.channel_id, [])
        if order == "reversed":
            shipments.reverse()
        elif order == "shuffled":
            self.world.random.shuffle(shipments)
        for shipment in shipments:
            self._enqueue(channel.channel_id, shipment)
        return shipments

    def repeat(self, channel: Channel, shipment: Shipment, *, redelivery: bool) -> Shipment:
        """Send a logged request again: as a network duplicate or marked as a redelivery."""
        again = Shipment(
            channel.channel_id,
            copy.deepcopy(shipment.events),
            shipment.options,
            shipment.attempt + redelivery,
        )
        for event in again.events if redelivery else []:
            event["deliveryContext"] = {"isRedelivery": True}
        self._admit(channel, again)
        return again

    def forget_everything(self) -> None:
        """Empty log and queues; what is on its way still arrives, what waits for redelivery does not."""
        self.log.clear()
        self.held.clear()
        for queue in self._queues.values():
            queue.clear()
        for task in self._later:
            task.cancel()

    async def idle(self, channel_id: str, seconds: float) -> bool:
        """Wait until the channel's queue is empty and nothing is on the way; False when time ran out."""
        deadline = time.monotonic() + seconds
        while self._is_busy(channel_id):
            left = deadline - time.monotonic()
            if left <= 0:
                return False
            await asyncio.wait({self._workers[channel_id]}, timeout=left)
        return True

    def _is_busy(self, channel_id: str) -> bool:
        worker = self._workers.get(channel_id)
        return worker is not None and not worker.done()

    async def _drain(self, channel_id: str) -> None:
        queue = self._queues[channel_id]
        while queue:
            channel = self.world.channels.get(channel_id)
            if channel is None:
                queue.clear()
                return
            await self._ship(channel, self._next(channel, queue))

    def _next(self, channel: Channel, queue: deque[Shipment]) -> Shipment:
        """Return the next request; ordinary ones are joined up to the channel's batch size."""
        first = queue.popleft()
        while (
            len(first.events) < channel.webhook.batch_size
            and queue
            and first.options == queue[0].options == SendOptions()
            and first.attempt == queue[0].attempt == 1
        ):
            joined = queue.popleft()
            joined.reason = f"joined {first.number}"
            first.events += joined.events
        return first

    async def _ship(self, channel: Channel, shipment: Shipment) -> None:
        if shipment.options.delay_ms:
            await asyncio.sleep(shipment.options.delay_ms / 1000)
        now = self.world.clock.now()
        shipment.url = shipment.options.endpoint or channel.webhook.current_endpoint(now) or ""
        payload, headers = compose(self.world, channel, shipment.events, shipment.options)
        shipment.body = payload.decode(errors="replace")
        shipment.signature = headers.get(shipment.options.header)
        self._note_receipt(channel, shipment)
        await self._post(shipment, payload, headers)
        self._judge(channel, shipment)
        self.world.touch()

    def _note_receipt(self, channel: Channel, shipment: Shipment) -> None:
        """Note the time: a reply token may be used for a minute from the moment its event arrives."""
        for event in shipment.events:
            token = channel.reply_tokens.get(str(event.get("replyToken")))
            if token is not None:
                token.received_at = self.world.clock.now()

    async def test(self, channel: Channel, url: str) -> Shipment:
        """Try an address with a signed request without events, outside of the queue."""
        shipment = Shipment(channel.channel_id, [], is_test=True, url=url)
        shipment.number, shipment.at = self.world.next_sequence(), self.world.clock.now()
        payload, headers = compose(self.world, channel, [], shipment.options)
        shipment.body, shipment.signature = payload.decode(), headers[shipment.options.header]
        self.log.append(shipment)
        await self._post(shipment, payload, headers)
        return shipment

    async def _post(self, shipment: Shipment, payload: bytes, headers: dict[str, str]) -> None:
        """Make the request and note status, reason and time."""
        assert self._session is not None
        started = time.monotonic()
        try:
            async with asyncio.timeout(ANSWER_SECONDS):
                async with self._session.post(
                    shipment.url, data=payload, headers=headers, allow_redirects=False
                ) as response:
                    shipment.status = response.status
                    with contextlib.suppress(aiohttp.ClientError):
                        await response.read()
            good = 200 <= shipment.status < 300
            shipment.reason = "OK" if good else "ERROR_STATUS_CODE"
            shipment.detail = str(shipment.status)
        except TimeoutError:
            shipment.status, shipment.reason, shipment.detail = None, "REQUEST_TIMEOUT", "Request timeout"
        except (aiohttp.ClientConnectorCertificateError, aiohttp.ClientConnectorSSLError):
            shipment.reason, shipment.detail = "COULD_NOT_CONNECT", f"TLS handshake failure: {shipment.url}"
        except aiohttp.ClientConnectorDNSError:
            shipment.reason, shipment.detail = "COULD_NOT_CONNECT", UNKNOWN_HOST
        except aiohttp.ClientConnectorError:
            shipment.reason, shipment.detail = "COULD_NOT_CONNECT", "Failure to connect"
        except (aiohttp.ClientError, ValueError) as error:
            shipment.reason, shipment.detail = "UNCLASSIFIED", f"{type(error).__name__}: {error}"
        shipment.milliseconds = (time.monotonic() - started) * 1000

    def _judge(self, channel: Channel, shipment: Shipment) -> None:
        """Count failures in a row and plan a redelivery where the channel wants one."""
        webhook = channel.webhook
        if shipment.succeeded:
            webhook.failures_in_row = 0
            return
        webhook.failures_in_row += 1
        limit = webhook.suspend_after_failures
        webhook.suspended = limit is not None and webhook.failures_in_row >= limit
        redelivery = webhook.redelivery
        if redelivery.enabled and shipment.attempt <= redelivery.count and shipment.events:
            task = asyncio.create_task(self._redeliver(channel, shipment, redelivery.interval_seconds))
            self._later.add(task)
            task.add_done_callback(self._later.discard)

    async def _redeliver(self, channel: Channel, shipment: Shipment, seconds: float) -> None:
        await self.world.clock.sleep_until(self.world.clock.now() + seconds)
        if channel.webhook.active and not channel.webhook.suspended:
            self.repeat(channel, shipment, redelivery=True)


SENDER: web.AppKey[WebhookSender] = web.AppKey("sender", WebhookSender)
