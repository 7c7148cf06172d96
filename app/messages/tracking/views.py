"""Short addresses: links lead on to where they were made for, images are shown. Lean on purpose."""

from __future__ import annotations

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
from app.messages.tracking.addresses import CODE
from app.messages.tracking.fetches import Fetch, FetchDesk
from app.messages.tracking.models import TargetKind
from app.messages.tracking.robots import is_robot
from app.team.permissions import public

blueprint = Blueprint("tracked", __name__)
MOST_OF_BROWSER = 300


@blueprint.get("/l/<code>")
@public
@links
def follow(code: str) -> Response:
    """Lead on to the stored target, and nowhere else."""
    response = Response(status=302, mimetype="text/plain")
    response.autocorrect_location_header = False
    response.headers["Location"] = _target(code, TargetKind.LINK)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


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
    return public_file(_target(code, TargetKind.IMAGE))


def _target(code: str, kind: TargetKind) -> str:
    """Return the target, and store the fetch unless it is known not to be a friend's; raises NotFound."""
    if not CODE.fullmatch(code):
        raise NotFound
    browser = headers.text("User-Agent")[:MOST_OF_BROWSER]
    may_count = request.method == "GET" and not is_robot(browser) and not _is_members()
    found = desk().target(Fetch(code, kind, _client(browser), may_count))
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
