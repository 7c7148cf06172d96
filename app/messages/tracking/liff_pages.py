"""Pages that LINE opens as the account's LIFF app: they say who has them open, and lead on.

The first part of the way below the LIFF app's address says whose page it is; higher packages register theirs.
"""

from __future__ import annotations

from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Response, render_template, request

from app.core.registry import Registry
from app.core.web import headers
from app.core.web.security import csp_nonce
from app.messages.tracking.addresses import addresses

# LINE's tokens have about 1,000 characters.
LONGEST_TOKEN = 4_096
# Hosts that LINE's script asks.
SCRIPT_ASKS = "https://api.line.me https://access.line.me https://liff.line.me https://liffsdk.line-scdn.net"
# By the first part of the way: returns the page for the rest of it.
PAGES: Registry[Callable[[str], Response]] = Registry("LIFF page")


def asking_page(liff_id: str, target: str, tell: str, *, befriends: bool = False) -> Response:
    """Return the page with LINE's script, the only one that may load it: it posts the token to `tell`, then leads on.

    `befriends`: it offers to add the account before.
    """
    about = {"liff_id": liff_id, "target": target, "tell": tell, "befriends": befriends, "sdk": addresses.liff_sdk}
    response = Response(render_template("messages/tracking/liff.html", **about))
    parts = urlsplit(addresses.liff_sdk)
    response.headers["Content-Security-Policy"] = (
        f"default-src 'none'; script-src 'nonce-{csp_nonce()}' {parts.scheme}://{parts.netloc}; "
        f"connect-src 'self' {SCRIPT_ASKS}; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
    response.headers["Referrer-Policy"] = "no-referrer"
    return response


def posted_token() -> str | None:
    """Return the token that a page of ours hands in; None for what comes from elsewhere, or is too long."""
    if not headers.is_same_origin():
        return None
    # A body in chunks does not say how long it is.
    token = request.stream.read(LONGEST_TOKEN + 1)
    return token.decode("ascii", errors="replace") if len(token) <= LONGEST_TOKEN else None
