"""Pages of upper layers to which a friend's page leads."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class LinkedPage:
    """A page about the friend: its endpoint, its arguments besides the friend's account, and what opens it."""

    endpoint: str
    args: Mapping[str, Any]
    # Any one of these is enough.
    permissions: Sequence[str]
    # Whether the account is one of its arguments.
    is_of_account: bool = True

    def values(self, account_id: int) -> dict[str, Any]:
        """Return all arguments of the page for a friend of the account."""
        return {**self.args, **({"account_id": account_id} if self.is_of_account else {})}

    def is_open(self, may: Callable[[str], bool]) -> bool:
        """Return whether a member who `may` do these things may open the page."""
        return any(map(may, self.permissions))
