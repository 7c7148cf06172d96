"""The guide's pages."""

from __future__ import annotations

from flask import Blueprint, Response, abort, request, send_from_directory

from app.core import htmx
from app.core.i18n import language
from app.core.web.server.places import files
from app.help.guide import FOLDER, beside, groups_of, page_of
from app.help.search import search
from app.team.permissions import requires_member

LONGEST = 100

blueprint = Blueprint("help", __name__)


@blueprint.get("/help")
@requires_member
def index() -> Response:
    asked = request.args.get("q", "").strip()[:LONGEST]
    found, groups = search(language(), asked), groups_of(language())
    return htmx.render("help/index.html", "help/_found.html", asked=asked, found=found, groups=groups)


@blueprint.get("/help/<page>")
@requires_member
def show(page: str) -> Response:
    shown = page_of(language(), page)
    if shown is None:
        abort(404)
    before, after = beside(language(), page)
    return htmx.render("help/show.html", guide_page=shown, before=before, after=after)


@blueprint.get("/help/pictures/<any(en, ja):folder>/<name>.webp")
@requires_member
@files
def picture(folder: str, name: str) -> Response:
    return send_from_directory(FOLDER / "pictures" / folder, f"{name}.webp")
