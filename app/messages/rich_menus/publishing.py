"""The run that brings a menu to LINE in place of the one there: make, upload, move all over, then delete the old.

Each step can be done again: whatever was made carries the menu's mark in its name at LINE, and is found by it. The old
menu goes last, so that no friend is without one however the run ends, and the next run takes away what was left.
"""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.core import error_messages
from app.core.clock import now
from app.core.db import db, released
from app.core.errors import NotFound, PermanentFailure, RetryLater
from app.core.i18n import _l
from app.core.queue import Queue
from app.core.runs.lease import Lease
from app.core.runs.queries import run_ahead
from app.core.runs.registry import RunKind, SliceResult, register
from app.line.gateway.rich_menus import RichMenuClient
from app.media.queries import stored_file
from app.messages.rich_menus.content import build, read
from app.messages.rich_menus.images import MenuImage, prepare
from app.messages.rich_menus.models import RichMenu
from app.messages.rich_menus.queries import LINKING, PUBLISHING

error_messages.register(
    {
        "rich_menus.gone": _l("The rich menu was deleted, so there was nothing left to do."),
        "rich_menus.image_too_large": _l(
            "The image is larger than 1 MB even when it is made smaller. Upload one with fewer details."
        ),
        "rich_menus.image_gone": _l("The image is not there any more. Upload it again."),
        "rich_menus.moving": _l("LINE is moving friends from the old menu to the new one."),
    }
)
# LINE moves links in seconds; progress may be asked for 100 times an hour.
LOOKS, LOOK_SECONDS = 3, 1.0


@dataclass(frozen=True)
class PublishingCursor:
    """The step that comes next, and LINE's id of the move that is under way."""

    step: str = "make"
    request_id: str = ""


@dataclass
class Publication:
    """One publication at work: the row as it was read, and the client of its account."""

    menu: RichMenu
    client: RichMenuClient
    lease: Lease
    cursor: PublishingCursor

    @property
    def key(self) -> str:
        """Return what marks the menu of this run at LINE."""
        return f"[{self.menu.mark}-{self.lease.run.id}]"

    @property
    def new(self) -> str:
        return self.menu.next_line_menu_id or ""

    @property
    def old(self) -> list[str]:
        """Return the ids of menus at LINE that this one replaces."""
        shown = [self.menu.line_menu_id] if self.menu.line_menu_id else []
        return [one for one in dict.fromkeys([*shown, *self.menu.replaced_ids]) if one != self.new]


def advance(lease: Lease) -> SliceResult:
    """Do the next step; publications and links of an account come one after the other."""
    if ahead := run_ahead(lease.run, (PUBLISHING, LINKING)):
        lease.wait_for(ahead)
        return SliceResult.WAIT
    menu = db.session.get(RichMenu, int(lease.run.input["menu_id"]), populate_existing=True)
    if menu is None:
        raise PermanentFailure("rich_menus.gone")
    cursor = lease.cursor(PublishingCursor)
    following = STEPS[cursor.step](Publication(menu, RichMenuClient(menu.account_id), lease, cursor))
    lease.save(cursor=following, total=len(STEPS), done=int(following.step != cursor.step))
    db.session.commit()
    return SliceResult.DONE if following.step == "done" else SliceResult.MORE


def _make(work: Publication) -> PublishingCursor:
    """Make the menu, or find the one that a killed worker made; whatever else carries the mark is to be replaced."""
    image = _image(work)
    name = f"{work.lease.run.input['name']} {work.key}"
    content = read(work.lease.run.input["content"])
    aliases = work.lease.run.input["aliases"]
    built = build(content, name, image.width, image.height, aliases).menu
    mark, key = f"[{work.menu.mark}-", work.key
    with released():
        marked = {one.menu_id: one.name for one in work.client.listed() if mark in one.name}
        mine = next((menu_id for menu_id, known in marked.items() if known.endswith(key)), None)
        mine = mine or work.client.create(built)
    left = [one for one in marked if one not in (mine, work.menu.line_menu_id)]
    work.menu.replaced_ids = list(dict.fromkeys([*work.menu.replaced_ids, *left]))
    work.menu.next_line_menu_id = mine
    return PublishingCursor("upload")


