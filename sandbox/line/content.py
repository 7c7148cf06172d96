"""The bytes of what people sent: served while there, on their way, gone or never there."""

import base64

from aiohttp import web

from sandbox import media
from sandbox.film import film
from sandbox.line.channels import Content
from sandbox.line.envelope import Call, LineError, line_route

PATH = "/v2/bot/message/{messageId}/content"


def add_routes(app: web.Application) -> None:
    """Serve content, its preview and the state of its preparation."""
    line_route(app, "GET", PATH, content)
    line_route(app, "GET", f"{PATH}/preview", preview)
    line_route(app, "GET", f"{PATH}/transcoding", transcoding)


def _content(call: Call) -> Content:
    found = call.channel.contents.get(call.parameter("messageId"))
    if found is None:
        raise LineError(404, "not found")
    if found.unsent:
        raise LineError(410, "The content is gone")
    if found.expires_at is not None and call.now >= found.expires_at:
        raise LineError(404, "not found")
    return found


async def content(call: Call) -> web.Response:
    found = _content(call)
    if found.failed:
        raise LineError(404, "not found")
    if call.now < found.ready_at:
        return call.answer(status=202)
    body, kind = content_bytes(call.parameter("messageId"), found)
    return _bytes(call, body, kind)


async def preview(call: Call) -> web.Response:
    found = _content(call)
    if found.kind not in ("image", "video"):
        raise LineError(400, "The content can not be previewed")
    if call.now < found.ready_at:
        return call.answer(status=202)
    if found.kind == "image" and found.upload:
        return _bytes(call, *content_bytes(call.parameter("messageId"), found))
    return _bytes(call, media.landscape(call.parameter("messageId"), 240, 160), "image/png")


async def transcoding(call: Call) -> web.Response:
    found = _content(call)
    if found.kind not in ("video", "audio"):
        raise LineError(400, "Transcoding status doesn't support this type of content")
    if found.failed:
        return call.answer({"status": "failed"})
    return call.answer({"status": "succeeded" if call.now >= found.ready_at else "processing"})


def _bytes(call: Call, body: bytes, kind: str) -> web.Response:
    return web.Response(body=body, headers={"x-line-request-id": call.request_id, "content-type": kind})


def content_bytes(message_id: str, found: Content) -> tuple[bytes, str]:
    """Return the bytes and their type: what was brought along, or something made up, the same for the same message."""
    if found.upload:
        return base64.b64decode(found.upload), found.upload_type or "application/octet-stream"
    if found.kind == "image":
        return media.landscape(message_id, 640, 427), "image/png"
    if found.kind == "video":
        return film(message_id), "video/mp4"
    if found.kind == "audio":
        return media.tone(message_id), "audio/wav"
    return media.note(message_id, found.file_name or "note.txt"), "text/plain; charset=utf-8"
