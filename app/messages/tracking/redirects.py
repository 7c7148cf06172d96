"""Redirects to stored addresses."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response


def spelled(address: str) -> str:
    """Return the address as a header can hold it: as it is, but for characters outside of ASCII."""
    return "".join(one if one.isascii() else quote(one) for one in address)


def led_to(address: str) -> Response:
    """Return a redirect to the address as it is spelled, which is not told where the person came from."""
    response = Response(status=302, mimetype="text/plain")
    response.autocorrect_location_header = False
    response.headers["Location"] = spelled(address)
    response.headers["Referrer-Policy"] = "no-referrer"
    return response
