"""Make, change, copy, publish and delete rich menus, and say which one is the default."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from app.core.clock import now
from app.core.db import db, released
from app.core.errors import Conflict, InvalidInput, PermanentFailure
from app.core.i18n import Text, _, _l, listed
from app.core.names import LONGEST_NAME, clean_name, shown_file_name
from app.core.runs.models import Run
from app.core.runs.operations import start
from app.core.usage import usages_of
from app.line.gateway.rich_menus import RichMenuClient
from app.media.models import Kind, MediaFile, Visibility
from app.media.operations.files import add_file
from app.media.operations.references import set_references
from app.media.receiving import Received
from app.messages.content.area_templates import AREA_TEMPLATES
from app.messages.content.building import ContentProblem
from app.messages.rich_menus.content import MenuContent, areas_at, build, height_of, read, write, wrong_image
from app.messages.rich_menus.models import RichMenu
from app.messages.rich_menus.publishing import PublishingCursor
from app.messages.rich_menus.queries import (
    PUBLISHING,
    aliases_of,
    get_menu,
    ids_at_line,
    is_publishing,
    latest_publishing,
    menus_of,
    problems_of,
    size_of,
    switches_of,
    switching_to,
)
from app.team import audit
from app.team.actors import Actor
from app.team.operation import operation
from app.team.permissions import Permission

OWNER = "rich_menu"
CHANGED = _l("Another member has changed this rich menu. Open it again to see it as it is now.")
audit.describe(
    {
        "rich_menu.created": _l("created the rich menu %(target)s"),
        "rich_menu.changed": _l("changed the rich menu %(target)s"),
        "rich_menu.copied": _l("copied the rich menu %(source)s to %(target)s"),
        "rich_menu.published": _l("published the rich menu %(target)s at LINE"),
        "rich_menu.deleted": _l("deleted the rich menu %(target)s"),
        "rich_menu.made_default": _l("made %(target)s the default rich menu"),
        "rich_menu.default_cleared": _l("took the default rich menu away"),
    },
    {"rich_menu": _l("Rich menu")},
)


class WrongContent(InvalidInput):
    """What LINE would not take of a menu; `problems` name the field by its path."""

    def __init__(self, problems: tuple[ContentProblem, ...]) -> None:
        super().__init__({problem.path: problem.message for problem in problems})


@operation(Permission.RICH_MENUS)
def create_menu(account_id: int, name: str, file: MediaFile, *, actor: Actor) -> RichMenu:
    """Make a menu of an image, with one area over the whole of it. Raises InvalidInput(name, image)."""
    cleaned = clean_name(name)
    _check_image(file)
    areas = areas_at(AREA_TEMPLATES["full"].places, height_of(file.width or 0, file.height or 0))
    menu = _stored(account_id, cleaned, write(MenuContent(_("Menu"), True, file.id, areas)), actor)
    audit.record(actor, "rich_menu.created", target=menu, account_id=account_id)
    return menu


@operation(Permission.RICH_MENUS)
def upload_menu(account_id: int, name: str, received: Received, file_name: str, *, actor: Actor) -> RichMenu:
    """Store an uploaded image and make a menu of it; raises as `create_menu` and `add_file` do."""
    clean_name(name)
    return create_menu(account_id, name, _add_image(account_id, received, file_name, actor), actor=actor)


@operation(Permission.RICH_MENUS)
def upload_image(account_id: int, menu_id: int, received: Received, file_name: str, *, actor: Actor) -> RichMenu:
    """Store an uploaded image and give it to a menu; raises as `replace_image` and `add_file` do."""
    get_menu(account_id, menu_id)
    return replace_image(account_id, menu_id, _add_image(account_id, received, file_name, actor), actor=actor)


def _add_image(account_id: int, received: Received, file_name: str, actor: Actor) -> MediaFile:
    """Store the image if it can be a rich menu; raises InvalidInput(image)."""
    if wrong := wrong_image(received.width, received.height):
        raise InvalidInput(image=wrong)
    return add_file(account_id, received, name=shown_file_name(file_name), visibility=Visibility.MEMBERS, actor=actor)


@operation(Permission.RICH_MENUS)
def copy_menu(account_id: int, menu_id: int, *, actor: Actor) -> RichMenu:
    """Make a second menu of the same content, which is not at LINE yet; raises NotFound."""
    source, ending = get_menu(account_id, menu_id), _(" (copy)")
    menu = _stored(account_id, source.name[: LONGEST_NAME - len(ending)] + ending, source.content, actor)
    audit.record(actor, "rich_menu.copied", target=menu, account_id=account_id, source=source.name)
    return menu


def _stored(account_id: int, name: str, content: Mapping[str, Any], actor: Actor) -> RichMenu:
    menu = RichMenu(account_id=account_id, name=name, content=dict(content), mark=secrets.token_hex(6))
    menu.updated_by, menu.replaced_ids = actor.member_id, []
    db.session.add(menu)
    db.session.flush()
    _refer(menu)
    return menu


@operation(Permission.RICH_MENUS)
def change_menu(account_id: int, menu_id: int, name: str, content: MenuContent, *, seen: int, actor: Actor) -> RichMenu:
    """Store another name or content over the version that was `seen`; friends see it once it is published.

    Raises InvalidInput(name), WrongContent, NotFound, and Conflict when a member has changed it in between.
    """
    menu = get_menu(account_id, menu_id, for_update=True)
    if menu.version != seen:
        raise Conflict(CHANGED)
    cleaned = clean_name(name)
    if problems := problems_of(menu, content):
        raise WrongContent(problems)
    if (cleaned, write(content)) != (menu.name, menu.content):
        menu.name, menu.content, menu.version = cleaned, write(content), menu.version + 1
        menu.updated_at, menu.updated_by = now(), actor.member_id
        _refer(menu)
        audit.record(actor, "rich_menu.changed", target=menu, account_id=account_id)
    return menu


@operation(Permission.RICH_MENUS)
def replace_image(account_id: int, menu_id: int, file: MediaFile, *, actor: Actor) -> RichMenu:
    """Give a menu another image; areas that no longer fit are complained of when it is published.

    Raises InvalidInput(image) and NotFound.
    """
    menu = get_menu(account_id, menu_id, for_update=True)
    _check_image(file)
    menu.content = {**menu.content, "file_id": file.id}
    menu.version, menu.updated_at, menu.updated_by = menu.version + 1, now(), actor.member_id
    _refer(menu)
    audit.record(actor, "rich_menu.changed", target=menu, account_id=account_id)
    return menu


def _check_image(file: MediaFile) -> None:
    is_image = file.kind == Kind.IMAGE
    wrong: Text | None = wrong_image(file.width, file.height) if is_image else _l("Choose an image.")
    if wrong:
        raise InvalidInput(image=wrong)


def _refer(menu: RichMenu) -> None:
    set_references(menu.account_id, OWNER, menu.id, [menu.file_id] if menu.file_id else [])


@operation(Permission.RICH_MENUS)
def publish(account_id: int, menu_id: int, *, actor: Actor) -> Run:
    """Bring the menu as it is stored to LINE, in place of what friends see of it; a run does it.

    Raises WrongContent, NotFound, and Conflict while it is being published, when it switches to a menu that is not at
    LINE, or with LINE's words when LINE does not take it.
    """
    menu = get_menu(account_id, menu_id)
    content = read(menu.content)
    if problems := problems_of(menu, content):
        raise WrongContent(problems)
    _require_published_targets(menu)
    size, checked = size_of(menu), menu.version
    _let_line_check(menu, content, size)
    menu = get_menu(account_id, menu_id, for_update=True)
    if menu.version != checked:
        raise Conflict(CHANGED)
    if is_publishing(menu):
        raise Conflict(_l("This rich menu is being published already."))
    if menu.next_line_menu_id:
        menu.replaced_ids = [*menu.replaced_ids, menu.next_line_menu_id]
        menu.next_line_menu_id = None
    task = {
        "menu_id": menu.id,
        "name": menu.name,
        "content": menu.content,
        "version": menu.version,
        "size": list(size),
        "aliases": list(aliases_of(account_id)),
    }
    audit.record(actor, "rich_menu.published", target=menu, account_id=account_id)
    run, _is_new = start(
        PUBLISHING,
        account_id,
        account_id=account_id,
        actor=actor,
        input=task,
        cursor=PublishingCursor(),
        slot=str(menu.id),
    )
    return run


def _require_published_targets(menu: RichMenu) -> None:
    wanted = switches_of(menu) - {menu.alias}
    missing = [other.name for other in menus_of(menu.account_id) if other.alias in wanted and not other.is_published]
    if missing:
        raise Conflict(
            _("An area switches to a menu that is not at LINE yet. Publish it first: %(names)s", names=listed(missing))
        )


def _let_line_check(menu: RichMenu, content: MenuContent, size: tuple[int, int]) -> None:
    """Put the menu to LINE before anything is made; the answer is LINE's own sentence."""
    client = RichMenuClient(menu.account_id)
    width, height = size
    built = build(content, menu.name, 2500, height_of(width, height), aliases_of(menu.account_id)).menu
    with released():
        try:
            client.check(built)
        except PermanentFailure as error:
            if error.code != "line.refused":
                raise
            raise Conflict(_("LINE does not take this menu: %(words)s", words=str(error.params["message"]))) from error


