"""Where a friend import stands, and where the next one may go on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FriendImportPhase(StrEnum):
    """LISTING the ids of all followers → FETCHING their profiles."""

    LISTING = "listing"
    FETCHING = "fetching"


@dataclass(frozen=True)
class ListPlace:
    """A place in LINE's list of followers: the token of the next page, and when LINE gave it."""

    phase: FriendImportPhase
    token: str | None
    token_at: datetime


@dataclass(frozen=True)
class FriendImportCursor:
    """`phase` None: it has not begun, and begins at `resume` if there is one.

    `after` is the id of the last follower whose profile was asked for.
    """

    phase: FriendImportPhase | None = None
    token: str | None = None
    token_at: datetime | None = None
    after: str = ""
    resume: ListPlace | None = None

    @property
    def place(self) -> ListPlace | None:
        """Return what a later run needs to continue; None when it must begin at the first page."""
        if self.phase is None:
            return self.resume
        return ListPlace(self.phase, self.token, self.token_at) if self.token_at else None
