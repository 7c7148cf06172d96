"""The image of a code, shown and downloaded, and the logo in its middle."""

from __future__ import annotations

from contextlib import suppress

from flask import Response, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import dump_options_header

from app.core import htmx
from app.core.db import db, released
from app.core.errors import InvalidInput, NotFound, OutOfSpace, TooMany
from app.core.i18n import _, _l, sentences
from app.core.web.security import check_token, csrf
from app.core.web.server.places import files, uploads
from app.core.web.upload_places import places
from app.core.web.uploads import StreamedForm, limit_body, read_form, read_on_after
from app.line.access import get_account
from app.media.content import MOST_BYTES, MediaTooLarge
from app.media.models import Kind
from app.media.queries import StoredFile, stored_file
from app.media.receiving import Incoming
from app.media.serving import POLICY
from app.team.permissions import Permission, current_actor, requires
from app.workflows.qr_codes import drawing
from app.workflows.qr_codes.models import QrCode
from app.workflows.qr_codes.operations.codes import set_logo
from app.workflows.qr_codes.queries import get_code
from app.workflows.qr_codes.views.blueprint import blueprint
from app.workflows.qr_codes.ways import address_of

MOST = MOST_BYTES[Kind.IMAGE]
STATUSES = {MediaTooLarge: 413, OutOfSpace: 507, TooMany: 429}


@blueprint.get("/<int:code_id>/image.svg")
@requires(Permission.WORKFLOWS)
@files
def image_svg(account_id: int, code_id: int) -> Response:
    """Draw the code at any size; `download` names it as a file."""
    get_account(account_id)
    code = get_code(account_id, code_id)
    return _image(code, drawing.svg(address_of(code), _logo(code)).encode(), "image/svg+xml", "svg")


@blueprint.get("/<int:code_id>/image.png")
@requires(Permission.WORKFLOWS)
@files
def image_png(account_id: int, code_id: int) -> Response:
    """Draw the code in one of the sizes."""
    get_account(account_id)
    code, wanted = get_code(account_id, code_id), request.args.get("size", "1024")
    size = next((one for one in drawing.SIZES if str(one) == wanted), None)
    if size is None:
        raise NotFound
    return _image(code, drawing.png(address_of(code), size, _logo(code)), "image/png", "png")


@blueprint.post("/<int:code_id>/logo")
@csrf.exempt  # type: ignore[untyped-decorator]
@requires(Permission.WORKFLOWS)
@uploads
def change_logo(account_id: int, code_id: int) -> Response:
    """Put a picture into the middle; the CSRF token is checked before the picture is read."""
    get_account(account_id)
    get_code(account_id, code_id)
    try:
        if not limit_body(MOST):
            raise MediaTooLarge(Kind.IMAGE)
        with places.taken(current_actor().sender, request.content_length or MOST):
            form = read_form(request)
            check_token(form.fields.get("csrf_token"))
            _receive(account_id, code_id, form)
    except (InvalidInput, OutOfSpace, TooMany) as refusal:
        db.session.rollback()
        return _refused(account_id, code_id, refusal)
    return htmx.go(url_for("qr_codes.show", account_id=account_id, code_id=code_id), toast=_("The logo was stored."))


@blueprint.post("/<int:code_id>/logo/removal")
@requires(Permission.WORKFLOWS)
def remove_logo(account_id: int, code_id: int) -> Response:
    get_account(account_id)
    set_logo(account_id, code_id, None, "", actor=current_actor())
    return htmx.go(url_for("qr_codes.show", account_id=account_id, code_id=code_id), toast=_("The logo was removed."))


def _receive(account_id: int, code_id: int, form: StreamedForm) -> None:
    if not form.file_name:
        raise InvalidInput(image=_l("Choose an image."))
    with Incoming(frozenset({Kind.IMAGE})) as incoming:
        with released():
            _take(incoming, form)
            received = incoming.finish()
        set_logo(account_id, code_id, received, form.file_name, actor=current_actor())


def _take(incoming: Incoming, form: StreamedForm) -> None:
    with suppress(RequestEntityTooLarge):
        for piece in form.pieces:
            incoming.write(piece)
        return
    raise MediaTooLarge(Kind.IMAGE)


def _refused(account_id: int, code_id: int, refusal: InvalidInput | OutOfSpace | TooMany) -> Response:
    """Show the form again with the reason; the rest of the body is read after the answer."""
    said = refusal.fields.values() if isinstance(refusal, InvalidInput) else [refusal.message]
    context = {"account": get_account(account_id), "code": get_code(account_id, code_id), "most": MOST}
    status = next((code for kind, code in STATUSES.items() if isinstance(refusal, kind)), 422)
    context["wrong"] = sentences(said)
    answer = htmx.render("workflows/qr_codes/logo.html", "workflows/qr_codes/_logo_form.html", status, **context)
    return read_on_after(answer)


def _logo(code: QrCode) -> StoredFile | None:
    return stored_file(code.logo_id) if code.logo_id else None


def _image(code: QrCode, body: bytes, media_type: str, ending: str) -> Response:
    response = Response(body, content_type=media_type)
    response.headers["Cache-Control"] = "private, no-cache"
    response.headers["Content-Security-Policy"] = POLICY.replace("img-src 'self'", "img-src 'self' data:")
    if "download" in request.args:
        name = f"{code.name}.{ending}"
        plain = name.encode("ascii", "replace").decode().replace("?", "_")
        response.headers["Content-Disposition"] = dump_options_header("attachment", {"filename": plain})
    return response
