"""What a replay goes through: an event of a friend, and the period from which they are."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, NamedTuple

from app.workflows.definition.state import NOTHING


@dataclass(frozen=True)
class ReplayPeriod:
    """From one moment up to another one."""

    since: datetime
    until: datetime


class ReplayedEvent(NamedTuple):
    """An event of a friend, as `engine.happenings.Happening` tells it; a tuple, since a replay makes very many.

    `may_reply`: it gives a token for a reply.

    `node_id` is set for the moment of a trigger that follows the clock. `chain` names the workflows that caused it.
    """

    at: datetime
    key: str
    kind: str
    data: Mapping[str, Any] = NOTHING
    word: str | None = None
    node_id: str = ""
    may_reply: bool = False
    may_send: bool = True
    chain: tuple[int, ...] = ()
