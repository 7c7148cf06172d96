"""What members set up for themselves: filters under a name, and how they are told of new messages."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from app.chat.filters import parse_filter
from app.chat.operations import own
from app.chat.operations.marks import open_chat
from app.chat.queries.filters import filters_of
from app.chat.views.blueprint import blueprint
from app.core import htmx
from app.core.errors import InvalidInput
from app.core.i18n import sentences
from app.team.permissions import Permission, current_actor, me, requires


@blueprint.post("/filters")
@requires(Permission.CHAT)
def save_filter() -> Response:
    wanted, name = parse_filter(request.form), request.form.get("name", "")
    try:
        own.save_filter(None, name, wanted, actor=current_actor())
    except InvalidInput as refusal:
        return _saved(name, sentences(refusal.fields.values()), 422)
    return _saved("", "")


@blueprint.post("/filters/<int:filter_id>/delete")
@requires(Permission.CHAT)
def delete_filter(filter_id: int) -> Response:
    own.delete_filter(None, filter_id, actor=current_actor())
    return _saved("", "")


@blueprint.post("/alerts")
@requires(Permission.CHAT)
def alerts() -> Response:
    """Switch notifications of the browser or the sound on or off."""
    is_on = request.form.get("is_on") == "1"
    own.set_alert(None, request.form.get("alert", ""), is_on=is_on, actor=current_actor())
    if not htmx.is_fragment():
        return htmx.go(url_for("chat.index"))
    return htmx.render("chat/_alerts.html", alerted=open_chat(None, actor=current_actor()))


def _saved(name: str, error: str, status: int = 200) -> Response:
    if not htmx.is_fragment() and not error:
        return htmx.go(url_for("chat.index", **parse_filter(request.form).args))
    kept: dict[str, Any] = {"saved": filters_of(me().id), "wanted": parse_filter(request.form), "filter_name": name}
    return htmx.render("chat/_saved.html", status=status, **kept, filter_error=error)
