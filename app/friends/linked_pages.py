"""Pages of upper layers to which a friend's page leads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from app.core.i18n import Text
from app.core.readers import Reader


@dataclass(frozen=True)
class LinkedPage:
    """A page about the friend: its endpoint, its arguments besides the friend's account, and what opens it."""

    endpoint: str
    args: Mapping[str, Any]
    # Any one of these is enough.
    permissions: Sequence[str]
    # Whether the account is one of its arguments.
    is_of_account: bool = True
    # Accounts that the page is about beside the friend's own: it is for those alone who may see them all.
    account_ids: Sequence[int] = ()
    # What is said instead of its name to those who may not.
    hidden: Text = ""

    def values(self, account_id: int) -> dict[str, Any]:
        """Return all arguments of the page for a friend of the account."""
        return {**self.args, **({"account_id": account_id} if self.is_of_account else {})}

    def is_open(self, reader: Reader) -> bool:
        """Return whether the reader may open the page."""
        return any(map(reader.may, self.permissions)) and not self.is_hidden_from(reader)

    def is_hidden_from(self, reader: Reader) -> bool:
        """Return whether the reader may not know what the page is about."""
        return not all(map(reader.may_see_account, self.account_ids))
