"""Cards on the friend page that floors above hang there: the page prints an empty box, which then fetches itself."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from app.core.i18n import Text
from app.friends.models import Friend
from app.team.permissions import Permission


@dataclass(frozen=True)
class FriendPanel:
    """`endpoint` is called with account_id and friend_id and answers with a partial, for whoever has `permission`."""

    title: Text
    endpoint: str
    permission: Permission
    is_visible: Callable[[Friend], bool] = lambda friend: True


_panels: list[FriendPanel] = []


def register(panel: FriendPanel) -> None:
    """Hang a card on the friend page, below those registered before."""
    _panels.append(panel)


def panels_for(friend: Friend, may: Callable[[str], bool]) -> list[FriendPanel]:
    """The cards that somebody who `may` see them sees for this friend."""
    return [panel for panel in _panels if may(panel.permission) and panel.is_visible(friend)]
