"""Rich menus: make, check, list, show and delete them, their images, and the aliases that stand for them."""

import base64
import re
from typing import Any

from aiohttp import web

from sandbox.line import undocumented
from sandbox.line.envelope import Call, LineError, line_route, wrong_type
from sandbox.line.menu_book import RichMenu
from sandbox.line.validation.problems import invalid_property
from sandbox.line.validation.rich_menus import check_rich_menu

MENUS = "/v2/bot/richmenu"
MOST_MENUS = MOST_ALIASES = 1_000
LARGEST_IMAGE = 1024 * 1024
IMAGE_TYPES = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
ALIAS = re.compile(r"[a-z0-9_-]{1,32}\Z")


def add_routes(app: web.Application) -> None:
    """Serve menus, images and aliases; literal paths come before those with ids."""
    line_route(app, "POST", MENUS, create)
    line_route(app, "POST", f"{MENUS}/validate", validate)
    line_route(app, "GET", f"{MENUS}/list", listed)
    line_route(app, "POST", f"{MENUS}/alias", create_alias)
    line_route(app, "GET", f"{MENUS}/alias/list", aliases)
    line_route(app, "GET", f"{MENUS}/alias/{{richMenuAliasId}}", alias)
    line_route(app, "POST", f"{MENUS}/alias/{{richMenuAliasId}}", update_alias)
    line_route(app, "DELETE", f"{MENUS}/alias/{{richMenuAliasId}}", delete_alias)
    line_route(app, "POST", f"{MENUS}/{{richMenuId}}/content", upload)
    line_route(app, "GET", f"{MENUS}/{{richMenuId}}/content", download)
    line_route(app, "GET", f"{MENUS}/{{richMenuId}}", show)
    line_route(app, "DELETE", f"{MENUS}/{{richMenuId}}", delete)


async def validate(call: Call) -> web.Response:
    check_rich_menu(call.json())
    return call.answer()


async def create(call: Call) -> web.Response:
    content, book = check_rich_menu(call.json()), call.channel.rich_menus
    if len(book.menus) >= MOST_MENUS:
        raise LineError(400, undocumented.TOO_MANY_MENUS.format(most=MOST_MENUS))
    menu_id = f"richmenu-{call.world.random.getrandbits(128):032x}"
    book.menus[menu_id] = RichMenu(menu_id, content)
    call.world.touch()
    return call.answer({"richMenuId": menu_id})


async def listed(call: Call) -> web.Response:
    return call.answer({"richmenus": [described(menu) for menu in call.channel.rich_menus.menus.values()]})


async def show(call: Call) -> web.Response:
    return call.answer(described(_menu(call)))


def described(menu: RichMenu) -> dict[str, Any]:
    """Return a menu as LINE lists it."""
    return {"richMenuId": menu.menu_id} | menu.content


def _menu(call: Call) -> RichMenu:
    menu = call.channel.rich_menus.menus.get(call.parameter("richMenuId"))
    if menu is None:
        raise LineError(404, "Not found")
    return menu


async def delete(call: Call) -> web.Response:
    book = call.channel.rich_menus
    book.settle(call.now)
    book.remove(_menu(call).menu_id)
    call.world.touch()
    return call.answer()


async def upload(call: Call) -> web.Response:
    """Take the image, once."""
    menu, kind = _menu(call), call.request.content_type
    if kind not in IMAGE_TYPES:
        raise wrong_type(kind)
    if menu.image is not None:
        raise LineError(400, "An image has already been uploaded to the richmenu")
    if len(call.raw) > LARGEST_IMAGE:
        raise LineError(413, undocumented.TOO_LARGE)
    if not call.raw.startswith(IMAGE_TYPES[kind]):
        raise LineError(400, undocumented.BAD_MENU_IMAGE)
    menu.image, menu.image_type = base64.b64encode(call.raw).decode(), kind
    call.world.touch()
    return call.answer()


async def download(call: Call) -> web.Response:
    menu = _menu(call)
    if menu.image is None:
        raise LineError(404, "Not found")
    headers = {"x-line-request-id": call.request_id, "content-type": menu.image_type or "image/png"}
    return web.Response(body=base64.b64decode(menu.image), headers=headers)


async def create_alias(call: Call) -> web.Response:
    body, book = call.json(), call.channel.rich_menus
    name = body.get("richMenuAliasId")
    if not isinstance(name, str) or not ALIAS.match(name):
        raise invalid_property("richMenuAliasId")
    menu_id = _complete_menu(call, body)
    if name in book.aliases:
        raise LineError(400, "conflict richmenu alias id")
    if len(book.aliases) >= MOST_ALIASES:
        raise LineError(400, undocumented.TOO_MANY_ALIASES.format(most=MOST_ALIASES))
    book.aliases[name] = menu_id
    call.world.touch()
    return call.answer()


def _complete_menu(call: Call, body: dict[str, Any]) -> str:
    """Return the id of a menu that has its image; an alias may stand for no other."""
    menu_id = body.get("richMenuId")
    if not isinstance(menu_id, str):
        raise invalid_property("richMenuId")
    menu = call.channel.rich_menus.menus.get(menu_id)
    if menu is None or menu.image is None:
        raise LineError(400, "richmenu not found")
    return menu_id


def _alias(call: Call) -> str:
    name = call.parameter("richMenuAliasId")
    if name not in call.channel.rich_menus.aliases:
        raise LineError(404, "richmenu alias not found")
    return name


async def update_alias(call: Call) -> web.Response:
    name = _alias(call)
    call.channel.rich_menus.aliases[name] = _complete_menu(call, call.json())
    call.world.touch()
    return call.answer()


async def alias(call: Call) -> web.Response:
    name = _alias(call)
    return call.answer({"richMenuAliasId": name, "richMenuId": call.channel.rich_menus.aliases[name]})


async def aliases(call: Call) -> web.Response:
    found = call.channel.rich_menus.aliases.items()
    return call.answer({"aliases": [{"richMenuAliasId": name, "richMenuId": menu_id} for name, menu_id in found]})


async def delete_alias(call: Call) -> web.Response:
    del call.channel.rich_menus.aliases[_alias(call)]
    call.world.touch()
    return call.answer()
