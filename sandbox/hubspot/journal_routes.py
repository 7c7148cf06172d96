"""Reading the journal file by file: an answer carries a signed address from which the events are downloaded."""

from __future__ import annotations

import hashlib
import hmac
from typing import Any

from aiohttp import web

from sandbox.hubspot import errors
from sandbox.hubspot.drawing import batch_answer
from sandbox.hubspot.envelope import Call, Handler, Rules, answer, api_route, error_response
from sandbox.hubspot.errors import HubSpotError
from sandbox.hubspot.hubspot import HubSpot
from sandbox.hubspot.journal import File
from sandbox.hubspot.state import CONTACTS, TYPE_NAMES
from sandbox.hubspot.values import iso
from sandbox.line.envelope import WORLD

VERSION = "2026-03"
ROOTS = tuple(f"/webhooks-journal/{name}/{VERSION}" for name in ("journal", "journal-local"))
READ = Rules(("developer.webhooks_journal.read",), limit="journal")
SNAP = Rules(("developer.webhooks_journal.snapshots.write",), limit="journal")
SNAP_READ = Rules(("developer.webhooks_journal.snapshots.read",), limit="journal")
FILE = "/hubspot/journal-files/{app_id}/{offset}"
URL_SECONDS = 900
MOST = 100


def add_routes(app: web.Application) -> None:
    """Serve the journal of an app, all portals mixed, or of one with `installPortalId`."""
    _route(app, "GET", "/earliest", earliest)
    _route(app, "GET", "/latest", latest)
    _route(app, "GET", "/offset/{offset}/next", following)
    _route(app, "GET", "/batch/earliest/{count}", batch_earliest)
    _route(app, "GET", "/batch/latest/{count}", batch_latest)
    _route(app, "GET", "/batch/{offset}/next/{count}", batch_following)
    _route(app, "POST", "/batch/read", batch_read)
    _route(app, "GET", "/status/{status_id}", snapshot_status, SNAP_READ)
    api_route(app, "POST", [f"/webhooks-journal/snapshots/{VERSION}/crm"], snapshot, SNAP)
    app.router.add_get(FILE, download)


def _route(app: web.Application, method: str, tail: str, handler: Handler, rules: Rules = READ) -> None:
    for root in ROOTS:
        api_route(app, method, [root + tail], handler, rules)


async def _files(call: Call) -> list[File]:
    """Return the app's files, with the members of active lists as they are now."""
    app_id = call.bearer.app_id
    for install in call.hubspot.grants.of_app(app_id):
        await call.hubspot.lists.settle_all(call.hubspot.portals[install.portal_id])
    files, only = call.hubspot.events.journal.settled(app_id), call.query.get("installPortalId")
    if only is None:
        return files
    return [file for file in files if any(str(event["portalId"]) == only for event in file.events)]


def _sealed(hubspot: HubSpot, app_id: str, offset: str, expires: str, portal: str) -> str:
    text = f"journal:{hubspot.seed}:{app_id}:{offset}:{expires}:{portal}"
    return hmac.new(b"journal", text.encode(), hashlib.sha256).hexdigest()


def _drawn(call: Call, file: File) -> dict[str, Any]:
    due = call.hubspot.clock.now() + URL_SECONDS
    app_id, expires, portal = call.bearer.app_id, str(int(due)), call.query.get("installPortalId", "")
    seal = _sealed(call.hubspot, app_id, str(file.offset), expires, portal)
    url = f"{call.origin()}/journal-files/{app_id}/{file.offset}?expires={expires}&portal={portal}&signature={seal}"
    return {"url": url, "expiresAt": iso(int(due * 1000)), "currentOffset": str(file.offset)}


def _one(call: Call, files: list[File]) -> web.Response:
    """Return the first of these files; with nothing new there is no body."""
    return answer(_drawn(call, files[0])) if files else answer(status=204)


def _several(call: Call, files: list[File]) -> web.Response:
    body = batch_answer([_drawn(call, file) for file in files], [], call.hubspot.clock.now())
    return answer(body)


def _offset(call: Call) -> int:
    text = call.parameter("offset")
    if not text.isdecimal() or len(text) > 15:
        raise errors.invalid(f"Invalid offset: {text}")
    return int(text)


def _count(call: Call) -> int:
    text = call.parameter("count")
    if not text.isdecimal() or not 1 <= int(text[:5]) <= MOST:
        raise errors.invalid(errors.BAD_LIMIT.format(most=MOST))
    return int(text)


async def earliest(call: Call) -> web.Response:
    return _one(call, await _files(call))


async def latest(call: Call) -> web.Response:
    return _one(call, (await _files(call))[-1:])


async def following(call: Call) -> web.Response:
    return _one(call, [file for file in await _files(call) if file.offset > _offset(call)])


async def batch_earliest(call: Call) -> web.Response:
    return _several(call, (await _files(call))[: _count(call)])


async def batch_latest(call: Call) -> web.Response:
    return _several(call, (await _files(call))[-_count(call) :])


async def batch_following(call: Call) -> web.Response:
    newer = [file for file in await _files(call) if file.offset > _offset(call)]
    return _several(call, newer[: _count(call)])


async def batch_read(call: Call) -> web.Response:
    body = call.json(("inputs",))
    wanted = {str(offset) for offset in body.get("inputs") or []}
    return _several(call, [file for file in await _files(call) if str(file.offset) in wanted])


async def download(request: web.Request) -> web.Response:
    """Return the events of a file for its signed address, while that holds; a token beside it is refused."""
    hubspot, query = request.app[WORLD].hubspot, request.query
    app_id, offset = request.match_info["app_id"], request.match_info["offset"]
    expires, portal = query.get("expires", ""), query.get("portal", "")
    if "Authorization" in request.headers:
        return error_response(HubSpotError(400, "Only one way of authentication is allowed."))
    fits = hmac.compare_digest(_sealed(hubspot, app_id, offset, expires, portal), query.get("signature", ""))
    if not fits or hubspot.clock.now() >= int(expires):
        return error_response(HubSpotError(403, "The address is not signed or has expired."))
    for file in hubspot.events.journal.of(app_id).files:
        if str(file.offset) == offset:
            events = [event for event in file.events if portal in ("", str(event["portalId"]))]
            return answer({"offset": offset, "journalEvents": events, "publishedAt": iso(int(file.at * 1000))})
    return error_response(errors.not_found())


async def snapshot(call: Call) -> web.Response:
    """Write what records are now into the journal."""
    responses = []
    for wish in call.json(("snapshotRequests",)).get("snapshotRequests") or []:
        portal_id, kind = str(wish.get("portalId")), TYPE_NAMES.get(str(wish.get("objectTypeId")), CONTACTS)
        if call.hubspot.grants.install(call.bearer.app_id, portal_id) is None:
            raise errors.not_found("The app is not installed in this portal.")
        portal = call.hubspot.portals[portal_id]
        record = call.hubspot.book(portal, kind).resolve(int(wish.get("objectId", -1)))
        names = [str(name) for name in wish.get("properties") or []]
        status_id = call.hubspot.events.journal.snapshot(call.bearer.app_id, portal, kind, record, names)
        same = {name: wish[name] for name in ("objectId", "objectTypeId", "portalId")}
        responses.append(same | {"snapshotStatusId": status_id})
    return answer({"snapshotResponses": responses})


async def snapshot_status(call: Call) -> web.Response:
    found = call.hubspot.events.journal.of(call.bearer.app_id).snapshots.get(call.parameter("status_id"))
    if found is None:
        raise errors.not_found("There is no such snapshot.")
    return answer(found)
