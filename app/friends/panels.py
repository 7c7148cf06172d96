"""Cards that upper layers add to the friend page; the page prints an empty box that htmx fills."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core.i18n import Text
from app.core.registry import Registry
from app.friends.models import Friend
from app.team.permissions import Permission


@dataclass(frozen=True)
class FriendPanel:
    """`endpoint` is called with account_id and friend_id and answers with a partial, for members with `permission`."""

    title: Text
    endpoint: str
    permission: Permission
    is_visible: Callable[[Friend], bool] = lambda friend: True


PANELS: Registry[FriendPanel] = Registry("friend panel")


def register(panel: FriendPanel) -> None:
    """Add a card to the friend page, below those registered before; raises ValueError for a taken endpoint."""
    PANELS.add(panel.endpoint, panel)


def panels_for(friend: Friend, may: Callable[[str], bool]) -> list[FriendPanel]:
    """Return the cards of this friend that a member who `may` see them is shown."""
    return [panel for panel in PANELS.values() if may(panel.permission) and panel.is_visible(friend)]