@operation(Permission.RICH_MENUS)
def set_default(account_id: int, menu_id: int, *, actor: Actor) -> None:
    """Show the menu to all friends who are linked to none; raises NotFound, Conflict unless it is at LINE."""
    menu = get_menu(account_id, menu_id)
    line_menu_id = _shown(menu)
    audit.record(actor, "rich_menu.made_default", target=menu, account_id=account_id)
    client = RichMenuClient(account_id)
    with released():
        client.set_default(line_menu_id)


def _shown(menu: RichMenu) -> str:
    if menu.line_menu_id is None:
        raise Conflict(_l("Publish the rich menu first."))
    if is_publishing(menu):
        raise Conflict(_l("This rich menu is being published. Try again when that is done."))
    return menu.line_menu_id


@operation(Permission.RICH_MENUS)
def clear_default(account_id: int, *, actor: Actor) -> None:
    """Show no default of ours, so that the one of LINE Official Account Manager applies."""
    audit.record(actor, "rich_menu.default_cleared", account_id=account_id)
    client = RichMenuClient(account_id)
    with released():
        client.clear_default()


def _require_quiet(menu: RichMenu) -> None:
    if is_publishing(menu):
        raise Conflict(_l("This rich menu is being published. Try again when that is done."))


@operation(Permission.RICH_MENUS)
def delete_menu(account_id: int, menu_id: int, *, actor: Actor) -> None:
    """Delete the menu at LINE and then here, so that a try that breaks off can be made again.

    Raises NotFound, and Conflict while it is being published, others switch to it, or something holds it, such as an
    active workflow.
    """
    menu = get_menu(account_id, menu_id)
    _require_quiet(menu)
    if holding := [f"{usage.kind}: {usage.name}" for usage in usages_of(OWNER, menu.id, actor) if usage.holds]:
        names = listed(holding)
        raise Conflict(_("This rich menu cannot be deleted while it is used by: %(names)s", names=names))
    if others := switching_to(menu):
        names = listed([other.name for other in others])
        raise Conflict(_("This rich menu cannot be deleted while others switch to it: %(names)s", names=names))
    alias, mark, known = menu.alias, f"[{menu.mark}-", ids_at_line(menu)
    # Also where nothing is stored: a publication that failed may have made a menu without hearing of its id.
    if known or latest_publishing(menu):
        client = RichMenuClient(account_id)
        with released():
            client.delete_alias(alias)
            for one in client.listed():
                if one.menu_id in known or mark in one.name:
                    client.delete(one.menu_id)
    menu = get_menu(account_id, menu_id, for_update=True)
    # A publication that was begun while LINE was asked makes a menu there again, or has made it already.
    _require_quiet(menu)
    if not ids_at_line(menu) <= known:
        raise Conflict(_l("This rich menu was published again while it was being deleted. Delete it once more."))
    audit.record(actor, "rich_menu.deleted", target=menu, account_id=account_id)
    set_references(account_id, OWNER, menu.id, [])
    db.session.delete(menu)
