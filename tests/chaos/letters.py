"""What friends write to the account of the sends while a storm goes on, so that sends may answer with a reply.

LINE's stand-in delivers each event again until it is taken.
"""

from __future__ import annotations

from app.line.models import Account
from tests.chaos.talk import Told
from tests.support.sandbox import SandboxServer

REDELIVERY = {"enabled": True, "count": 1_000, "interval_seconds": 2.0}
# The whole log of the stand-in.
LOG = 5_000


class Letters:
    """The account's webhook is led to the program at `port`; what is written is noted in `told`."""

    def __init__(self, line: SandboxServer, account: Account, port: int, told: Told) -> None:
        self._line, self._told, self._written = line, told, set[str]()
        self._path = f"/channels/{account.channel_id}"
        endpoint = f"http://127.0.0.1:{port}/webhooks/line/{account.webhook_key}"
        line.api("PATCH", self._path, {"webhook": {"endpoint": endpoint, "redelivery": REDELIVERY}})

    def write(self, user_id: str) -> None:
        """Let a friend write something."""
        words = {"act": "message", "message": {"type": "text", "text": "hello"}}
        event = self._line.api("POST", f"{self._path}/friends/{user_id}/acts", words)["events"][0]
        self._told.messages.add(event["message"]["id"])
        self._told.events.add(event["webhookEventId"])
        self._written.add(event["webhookEventId"])

    def are_taken(self) -> bool:
        """Return whether the program has taken everything that was written."""
        sent = self._line.api("GET", f"{self._path}/webhooks?limit={LOG}")["webhooks"]
        taken = {event_id for one in sent if one["succeeded"] for event_id in one["event_ids"]}
        return self._written <= taken
