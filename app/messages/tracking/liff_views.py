"""The page at which LINE opens the LIFF app: it hands in the ID token of who tapped, and leads on in any case."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, Response, current_app, render_template, request

from app.core.web import headers
from app.core.web.security import csp_nonce, csrf
from app.core.web.server.places import visits
from app.messages.tracking.addresses import CODE, addresses
from app.messages.tracking.operations.visitors import keep_token
from app.messages.tracking.queries import SharedLink, shared_link
from app.messages.tracking.redirects import led_to
from app.messages.tracking.tickets import fetch_of
from app.team.permissions import public

blueprint = Blueprint("liff", __name__)
# LINE's tokens have about 1,000 characters.
LONGEST_TOKEN = 4_096
# Hosts that LINE's script asks.
SCRIPT_ASKS = "https://api.line.me https://access.line.me https://liff.line.me https://liffsdk.line-scdn.net"


@blueprint.get("/liff")
@public
@visits
def enter() -> Response:
    """Answer LINE's first request, which has the way that follows packed into one parameter."""
    code, _slash, ticket = request.args.get("liff.state", "").partition("?")[0].strip("/").partition("/")
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
    if fetch_id is not None and headers.is_same_origin():
        # A body in chunks does not say how long it is.
        token = request.stream.read(LONGEST_TOKEN + 1)
        if len(token) <= LONGEST_TOKEN:
            keep_token(fetch_id, token.decode("ascii", errors="replace"))
    return Response(status=204)


def _page(code: str, ticket: str) -> Response:
    link = shared_link(code) if CODE.fullmatch(code) else None
    if link is None:
        return Response(render_template("messages/tracking/liff_ready.html"), status=404)
    if link.liff_id is None or _fetch_of(code, ticket) is None:
        return led_to(link.target)
    return _asking(link, code, ticket)


def _asking(link: SharedLink, code: str, ticket: str) -> Response:
    """Return the page with LINE's script; the only one that may load it."""
    about = {"link": link, "code": code, "ticket": ticket, "sdk": addresses.liff_sdk}
    response = Response(render_template("messages/tracking/liff.html", **about))
    parts = urlsplit(addresses.liff_sdk)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}' {parts.scheme}://{parts.netloc}; "
        f"connect-src 'self' {SCRIPT_ASKS}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def _fetch_of(code: str, ticket: str) -> int | None:
    return fetch_of(current_app.config["SECRET_KEY"], code, ticket)
