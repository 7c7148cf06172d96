"""Which threads of a web process serve a request: each kind of work has its own few, so that none starves another.

A view says what it is with a decorator such as `@downloads`; what comes in crowds, and probes, are known by their
address. What says nothing is a page.
"""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from enum import StrEnum
from typing import Any, TypeVar

from flask import Flask
from werkzeug.exceptions import HTTPException
from werkzeug.routing import RequestRedirect

View = TypeVar("View", bound=Callable[..., Any])


class Place(StrEnum):
    """Kinds of work. UNSIZED are requests outside of UPLOADS whose length is only known when they end."""

    WEBHOOKS = "webhooks"
    PAGES = "pages"
    DOWNLOADS = "downloads"
    UPLOADS = "uploads"
    FILES = "files"
    LINKS = "links"
    VISITS = "visits"
    PROBES = "probes"
    UNSIZED = "unsized"


# Pages and downloads together hold fewer database connections than DATABASE_POOL.
THREADS = {
    Place.WEBHOOKS: 16,
    Place.PAGES: 14,
    Place.DOWNLOADS: 4,
    Place.UPLOADS: 4,
    Place.FILES: 6,
    Place.LINKS: 12,
    Place.VISITS: 2,
    Place.PROBES: 2,
    Place.UNSIZED: 2,
}
# How many more may wait for a thread; the others are told to come again.
WAITING = {Place.DOWNLOADS: 40, Place.UPLOADS: 40, Place.UNSIZED: 20}
# What comes in crowds is known by how its address begins; finding its view costs more.
KNOWN = {"/webhooks/": Place.WEBHOOKS, "/l/": Place.LINKS, "/media/": Place.FILES, "/o/": Place.FILES}
PROBES = {"/healthz", "/readyz", "/statusz", "/metrics"}


def downloads(view: View) -> View:
    """Decorator: the answer may be long, and is written while the client reads it."""
    view.place = Place.DOWNLOADS  # type: ignore[attr-defined]
    return view


def uploads(view: View) -> View:
    """Decorator: the body may be long, and the view reads it while it comes."""
    view.place = Place.UPLOADS  # type: ignore[attr-defined]
    return view


def files(view: View) -> View:
    """Decorator: the answer is a stored file, which may be a video."""
    view.place = Place.FILES  # type: ignore[attr-defined]
    return view


def links(view: View) -> View:
    """Decorator: the view leads on at once; people wait for it before they see anything."""
    view.place = Place.LINKS  # type: ignore[attr-defined]
    return view


def visits(view: View) -> View:
    """Decorator: the view is part of a LIFF page; people come in crowds after a broadcast."""
    view.place = Place.VISITS  # type: ignore[attr-defined]
    return view


def place_of(app: Flask, method: str, path: str) -> Place:
    """Return the place of a request to this path, which is without its query."""
    for start, place in KNOWN.items():
        if path.startswith(start):
            return place
    if path in PROBES:
        return Place.PROBES
    try:
        endpoint, _values = app.url_map.bind("localhost").match(path, method)
    except (HTTPException, RequestRedirect):
        return Place.PAGES
    return getattr(app.view_functions.get(endpoint), "place", Place.PAGES)


class Crew:
    """The threads of all places, behind the one method of an executor that gunicorn calls."""

    def __init__(self) -> None:
        self._pools = {place: ThreadPoolExecutor(number, f"web-{place}") for place, number in THREADS.items()}
        self._given = dict.fromkeys(Place, 0)

    def has_room(self, place: Place) -> bool:
        """Return whether one more request may wait here; asked by the thread that submits."""
        return place not in WAITING or self._given[place] < THREADS[place] + WAITING[place]

    def submit(self, act: Callable[[Any], Any], connection: Any) -> Future[Any]:
        """Have the connection's request served by a thread of its place; `left` has to follow."""
        self._given[connection.place] += 1
        return self._pools[connection.place].submit(act, connection)

    def left(self, place: Place) -> None:
        """Count that a request has been served."""
        self._given[place] -= 1

    def shutdown(self, wait: bool = True) -> None:
        """Take no more requests."""
        for pool in self._pools.values():
            pool.shutdown(wait)
