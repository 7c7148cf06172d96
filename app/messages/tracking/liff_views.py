"""The page at which LINE opens the LIFF app: it hands in the ID token of who tapped, and leads on in any case."""

from __future__ import annotations

from flask import Blueprint, Response, current_app, render_template, request, url_for

from app.core.web.security import csrf
from app.core.web.server.places import visits
from app.messages.tracking.addresses import CODE
from app.messages.tracking.liff_pages import PAGES, asking_page, posted_token
from app.messages.tracking.operations.visitors import keep_token
from app.messages.tracking.queries import shared_link
from app.messages.tracking.redirects import led_to
from app.messages.tracking.tickets import fetch_of
from app.team.permissions import public

blueprint = Blueprint("liff", __name__)


@blueprint.get("/liff")
@public
@visits
def enter() -> Response:
    """Answer LINE's first request, which has the way that follows packed into one parameter."""
    code, _slash, ticket = request.args.get("liff.state", "").partition("?")[0].strip("/").partition("/")
    if code in PAGES:
        return PAGES[code](ticket)
    if not code:
        return Response(render_template("messages/tracking/liff_ready.html"))
    return _page(code, ticket)


@blueprint.get("/liff/<code>/<ticket>")
@public
@visits
def visit(code: str, ticket: str) -> Response:
    """Answer the request that follows, made by LINE's script."""
    return _page(code, ticket)


@blueprint.post("/liff/<code>/<ticket>")
@csrf.exempt  # type: ignore[untyped-decorator]
@public
@visits
def tell(code: str, ticket: str) -> Response:
    """Keep the token that the page hands in. No session is asked for, and the answer tells nothing."""
    fetch_id = _fetch_of(code, ticket)
    token = None if fetch_id is None else posted_token()
    if fetch_id is not None and token is not None:
        keep_token(fetch_id, token)
    return Response(status=204)


def _page(code: str, ticket: str) -> Response:
    link = shared_link(code) if CODE.fullmatch(code) else None
    if link is None:
        return Response(render_template("messages/tracking/liff_ready.html"), status=404)
    if link.liff_id is None or _fetch_of(code, ticket) is None:
        return led_to(link.target)
    return asking_page(link.liff_id, link.target, url_for("liff.tell", code=code, ticket=ticket))


def _fetch_of(code: str, ticket: str) -> int | None:
    return fetch_of(current_app.config["SECRET_KEY"], code, ticket)
