"""Taps on short links, answered before Flask sees the request, whose hooks cost more than all the rest.

What is no ordinary redirect, such as a code that is not known, is left to the view with the same address.
"""

from __future__ import annotations

import re
from hashlib import blake2b
from typing import TYPE_CHECKING

import psycopg
from flask import Flask

from app.core.config import Config
from app.core.db import db
from app.core.db.engines import DIRECT
from app.core.web import headers
from app.core.web.shortcuts import QuickAnswer, Shortcut
from app.messages.tracking.addresses import CODE, addresses
from app.messages.tracking.fetches import Fetch, FetchDesk, Lead
from app.messages.tracking.models import TargetKind
from app.messages.tracking.redirects import HEADERS, spelled
from app.messages.tracking.robots import is_robot
from app.messages.tracking.tickets import new_ticket

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

MOST_OF_BROWSER = 300
# LINE's own browser names itself so; others, also where LINE opens them, cannot open LIFF apps.
IN_LINE = re.compile(r"\bLine/\d")


def lead_of(app: Flask, environ: WSGIEnvironment, code: str, kind: TargetKind) -> Lead | None:
    """Return where an address leads, and store the fetch unless it is known not to be a friend's.

    None for an unknown address; raises psycopg.Error.
    """
    if not CODE.fullmatch(code):
        return None
    # Only members have the session's cookie. It is not read.
    asks = headers.visitor(environ, app.config["SESSION_COOKIE_NAME"])
    browser = asks.browser[:MOST_OF_BROWSER]
    is_person = not (is_robot(browser) or asks.has_cookie or asks.is_ahead)
    may_count = environ["REQUEST_METHOD"] == "GET" and is_person
    is_in_line = may_count and kind == TargetKind.LINK and IN_LINE.search(browser) is not None
    return _desk(app).lead(Fetch(code, kind, _client(app, asks.network, browser), may_count, is_in_line))


def way_of(app: Flask, lead: Lead, code: str) -> str:
    """Return the address that a tap goes on to: by way of the LIFF app where that can tell who taps."""
    if lead.liff_id and lead.fetch_id:
        return addresses.through_liff(lead.liff_id, code, new_ticket(app.config["SECRET_KEY"], code, lead.fetch_id))
    return lead.target


class TapFirst(Shortcut):
    """Redirects of short links."""

    start = "/l/"
    methods = frozenset({"GET", "HEAD"})

    def answer(self, environ: WSGIEnvironment, rest: str) -> QuickAnswer | None:
        """Return the redirect; None for unknown codes, and while the fetch cannot be stored."""
        try:
            lead = lead_of(self.app, environ, rest, TargetKind.LINK)
        except psycopg.Error:
            return None
        if lead is None:
            return None
        own = HEADERS | {"Content-Length": "0", "Location": spelled(way_of(self.app, lead, rest))}
        return QuickAnswer("tracked.follow", "302 FOUND", own)


def init_app(app: Flask, config: Config) -> None:
    """Put the layer in front of what the program has so far."""
    app.wsgi_app = TapFirst(app, config)  # type: ignore[method-assign]


def _client(app: Flask, network: str, browser: str) -> str:
    """Return what tells clients apart, from which neither network nor browser can be read."""
    key = app.config["SECRET_KEY"].encode()[:64]
    return blake2b(f"{network} {browser}".encode(errors="replace"), digest_size=9, key=key).hexdigest()


def _desk(app: Flask) -> FetchDesk:
    """Return the desk of this process, made at the first request so that it shares no connection with a parent."""
    known: FetchDesk | None = app.extensions.get("tracked_links")
    if known is None:
        with app.app_context():
            url = db.engines[DIRECT].url.render_as_string(hide_password=False)
        known = app.extensions.setdefault("tracked_links", FetchDesk(url))
    return known
