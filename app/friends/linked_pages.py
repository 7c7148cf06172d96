"""Pages of upper layers to which a friend's page leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LinkedPage:
    """A page of the friend's account: its endpoint, its arguments besides the account, and what opens it."""

    endpoint: str
    args: Mapping[str, Any]
    # Any one of these is enough.
    permissions: Sequence[str]

    def is_open(self, may: Callable[[str], bool]) -> bool:
        """Return whether a member who `may` do these things may open the page."""
        return any(map(may, self.permissions))
