"""The log of every message LINE accepted: to whom, in which order, delivered or dropped.

Recipients are packed into 17 bytes each, so that a campaign to a million people can be looked through for
anybody who got it twice or not at all.
"""

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

WIDTH = 17
CHAT_ID = re.compile(r"[UCR][0-9a-f]{32}")


def is_chat(chat: str) -> bool:
    """Return whether this is the id of a user, group or room."""
    return CHAT_ID.fullmatch(chat) is not None


def pack(chat: str) -> bytes:
    """Return a user, group or room id as 17 bytes."""
    return chat[0].encode() + bytes.fromhex(chat[1:])


def unpack(packed: bytes) -> str:
    return chr(packed[0]) + packed[1:].hex()


@dataclass
class Mail:
    """One accepted request; `delivered` has a 1 for each recipient it reached and a 0 for each it did not."""

    sequence: int
    at: float
    channel_id: str
    endpoint: str
    request_id: str
    retry_key: str | None
    messages: list[dict[str, Any]]
    message_ids: list[str]
    recipients: bytes
    delivered: bytes
    silent: bool = False
    units: list[str] | None = None

    def reached(self, packed: bytes) -> bool | None:
        """Whether it was delivered to this chat; None when it was not addressed to it."""
        at = self.recipients.find(packed)
        while at != -1 and at % WIDTH:
            at = self.recipients.find(packed, at + 1)
        return None if at == -1 else bool(self.delivered[at // WIDTH])

    def chats(self) -> Iterator[tuple[bytes, bool]]:
        """Return every recipient, packed, and whether it was reached."""
        for number, reached in enumerate(self.delivered):
            yield self.recipients[number * WIDTH : (number + 1) * WIDTH], bool(reached)

    def describe(self, chat: str | None = None) -> dict[str, Any]:
        """Return the entry for the control API; with `chat` only what concerns that one recipient."""
        entry: dict[str, Any] = {
            "sequence": self.sequence,
            "at": self.at,
            "channel_id": self.channel_id,
            "endpoint": self.endpoint,
            "request_id": self.request_id,
            "retry_key": self.retry_key,
            "messages": self.messages,
            "message_ids": self.message_ids,
            "notification_disabled": self.silent,
            "units": self.units,
        }
        if chat is not None:
            entry |= {"to": chat, "delivered": bool(self.reached(pack(chat)))}
        else:
            entry["to"] = [{"id": unpack(packed), "delivered": reached} for packed, reached in self.chats()]
        return entry


class MailLog:
    """All accepted messages of all channels, oldest first."""

    def __init__(self) -> None:
        self.entries: list[Mail] = []
        # Entries that the store has not written down yet; they replace all others when it starts over.
        self.unwritten: list[Mail] = []
        self.starts_over = False

    def add(self, mail: Mail) -> None:
        self.entries.append(mail)
        self.unwritten.append(mail)

    def of_channel(self, channel_id: str, after: int = 0) -> Iterator[Mail]:
        return (mail for mail in self.entries if mail.channel_id == channel_id and mail.sequence > after)

    def for_chat(self, channel_id: str, chat: str, after: int = 0) -> Iterator[Mail]:
        """Return what was addressed to one user or group."""
        packed = pack(chat)
        return (mail for mail in self.of_channel(channel_id, after) if mail.reached(packed) is not None)

    def forget(self, channel_id: str | None = None) -> None:
        """Drop the entries of one channel, or all."""
        self.keep([mail for mail in self.entries if channel_id not in (None, mail.channel_id)])

    def keep(self, entries: list[Mail]) -> None:
        """Replace all entries by these."""
        self.entries = entries
        self.unwritten, self.starts_over = list(entries), True

    def summary(self, channel_id: str) -> dict[str, Any]:
        """Return counts over all recipients; `repeated` are chats that one endpoint reached more than once."""
        reached: Counter[bytes] = Counter()
        addressed = requests = 0
        for mail in self.of_channel(channel_id):
            requests += 1
            addressed += len(mail.delivered)
            reached.update(packed for packed, got in mail.chats() if got)
        repeated = [unpack(packed) for packed, count in reached.items() if count > 1]
        return {
            "requests": requests,
            "addressed": addressed,
            "delivered": sum(reached.values()),
            "dropped": addressed - sum(reached.values()),
            "chats_reached": len(reached),
            "chats_reached_more_than_once": len(repeated),
            "examples_reached_more_than_once": repeated[:20],
        }
