"""The editor of a segment."""

from __future__ import annotations

from flask import Response

from app.core import htmx
from app.line.access import get_account
from app.segments.queries.segments import get_segment
from app.segments.views.blueprint import blueprint
from app.team.permissions import Permission, requires


@blueprint.get("/new")
@requires(Permission.SEGMENTS)
def new(account_id: int) -> Response:
    account = get_account(account_id)
    return htmx.render("errors/error.html", code=404, title=account.name, message="")


@blueprint.post("")
@requires(Permission.SEGMENTS)
def create(account_id: int) -> Response:
    return new(account_id)


@blueprint.get("/<int:segment_id>/edit")
@requires(Permission.SEGMENTS)
def edit(account_id: int, segment_id: int) -> Response:
    account, segment = get_account(account_id), get_segment(account_id, segment_id)
    return htmx.render("errors/error.html", code=404, title=account.name, message=segment.name)


@blueprint.post("/<int:segment_id>")
@requires(Permission.SEGMENTS)
def update(account_id: int, segment_id: int) -> Response:
    return edit(account_id, segment_id)
