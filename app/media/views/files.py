"""Files of an account as its members see them, and what they do with them."""

from __future__ import annotations

from flask import Blueprint, Response, make_response, request

from app.core import htmx
from app.core.i18n import _
from app.core.web.server.places import files
from app.media.access import UPLOADERS, get_file
from app.media.operations.files import delete_file, revoke
from app.media.operations.renditions import rendition
from app.media.queries import stored_file
from app.media.serving import ASK_EACH_TIME, serve
from app.team.permissions import current_actor, requires_any
from app.team.safe_redirect import own_path

blueprint = Blueprint("media", __name__, url_prefix="/accounts/<int:account_id>/media/<int:file_id>")


@blueprint.get("")
@requires_any(*UPLOADERS)
@files
def show(account_id: int, file_id: int) -> Response:
    file = get_file(account_id, file_id)
    return serve(stored_file(file.id), ASK_EACH_TIME, file.name)


@blueprint.get("/<int:width>")
@requires_any(*UPLOADERS)
@files
def resized(account_id: int, file_id: int, width: int) -> Response:
    file = get_file(account_id, file_id)
    name = file.name
    return serve(rendition(stored_file(file.id), width), ASK_EACH_TIME, name)


@blueprint.post("/revocation")
@requires_any(*UPLOADERS)
def revoke_address(account_id: int, file_id: int) -> Response:
    revoke(get_file(account_id, file_id), actor=current_actor())
    htmx.toast(_("The public address is revoked. Copies that browsers and LINE keep may still be shown for a while."))
    return _gone()


@blueprint.post("/deletion")
@requires_any(*UPLOADERS)
def remove(account_id: int, file_id: int) -> Response:
    delete_file(get_file(account_id, file_id), actor=current_actor())
    htmx.toast(_("The file is deleted."))
    return _gone()


def _gone() -> Response:
    """Nothing in place of what was shown, or the page from which a browser without script came."""
    if htmx.is_fragment():
        return htmx.with_toasts(make_response("", 200))
    return htmx.go(own_path(request.form.get("next")))