def _image(work: Publication) -> MenuImage:
    content = read(work.lease.run.input["content"])
    try:
        source = stored_file(content.file_id or 0)
    except NotFound as error:
        raise PermanentFailure("rich_menus.image_gone") from error
    width, height = work.lease.run.input["size"]
    with released():
        return prepare(source, width, height)


def _upload(work: Publication) -> PublishingCursor:
    image, menu_id = _image(work), work.new
    with released():
        try:
            work.client.upload(menu_id, image.kind, image.body)
        except PermanentFailure as error:
            if error.code != "line.menu_has_image":
                raise
    return PublishingCursor("alias")


def _move_alias(work: Publication) -> PublishingCursor:
    """From here on, taps that switch to this menu show the new one."""
    alias, menu_id = work.menu.alias, work.new
    with released():
        work.client.set_alias(alias, menu_id)
    return PublishingCursor("default")


def _move_default(work: Publication) -> PublishingCursor:
    old, menu_id = work.old, work.new
    with released():
        _replace_default(work.client, old, menu_id)
    return PublishingCursor("links" if old else "swap")


def _replace_default(client: RichMenuClient, old: list[str], menu_id: str) -> None:
    try:
        if client.default() in old:
            client.set_default(menu_id)
    except PermanentFailure as error:
        # Another channel's default is not ours to move.
        if error.code != "line.menu_elsewhere":
            raise


def _move_links(work: Publication) -> PublishingCursor:
    """Have LINE link all friends of the old menus to the new one; a menu that is gone has none."""
    old, menu_id, key = work.old, work.new, f"{work.menu.mark}-{work.lease.run.id}"
    with released():
        there = {one.menu_id for one in work.client.listed()}
        left = [one for one in old if one in there]
        if not left:
            return PublishingCursor("swap")
        request_id = work.client.move_links(left, menu_id, key)
    return PublishingCursor("moved", request_id)


def _wait_for_links(work: Publication) -> PublishingCursor:
    """A move that failed for some friends is asked for again, which goes on where LINE stopped."""
    request_id = work.cursor.request_id
    with released():
        for look in range(LOOKS):
            is_moved = work.client.moved(request_id)
            if is_moved is not None:
                return PublishingCursor("swap" if is_moved else "links")
            if look + 1 < LOOKS:
                time.sleep(LOOK_SECONDS)
    raise RetryLater("rich_menus.moving", after=LOOK_SECONDS)


def _swap(work: Publication) -> PublishingCursor:
    menu = work.menu
    menu.replaced_ids = work.old
    menu.line_menu_id, menu.next_line_menu_id = work.new, None
    menu.published_version, menu.published_at = int(work.lease.run.input["version"]), now()
    return PublishingCursor("delete")


def _delete_old(work: Publication) -> PublishingCursor:
    """The default is looked at once more: a member may have set the old menu in between."""
    old, menu_id = list(work.menu.replaced_ids), work.menu.line_menu_id or ""
    with released():
        if old:
            _replace_default(work.client, old, menu_id)
        for one in old:
            work.client.delete(one)
    work.menu.replaced_ids = []
    return replace(work.cursor, step="done")


STEPS: dict[str, Callable[[Publication], PublishingCursor]] = {
    "make": _make,
    "upload": _upload,
    "alias": _move_alias,
    "default": _move_default,
    "links": _move_links,
    "moved": _wait_for_links,
    "swap": _swap,
    "delete": _delete_old,
}
register(RunKind(PUBLISHING, _l("Rich menu to LINE"), advance, Queue.SYNC, cursor=PublishingCursor))
