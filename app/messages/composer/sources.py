"""Lists of ready messages that upper layers offer where a message is composed."""

from __future__ import annotations

from dataclasses import dataclass

from app.core.i18n import Text
from app.core.registry import Registry


@dataclass(frozen=True)
class MessageSource:
    """A list in a dialog. `endpoint` takes `account_id` and `draft_id`; what is chosen there goes into the draft."""

    label: Text
    title: Text
    icon: str
    endpoint: str


SOURCES: Registry[MessageSource] = Registry("source of messages")
