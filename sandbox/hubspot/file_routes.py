"""The wire of files: uploads in multipart, signed addresses, and what opens at them."""

from __future__ import annotations

import hashlib
import json
from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.envelope import DATED, PREFIX, Call, Rules, answer, api_route
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.files import ACCESSES
from sandbox.hubspot.inbox_state import StoredFile
from sandbox.hubspot.values import iso
from sandbox.line.envelope import WORLD

ROOTS = (f"/files/{DATED}/files", "/files/v3/files")
ONE = "/{file_id:[0-9]+}"
RULES = Rules(("files", "files.write", "files.ui_hidden.write"))
READ = Rules(("files", "files.read", "files.ui_hidden.read"))
KINDS = {"image": "IMG", "audio": "AUDIO", "video": "MOVIE", "text": "DOCUMENT", "application": "DOCUMENT"}


def add_routes(app: web.Application) -> None:
    """Serve files."""
    for method, tail, handler, rules in (
        ("POST", "", upload, RULES),
        ("GET", ONE, read, READ),
        ("DELETE", ONE, archive, RULES),
        ("GET", f"{ONE}/signed-url", sign, READ),
    ):
        named = f"{ROOTS[0]}{tail}".replace(":[0-9]+", "")
        api_route(app, method, [f"{root}{tail}" for root in ROOTS], handler, rules, named=named)
    app.router.add_route("GET", f"{PREFIX}/hubfs/{{portal_id}}/{{file_id}}", opened)


async def upload(call: Call) -> web.Response:
    """Store a file; a folder must be named, and how open the file is."""
    if call.request.content_type != "multipart/form-data":
        raise HubSpotError(415, f"Unsupported media type: {call.request.content_type}")
    form = await call.request.post()
    part = form.get("file")
    if not isinstance(part, web.FileField):
        raise errors.missing_field("file")
    folder = str(form.get("folderPath") or form.get("folderId") or "")
    if not folder:
        raise errors.invalid("Either folderPath or folderId must be given.")
    options = _options(str(form.get("options") or ""))
    name, content = str(form.get("fileName") or part.filename or "file"), part.file.read()
    files, access = call.hubspot.files, str(options["access"])
    found = None
    if options.get("duplicateValidationStrategy") == "RETURN_EXISTING":
        found = files.same(call.portal, name, content, folder)
    kind = part.content_type or "application/octet-stream"
    stored = found or files.store(call.portal, name, content, kind, access, folder)
    return answer(drawn(call, stored), 201)


def _options(text: str) -> dict[str, Any]:
    try:
        options = json.loads(text)
    except ValueError as error:
        raise errors.invalid("options must be a JSON text.") from error
    if not isinstance(options, dict) or options.get("access") not in ACCESSES:
        raise errors.invalid("options.access must be given.")
    return options


def drawn(call: Call, stored: StoredFile) -> dict[str, Any]:
    """Return a file as answers show it."""
    return {
        "id": stored.id,
        "createdAt": iso(stored.created_at),
        "updatedAt": iso(stored.created_at),
        "archived": stored.archived_at is not None,
        "access": stored.access,
        "name": stored.name,
        "extension": stored.extension,
        "size": stored.size,
        "type": KINDS.get(stored.content_type.partition("/")[0], "OTHER"),
        "path": f"{stored.folder}/{stored.name}",
        "fileMd5": hashlib.md5(stored.content, usedforsecurity=False).hexdigest(),
        "url": call.hubspot.files.url(call.portal, stored, call.origin()),
    }


def _stored(call: Call) -> StoredFile:
    found = call.portal.inbox.files.get(call.parameter("file_id"))
    if found is None or found.archived_at is not None:
        raise errors.not_found("The file does not exist.")
    return found


async def read(call: Call) -> web.Response:
    return answer(drawn(call, _stored(call)))


async def archive(call: Call) -> web.Response:
    _stored(call).archived_at = call.hubspot.now_ms()
    call.hubspot.touch()
    return answer(status=204)


async def sign(call: Call) -> web.Response:
    stored, asked = _stored(call), call.query.get("expirationSeconds", "3600")
    seconds = int(asked[:9]) if asked.isdecimal() else 3600
    url, until = call.hubspot.files.signed_url(call.portal, stored, call.origin(), seconds)
    body = {"url": url, "expiresAt": iso(until), "name": stored.name, "extension": stored.extension}
    kind = KINDS.get(stored.content_type.partition("/")[0], "OTHER")
    return answer(body | {"size": stored.size, "type": kind})


async def opened(request: web.Request) -> web.Response:
    """Return the bytes of a file at its address."""
    world = request.app[WORLD].hubspot
    portal = world.portals.get(request.match_info["portal_id"])
    stored = portal.inbox.files.get(request.match_info["file_id"]) if portal else None
    if portal is None or stored is None or stored.archived_at is not None:
        return web.Response(status=404, text="Not found")
    given = request.query.get("expires", ""), request.query.get("signature", "")
    if not world.files.may_open(portal, stored, *given):
        return web.Response(status=403, text="Forbidden")
    headers = {"X-Content-Type-Options": "nosniff", "Cache-Control": "no-store"}
    if not stored.content_type.startswith("image/"):
        headers["Content-Disposition"] = "attachment"
    return web.Response(body=stored.content, content_type=stored.content_type, headers=headers)
