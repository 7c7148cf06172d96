"""Redirects to stored addresses."""

from __future__ import annotations

from urllib.parse import quote

from flask import Response

# Beside the headers of all answers. Where the person came from is not told.
HEADERS = {"Content-Type": "text/plain; charset=utf-8", "Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}


def spelled(address: str) -> str:
    """Return the address as a header can hold it: as it is, but for characters outside of ASCII."""
    return "".join(one if one.isascii() else quote(one) for one in address)


def led_to(address: str) -> Response:
    """Return a redirect to the address as it is spelled."""
    response = Response(status=302)
    response.autocorrect_location_header = False
    response.headers.update(HEADERS | {"Location": spelled(address)})
    return response
