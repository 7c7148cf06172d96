"""News for an open control page: channels, faults, clock, logs and counters, each sent when it differs."""

from collections import Counter
from dataclasses import asdict
from itertools import islice
from typing import Any

from sandbox.control.channels import describe
from sandbox.control.plumbing import Control
from sandbox.line.channels import Channel
from sandbox.line.mail import Mail
from sandbox.pages.crowd import friends_count
from sandbox.pages.stream import News, Sections

LOG_LENGTH = 100
LONGEST_BODY = 20_000
LONGEST_TEXT = 200


class Overview:
    """Follows the whole world, or with a channel id the logs of one channel."""

    def __init__(self, control: Control, channel_id: str | None) -> None:
        self.world = control.world
        self.sender = control.sender
        self.channel_id = channel_id
        self.sections = Sections()
        self.totals = MailTotals(channel_id)

    def news(self) -> News:
        """Return the parts that differ from what was sent before."""
        clock = self.world.clock
        fresh = self.sections.changed(
            {
                "channels": [self._channel(channel) for channel in self.world.channels.values()],
                "faults": [asdict(fault) for fault in self.world.faults.rules.values()],
                "clock": {"offset_seconds": clock.offset},
                "webhooks": self._webhooks(),
                "webhook_totals": self._webhook_totals(),
                "messages": self._messages(),
                "message_totals": self.totals.counted(self.world.mail.entries),
                "counters": self.world.meters.report(),
            }
        )
        return fresh | {"now": clock.now()} if "clock" in fresh else fresh

    def _channel(self, channel: Channel) -> dict[str, Any]:
        clock = self.world.clock
        count, exact = friends_count(channel)
        held = len(self.sender.held.get(channel.channel_id, []))
        described = describe(channel, clock.now(), clock.japan_month())
        return described | {"friends": count, "friends_exact": exact, "held": held}

    def _is_chosen(self, channel_id: str) -> bool:
        return self.channel_id in (None, channel_id)

    def _webhooks(self) -> list[dict[str, Any]]:
        """Return the newest requests to the bots, newest first."""
        chosen = (shipment for shipment in reversed(self.sender.log) if self._is_chosen(shipment.channel_id))
        entries = [shipment.describe() for shipment in islice(chosen, LOG_LENGTH)]
        return [entry | {"body": entry["body"][:LONGEST_BODY]} for entry in entries]

    def _webhook_totals(self) -> dict[str, Any]:
        """Return counts over everything still in the log."""
        counts: Counter[str] = Counter()
        slowest = 0.0
        for shipment in self.sender.log:
            if self._is_chosen(shipment.channel_id):
                counts[shipment.reason.partition(" ")[0]] += 1
                slowest = max(slowest, shipment.milliseconds)
        return {"reasons": dict(counts), "slowest_milliseconds": round(slowest, 1)}

    def _messages(self) -> list[dict[str, Any]]:
        """Return the newest accepted requests, newest first, with numbers in place of the recipients."""
        entries = self.world.mail.entries
        chosen = (mail for mail in reversed(entries) if self._is_chosen(mail.channel_id))
        return [_summed_up(mail) for mail in islice(chosen, LOG_LENGTH)]


def _summed_up(mail: Mail) -> dict[str, Any]:
    delivered = sum(mail.delivered)
    return {
        "sequence": mail.sequence,
        "at": mail.at,
        "channel_id": mail.channel_id,
        "endpoint": mail.endpoint,
        "request_id": mail.request_id,
        "retry_key": mail.retry_key,
        "types": [message["type"] for message in mail.messages],
        "text": next(
            (str(message[key]) for message in mail.messages for key in ("text", "altText") if key in message), ""
        ),
        "accepted": len(mail.delivered),
        "delivered": delivered,
        "dropped": len(mail.delivered) - delivered,
        "units": mail.units,
    }


def _first_words(mail: Mail) -> str:
    """Return the first text that tells one request from another."""
    words = (message[key] for message in mail.messages for key in ("text", "altText") if key in message)
    return str(next(words, ""))[:LONGEST_TEXT]


class MailTotals:
    """Counts recipients over the whole log without counting any request twice."""

    def __init__(self, channel_id: str | None) -> None:
        self.channel_id = channel_id
        self._start_over(None)

    def _start_over(self, log: list[Mail] | None) -> None:
        self._log, self._seen = log, 0
        self._counts = {"requests": 0, "accepted": 0, "delivered": 0, "dropped": 0}

    def counted(self, log: list[Mail]) -> dict[str, int]:
        """Return the counts, with what came since the last call."""
        if log is not self._log or len(log) < self._seen:
            self._start_over(log)
        for mail in islice(log, self._seen, None):
            if self.channel_id in (None, mail.channel_id):
                self._count(mail)
        self._seen = len(log)
        return dict(self._counts)

    def _count(self, mail: Mail) -> None:
        delivered = sum(mail.delivered)
        self._counts["requests"] += 1
        self._counts["accepted"] += len(mail.delivered)
        self._counts["delivered"] += delivered
        self._counts["dropped"] += len(mail.delivered) - delivered
