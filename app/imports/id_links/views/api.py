"""The API of ID links: another program pushes a file and asks what became of it."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from flask import Blueprint, Response, jsonify, request, url_for
from werkzeug.exceptions import ClientDisconnected, RequestEntityTooLarge, UnsupportedMediaType

from app.core.errors import InvalidInput, NotFound
from app.core.i18n import _l
from app.core.spreadsheets import csv_pieces
from app.core.templating import iso
from app.core.web.downloads import csv_answer
from app.core.web.problems import problem
from app.core.web.server.places import downloads, uploads
from app.core.web.upload_places import places
from app.imports.id_links import operations, queries
from app.imports.id_links.operations import Options, start_import
from app.imports.id_links.queries import Import, Problem
from app.imports.id_links.upload import MOST_BYTES, Sender, Upload, UploadTooLarge
from app.line.access import get_account
from app.line.models import Account
from app.team.api_access import ApiScope, requires_key, the_key
from app.team.permissions import current_actor

blueprint = Blueprint("id_links_api", __name__, url_prefix="/api/v1/accounts/<int:account_id>/id-links/imports")
TYPES = {"text/csv", "application/csv", "application/octet-stream"}
CHARSETS = {"utf-8", "utf8", "us-ascii"}
ANSWERS = {"1": True, "true": True, "0": False, "false": False, "": False}
PIECE = 64 * 1024
SHOWN = 20
COUNTS = ("rows", "new", "changed", "unchanged", "duplicates", "unknown", "shared", "invalid")


@blueprint.post("")
@requires_key(ApiScope.IMPORTS)
@uploads
def create(account_id: int) -> Response:
    """Import the body as a file; it is read as it comes and refused as soon as it is too large."""
    account = get_account(account_id)
    options = Options(partial=_flag("partial"), dry_run=_flag("dry_run"))
    if request.mimetype not in TYPES:
        raise UnsupportedMediaType
    charset = request.mimetype_params.get("charset", "utf-8")
    if charset.casefold() not in CHARSETS:
        sentence = _l("The body is declared as %(charset)s. Send the CSV file as UTF-8.", charset=charset)
        return problem(415, "Not understood", sentence)
    if request.content_encoding not in {None, "", "identity"}:
        return problem(415, "Not understood", _l("The body must not be compressed. Send the CSV file as it is."))
    try:
        with places.taken(current_actor().sender, min(request.content_length or MOST_BYTES, MOST_BYTES)):
            run = _receive(account, options)
    except UploadTooLarge as refusal:
        return problem(413, "Too large", refusal.fields["file"], limit=MOST_BYTES)
    found = Import(run)
    response = jsonify(_resource(account, found))
    response.status_code, response.headers["Location"] = 202, _address("show", account, found)
    return response


@blueprint.get("/<int:run_id>")
@requires_key(ApiScope.IMPORTS)
def show(account_id: int, run_id: int) -> Response:
    account = get_account(account_id)
    return jsonify(_resource(account, _find(account, run_id)))


@blueprint.post("/<int:run_id>/cancel")
@requires_key(ApiScope.IMPORTS)
def cancel(account_id: int, run_id: int) -> Response:
    account = get_account(account_id)
    return jsonify(_resource(account, Import(operations.cancel_import(account, run_id, actor=current_actor()))))


@blueprint.get("/<int:run_id>/errors")
@requires_key(ApiScope.IMPORTS)
@downloads
def errors(account_id: int, run_id: int) -> Response:
    """Send every line that could not be used, as CSV."""
    found = _find(get_account(account_id), run_id)
    rows = ((one.line, one.value, one.code, one.reason) for one in queries.problems_for_export(found.run.id))
    return csv_answer(csv_pieces(("line", "value", "code", "reason"), rows), f"errors-{found.run.id}.csv")


def _receive(account: Account, options: Options) -> Any:
    request.max_content_length = MOST_BYTES
    key = the_key()
    name = request.args.get("file_name", "") or "id-links.csv"
    with Upload(account.id, Sender(key.label, None, key.member_id), name, request.content_length) as upload:
        try:
            upload.receive(iter(lambda: request.stream.read(PIECE), b""))
        except RequestEntityTooLarge as error:
            raise UploadTooLarge from error
        # The web server does not say so when a body ends before its time, and half a file looks like a whole one.
        if request.content_length not in {None, upload.size}:
            raise ClientDisconnected
        return start_import(account, upload, options, actor=current_actor())


def _flag(name: str) -> bool:
    given = request.args.get(name, "")
    if given not in ANSWERS:
        raise InvalidInput({name: _l("%(name)s must be 1 or 0.", name=name)})
    return ANSWERS[given]


def _find(account: Account, run_id: int) -> Import:
    found = queries.import_by_id(account.id, run_id)
    if found is None:
        raise NotFound
    return found


def _resource(account: Account, found: Import) -> dict[str, Any]:
    """Return an import as the API describes it; counts grow while it goes on."""
    run = found.run
    return {
        "id": run.id,
        "url": _address("show", account, found),
        "status": found.status,
        "phase": found.phase,
        "is_cancelling": run.is_cancelling,
        "file": {"name": run.input["file"], "size": run.input["size"]},
        "partial": run.input["partial"],
        "dry_run": run.input["dry_run"],
        "progress": {"done": run.done, "total": run.total, "rows_checked": found.checked},
        "counts": {name: found.number(name) for name in COUNTS},
        "error": {"code": run.reason, "message": found.reason}
        if found.status == queries.IdLinkImportStatus.ERROR
        else None,
        "invalid_lines": [_line(one) for one in queries.problems(run.id, SHOWN)],
        "shared_ids": [asdict(one) for one in queries.shared_ids(run.id, SHOWN)],
        "errors_url": _address("errors", account, found),
        "created_at": iso(run.created_at),
        "started_at": iso(run.started_at) or None,
        "finished_at": iso(run.finished_at) or None,
    }


def _line(one: Problem) -> dict[str, Any]:
    return {"line": one.line, "value": one.value, "code": one.code, "reason": one.reason}


def _address(name: str, account: Account, found: Import) -> str:
    return url_for(f"id_links_api.{name}", account_id=account.id, run_id=found.run.id)
