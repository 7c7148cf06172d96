"""Public files: unguessable addresses that LINE fetches, without sign-in, redirect or file extension."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core.web.server.places import files
from app.media.operations.renditions import rendition
from app.media.queries import public_file
from app.media.serving import FOR_EVER, serve
from app.team.permissions import public

blueprint = Blueprint("public_media", __name__, url_prefix="/media")


@blueprint.get("/<key>")
@public
@files
def show(key: str) -> Response:
    return serve(public_file(key), FOR_EVER, "file")


@blueprint.get("/<key>/<int:width>")
@public
@files
def resized(key: str, width: int) -> Response:
    """An image as LINE's imagemap asks for it."""
    return serve(rendition(public_file(key), width), FOR_EVER, "image")
