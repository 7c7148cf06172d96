"""What tracking announces."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True)
class FetchesCounted:
    """Images were loaded or links clicked, of these sends; `friend_ids` are the friends of whom it is known."""

    send_ids: frozenset[int]
    friend_ids: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class LinkClicked:
    """A friend clicked a link of a message, and it counts. `cause_kind` and `cause_id` say what sent the message."""

    account_id: int
    friend_id: int
    fetch_id: int
    send_id: int
    cause_kind: str
    cause_id: str
    # Where the link stands in the send, such as "messages[0].text", and where it leads.
    place: str
    url: str
    occurred_at: datetime
