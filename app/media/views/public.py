"""Public files: unguessable addresses that LINE fetches, without sign-in, redirect or file extension.

What was found a moment ago is answered by `files_first`."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core.web.server.places import files
from app.media.recent_files import recent_file, recent_rendition
from app.media.serving import FOR_EVER, serve
from app.team.permissions import public

blueprint = Blueprint("public_media", __name__, url_prefix="/media")


@blueprint.get("/<key>")
@public
@files
def show(key: str) -> Response:
    return serve(recent_file(key), FOR_EVER, "file")


@blueprint.get("/<key>/<int:width>")
@public
@files
def resized(key: str, width: int) -> Response:
    """An image as LINE's imagemap asks for it."""
    return serve(recent_rendition(key, width), FOR_EVER, "image")
