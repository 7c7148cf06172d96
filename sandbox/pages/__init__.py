"""The sandbox in a browser: a phone to be the friend with, and a page that controls the stand-ins."""

from aiohttp import web

from sandbox.pages import contents, fetched, hubspot, live, screens


def add_routes(app: web.Application) -> None:
    """Serve the pages, their files and the streams that keep them up to date."""
    for room in (screens, live, contents, fetched, hubspot):
        room.add_routes(app)
