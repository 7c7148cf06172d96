"""Which side's value of a field stays: the newer one. Pure; values are as the service writes them.

Own writes at the service never count as a change there, an emptied field is a change like any other, and of two
changes at the same time the service's stays.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class FieldAction(StrEnum):
    """SAME: nothing to do. PULL: the service's value is taken. PUSH: ours is written there."""

    SAME = "same"
    PULL = "pull"
    PUSH = "push"


@dataclass(frozen=True)
class Side:
    """A field on one side: its value (None or "" for none) and when it was last set, by our clock; None: never."""

    value: str | None
    set_at: datetime | None = None
    # At the service: the last write was ours.
    is_own: bool = False


@dataclass(frozen=True)
class Resolution:
    """What becomes of a field; `is_conflict`: both sides had changed it since they last agreed."""

    action: FieldAction
    is_conflict: bool = False


@dataclass(frozen=True)
class Agreement:
    """The value that both sides had last."""

    value: str | None


SAME, PULL, PUSH = (Resolution(action) for action in FieldAction)


def resolve(local: Side, remote: Side, agreed: Agreement | None) -> Resolution:
    """Return which value stays. `agreed` None: the two were never compared, so a side that was never set has none."""
    if _plain(local) == _plain(remote):
        return SAME
    if agreed is not None:
        before = agreed.value or ""
        if _plain(remote) == before or remote.is_own:
            return PUSH
        if _plain(local) == before:
            return PULL
    elif local.set_at is None or remote.set_at is None:
        return _take(local, remote)
    return Resolution(_newer(local, remote), is_conflict=True)


def needs_times(local: Side, remote: str | None, agreed: Agreement | None) -> bool:
    """Return whether `resolve` depends on when the service's value was set, so that its history has to be read.

    At the first comparison it does not where the service has no value, or ours was never set.
    """
    ours, theirs = local.value or "", remote or ""
    if ours == theirs:
        return False
    if agreed is None:
        return local.set_at is not None and bool(theirs)
    return (agreed.value or "") not in (ours, theirs)


def _plain(side: Side) -> str:
    return side.value or ""


def _take(local: Side, remote: Side) -> Resolution:
    """Decide between sides of which one was never set, or nothing is known of its time."""
    if not _plain(local):
        return PULL
    if not _plain(remote):
        return PUSH
    return PUSH if remote.set_at is None and local.set_at is not None else PULL


def _newer(local: Side, remote: Side) -> FieldAction:
    if local.set_at is None or remote.set_at is None:
        return FieldAction.PULL if remote.set_at is not None or local.set_at is None else FieldAction.PUSH
    return FieldAction.PUSH if local.set_at > remote.set_at else FieldAction.PULL
