"""Short addresses: links lead on to where they were made for, images are shown. Lean on purpose."""

from __future__ import annotations

import re
from hashlib import blake2b

from flask import Blueprint, Response, current_app, request

from app.core.db import db
from app.core.db.engines import DIRECT
from app.core.errors import NotFound
from app.core.web import headers
from app.core.web.server.places import files, links
from app.media.operations.renditions import rendition
from app.media.queries import StoredFile, public_file
from app.media.serving import ASK_EACH_TIME, serve
from app.messages.tracking.addresses import CODE, addresses
from app.messages.tracking.fetches import Fetch, FetchDesk, Lead
from app.messages.tracking.models import TargetKind
from app.messages.tracking.redirects import led_to
from app.messages.tracking.robots import is_robot
from app.messages.tracking.tickets import new_ticket
from app.team.permissions import public

blueprint = Blueprint("tracked", __name__)
MOST_OF_BROWSER = 300
# LINE's own browser names itself so; others, also where LINE opens them, cannot open LIFF apps.
IN_LINE = re.compile(r"\bLine/\d")


@blueprint.get("/l/<code>")
@public
@links
def follow(code: str) -> Response:
    """Lead on to the stored target, and nowhere else; by way of the LIFF app where that can tell who asks."""
    lead, way = _lead(code, TargetKind.LINK), ""
    if lead.liff_id and lead.fetch_id:
        way = addresses.through_liff(lead.liff_id, code, new_ticket(code, lead.fetch_id))
    return led_to(way or lead.target)


@blueprint.get("/o/<code>")
@public
@files
def image(code: str) -> Response:
    """An image of a friend's own address: fetching it says that the message was seen."""
    return serve(_file(code), ASK_EACH_TIME, "image")


@blueprint.get("/o/<code>/<int:width>")
@public
@files
def resized(code: str, width: int) -> Response:
    """The same in one of the widths of LINE's imagemap."""
    return serve(rendition(_file(code), width), ASK_EACH_TIME, "image")


def _file(code: str) -> StoredFile:
    return public_file(_lead(code, TargetKind.IMAGE).target)


def _lead(code: str, kind: TargetKind) -> Lead:
    """Return where the address leads, and store the fetch unless it is known not to be a friend's; raises NotFound."""
    if not CODE.fullmatch(code):
        raise NotFound
    browser = headers.text("User-Agent")[:MOST_OF_BROWSER]
    may_count = request.method == "GET" and not is_robot(browser) and not _is_members()
    is_in_line = may_count and kind == TargetKind.LINK and IN_LINE.search(browser) is not None
    found = desk().lead(Fetch(code, kind, _client(browser), may_count, is_in_line))
    if found is None:
        raise NotFound
    return found


def _is_members() -> bool:
    """Return whether a member's browser asks; only they have the session's cookie. It is not read."""
    return current_app.config["SESSION_COOKIE_NAME"] in request.cookies


def _client(browser: str) -> str:
    """Return what tells clients apart, from which neither network nor browser can be read."""
    key = current_app.config["SECRET_KEY"].encode()[:64]
    return blake2b(f"{headers.client_network()} {browser}".encode(errors="replace"), digest_size=9, key=key).hexdigest()


def desk() -> FetchDesk:
    """Return the desk of this process, made at the first request so that it shares no connection with a parent."""
    known: FetchDesk | None = current_app.extensions.get("tracked_links")
    if known is None:
        url = db.engines[DIRECT].url.render_as_string(hide_password=False)
        known = current_app.extensions.setdefault("tracked_links", FetchDesk(url))
    return known
