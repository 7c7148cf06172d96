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
    """`endpoint` is called with account_id and friend_id and answers with a partial, for whoever has `permission`."""

    title: Text
    endpoint: str
    permission: Permission
    is_visible: Callable[[Friend], bool] = lambda friend: True


PANELS: Registry[FriendPanel] = Registry("friend panel")


def register(panel: FriendPanel) -> None:
    """Add a card to the friend page, below those registered before; raises ValueError for a taken endpoint."""
    PANELS.add(panel.endpoint, panel)


def panels_for(friend: Friend, may: Callable[[str], bool]) -> list[FriendPanel]:
    """The cards that somebody who `may` see them sees for this friend."""
    return [panel for panel in PANELS.values() if may(panel.permission) and panel.is_visible(friend)]
