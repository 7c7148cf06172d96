"""Short addresses: links lead on to where they were made for, images are shown. Lean on purpose."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, request

from app.core.errors import NotFound
from app.core.web.server.places import files, links
from app.media.recent_files import recent_file, recent_rendition
from app.media.serving import ASK_EACH_TIME, serve
from app.messages.tracking.fetches import Lead
from app.messages.tracking.models import TargetKind
from app.messages.tracking.redirects import led_to
from app.messages.tracking.taps import lead_of, way_of
from app.team.permissions import public

blueprint = Blueprint("tracked", __name__)


@blueprint.get("/l/<code>")
@public
@links
def follow(code: str) -> Response:
    """Lead on to the stored target, and nowhere else. `taps` answers before, unless the address is unknown."""
    lead = _lead(code, TargetKind.LINK)
    return led_to(way_of(current_app._get_current_object(), lead, code))  # type: ignore[attr-defined]


@blueprint.get("/o/<code>")
@public
@files
def image(code: str) -> Response:
    """An image of a friend's own address: fetching it says that the message was seen."""
    return serve(recent_file(_lead(code, TargetKind.IMAGE).target), ASK_EACH_TIME, "image")


@blueprint.get("/o/<code>/<int:width>")
@public
@files
def resized(code: str, width: int) -> Response:
    """The same in one of the widths of LINE's imagemap."""
    return serve(recent_rendition(_lead(code, TargetKind.IMAGE).target, width), ASK_EACH_TIME, "image")


def _lead(code: str, kind: TargetKind) -> Lead:
    """Return where the address leads; raises NotFound."""
    found = lead_of(current_app._get_current_object(), request.environ, code, kind)  # type: ignore[attr-defined]
    if found is None:
        raise NotFound
    return found
