"""Redirects to stored addresses."""

from __future__ import annotations

from flask import Response


def led_to(address: str) -> Response:
    """Return a redirect to the address as it is spelled, which is not told where the person came from."""
    response = Response(status=302, mimetype="text/plain")
    response.autocorrect_location_header = False
    response.headers["Location"] = address
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
