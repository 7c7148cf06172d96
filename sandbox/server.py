"""Putting the sandbox together: the wires of LINE and HubSpot, the control API, saving, and a clean stop."""

import asyncio
import contextlib
import signal
from collections.abc import AsyncIterator
from pathlib import Path

from aiohttp import web

from sandbox import control, demo, liff, pages, pictures
from sandbox.handset import HANDSET, Handset
from sandbox.hubspot import routes as hubspot
from sandbox.line import (
    bot,
    content,
    conversation,
    followers,
    groups,
    id_tokens,
    insight,
    oauth,
    quota,
    rich_menu_links,
    rich_menus,
    sending,
)
from sandbox.line.envelope import MAX_BODY, WORLD, LineError, error_response, new_request_id
from sandbox.line.webhooks import SENDER, WebhookSender
from sandbox.store import Store, saved_seed
from sandbox.world import World

# Longer than any address that a stand-in takes, so that it can refuse in the vendor's words.
LONGEST_LINE = 64 * 1024


def make_app(world: World, store: Store | None = None) -> web.Application:
    """Return the sandbox as an aiohttp application."""
    app = web.Application(client_max_size=MAX_BODY)
    app[WORLD] = world
    app[SENDER] = WebhookSender(world)
    app[HANDSET] = Handset()
    wire = (followers, sending, oauth, bot, content, quota, insight, groups, conversation, id_tokens)
    for room in (*wire, rich_menu_links, rich_menus, liff, hubspot, control, pictures, pages):
        room.add_routes(app)
    hubspot.add_last_route(app)
    app.router.add_route("*", "/{path:.*}", nothing_here)
    app.cleanup_ctx.extend((_sending, app[HANDSET].run))
    if store is not None:
        app.cleanup_ctx.append(lambda _app: _saving(store))
    return app


async def nothing_here(_request: web.Request) -> web.Response:
    """Answer unknown paths, and known ones with another method."""
    return error_response(LineError(404, "Not found"), new_request_id())


async def _sending(app: web.Application) -> AsyncIterator[None]:
    hubspot_sender = app[WORLD].hubspot.sender
    await app[SENDER].start()
    await hubspot_sender.start()
    yield
    await hubspot_sender.stop()
    await app[SENDER].stop()


async def _saving(store: Store) -> AsyncIterator[None]:
    task = asyncio.create_task(store.keep_saving())
    yield
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await task
    store.save()


def open_world(directory: Path | None, seed: int, *, with_demo: bool) -> tuple[World, Store | None]:
    """Return the world as it was left in the directory, or a new one."""
    if directory is not None and (kept := saved_seed(directory)) is not None:
        seed = kept
    world = World(seed)
    store = Store(world, directory) if directory is not None else None
    if not (store and store.load()) and with_demo:
        demo.seed_demo(world)
    if with_demo and not (store and store.hubspot.exists()):
        demo.seed_hubspot(world)
    return world, store


async def serve(host: str, port: int, directory: Path | None, seed: int, *, with_demo: bool) -> None:
    """Run until SIGTERM or SIGINT."""
    world, store = open_world(directory, seed, with_demo=with_demo)
    runner = web.AppRunner(make_app(world, store), access_log=None, shutdown_timeout=2.0, max_line_size=LONGEST_LINE)
    await runner.setup()
    await web.TCPSite(runner, host, port).start()
    stop = asyncio.Event()
    for name in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(name, stop.set)
    print(f"Sandbox: http://{runner.addresses[0][0]}:{runner.addresses[0][1]}/_sandbox/", flush=True)  # noqa: T201
    await stop.wait()
    await runner.cleanup()
