"""What a replay goes through: an event of a friend, and the period from which they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any


@dataclass(frozen=True)
class ReplayPeriod:
    """From one moment up to another one."""

    since: datetime
    until: datetime


@dataclass(frozen=True)
class ReplayedEvent:
    """An event of a friend, as `engine.happenings.Happening` tells it. `may_reply`: it gives a token for a reply.

    `node_id` is set for the moment of a trigger that follows the clock. `chain` names the workflows that caused it.
    """

    at: datetime
    key: str
    kind: str
    data: Mapping[str, Any] = field(default_factory=dict)
    word: str | None = None
    node_id: str = ""
    may_reply: bool = False
    may_send: bool = True
    chain: tuple[int, ...] = ()
