"""What QR Codes announce to workflows."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class QrCodeScanned:
    """A friend scanned a code, announced once for each scan, as soon as the friend can be reached.

    `event_key` tells scans of the code apart. `webhook_event_id` is the event of LINE by which it is announced: the
    message with the code's text, or the friend add; None where the page of the code said it. `is_standby`: another
    channel holds the chat, so nothing may be sent.
    """

    account_id: int
    friend_id: int
    qr_code_id: int
    event_key: str
    occurred_at: datetime
    webhook_event_id: int | None = None
    workflow_id: int | None = None
    is_standby: bool = False
