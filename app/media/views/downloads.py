"""The page behind the link of a file that was sent: what it is, and its download; gone when the link is revoked."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, render_template

from app.core.errors import NotFound
from app.core.web.server.places import files
from app.media.queries import public_file
from app.media.serving import ASK_EACH_TIME, serve
from app.team.permissions import public

blueprint = Blueprint("downloads", __name__, url_prefix="/files")


@blueprint.get("/<key>")
@public
def show(key: str) -> Response:
    """Show what the file is; of a revoked link, that it is over."""
    try:
        file = public_file(key)
    except NotFound:
        return make_response(render_template("media/download.html", file=None, key=key), 404)
    return make_response(render_template("media/download.html", file=file, key=key))


@blueprint.get("/<key>/content")
@public
@files
def content(key: str) -> Response:
    """Send the file under its name; browsers ask each time, so that a revoked one is gone at once."""
    file = public_file(key)
    return serve(file, ASK_EACH_TIME, file.name)
