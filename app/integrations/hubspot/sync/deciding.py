"""Decide for linked friends which values are taken, and which are to be written at HubSpot. Pure.

What both sides agreed on last is kept as HubSpot's value at that time: a value of ours that differs from it is a
change of ours, one of HubSpot's that differs is a change there.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Any

from app.friends.values import as_typed
from app.integrations.hubspot.gateway.objects import ValueChange
from app.integrations.hubspot.values import CannotHold, Converter
from app.integrations.shared.events import RemoteValueChange
from app.integrations.shared.reconciling import Agreement, FieldAction, Resolution, Side, needs_times, resolve


@dataclass(frozen=True)
class LinkedFriend:
    """A friend, the record that it is linked to, and what both agreed on last: {name: [value, ISO time]}."""

    link_id: int
    friend_id: int
    account_id: int
    remote_id: str
    synced: Mapping[str, Sequence[str]]
    # Values by field name, and when each was set.
    values: Mapping[str, Any]
    set_at: Mapping[str, datetime]


@dataclass(frozen=True)
class SyncedField:
    """A mapped property in one account."""

    mapping_id: int
    name: str
    is_read_only: bool
    is_of_company: bool
    converter: Converter
    # All of its values were read before, so that another one is a change.
    is_known: bool = False

    @property
    def key(self) -> str:
        """Return under which name what both agreed on is kept."""
        return f"company.{self.name}" if self.is_of_company else self.name

    @property
    def is_one_way(self) -> bool:
        """Return whether nothing is ever written at HubSpot."""
        return self.is_read_only or self.is_of_company


@dataclass(frozen=True)
class RemoteValue:
    """A value at HubSpot, when its record changed last, and the newest entry of its history, where it was read."""

    value: str
    updated_at: datetime | None
    change: ValueChange | None = None
    has_history: bool = False


@dataclass(frozen=True)
class FieldClash:
    """Both sides had changed a field."""

    mapping_id: int
    friend_id: int
    remote_id: str
    local_value: str
    local_at: datetime | None
    remote_value: str
    remote_at: datetime | None
    winner: str


@dataclass(frozen=True)
class LocalError:
    """A value of HubSpot that the friend's field cannot hold."""

    mapping_id: int
    friend_id: int
    code: str
    values: Mapping[str, str]
    value: str


@dataclass
class Decisions:
    """What is to be done for one batch of friends."""

    # Values by account, friend and field.
    taken: dict[int, dict[int, dict[str, Any]]] = field(default_factory=dict)
    # When they were set at HubSpot, by our clock, by friend and field.
    taken_at: dict[int, dict[str, datetime]] = field(default_factory=dict)
    # What both sides agree on from now on, by link.
    agreed: dict[int, dict[str, list[str]]] = field(default_factory=dict)
    # Links of which something is to be written.
    due: set[int] = field(default_factory=set)
    conflicts: list[FieldClash] = field(default_factory=list)
    errors: list[LocalError] = field(default_factory=list)
    # Values that were changed at HubSpot, and are taken.
    heard: list[RemoteValueChange] = field(default_factory=list)
    # Records and names of properties whose history has to be read first.
    unknown: dict[str, set[str]] = field(default_factory=dict)


