"""Who reads a page, as lower layers know them."""

from __future__ import annotations

from typing import Protocol


class Reader(Protocol):
    """A member, or another who may do some things and see some accounts."""

    def may(self, permission: str, /) -> bool:
        """Return whether they may do this."""

    def may_see_account(self, account_id: int, /) -> bool:
        """Return whether they may know of the account."""
