"""Where a browser sends an ID link file: read while it comes, and refused before it is read where it must be."""

from __future__ import annotations

from contextlib import suppress

from flask import Blueprint, Response, request, url_for
from werkzeug.exceptions import RequestEntityTooLarge

from app.core import htmx
from app.core.errors import Conflict, InvalidInput, NotFound, OutOfSpace, TooMany
from app.core.i18n import _, _l, sentences
from app.core.identifiers import row_number
from app.core.web.security import check_token, csrf
from app.core.web.server.places import uploads
from app.core.web.upload_places import places
from app.core.web.uploads import StreamedForm, limit_body, read_form, read_on_after
from app.imports.id_links.operations import Options, start_import
from app.imports.id_links.upload import MOST_BYTES, Sender, Upload, UploadTooLarge
from app.imports.id_links.views.page import page_context
from app.line.access import get_account
from app.line.models import Account
from app.team.permissions import Permission, current_actor, me, requires

blueprint = Blueprint("id_link_uploads", __name__, url_prefix="/accounts/<int:account_id>/id-links/imports")


@blueprint.post("")
@csrf.exempt  # type: ignore[untyped-decorator]
@requires(Permission.IMPORTS)
@uploads
def create(account_id: int) -> Response:
    """Receive a file; the CSRF token is checked as soon as it is read, before the rest of the file."""
    account, form = get_account(account_id), StreamedForm()
    try:
        _require_small()
        with places.taken(current_actor().sender, request.content_length or MOST_BYTES):
            form = read_form(request)
            check_token(form.fields.get("csrf_token"))
            account = _target(account, form)
            _receive(account, form)
    except (InvalidInput, Conflict, OutOfSpace, TooMany) as refusal:
        return _refused(account, form, refusal)
    return htmx.go(
        url_for("id_links.show", account_id=account.id),
        toast=_("The file has arrived. You can use Tomoru as usual while it is imported."),
    )


def _require_small() -> None:
    if not limit_body(MOST_BYTES):
        raise UploadTooLarge


def _target(account: Account, form: StreamedForm) -> Account:
    """Return the account of the channel that was chosen in the form, by default that of the page."""
    chosen = form.fields.get("account_id") or str(account.id)
    number = row_number(chosen)
    if number is None:
        raise NotFound
    return get_account(number)


def _receive(account: Account, form: StreamedForm) -> None:
    if not form.file_name:
        raise InvalidInput(file=_l("Choose a CSV file."))
    options = Options(partial="partial" in form.fields, dry_run="dry_run" in form.fields)
    sender = Sender(me().label, me().id)
    expected = min(request.content_length, MOST_BYTES) if request.content_length else None
    with Upload(account.id, sender, form.file_name, expected) as upload:
        with suppress(RequestEntityTooLarge):
            upload.receive(form.pieces)
            start_import(account, upload, options, actor=current_actor())
            return
        raise UploadTooLarge


# The statuses of refusals; what is no file of ID links has 422.
STATUSES = {UploadTooLarge: 413, Conflict: 409, OutOfSpace: 507, TooMany: 429}


def _refused(account: Account, form: StreamedForm, refusal: InvalidInput | Conflict | OutOfSpace | TooMany) -> Response:
    """Show the form again with the reason; options stay, a file has to be chosen again."""
    said = refusal.fields.values() if isinstance(refusal, InvalidInput) else [refusal.message]
    sentence, status = sentences(said), STATUSES.get(type(refusal), 422)
    context = {**page_context(account), "error": sentence, "chosen": form.fields}
    response = htmx.render("imports/id_links/show.html", "imports/id_links/_form.html", status, **context)
    return read_on_after(response) if status in {413, 429, 507} else response
