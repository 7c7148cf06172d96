"""Links that upper layers add to a segment, such as the way to a broadcast to it; each opens in a new window."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core.i18n import Text
from app.core.registry import Registry
from app.team.permissions import Permission


@dataclass(frozen=True)
class SegmentAction:
    """A link to `endpoint` with account_id and segment_id, for members with `permission`.

    `about` is the label word for word with %(name)s for the segment's name, read aloud where several segments stand
    below each other.
    """

    label: Text
    about: Text
    endpoint: str
    permission: Permission


ACTIONS: Registry[SegmentAction] = Registry("segment action")


def register(action: SegmentAction) -> None:
    """Add a link to every segment, behind those registered before; raises ValueError for a taken endpoint."""
    ACTIONS.add(action.endpoint, action)


def actions_for(may: Callable[[str], bool]) -> list[SegmentAction]:
    """Return the links that a member who `may` use them is shown."""
    return [action for action in ACTIONS.values() if may(action.permission)]
