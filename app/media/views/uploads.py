"""Where a browser uploads a file: read while it comes, and refused as soon as it is clear that it must be."""

from __future__ import annotations

from contextlib import suppress
from typing import Any

from flask import Blueprint, Response, jsonify, make_response, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.wrappers import Response as AnyResponse

from app.core import htmx
from app.core.db import db, released
from app.core.errors import InvalidInput, NotFound, OutOfSpace, TooMany
from app.core.i18n import _l, sentences
from app.core.names import shown_file_name
from app.core.web.errors import answer
from app.core.web.security import check_token, csrf
from app.core.web.server.places import uploads
from app.core.web.upload_places import places
from app.core.web.uploads import StreamedForm, limit_body, read_form, read_on_after
from app.media.access import UPLOADERS, require_account
from app.media.addresses import public_url
from app.media.content import MOST_BYTES, MediaTooLarge, media_types
from app.media.models import Kind, MediaFile, Visibility
from app.media.operations.files import add_file
from app.media.receiving import ALL_KINDS, Incoming
from app.media.space import require_space
from app.team.permissions import current_actor, requires_any
from app.team.safe_redirect import own_path

blueprint = Blueprint("media_uploads", __name__, url_prefix="/accounts/<int:account_id>/media")


@blueprint.get("/new")
@requires_any(*UPLOADERS)
def new(account_id: int) -> Response:
    """The form, as a page or as the piece that other pages fetch; `kinds` and `visibility` are passed on to it."""
    require_account(account_id)
    kinds = _kinds(request.args.get("kinds", ""))
    context: dict[str, Any] = {
        "account_id": account_id,
        "kinds": sorted(kinds),
        "accept": ",".join(media_types(kinds)),
        "most": max(MOST_BYTES[kind] for kind in kinds),
        "visibility": _visibility(request.args.get("visibility", "")),
    }
    return htmx.render("media/new.html", "media/_upload.html", **context)


@blueprint.post("")
@csrf.exempt  # type: ignore[untyped-decorator]
@requires_any(*UPLOADERS)
@uploads
def create(account_id: int) -> AnyResponse:
    """Fields come before the file: csrf_token, kinds, visibility, next. The token is checked before the bytes."""
    require_account(account_id)
    try:
        with places.taken(current_actor().sender, _announced()):
            form = _read_form()
            file = _receive(account_id, form)
    except (InvalidInput, OutOfSpace, TooMany) as refusal:
        return _refused(refusal)
    return _answer(file, form)


def _announced() -> int:
    """Return how many bytes the body may have at most; raises MediaTooLarge."""
    most = max(MOST_BYTES.values())
    if not limit_body(most):
        raise MediaTooLarge(Kind.VIDEO)
    return min(request.content_length or most, most)


def _read_form() -> StreamedForm:
    require_space(_announced())
    form = read_form(request)
    check_token(form.fields.get("csrf_token"))
    if not form.file_name:
        raise InvalidInput(file=_l("Choose a file."))
    return form


def _receive(account_id: int, form: StreamedForm) -> MediaFile:
    kinds, visibility = _kinds(form.fields.get("kinds", "")), _visibility(form.fields.get("visibility", ""))
    with Incoming(kinds, takes_any=form.fields.get("takes_any") == "1") as incoming:
        with released():
            _take(incoming, form)
            received = incoming.finish()
        return add_file(
            account_id, received, name=shown_file_name(form.file_name), visibility=visibility, actor=current_actor()
        )


def _take(incoming: Incoming, form: StreamedForm) -> None:
    with suppress(RequestEntityTooLarge):
        for piece in form.pieces:
            incoming.write(piece)
        return
    raise MediaTooLarge(incoming.type.kind if incoming.type else Kind.VIDEO)


def _kinds(written: str) -> frozenset[Kind]:
    """Return the kinds of "image,video"; all of them when none is named. Raises NotFound for a name that is none."""
    names = set(written.split(",")) - {""}
    if names - set(Kind):
        raise NotFound
    return frozenset(kind for kind in Kind if kind in names) or ALL_KINDS


def _visibility(written: str) -> Visibility:
    return Visibility.PUBLIC if written == Visibility.PUBLIC else Visibility.MEMBERS


def _answer(file: MediaFile, form: StreamedForm) -> AnyResponse:
    """JSON for a program that asks for it, the file's piece for htmx, else the page that the form named."""
    if _wants_json():
        return make_response(jsonify(_as_json(file)), 201)
    if htmx.is_fragment():
        return htmx.render("media/_file.html", "media/_file.html", 201, file=file)
    return htmx.go(own_path(form.fields.get("next")))


def _refused(refusal: InvalidInput | OutOfSpace | TooMany) -> AnyResponse:
    """The reason in words; the rest of the body is read after the answer, or the browser would not look at it."""
    db.session.rollback()
    if isinstance(refusal, (OutOfSpace, TooMany)):
        status, sentence = 507 if isinstance(refusal, OutOfSpace) else 429, str(refusal.message)
    else:
        status = 413 if isinstance(refusal, MediaTooLarge) else 422
        sentence = sentences(refusal.fields.values())
    response = make_response(jsonify(error=sentence), status) if _wants_json() else answer(status, sentence)
    return read_on_after(response)


def _wants_json() -> bool:
    return request.accept_mimetypes.best == "application/json"


def _as_json(file: MediaFile) -> dict[str, Any]:
    return {
        "id": file.id,
        "name": file.name,
        "kind": file.kind,
        "media_type": file.media_type,
        "size": file.size,
        "width": file.width,
        "height": file.height,
        "duration": file.duration,
        "visibility": file.visibility,
        "public_url": public_url(file),
        "url": url_for("media.show", account_id=file.account_id, file_id=file.id),
    }