@dataclass(frozen=True)
class Judge:
    """Who wrote what: our app's id at HubSpot, and how far HubSpot's clock is ahead of ours."""

    app_id: str
    skew: timedelta = timedelta()

    def decide(self, friend: LinkedFriend, mapped: SyncedField, remote: RemoteValue, found: Decisions) -> None:
        """Add to `found` what becomes of one field of a friend."""
        agreed = friend.synced.get(mapped.key)
        if not mapped.is_of_company and _is_outdated(remote, agreed):
            return
        convert = mapped.converter
        local = Side(_ours(convert, friend.values.get(convert.field.name)), friend.set_at.get(convert.field.name))
        theirs = convert.spelled(remote.value)
        agreement = None if agreed is None else Agreement(convert.spelled(agreed[0]))
        if not remote.has_history and needs_times(local, theirs, agreement) and not mapped.is_of_company:
            found.unknown.setdefault(friend.remote_id, set()).add(mapped.name)
            return
        side = self._remote_side(theirs, remote, is_of_company=mapped.is_of_company)
        resolution = resolve(local, side, agreement)
        if mapped.is_one_way and _is_new(side, agreement) and resolution.action is FieldAction.PUSH:
            resolution = replace(resolution, action=FieldAction.PULL)
        self._note(friend, mapped, remote, found, local, side, resolution)

    def _remote_side(self, value: str, remote: RemoteValue, *, is_of_company: bool) -> Side:
        """Return HubSpot's side; of companies only the time of the whole record is known."""
        at = remote.change.at if remote.change else remote.updated_at if is_of_company and value else None
        is_own = remote.change is not None and remote.change.is_by(self.app_id)
        return Side(value, None if at is None else at - self.skew, is_own)

    def _changed_at(self, remote: RemoteValue) -> datetime | None:
        """Return when the record changed last, by our clock: at the latest then the value was set."""
        return None if remote.updated_at is None else remote.updated_at - self.skew

    def _note(
        self,
        friend: LinkedFriend,
        mapped: SyncedField,
        remote: RemoteValue,
        found: Decisions,
        local: Side,
        side: Side,
        resolution: Resolution,
    ) -> None:
        if resolution.action is FieldAction.PULL:
            if not _take(friend, mapped, remote, found):
                return
            at = side.set_at or self._changed_at(remote)
            # When the contact came to a company is told by none of the company's times.
            if at is not None and not mapped.is_of_company:
                found.taken_at.setdefault(friend.friend_id, {})[mapped.converter.field.name] = at
            _hear(friend, mapped, remote, found)
        if resolution.action is FieldAction.PUSH and not mapped.is_one_way:
            found.due.add(friend.link_id)
        if resolution.is_conflict:
            found.conflicts.append(_conflict(friend, mapped, local, side, resolution))
        stamp = remote.updated_at.isoformat() if remote.updated_at else ""
        known = friend.synced.get(mapped.key)
        if _is_perhaps_ours(mapped, resolution, known, side):
            found.due.add(friend.link_id)
            return
        if known is None or known[0] != remote.value:
            found.agreed.setdefault(friend.link_id, {})[mapped.key] = [remote.value, stamp]


def _is_perhaps_ours(mapped: SyncedField, resolution: Resolution, known: Sequence[str] | None, remote: Side) -> bool:
    """Return whether both sides have come to the same value, as by a write of ours that was never noted.

    The writer then looks into the history, whether that has replaced a newer edit.
    """
    if resolution.action is not FieldAction.SAME or known is None or mapped.is_one_way:
        return False
    return mapped.converter.spelled(known[0]) != (remote.value or "")


def _is_new(remote: Side, agreed: Agreement | None) -> bool:
    """Return whether HubSpot has another value than both had last; at first, whether it has one."""
    return (remote.value or "") != ((agreed.value if agreed else "") or "")


def _is_outdated(remote: RemoteValue, agreed: Sequence[str] | None) -> bool:
    """Return whether the record was read before both sides agreed, as from an index that lags."""
    if agreed is None or not agreed[1] or remote.updated_at is None:
        return False
    return remote.updated_at < datetime.fromisoformat(agreed[1])


def _ours(convert: Converter, value: Any) -> str:
    """Return our value in the common spelling; as it is, where HubSpot cannot hold it."""
    try:
        return convert.ours(value)
    except CannotHold:
        return as_typed(value)


def _take(friend: LinkedFriend, mapped: SyncedField, remote: RemoteValue, found: Decisions) -> bool:
    """Add HubSpot's value to what is stored; returns whether the friend's field can hold it."""
    try:
        value = mapped.converter.read(remote.value)
    except CannotHold as error:
        found.errors.append(LocalError(mapped.mapping_id, friend.friend_id, error.code, error.values, remote.value))
        return False
    of_account = found.taken.setdefault(friend.account_id, {})
    of_account.setdefault(friend.friend_id, {})[mapped.converter.field.name] = value
    return True


def _hear(friend: LinkedFriend, mapped: SyncedField, remote: RemoteValue, found: Decisions) -> None:
    """Add a change of HubSpot's to what is told; what was never compared before is none."""
    agreed = friend.synced.get(mapped.key)
    if mapped.is_known and agreed is not None and agreed[0] != remote.value:
        about = (friend.account_id, friend.friend_id, mapped.mapping_id)
        found.heard.append(RemoteValueChange(*about, agreed[0], remote.value))


def _conflict(friend: LinkedFriend, mapped: SyncedField, local: Side, side: Side, resolution: Resolution) -> FieldClash:
    winner = "remote" if resolution.action is FieldAction.PULL else "local"
    ours, theirs = local.value or "", side.value or ""
    about = (mapped.mapping_id, friend.friend_id, friend.remote_id)
    return FieldClash(*about, ours, local.set_at, theirs, side.set_at, winner)
