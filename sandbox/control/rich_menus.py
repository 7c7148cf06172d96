"""What LINE keeps of an account's rich menus, to look at; and which menu one person sees."""

from typing import Any

from aiohttp import web

from sandbox.control.plumbing import API, Control, control_route
from sandbox.line.rich_menus import described


def add_routes(app: web.Application) -> None:
    """Serve the looks at rich menus."""
    channel = f"{API}/channels/{{channel_id}}"
    control_route(app, "GET", f"{channel}/rich-menus", overview)
    control_route(app, "GET", f"{channel}/friends/{{user_id}}/rich-menu", shown)


async def overview(control: Control) -> dict[str, Any]:
    """Return menus, whether they have an image, the default, aliases, and who is linked to which."""
    book = control.channel().rich_menus
    book.settle(control.world.clock.now())
    return {
        "menus": [described(menu) | {"has_image": menu.image is not None} for menu in book.menus.values()],
        "default": book.default,
        "aliases": book.aliases,
        "linked": book.linked,
    }


async def shown(control: Control) -> dict[str, Any]:
    """Return the menu on a person's phone; null when there is none."""
    book = control.channel().rich_menus
    book.settle(control.world.clock.now())
    menu = book.shown_to(control.person().user_id)
    return {"menu": described(menu) if menu else None}
