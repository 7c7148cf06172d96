"""Events of connected services, announced inside the transaction that stores what they say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple


class RemoteValueChange(NamedTuple):
    """A value that was changed at the service and that a friend has now; values are as the service writes them."""

    account_id: int
    friend_id: int
    mapping_id: int
    before: str
    after: str


@dataclass(frozen=True, kw_only=True)
class RemoteValuesChanged:
    """Mapped properties were changed at the service, not by Tomoru; never announced of what is read for the first time.

    `integration_id` is the account of the service.
    """

    integration_id: int
    changes: Sequence[RemoteValueChange]


@dataclass(frozen=True, kw_only=True)
class ListKnown:
    """The members of a list are known now and were not before."""

    integration_id: int
    list_id: int


@dataclass(frozen=True, kw_only=True)
class ListMembersChanged:
    """Records were put on a list of the service, or taken off; never announced before the list was read completely."""

    integration_id: int
    list_id: int
    remote_ids: Sequence[str]
    is_added: bool
