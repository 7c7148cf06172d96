"""What broadcasts announce."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class BroadcastEnded:
    """A broadcast has sent, or not sent, to everyone in its audience; it may be resumed and end again."""

    account_id: int
    broadcast_id: int
