"""The first page after sign-in."""

from __future__ import annotations

from flask import Blueprint, Response

from app.core import htmx
from app.team.permissions import requires_member

blueprint = Blueprint("home", __name__)


@blueprint.get("/")
@requires_member
def show() -> Response:
    return htmx.render("home/show.html")
