"""What LINE has on the channel: our menus, and those that other programs made there."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from app.core.db import released
from app.core.errors import InvalidInput, NotFound, PermanentFailure, RetryLater
from app.line.gateway.rich_menus import RichMenuClient
from app.line.gateway.types import LineRichMenu
from app.media.content import JPEG, PNG, detect
from app.media.models import Kind
from app.messages.rich_menus.models import RichMenu
from app.messages.rich_menus.queries import menus_of

MENU_ID = re.compile(r"richmenu-[0-9A-Za-z]{1,64}")


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


def menu_of_others(account_id: int, menu_id: str) -> LineRichMenu:
    """Return a menu that another program made on the channel, as LINE tells it.

    Raises NotFound for ids that are no such menu's, RetryLater and PermanentFailure where LINE does not answer.
    """
    _require_foreign(account_id, menu_id)
    with released(), _not_found():
        return RichMenuClient(account_id).menu(menu_id)


def image_of_others(account_id: int, menu_id: str) -> tuple[str, bytes]:
    """Return type and bytes of such a menu's image, PNG or JPEG; raises as `menu_of_others` does."""
    _require_foreign(account_id, menu_id)
    with released(), _not_found():
        _claimed, image = RichMenuClient(account_id).image(menu_id)
    try:
        kind = detect(image[:64], frozenset({Kind.IMAGE}))
    except InvalidInput as error:
        raise NotFound from error
    if kind not in (PNG, JPEG):
        raise NotFound
    return kind.media_type, image


def _require_foreign(account_id: int, menu_id: str) -> None:
    if not MENU_ID.fullmatch(menu_id) or any(menu_id == one.line_menu_id for one in menus_of(account_id)):
        raise NotFound


@contextmanager
def _not_found() -> Iterator[None]:
    try:
        yield
    except PermanentFailure as error:
        if error.code in ("line.not_found", "line.menu_gone", "line.unreadable"):
            raise NotFound from error
        raise


def _default(client: RichMenuClient) -> tuple[str | None, bool]:
    try:
        return client.default(), False
    except PermanentFailure as error:
        if error.code != "line.menu_elsewhere":
            raise
        return None, True
