"""What sending announces."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple

from app.messages.sending.models import SendState


class SettledSend(NamedTuple):
    """What became of one send; `cause_id` is the reference of its cause."""

    send_id: int
    cause_kind: str
    cause_id: str
    state: SendState


@dataclass(frozen=True)
class SendsSettled:
    """Sends have their last state: LINE took them, they are refused, or LINE did not say."""

    sends: tuple[SettledSend, ...]
