"""What the inbox of a portal keeps: channel accounts, tokens of the connect flow, threads, messages and files."""

from __future__ import annotations

import base64
from dataclasses import dataclass, field
from typing import Any


@dataclass
class CustomChannel:
    """A channel that an app has registered, for all portals."""

    id: str
    name: str
    capabilities: dict[str, Any]
    created_at: int
    webhook_url: str = ""
    redirect_url: str = ""
    description: str = ""
    logo_url: str = ""


@dataclass
class InboxRoom:
    """An inbox of a portal."""

    id: str
    name: str


@dataclass
class StagingToken:
    """A connection that its administrator has begun in the inbox settings."""

    token: str
    channel_id: str
    inbox_id: str
    created_at: int
    account_name: str = ""
    identifier: dict[str, str] | None = None
    is_used: bool = False


@dataclass
class ChannelAccount:
    """A channel in one inbox; `identifier` is the delivery identifier that the app gave it."""

    id: str
    channel_id: str
    inbox_id: str
    name: str
    identifier: dict[str, str] | None
    created_at: int
    authorized: bool = True
    archived_at: int | None = None


@dataclass
class InboxThread:
    """A conversation; `integration_id` is the app's name for it."""

    id: str
    inbox_id: str
    channel_id: str
    account_id: str
    integration_id: str
    # Who the conversation is with: {"name", "deliveryIdentifier"}, and the contact where one is known.
    visitor: dict[str, Any]
    contact_id: str | None = None
    created_at: int = 0
    changed_at: int = 0
    message_ids: list[str] = field(default_factory=list)
    is_unread: bool = True


@dataclass
class StoredFile:
    """A file of the file manager, with its bytes in base64."""

    id: str
    name: str
    extension: str
    content_type: str
    encoded: str
    access: str
    folder: str
    created_at: int
    archived_at: int | None = None

    @property
    def content(self) -> bytes:
        return base64.b64decode(self.encoded)

    @property
    def size(self) -> int:
        return len(self.content)


@dataclass
class InboxState:
    """The inbox of one portal. Messages are kept as answers show them."""

    rooms: list[InboxRoom] = field(default_factory=lambda: [InboxRoom("1", "General inbox"), InboxRoom("2", "Support")])
    agents: list[str] = field(default_factory=lambda: ["Hanako Sato", "Ken Mori"])
    tokens: dict[str, StagingToken] = field(default_factory=dict)
    accounts: dict[str, ChannelAccount] = field(default_factory=dict)
    threads: dict[str, InboxThread] = field(default_factory=dict)
    messages: dict[str, dict[str, Any]] = field(default_factory=dict)
    # The message of each idempotency id.
    known_ids: dict[str, str] = field(default_factory=dict)
    files: dict[str, StoredFile] = field(default_factory=dict)
    # How the webhooks of channels are treated on the way.
    duplicate_rate: float = 0.0
    shuffle: bool = False
    late_seconds: float = 0.0
    as_arrays: bool = False
    is_signed: bool = True
    last_id: int = 0

    def next_id(self) -> str:
        """Return an id that was not given out before."""
        self.last_id += 1
        return str(7_000_000 + self.last_id)

    def room(self, inbox_id: str) -> InboxRoom | None:
        return next((room for room in self.rooms if room.id == inbox_id), None)
