"""What LINE has on the channel: our menus, and those that other programs made there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.core.db import released
from app.core.errors import PermanentFailure, RetryLater
from app.line.gateway.rich_menus import RichMenuClient
from app.line.gateway.types import LineRichMenu
from app.messages.rich_menus.models import RichMenu


@dataclass(frozen=True)
class AtLine:
    """The answer of LINE: ids that are there, the default, and menus of others. `reason` says why there is none."""

    ids: frozenset[str] = frozenset()
    default: str | None = None
    is_default_hidden: bool = False
    others: Sequence[LineRichMenu] = ()
    reason: str = ""

    def shows(self, menu: RichMenu) -> bool:
        """Return whether the menu is the default."""
        return self.default is not None and self.default == menu.line_menu_id

    def has_lost(self, menu: RichMenu) -> bool:
        """Return whether the menu was deleted at LINE by someone else."""
        return not self.reason and menu.line_menu_id is not None and menu.line_menu_id not in self.ids


def look(account_id: int, menus: Sequence[RichMenu]) -> AtLine:
    """Ask LINE for all menus of the channel and the default; never raises."""
    marks = [f"[{menu.mark}-" for menu in menus]
    own = {menu.line_menu_id for menu in menus}
    client = RichMenuClient(account_id)
    with released():
        try:
            listed = client.listed()
            default, is_hidden = _default(client)
        except (RetryLater, PermanentFailure) as error:
            return AtLine(reason=error.code)
    others = [one for one in listed if one.menu_id not in own and not any(mark in one.name for mark in marks)]
    return AtLine(frozenset(one.menu_id for one in listed), default, is_hidden, others)


def _default(client: RichMenuClient) -> tuple[str | None, bool]:
    try:
        return client.default(), False
    except PermanentFailure as error:
        if error.code != "line.menu_elsewhere":
            raise
        return None, True
