"""Fragment or page, decided once; the only file in which a header beginning with HX- is spelled."""

from __future__ import annotations

import json
from typing import Any, Literal

from flask import Response, flash, get_flashed_messages, make_response, redirect, render_template, session
from flask.globals import request_ctx
from flask.typing import ResponseReturnValue
from htmx_flask import Htmx
from werkzeug.urls import iri_to_uri

from app.core.i18n import Text
from app.core.web import headers

htmx = Htmx()
# The looks of short messages that css/app.css has.
ToastKind = Literal["success", "error", "info"]


def is_fragment() -> bool:
    """Return whether htmx asks for a piece: not a boosted navigation and not a history restore."""
    if not headers.is_true("HX-Request"):
        return False
    return not (headers.is_true("HX-Boosted") or headers.is_true("HX-History-Restore-Request"))


def current_path() -> str:
    """Path and query of the page that htmx asks from; empty when it does not say."""
    return headers.path_of("HX-Current-URL")


def render(page: str, partial: str | None = None, status: int = 200, **context: Any) -> Response:
    """Return the page, or for htmx the partial that this page includes."""
    template = partial if partial and is_fragment() else page
    response = make_response(render_template(template, **context), status)
    response.headers["Vary"] = "HX-Request"
    return with_toasts(response)


def go(url: str, status: int = 303, *, toast: Text = "") -> Response:
    """Send the browser to a page that shows `toast`: a redirect, or for htmx a header that makes it navigate."""
    if toast:
        flash(str(toast), "success")
    if not is_fragment():
        return make_response(redirect(url, status))
    response = make_response("", 204)
    response.headers["HX-Redirect"] = iri_to_uri(url)
    return response


def toast(message: Text, kind: ToastKind = "success") -> None:
    """Show a short message with this answer or, after a redirect, on the next page."""
    flash(str(message), kind)


def forget_toasts() -> None:
    """Drop the toasts queued in this request, including those in a page that is not sent."""
    session.pop("_flashes", None)
    request_ctx.flashes = None


def with_trigger(response: Response, name: str, **detail: Any) -> Response:
    """Make htmx fire the event `name` on the body, so that other pieces refresh themselves."""
    triggers = json.loads(response.headers.get("HX-Trigger", "{}"))
    response.headers["HX-Trigger"] = json.dumps({**triggers, name: {"target": "body", **detail}})
    return response


def retarget(response: Response, selector: str, swap: str = "innerHTML") -> Response:
    """Swap the response into another element than the request named."""
    response.headers["HX-Retarget"] = selector
    response.headers["HX-Reswap"] = swap
    return response


def push_url(response: Response, url: str) -> Response:
    """Put this address into the browser's history."""
    response.headers["HX-Push-Url"] = iri_to_uri(url)
    return response


def with_toasts(response: Response) -> Response:
    """A page prints waiting toasts itself; a fragment carries them in a header, escaped since headers are latin-1."""
    if is_fragment() and (waiting := get_flashed_messages(with_categories=True)):
        triggers = json.loads(response.headers.get("HX-Trigger", "{}"))
        toasts = [{"kind": line[0], "message": line[1]} for line in waiting]
        response.headers["HX-Trigger"] = json.dumps({**triggers, "toast": {"target": "body", "toasts": toasts}})
    return response


__all__ = [
    "ResponseReturnValue",
    "current_path",
    "forget_toasts",
    "go",
    "htmx",
    "is_fragment",
    "push_url",
    "render",
    "retarget",
    "toast",
    "with_trigger",
]
