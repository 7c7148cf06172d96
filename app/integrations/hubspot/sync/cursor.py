"""Where a sync stands: its phase, and how far that has come."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from app.integrations.hubspot.sync.lists import ListsPlace


class SyncPhase(StrEnum):
    """The steps of a sync in their order. The last applies to friends what the others have read."""

    START = "start"
    CONTACTS = "contacts"
    VANISHED = "vanished"
    MATCHING = "matching"
    COMPANIES = "companies"
    LISTS = "lists"
    APPLYING = "applying"


# In which order a sync goes through them; only a complete reading looks for what has vanished.
ORDER = tuple(SyncPhase)


@dataclass(frozen=True)
class SyncCursor:
    """Where a sync stands. Times are ISO 8601, by HubSpot's clock."""

    phase: str = SyncPhase.START
    # All contacts are read, not only those that changed.
    is_full: bool = False
    # The window of changes: from when, and up to when; a complete reading began at `high`.
    low: str = ""
    high: str = ""
    # HubSpot's cursor of the next page, or the id of the last record that was dealt with in this phase.
    after: str = ""
    # What the phase does after its records, for example "names" of companies.
    step: str = ""
    lists: ListsPlace = field(default_factory=ListsPlace)

    def next_phase(self) -> SyncCursor:
        """Return the beginning of the next phase."""
        order = [phase for phase in ORDER if self.is_full or phase is not SyncPhase.VANISHED]
        following = order[order.index(SyncPhase(self.phase)) + 1]
        return SyncCursor(following, self.is_full, self.low, self.high)
